import { useState } from "preact/hooks";
import { type Activity, boardApi, type Task } from "../../api/board";
import { explain } from "../../live/pending";
import { Icon } from "../../ui/icon";
import { plainSentence, Sentence } from "../../ui/sentence";
import { Ago } from "../../ui/time";
import { toast } from "../../ui/toast";
import { Part } from "./part";
import { useRead } from "./use-read";

const FEW = 6;
const MANY = 100;

export function ActivityPart({ task, stamp, onUndone }: { task: Task; stamp: number; onUndone: () => void }) {
  const [whole, setWhole] = useState(false);
  const [busy, setBusy] = useState("");
  const { value, again } = useRead(
    () => boardApi.taskActivity(task.id, { limit: whole ? MANY : FEW + 1 }),
    [task.id, stamp, task.version, whole],
  );
  const list = value ?? [];
  const undo = async (each: Activity) => {
    setBusy(each.id);
    try {
      await boardApi.undo(each.id);
      toast({ kind: "good", title: "Undone", detail: plainSentence(each.text) });
      onUndone();
      again();
    } catch (cause) {
      toast({ kind: "bad", title: "It cannot be undone any more", detail: explain(cause) });
    } finally {
      setBusy("");
    }
  };
  return (
    <Part title="Activity">
      <ol class="acts">
        {list.slice(0, whole ? MANY : FEW).map((each) => (
          <li key={each.id}>
            <span class="act-dot" aria-hidden="true" />
            <span class="act-said">
              <Sentence text={each.text} />{" "}
              <span class="faint">
                <Ago at={each.at} />
              </span>
            </span>
            {each.can_undo && (
              <button
                type="button"
                class="btn btn-s btn-ghost act-undo"
                disabled={busy === each.id}
                aria-label={`Undo: ${plainSentence(each.text)}`}
                onClick={() => void undo(each)}
              >
                <Icon name="undo" size={13} />
                Undo
              </button>
            )}
          </li>
        ))}
      </ol>
      {!whole && list.length > FEW && (
        <button type="button" class="part-add" onClick={() => setWhole(true)}>
          <Icon name="chevron" size={12} />
          Show earlier
        </button>
      )}
    </Part>
  );
}
