import { useState } from "preact/hooks";
import { type Activity, boardApi, type Task } from "../../api/board";
import { explain } from "../../live/pending";
import { Ago } from "../../ui/time";
import { toast } from "../../ui/toast";
import { useRead } from "./use-read";

export function ActivityPart({ task, stamp, onUndone }: { task: Task; stamp: number; onUndone: () => void }) {
  const [whole, setWhole] = useState(false);
  const { value, again } = useRead(
    () => boardApi.taskActivity(task.id, { limit: whole ? 100 : 8 }),
    [task.id, stamp, task.version, whole],
  );
  const undo = async (each: Activity) => {
    try {
      await boardApi.undo(each.id);
      toast({ kind: "good", title: "Undone", detail: each.text });
      onUndone();
      again();
    } catch (cause) {
      toast({ kind: "bad", title: "Not undone", detail: explain(cause) });
    }
  };
  return (
    <section class="part" aria-label="Activity">
      <h3>Activity</h3>
      <ol class="acts">
        {(value ?? []).map((each) => (
          <li key={each.id}>
            <span class="act-text">{each.text.replaceAll("*", "")}</span>
            <span class="faint">
              <Ago at={each.at} />
            </span>
            {each.can_undo && (
              <button type="button" class="btn btn-s btn-ghost" onClick={() => void undo(each)}>
                Undo
              </button>
            )}
          </li>
        ))}
      </ol>
      {!whole && (value?.length ?? 0) >= 8 && (
        <button type="button" class="btn btn-s btn-ghost" onClick={() => setWhole(true)}>
          Show more
        </button>
      )}
    </section>
  );
}
