// Who changed a document, what changed, and how to have it back.
import { useEffect, useState } from "preact/hooks";
import type { Task } from "../../api/board";
import { type DocumentDiff, type Revision, type TaskDocument, taskApi } from "../../api/task";
import { remember } from "../../commands";
import { explain } from "../../live/pending";
import { plural } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { Skeleton } from "../../ui/parts";
import { Ago } from "../../ui/time";
import { toast } from "../../ui/toast";
import { useRead } from "./use-read";

interface Props {
  task: Task;
  name: string;
  current: string | null;
  onRestored: (document: TaskDocument) => void;
}

const STATUS: Partial<Record<Revision["status"], string>> = {
  pending: "being written",
  conflict: "not merged",
  failed: "not written",
};

function Changes({ diff }: { diff: DocumentDiff }) {
  return (
    <figure class="diff" aria-label="What changed">
      <figcaption class="faint">
        {plural(diff.added, "line")} added, {diff.removed} removed
        {diff.truncated && " · only the beginning is shown"}
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable to be scrolled by keys. */}
      <div class="diff-lines" tabIndex={0} role="group" aria-label="Changed lines">
        {diff.hunks.map((hunk, at) => (
          <div class="diff-hunk" key={at}>
            {hunk.lines.map((line, index) => (
              <div key={index} class={`diff-line diff-${line.kind}`}>
                <span class="diff-sign">
                  {line.kind === "added" ? "+" : line.kind === "removed" ? "−" : " "}
                </span>
                <span class="diff-text">{line.text || " "}</span>
              </div>
            ))}
          </div>
        ))}
        {diff.hunks.length === 0 && <p class="part-none">Nothing differs from the text as it is now.</p>}
      </div>
    </figure>
  );
}

export function History({ task, name, current, onRestored }: Props) {
  const { value, failed } = useRead(() => taskApi.history(task.id, name), [task.id, name, current]);
  const [chosen, setChosen] = useState<string | null>(null);
  const [diff, setDiff] = useState<DocumentDiff | null>(null);
  useEffect(() => {
    setDiff(null);
    if (!chosen) return;
    let still = true;
    taskApi.diff(task.id, name, chosen, current ?? undefined).then(
      ({ data }) => still && setDiff(data),
      (cause) => toast({ kind: "bad", title: "The two were not compared", detail: explain(cause) }),
    );
    return () => {
      still = false;
    };
  }, [chosen, current]);
  const restore = async (revision: string) => {
    try {
      const { data } = await taskApi.restoreDocument(task.id, name, revision);
      setChosen(null);
      onRestored(data);
      const before = current;
      remember({
        label: `Restored an earlier ${name}`,
        back: async () => {
          if (before) onRestored((await taskApi.restoreDocument(task.id, name, before)).data);
        },
        again: async () => onRestored((await taskApi.restoreDocument(task.id, name, revision)).data),
      });
    } catch (cause) {
      toast({ kind: "bad", title: "Not restored", detail: explain(cause) });
    }
  };
  return (
    <aside class="history" aria-label="History">
      {failed !== null && <p class="notice">{explain(failed)}</p>}
      {!value && failed === null && <Skeleton rows={4} />}
      <ol class="revisions">
        {(value ?? []).map((each, at) => (
          <li key={`${each.revision}-${at}`}>
            <button
              type="button"
              class="revision"
              aria-expanded={chosen === each.revision}
              onClick={() => setChosen(chosen === each.revision ? null : each.revision)}
            >
              <span class="revision-what">
                {each.deleted ? "Deleted" : each.message.replace(` of ${task.id}`, "") || "Saved"}
              </span>
              <span class="faint">
                {each.author} · <Ago at={each.at} />
                {STATUS[each.status] && ` · ${STATUS[each.status]}`}
                {each.revision === current && " · as it is now"}
              </span>
            </button>
            {chosen === each.revision && (
              <div class="revision-open">
                {diff ? <Changes diff={diff} /> : <Skeleton rows={3} />}
                {each.revision !== current && !each.deleted && (
                  <button type="button" class="btn btn-s" onClick={() => void restore(each.revision)}>
                    <Icon name="undo" size={14} />
                    Restore this text
                  </button>
                )}
              </div>
            )}
          </li>
        ))}
      </ol>
    </aside>
  );
}
