// One task of a list. What was changed a moment ago is shown as it will be, before the server says so.
import type { Task } from "../../api/board";
import { openTask } from "../../overlay";
import { cardSignal, columnByKey } from "../../store/board";
import { narrow } from "../../store/screen";
import { Icon } from "../../ui/icon";
import { between } from "../board/cells";
import { dayText, dueState, today } from "../board/days";
import { AgentFace, PriorityMark } from "../board/marks";
import { active, anchor, openMenu, select, selected, toggle } from "../board/state";
import type { ListColumn } from "./list-columns";

/** The task with what its card says, which is newer or a guess. */
export function asNow(task: Task): Task & { waiting?: boolean } {
  const card = cardSignal(task.id)?.value;
  return card && card.version >= task.version ? { ...task, ...card } : task;
}

function Tick({ task, on }: { task: Task; on: boolean }) {
  return (
    <label class="l-tick">
      <input
        type="checkbox"
        aria-label={`Select #${task.number}`}
        tabIndex={-1}
        checked={on}
        onClick={(event) => {
          if (event.shiftKey && anchor.id) select([...selected.peek(), ...between(anchor.id, task.id)]);
          else toggle(task.id);
          active.value = task.id;
        }}
      />
    </label>
  );
}

function Note({ task }: { task: Task }) {
  const text = task.highlights?.[0] ?? task.blocked_reason;
  if (!text) return null;
  return (
    <span class="l-note" title={text}>
      {text}
    </span>
  );
}

function Below({ task }: { task: Task }) {
  const column = columnByKey.value.get(task.status);
  const due = task.due_date;
  const done = column?.kind === "done";
  return (
    <span class="l-below">
      <span class={`kind kind-${column?.kind ?? "todo"}`} style={{ "--own": column?.color ?? "" }} />
      <span class="cut">{column?.name ?? task.status}</span>
      <PriorityMark priority={task.priority} />
      {due && <span class={`due-${done ? "later" : dueState(due, today())}`}>{dayText(due, today())}</span>}
      {task.assigned_agent_id && <AgentFace id={task.assigned_agent_id} size={18} />}
    </span>
  );
}

interface CellsProps {
  task: Task & { waiting?: boolean };
  columns: ListColumn[];
  /** How its title, which opens it, is reached. */
  link?: { tabIndex: number; onFocus: () => void; onClick: (event: MouseEvent) => void };
}

/** Number, title and the chosen columns of a task. */
export function Cells({ task, columns, link }: CellsProps) {
  return (
    <>
      <span role="cell" class="l-cell faint num l-number">
        {task.number}
      </span>
      <span role="cell" class="l-cell l-title">
        <button type="button" class="l-open" {...(link ?? { onClick: () => openTask(task.id) })}>
          {task.title}
        </button>
        {task.waiting && <Icon name="clock" size={13} label="Waits on other cards" />}
        <Note task={task} />
        {narrow.value && <Below task={task} />}
      </span>
      {columns.map((each) => (
        <span key={each.id} role="cell" class="l-cell">
          {each.cell(task)}
        </span>
      ))}
    </>
  );
}

interface Props {
  task: Task;
  columns: ListColumn[];
  rowIndex: number;
}

export function ListRow({ task: read, columns, rowIndex }: Props) {
  const task = asNow(read);
  const on = selected.value.has(task.id);
  const here = active.value === task.id;
  const done = columnByKey.value.get(task.status)?.kind === "done";
  const name = ["l-row", on ? "l-on" : "", here ? "l-here" : "", done ? "l-done" : ""]
    .filter(Boolean)
    .join(" ");
  return (
    <div
      role="row"
      aria-rowindex={rowIndex}
      aria-selected={on}
      class={name}
      data-card={task.id}
      onContextMenu={(event) => {
        event.preventDefault();
        active.value = task.id;
        openMenu(task.id, { x: event.clientX, y: event.clientY });
      }}
    >
      <span role="cell" class="l-cell l-first">
        <Tick task={task} on={on} />
      </span>
      <Cells
        task={task}
        columns={columns}
        link={{
          tabIndex: here ? 0 : -1,
          onFocus: () => {
            active.value = task.id;
          },
          onClick: (event) => {
            if (event.metaKey || event.ctrlKey) toggle(task.id);
            else openTask(task.id);
          },
        }}
      />
    </div>
  );
}
