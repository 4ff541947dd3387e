// The column a card stands in, why it is blocked, and who would wake if it went elsewhere.
import { useEffect, useState } from "preact/hooks";
import type { Task } from "../../api/board";
import { ApiError } from "../../api/client";
import { type Effect, taskApi } from "../../api/task";
import { boardSettings, columnByKey, columns } from "../../store/board";
import { Icon } from "../../ui/icon";
import { Mark, Picker } from "../../ui/picker";
import { Row } from "./inputs";
import type { OpenTask } from "./open-task";

interface WakesProps {
  task: Task;
  change: { status?: string; assigned_agent_id?: string };
}

/** A server that cannot tell is not asked again. */
let unknown = false;

/** What would be set off by the choice the cursor is on. */
export function Wakes({ task, change }: WakesProps) {
  const [effects, setEffects] = useState<Effect[]>([]);
  useEffect(() => {
    setEffects([]);
    if (unknown) return;
    let current = true;
    const timer = window.setTimeout(() => {
      taskApi.preview(task.id, change).then(
        ({ data }) => current && setEffects(data.effects),
        (cause) => {
          unknown ||= cause instanceof ApiError && cause.status === 404;
        },
      );
    }, 160);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [task.id, change.status, change.assigned_agent_id]);
  const told = effects.filter((each) => each.kind !== "nothing");
  if (told.length === 0) return null;
  return (
    <div class="wakes" role="status">
      <Icon name="spark" size={14} />
      <span>{told.map((each) => each.text).join(" ")}</span>
    </div>
  );
}

function Reason({ text, ok, cancel }: { text: string; ok: (reason: string) => void; cancel: () => void }) {
  const [reason, setReason] = useState(text);
  return (
    <form
      class="reason"
      onSubmit={(event) => {
        event.preventDefault();
        if (reason.trim()) ok(reason.trim());
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        cancel();
      }}
    >
      <label>
        <span>What is in the way?</span>
        <textarea
          class="input"
          rows={2}
          ref={(node) => node?.focus()}
          maxLength={2000}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <div class="part-foot">
        <button type="submit" class="btn btn-s btn-primary" disabled={!reason.trim()}>
          {text ? "Save" : "Block"}
        </button>
        <button type="button" class="btn btn-s" onClick={cancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}

export function ColumnFact({ open, task }: { open: OpenTask; task: Task }) {
  const [to, setTo] = useState<string | null>(null);
  const column = columnByKey.value.get(task.status);
  const allowed = boardSettings.value?.transitions[task.status];
  const choices = columns.value
    .filter((each) => each.key === task.status || !allowed?.length || allowed.includes(each.key))
    .map((each) => ({ value: each.key, label: each.name, color: each.color }));
  const choose = (status: string) => {
    if (columnByKey.value.get(status)?.kind === "blocked" && status !== task.status) setTo(status);
    else void open.move(status);
  };
  return (
    <>
      <Row label="Column" name="column" second={false}>
        <Picker
          label={`Column: ${column?.name ?? task.status}`}
          button={
            <>
              <Mark choice={column ? { color: column.color } : {}} />
              <span class="cut">{column?.name ?? task.status}</span>
            </>
          }
          chosen={[task.status]}
          choices={choices}
          foot={(value) =>
            value && value !== task.status ? <Wakes task={task} change={{ status: value }} /> : null
          }
          onChoose={([value]) => value && choose(value)}
        />
      </Row>
      {to !== null && (
        <Reason
          text={to === task.status ? (task.blocked_reason ?? "") : ""}
          cancel={() => setTo(null)}
          ok={(reason) => {
            setTo(null);
            if (to === task.status) void open.change({ blocked_reason: reason });
            else void open.move(to, reason);
          }}
        />
      )}
      {task.blocked_reason && to === null && (
        <button
          type="button"
          class="blocked-reason"
          title="Change the reason"
          onClick={() => setTo(task.status)}
        >
          <Icon name="lock" size={14} />
          <span>{task.blocked_reason}</span>
        </button>
      )}
    </>
  );
}
