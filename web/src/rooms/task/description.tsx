import type { ComponentProps } from "preact";
import { useState } from "preact/hooks";
import type { Task } from "../../api/board";
import { lazy } from "../../lazy";
import { Icon } from "../../ui/icon";
import { Markdown } from "../../ui/markdown";
import { tick } from "../../ui/markdown-edit";
import type { MarkdownEditor as Editor } from "../../ui/markdown-editor";
import { aroundOf, mentions } from "./around";
import { attachInText } from "./attaching";
import { type Draft, keepDraft, readDraft, useLatest } from "./drafts";
import { afterConflict, type OpenTask } from "./open-task";
import { Part } from "./part";

const MarkdownEditor = lazy<ComponentProps<typeof Editor>>(() =>
  import("../../ui/markdown-editor").then((part) => ({ default: part.MarkdownEditor })),
);

interface Props {
  open: OpenTask;
  task: Task;
}

/** Changed lines told in a line, for the label of a tick. */
const boxes = (text: string) => ({
  done: (text.match(/^\s*(?:>\s*)*(?:[-*+•]|\d+[.)])\s+\[[xX]\]/gm) ?? []).length,
  all: (text.match(/^\s*(?:>\s*)*(?:[-*+•]|\d+[.)])\s+\[[ xX]\]/gm) ?? []).length,
});

function Writing({ open, task, draft, write, goOn, done }: Props & Pen) {
  const [busy, setBusy] = useState(false);
  const moved = draft.base !== task.description;
  const same = draft.text === task.description;
  const typed = useLatest(draft.text);
  const save = async () => {
    if (busy) return;
    if (same) return done();
    setBusy(true);
    // Sent with the version it was begun on: whatever others wrote since is shown beside it, never lost.
    const madeOn = moved ? draft.version : task.version;
    const kept = await open.change({ description: draft.text }, `Described #${task.number}`, { madeOn });
    setBusy(false);
    // What was written while it was on its way is not what was saved, and stays.
    if (kept && typed.current !== draft.text) goOn(typed.current);
    else if (kept) done();
    else afterConflict(done);
  };
  return (
    <Part title="Description">
      {moved && !same && !busy && (
        <p class="notice" role="status">
          <Icon name="alert" size={15} />
          <span>Somebody changed the description while you wrote. Your text is safe.</span>
          <button type="button" class="btn btn-s" onClick={() => void save()}>
            Compare
          </button>
        </p>
      )}
      <MarkdownEditor
        label="Description"
        value={draft.text}
        autofocus
        rows={8}
        maxLength={100_000}
        around={aroundOf(task.id)}
        complete={mentions}
        onInput={write}
        onFiles={(files) => attachInText(task.id, files)}
        onSubmit={() => void save()}
        onCancel={() => same && done()}
      />
      <div class="part-foot">
        <button type="button" class="btn btn-primary btn-s" disabled={busy} onClick={() => void save()}>
          {busy ? "Saving…" : "Save"}
        </button>
        <button type="button" class="btn btn-s" onClick={done}>
          {same ? "Cancel" : "Discard"}
        </button>
        <span class="faint part-hint">Ctrl Enter saves · drop files into the text</span>
      </div>
    </Part>
  );
}

interface Pen {
  draft: Draft;
  write: (text: string) => void;
  /** Writes on from what has just been saved. */
  goOn: (text: string) => void;
  done: () => void;
}

export function Description({ open, task }: Props) {
  const key = `description.${task.id}`;
  const [draft, setDraft] = useState(() => readDraft(key));
  const write = (text: string) => {
    const next = {
      text,
      base: draft?.base ?? task.description,
      version: draft?.version ?? task.version,
    };
    setDraft(next);
    keepDraft(key, next);
  };
  const goOn = (text: string) => {
    const now = open.task.peek() ?? task;
    const next = { text, base: now.description, version: now.version };
    setDraft(next);
    keepDraft(key, next);
  };
  const done = () => {
    setDraft(null);
    keepDraft(key, null);
  };
  if (draft) return <Writing open={open} task={task} draft={draft} write={write} goOn={goOn} done={done} />;
  const { done: ticked, all } = boxes(task.description);
  return (
    <Part
      title="Description"
      count={all > 0 ? `${ticked} of ${all}` : undefined}
      action={
        task.description ? (
          <button
            type="button"
            class="icon-btn"
            aria-label="Edit the description"
            title="Edit the description"
            onClick={() => write(task.description)}
          >
            <Icon name="pencil" size={15} />
          </button>
        ) : null
      }
    >
      {task.description ? (
        <Markdown
          text={task.description}
          around={aroundOf(task.id)}
          onTick={(line, checked) =>
            void open.change(
              { description: tick(task.description, line, checked) },
              `${checked ? "Ticked" : "Unticked"} a line of #${task.number}`,
              { madeOn: task.version },
            )
          }
        />
      ) : (
        <button type="button" class="part-empty" onClick={() => write("")}>
          Add a description…
        </button>
      )}
    </Part>
  );
}
