// Documents of a card: Markdown in git. Read, written, compared, brought back.
import { useState } from "preact/hooks";
import type { Task } from "../../api/board";
import {
  type DocumentDiff,
  type DocumentInfo,
  type Revision,
  type TaskDocument,
  taskApi,
} from "../../api/task";
import { explain } from "../../live/pending";
import { Icon } from "../../ui/icon";
import { Markdown } from "../../ui/markdown";
import { MarkdownEditor } from "../../ui/markdown-editor";
import { Menu } from "../../ui/menu";
import { Ago } from "../../ui/time";
import { toast } from "../../ui/toast";
import { aroundOf } from "./around";
import { useRead } from "./use-read";

const refused = (title: string) => (cause: unknown) => toast({ kind: "bad", title, detail: explain(cause) });

function History({ task, name, onRestored }: { task: Task; name: string; onRestored: () => void }) {
  const { value } = useRead(() => taskApi.history(task.id, name), [task.id, name]);
  const [diff, setDiff] = useState<DocumentDiff | null>(null);
  const show = (revision: Revision) =>
    taskApi.diff(task.id, name, revision.revision).then(({ data }) => setDiff(data), refused("Not compared"));
  const restore = (revision: Revision) =>
    taskApi.restoreDocument(task.id, name, revision.revision).then(onRestored, refused("Not restored"));
  return (
    <div class="doc-history">
      <ol class="acts">
        {(value ?? []).map((each) => (
          <li key={each.revision}>
            <span class="act-text">
              {each.author}: {each.message || "saved"}
            </span>
            <span class="faint">
              <Ago at={each.at} />
            </span>
            <button type="button" class="btn btn-s btn-ghost" onClick={() => void show(each)}>
              Compare
            </button>
            <button type="button" class="btn btn-s btn-ghost" onClick={() => void restore(each)}>
              Restore
            </button>
          </li>
        ))}
      </ol>
      {diff && (
        <pre class="doc-diff">
          {diff.hunks.flatMap((hunk) =>
            hunk.lines.map((line) => (
              <span key={`${line.old}-${line.new}`} class={`diff-${line.kind}`}>
                {line.kind === "added" ? "+ " : line.kind === "removed" ? "− " : "  "}
                {line.text}
                {"\n"}
              </span>
            )),
          )}
        </pre>
      )}
    </div>
  );
}

function Open({ task, info, onClose }: { task: Task; info: DocumentInfo; onClose: () => void }) {
  const { value, again } = useRead<TaskDocument>(
    () => taskApi.document(task.id, info.name),
    [task.id, info.name],
  );
  const [text, setText] = useState<string | null>(null);
  const [past, setPast] = useState(false);
  const save = () => {
    if (text === null || !value) return;
    taskApi.saveDocument(task.id, info.name, { text, base: value.revision }).then(({ meta }) => {
      if (meta.merged?.length) toast({ kind: "info", title: "Merged with what others wrote meanwhile" });
      setText(null);
      again();
    }, refused("Not saved"));
  };
  return (
    <div class="doc">
      <div class="part-foot">
        <strong>{info.name}</strong>
        {value?.status === "pending" && <span class="tag">being written</span>}
        <span class="grow" />
        {text === null && (
          <button type="button" class="btn btn-s" onClick={() => setText(value?.text ?? "")}>
            Edit
          </button>
        )}
        <button type="button" class="btn btn-s" aria-pressed={past} onClick={() => setPast(!past)}>
          History
        </button>
        <button type="button" class="icon-btn" aria-label={`Close ${info.name}`} onClick={onClose}>
          <Icon name="x" size={14} />
        </button>
      </div>
      {text === null ? (
        value && <Markdown text={value.text} around={aroundOf(task.id)} />
      ) : (
        <>
          <MarkdownEditor
            label={info.name}
            value={text}
            autofocus
            wide
            rows={14}
            onInput={setText}
            onSubmit={save}
          />
          <div class="part-foot">
            <button type="button" class="btn btn-s btn-primary" onClick={save}>
              Save
            </button>
            <button type="button" class="btn btn-s" onClick={() => setText(null)}>
              Discard
            </button>
          </div>
        </>
      )}
      {past && (
        <History
          task={task}
          name={info.name}
          onRestored={() => {
            setPast(false);
            again();
          }}
        />
      )}
    </div>
  );
}

export function Documents({ task, stamp }: { task: Task; stamp: number }) {
  const { value, again } = useRead(() => taskApi.documents(task.id), [task.id, stamp]);
  const templates = useRead(() => taskApi.templates(), []);
  const [open, setOpen] = useState<string | null>(null);
  const list = value ?? [];
  const free = (wanted: string) => {
    const taken = new Set(list.map((each) => each.name));
    for (let n = 1; ; n += 1) {
      const name = n === 1 ? `${wanted}.md` : `${wanted}-${n}.md`;
      if (!taken.has(name)) return name;
    }
  };
  const begin = (wanted: string, template?: string) => {
    const name = free(wanted);
    taskApi.saveDocument(task.id, name, template ? { template } : { text: `# ${task.title}\n` }).then(() => {
      again();
      setOpen(name);
    }, refused("Not begun"));
  };
  const shown = list.find((each) => each.name === open);
  return (
    <section class="part" aria-label="Documents">
      <h3>
        Documents
        <Menu
          label="Begin a document"
          class="icon-btn"
          align="start"
          button={<Icon name="plus" size={14} />}
          items={[
            { label: "Empty specification", icon: "file", run: () => begin("spec") },
            { label: "Empty notes", icon: "file", run: () => begin("notes") },
            ...(templates.value ?? []).map((each) => ({
              label: `From ${each.name}`,
              icon: "copy" as const,
              run: () => begin(each.name.replace(/\.md$/, "").replace(/^task-/, ""), each.name),
            })),
          ]}
        />
      </h3>
      <ul class="files">
        {list.map((each) => (
          <li key={each.name}>
            <Icon name="file" size={16} />
            <button
              type="button"
              class="link-title"
              onClick={() => setOpen(open === each.name ? null : each.name)}
            >
              {each.name}
            </button>
            <span class="faint">
              {each.updated_at && <Ago at={each.updated_at} />}
              {each.conflicts > 0 && ` · ${each.conflicts} saves lost to others`}
            </span>
          </li>
        ))}
      </ul>
      {shown && <Open key={shown.name} task={task} info={shown} onClose={() => setOpen(null)} />}
    </section>
  );
}
