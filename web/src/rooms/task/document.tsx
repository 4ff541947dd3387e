// The desk for one document: read it, write it with the preview beside, look back, compare, bring back.
import { useState } from "preact/hooks";
import type { Task } from "../../api/board";
import { ApiError } from "../../api/client";
import { type TaskDocument, taskApi } from "../../api/task";
import { remember } from "../../commands";
import { explain } from "../../live/pending";
import { offerConflict } from "../../overlay";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icon";
import { Markdown } from "../../ui/markdown";
import { tick } from "../../ui/markdown-edit";
import { MarkdownEditor } from "../../ui/markdown-editor";
import { Skeleton } from "../../ui/parts";
import { toast } from "../../ui/toast";
import { aroundOf, mentions } from "./around";
import { attachInText } from "./attaching";
import { draftKey } from "./documents";
import { keepDraft, readDraft, useLatest } from "./drafts";
import { History } from "./history";
import { useRead } from "./use-read";

interface Props {
  task: Task;
  name: string;
  stamp: number;
  onClose: () => void;
  onChanged: () => void;
}

/** A text being written, and the revision it was begun on: kept until it is saved or thrown away. */
function useDraft(task: Task, name: string) {
  const key = draftKey(task, name);
  const [draft, setDraft] = useState(() => readDraft(key));
  const write = (text: string, base: string) => {
    const next = { text, base };
    setDraft(next);
    keepDraft(key, next);
  };
  const drop = () => {
    setDraft(null);
    keepDraft(key, null);
  };
  return { draft, write, drop };
}

interface BarProps {
  shown: TaskDocument;
  writing: boolean;
  past: boolean;
  onWrite: () => void;
  onPast: () => void;
  onDelete: () => void;
}

function Bar({ shown, writing, past, onWrite, onPast, onDelete }: BarProps) {
  return (
    <div class="desk-bar">
      <span class="faint">
        {shown.status === "pending" ? "Saved, on its way into the repository" : shown.path}
      </span>
      {shown.conflicts > 0 && <span class="tag tag-bad">{shown.conflicts} not merged</span>}
      <span class="grow" />
      {!writing && (
        <button type="button" class="btn btn-s" onClick={onWrite}>
          <Icon name="pencil" size={14} />
          Edit
        </button>
      )}
      <button type="button" class="btn btn-s" aria-pressed={past} onClick={onPast}>
        <Icon name="clock" size={14} />
        History
      </button>
      <button
        type="button"
        class="icon-btn"
        aria-label="Delete the document"
        title="Delete"
        onClick={onDelete}
      >
        <Icon name="trash" size={15} />
      </button>
    </div>
  );
}

export default function Desk({ task, name, stamp, onClose, onChanged }: Props) {
  const { value, failed, again, set } = useRead<TaskDocument>(
    () => taskApi.document(task.id, name),
    [task.id, name, stamp],
  );
  const { draft, write, drop } = useDraft(task, name);
  const [why, setWhy] = useState("");
  const [past, setPast] = useState(false);
  const [busy, setBusy] = useState(false);
  const typed = useLatest(draft?.text ?? null);
  const moved = draft !== null && value !== null && draft.base !== (value.revision ?? "");

  const kept = (data: TaskDocument, merged: boolean, sent: string, base: string) => {
    if (merged) toast({ kind: "info", title: "Merged with what others wrote meanwhile" });
    set(data);
    // What was written while it was on its way stays. It knows nothing of lines that came in by merging, so it
    // is still measured against what it was begun on then.
    const since = typed.current;
    if (since === null || since === sent) drop();
    else write(since, merged ? base : (data.revision ?? ""));
    setWhy("");
    onChanged();
  };
  const save = async (text: string, base: string): Promise<void> => {
    if (busy) return;
    setBusy(true);
    try {
      const message = why.trim() ? { message: why.trim() } : {};
      const { data, meta } = await taskApi.saveDocument(task.id, name, {
        text,
        base: base || null,
        ...message,
      });
      kept(data, (meta.merged?.length ?? 0) > 0, text, base);
    } catch (cause) {
      const current = cause instanceof ApiError && cause.status === 409 ? cause.current : null;
      if (cause instanceof ApiError && current) {
        offerConflict(cause, (chosen) => {
          if (chosen && "text" in chosen) void save(String(chosen.text), String(current.revision ?? ""));
          else if (chosen) {
            drop();
            again();
          }
        });
      } else toast({ kind: "bad", title: `${name} was not saved`, detail: explain(cause) });
    } finally {
      setBusy(false);
    }
  };
  const remove = async () => {
    if (!value) return;
    try {
      await taskApi.deleteDocument(task.id, name, value.revision);
      const { text, revision } = value;
      remember({
        label: `Deleted ${name}`,
        back: async () => {
          if (revision) await taskApi.restoreDocument(task.id, name, revision);
          else await taskApi.saveDocument(task.id, name, { text });
          onChanged();
        },
        again: async () => {
          await taskApi.deleteDocument(task.id, name, null);
          onChanged();
        },
      });
      drop();
      onChanged();
      onClose();
    } catch (cause) {
      toast({ kind: "bad", title: `${name} was not deleted`, detail: explain(cause) });
    }
  };

  return (
    <Dialog title={name} size="l" onClose={onClose}>
      {failed !== null && <p class="notice">{explain(failed)}</p>}
      {!value && failed === null && <Skeleton rows={8} class="desk-skeleton" />}
      {value && (
        <div class={past ? "desk desk-past" : "desk"}>
          <Bar
            shown={value}
            writing={draft !== null}
            past={past}
            onWrite={() => write(value.text, value.revision ?? "")}
            onPast={() => setPast(!past)}
            onDelete={() => void remove()}
          />
          <div class="desk-text">
            {moved && (
              <p class="notice" role="status">
                <Icon name="alert" size={15} />
                <span>
                  Somebody saved this document while you wrote. Lines that differ are merged when you save;
                  where both changed the same, you choose.
                </span>
              </p>
            )}
            {draft ? (
              <>
                <MarkdownEditor
                  label={name}
                  value={draft.text}
                  autofocus
                  wide
                  rows={16}
                  around={aroundOf(task.id)}
                  complete={mentions}
                  onInput={(text) => write(text, draft.base)}
                  onFiles={(files) => attachInText(task.id, files)}
                  onSubmit={() => void save(draft.text, draft.base)}
                  onCancel={() => draft.text === value.text && drop()}
                />
                <div class="part-foot">
                  <input
                    class="input desk-why"
                    aria-label="What changed, for the history"
                    placeholder="What changed? For the history"
                    maxLength={200}
                    value={why}
                    onInput={(event) => setWhy(event.currentTarget.value)}
                    onKeyDown={(event) => event.key === "Enter" && void save(draft.text, draft.base)}
                  />
                  <button
                    type="button"
                    class="btn btn-primary"
                    disabled={busy || draft.text === value.text}
                    onClick={() => void save(draft.text, draft.base)}
                  >
                    {busy ? "Saving…" : "Save"}
                  </button>
                  <button type="button" class="btn" onClick={drop}>
                    {draft.text === value.text ? "Cancel" : "Discard"}
                  </button>
                </div>
              </>
            ) : (
              <Markdown
                text={value.text}
                around={aroundOf(task.id)}
                onTick={(line, checked) => void save(tick(value.text, line, checked), value.revision ?? "")}
              />
            )}
          </div>
          {past && (
            <History
              task={task}
              name={name}
              current={value.revision}
              onRestored={(data) => {
                set(data);
                onChanged();
                again();
              }}
            />
          )}
        </div>
      )}
    </Dialog>
  );
}
