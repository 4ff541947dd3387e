// What a card is made of: add, tick, put in order.
import { useState } from "preact/hooks";
import type { Task, TaskRef } from "../../api/board";
import { changeTasks, createTask, moveTasks } from "../../commands";
import { openTask } from "../../overlay";
import { columnByKey, columns, peekCard } from "../../store/board";
import { Icon } from "../../ui/icon";
import { AgentFace } from "../board/marks";
import type { OpenTask } from "./open-task";
import { Part } from "./part";

export const isDone = (each: TaskRef): boolean => columnByKey.value.get(each.status)?.kind === "done";

interface Props {
  open: OpenTask;
  task: Task;
}

function NewPart({ open, task }: Props) {
  const [title, setTitle] = useState("");
  return (
    <form
      class="part-new"
      onSubmit={(event) => {
        event.preventDefault();
        const wanted = title.trim();
        if (!wanted) return;
        setTitle("");
        // A part begins where its whole stands: same client, same sprint.
        const shared = { sprint_id: task.sprint_id, client_id: task.client_id, brand: task.brand };
        void createTask({ title: wanted, parent_id: task.id, ...shared }).then((made) => {
          if (!made) setTitle((now) => now || wanted);
          return open.reload();
        });
      }}
    >
      <Icon name="plus" size={14} />
      <input
        aria-label="New sub-task"
        placeholder="Add a sub-task"
        maxLength={500}
        autocomplete="off"
        value={title}
        onInput={(event) => setTitle(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || !title) return;
          setTitle("");
          event.preventDefault();
        }}
      />
      {title.trim() && (
        <button type="submit" class="btn btn-s">
          Add
        </button>
      )}
    </form>
  );
}

/** The nearest part that stands in the same column: order is a matter of columns. */
function neighbour(parts: readonly TaskRef[], at: number, step: 1 | -1): TaskRef | undefined {
  const own = parts[at];
  for (let next = at + step; next >= 0 && next < parts.length; next += step) {
    if (parts[next]?.status === own?.status) return parts[next];
  }
  return undefined;
}

export function Subtasks({ open, task }: Props) {
  const [carried, setCarried] = useState<string | null>(null);
  const [over, setOver] = useState<string | null>(null);
  const [said, setSaid] = useState("");
  const parts = task.subtasks ?? [];
  const done = parts.filter(isDone).length;

  const toggle = async (part: TaskRef) => {
    const kind = isDone(part) ? "todo" : "done";
    const to = columns.value.find((each) => each.kind === kind);
    if (!to) return;
    const label = `${isDone(part) ? "Reopened" : "Finished"} #${part.number}`;
    await changeTasks([part.id], { status: to.key }, { before: { status: part.status }, label });
    await open.reload();
  };
  const place = async (part: TaskRef, other: TaskRef | undefined, below: boolean) => {
    if (!other || other.id === part.id || other.status !== part.status) return;
    const ids = parts.map((each) => each.id).filter((each) => each !== part.id);
    ids.splice(ids.indexOf(other.id) + (below ? 1 : 0), 0, part.id);
    setSaid(`${part.title}: ${ids.indexOf(part.id) + 1} of ${ids.length}`);
    const at = below ? { above: other.id } : { below: other.id };
    await moveTasks([part.id], { status: part.status, ...at });
    await open.reload();
    document.querySelector<HTMLElement>(`[data-part="${CSS.escape(part.id)}"] .link-title`)?.focus();
  };
  const onKey = (event: KeyboardEvent, part: TaskRef, at: number) => {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    event.stopPropagation();
    const step = event.key === "ArrowUp" ? -1 : 1;
    void place(part, neighbour(parts, at, step), step > 0);
  };
  const drop = (part: TaskRef, at: number) => {
    const from = parts.findIndex((each) => each.id === carried);
    const moved = parts[from];
    if (moved) void place(moved, part, from < at);
    setCarried(null);
    setOver(null);
  };

  return (
    <Part title="Sub-tasks" count={parts.length > 0 ? `${done} of ${parts.length}` : undefined}>
      {parts.length > 0 && (
        <span class="meter part-meter" role="img" aria-label={`${done} of ${parts.length} done`}>
          <span class="meter-fill" style={{ transform: `scaleX(${done / parts.length})` }} />
        </span>
      )}
      <ul class="links">
        {parts.map((part, at) => (
          <li
            key={part.id}
            class={`link-row${over === part.id && carried !== part.id ? " link-over" : ""}${carried === part.id ? " link-carried" : ""}`}
            data-part={part.id}
            draggable
            onDragStart={(event) => {
              event.dataTransfer?.setData("text/plain", `#${part.number}`);
              setCarried(part.id);
            }}
            onDragEnd={() => {
              setCarried(null);
              setOver(null);
            }}
            onDragOver={(event) => {
              const moved = parts.find((each) => each.id === carried);
              if (!moved || moved.status !== part.status) return;
              event.preventDefault();
              event.stopPropagation();
              setOver(part.id);
            }}
            onDrop={(event) => {
              if (!carried) return;
              event.preventDefault();
              event.stopPropagation();
              drop(part, at);
            }}
            onKeyDown={(event) => onKey(event, part, at)}
          >
            <span class="link-grip" aria-hidden="true">
              <Icon name="grip" size={13} />
            </span>
            <input
              type="checkbox"
              class="tick"
              aria-label={`${part.title} is done`}
              checked={isDone(part)}
              onChange={() => void toggle(part)}
            />
            <button
              type="button"
              class={isDone(part) ? "link-title is-done" : "link-title"}
              title="Alt and the arrows put it in order"
              onClick={() => openTask(part.id)}
            >
              {part.title}
            </button>
            <Stands part={part} />
          </li>
        ))}
      </ul>
      <NewPart open={open} task={task} />
      <span class="sr-only" role="status">
        {said}
      </span>
    </Part>
  );
}

/** Where another card stands, and who has it. */
export function Stands({ part }: { part: TaskRef }) {
  const column = columnByKey.value.get(part.status);
  const agent = peekCard(part.id)?.assigned_agent_id;
  return (
    <span class="link-stands">
      {agent && <AgentFace id={agent} size={18} />}
      <span class="swatch" style={{ background: column?.color }} title={column?.name ?? part.status} />
      <span class="faint num">#{part.number}</span>
    </span>
  );
}
