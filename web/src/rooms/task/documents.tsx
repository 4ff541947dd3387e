// Documents of a card: Markdown kept in git. Each opens in a desk of its own.
import { useState } from "preact/hooks";
import type { Task } from "../../api/board";
import { taskApi } from "../../api/task";
import { lazy } from "../../lazy";
import { explain } from "../../live/pending";
import { bytes } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { Menu } from "../../ui/menu";
import { Ago } from "../../ui/time";
import { toast } from "../../ui/toast";
import { readDraft } from "./drafts";
import { Part } from "./part";
import { useRead } from "./use-read";

interface DeskProps {
  task: Task;
  name: string;
  stamp: number;
  onClose: () => void;
  onChanged: () => void;
}

const Desk = lazy<DeskProps>(() => import("./document"));

export const draftKey = (task: Task, name: string) => `document.${task.id}.${name}`;

/** A name nobody has yet: `notes.md`, `notes-2.md`, … */
export function freeName(wanted: string, taken: readonly string[]): string {
  const stem = wanted.replace(/\.md$/i, "");
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? `${stem}.md` : `${stem}-${n}.md`;
    if (!taken.includes(name)) return name;
  }
}

function Naming({ onName, onCancel }: { onName: (name: string) => void; onCancel: () => void }) {
  const [name, setName] = useState("");
  return (
    <form
      class="part-new part-named"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) onName(name.trim());
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        onCancel();
      }}
    >
      <Icon name="file" size={14} />
      <input
        ref={(node) => node?.focus()}
        aria-label="Name of the document"
        placeholder="findings"
        maxLength={100}
        autocomplete="off"
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <span class="faint">.md</span>
      <button type="submit" class="btn btn-s" disabled={!name.trim()}>
        Begin
      </button>
    </form>
  );
}

export function Documents({ task, stamp }: { task: Task; stamp: number }) {
  const { value, again } = useRead(() => taskApi.documents(task.id), [task.id, stamp]);
  const templates = useRead(() => taskApi.templates(), []);
  const [open, setOpen] = useState<string | null>(null);
  const [naming, setNaming] = useState(false);
  const list = value ?? [];
  const begin = async (wanted: string, template?: string) => {
    setNaming(false);
    const name = freeName(
      wanted,
      list.map((each) => each.name),
    );
    try {
      await taskApi.saveDocument(task.id, name, template ? { template } : { text: `# ${task.title}\n\n` });
      again();
      setOpen(name);
    } catch (cause) {
      toast({ kind: "bad", title: `${name} was not begun`, detail: explain(cause) });
    }
  };
  return (
    <Part
      title="Documents"
      count={list.length || undefined}
      action={
        <Menu
          label="Begin a document"
          class="icon-btn"
          align="end"
          button={<Icon name="plus" size={15} />}
          items={[
            { label: "Specification", icon: "file", hint: "spec.md", run: () => void begin("spec") },
            { label: "Notes", icon: "file", hint: "notes.md", run: () => void begin("notes") },
            ...(templates.value ?? []).map((each) => ({
              label: `From ${each.name.replace(/\.md$/, "")}`,
              icon: "copy" as const,
              run: () => void begin(each.name.replace(/^task-/, ""), each.name),
            })),
            { label: "Another name…", icon: "pencil", run: () => setNaming(true) },
          ]}
        />
      }
    >
      {naming && <Naming onName={(name) => void begin(name)} onCancel={() => setNaming(false)} />}
      {list.length === 0 && !naming && (
        <p class="part-none">A specification or notes, kept with their history.</p>
      )}
      <ul class="task-files">
        {list.map((each) => (
          <li class="file" key={each.name}>
            <span class="file-kind" aria-hidden="true">
              MD
            </span>
            <span class="file-text">
              <button type="button" class="file-open cut" onClick={() => setOpen(each.name)}>
                {each.name}
              </button>
              <span class="faint">
                {bytes(each.size_bytes)}
                {each.updated_at && (
                  <>
                    {" · "}
                    <Ago at={each.updated_at} />
                  </>
                )}
                {each.updated_by && ` · ${each.updated_by}`}
                {each.status === "pending" && " · being written"}
                {each.conflicts > 0 && ` · ${each.conflicts} not merged`}
              </span>
            </span>
            {readDraft(draftKey(task, each.name)) && <span class="tag">Draft</span>}
          </li>
        ))}
      </ul>
      {open && (
        <Desk
          key={open}
          task={task}
          name={open}
          stamp={stamp}
          onChanged={again}
          onClose={() => setOpen(null)}
        />
      )}
    </Part>
  );
}
