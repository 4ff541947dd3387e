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
import { keepDraft, readDraft } from "./drafts";
import { afterConflict, type OpenTask } from "./open-task";

const MarkdownEditor = lazy<ComponentProps<typeof Editor>>(() =>
  import("../../ui/markdown-editor").then((part) => ({ default: part.MarkdownEditor })),
);

export function Description({ open, task }: { open: OpenTask; task: Task }) {
  const key = `description.${task.id}`;
  const [draft, setDraft] = useState(() => readDraft(key));
  const write = (text: string) => {
    const next = { text, base: draft?.base ?? task.description };
    setDraft(next);
    keepDraft(key, next);
  };
  const done = () => {
    setDraft(null);
    keepDraft(key, null);
  };
  const save = async () => {
    if (!draft) return;
    if (draft.text === task.description) return done();
    const kept = await open.change({ description: draft.text }, `Described #${task.number}`);
    if (kept) done();
    else afterConflict(done);
  };
  if (draft) {
    const moved = draft.base !== task.description;
    return (
      <section class="part" aria-label="Description">
        <h3>Description</h3>
        {moved && (
          <p class="notice">
            Somebody changed the description while you write. Saving shows both, so that nothing is lost.
          </p>
        )}
        <MarkdownEditor
          label="Description"
          value={draft.text}
          autofocus
          wide
          rows={10}
          maxLength={100_000}
          around={aroundOf(task.id)}
          complete={mentions}
          onInput={write}
          onFiles={(files) => attachInText(task.id, files)}
          onSubmit={() => void save()}
          onCancel={() => draft.text === draft.base && done()}
        />
        <div class="part-foot">
          <button type="button" class="btn btn-primary btn-s" onClick={() => void save()}>
            Save
          </button>
          <button type="button" class="btn btn-s" onClick={done}>
            Discard
          </button>
        </div>
      </section>
    );
  }
  return (
    <section class="part" aria-label="Description">
      <h3>
        Description
        <button
          type="button"
          class="icon-btn"
          aria-label="Edit the description"
          onClick={() => write(task.description)}
        >
          <Icon name="tool" size={14} />
        </button>
      </h3>
      {task.description ? (
        <Markdown
          text={task.description}
          around={aroundOf(task.id)}
          onTick={(line, checked) =>
            void open.change(
              { description: tick(task.description, line, checked) },
              `Ticked a line of #${task.number}`,
            )
          }
        />
      ) : (
        <button type="button" class="part-empty" onClick={() => write("")}>
          Add a description…
        </button>
      )}
    </section>
  );
}
