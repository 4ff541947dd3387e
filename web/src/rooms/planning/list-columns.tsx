// What a list can show of a task, and how it is changed in its place.
import "../../styles/list.css";
import type { ComponentChildren } from "preact";
import type { CustomField, Priority, Task, TaskChange } from "../../api/board";
import { changeTasks } from "../../commands";
import {
  agentById,
  categories,
  categoryById,
  columnByKey,
  columns,
  customFields,
  people,
  personById,
  roster,
  sprintById,
  sprints,
} from "../../store/board";
import { Icon } from "../../ui/icon";
import { type Choice, Picker } from "../../ui/picker";
import { Ago } from "../../ui/time";
import { moveTo } from "../board/actions";
import { dayText, dueState, today } from "../board/days";
import { AgentFace, PriorityMark } from "../board/marks";
import { mayGo } from "../board/rules";

export interface ListColumn {
  id: string;
  label: string;
  width: string;
  /** What the server sorts by. */
  sort?: string;
  cell: (task: Task) => ComponentChildren;
}

const NAMED: Record<Priority, string> = { p1: "P1 · High", p2: "P2 · Medium", p3: "P3 · Low" };
const none = <span class="faint">–</span>;

function set(task: Task, change: TaskChange): void {
  void changeTasks([task.id], change, { before: task, version: task.version });
}

interface ChangeProps {
  task: Task;
  what: string;
  value: string | null;
  shown: ComponentChildren;
  choices: () => Choice[];
  none?: string;
  onChoose: (value: string | null) => void;
  says: string;
}

function Change({ task, what, value, shown, choices, none: empty, onChoose, says }: ChangeProps) {
  return (
    <Picker
      label={`${what} of #${task.number}: ${says}`}
      class="l-pick"
      button={shown}
      chosen={value ? [value] : []}
      choices={choices()}
      {...(empty === undefined ? {} : { none: empty })}
      onChoose={([next]) => onChoose(next ?? null)}
    />
  );
}

function status(task: Task) {
  const column = columnByKey.value.get(task.status);
  return (
    <Change
      task={task}
      what="Column"
      value={task.status}
      says={column?.name ?? task.status}
      shown={
        <>
          <span
            class={`kind kind-${column?.kind ?? "todo"}`}
            style={{ "--own": column?.color ?? "" }}
            aria-hidden="true"
          />
          <span class="cut">{column?.name ?? task.status}</span>
        </>
      }
      choices={() =>
        columns.value
          .filter((each) => each.key === task.status || mayGo([task.id], each.key))
          .map((each) => ({ value: each.key, label: each.name, color: each.color }))
      }
      onChoose={(next) => next && next !== task.status && void moveTo([task.id], next)}
    />
  );
}

function priority(task: Task) {
  return (
    <Change
      task={task}
      what="Priority"
      value={task.priority}
      says={NAMED[task.priority]}
      shown={
        <>
          <PriorityMark priority={task.priority} />
          <span class="cut">{NAMED[task.priority].slice(5)}</span>
        </>
      }
      choices={() => (["p1", "p2", "p3"] as const).map((each) => ({ value: each, label: NAMED[each] }))}
      onChoose={(next) => next && set(task, { priority: next as Priority })}
    />
  );
}

function assigned(task: Task) {
  const agent = task.assigned_agent_id ? agentById.value.get(task.assigned_agent_id) : null;
  return (
    <Change
      task={task}
      what="Agent"
      value={task.assigned_agent_id}
      says={agent?.name ?? "nobody"}
      none="Nobody"
      shown={
        task.assigned_agent_id ? (
          <>
            <AgentFace id={task.assigned_agent_id} size={20} />
            <span class="cut">{agent?.name ?? task.assigned_agent_id}</span>
          </>
        ) : (
          none
        )
      }
      choices={() =>
        roster.value
          .filter((each) => !each.retired || each.id === task.assigned_agent_id)
          .map((each) => ({ value: each.id, label: each.name, mark: each.emoji }))
      }
      onChoose={(next) => set(task, { assigned_agent_id: next })}
    />
  );
}

/** A field that names one of a list, or nothing. */
function one(
  what: string,
  empty: string,
  field: "accountable_id" | "category_id" | "sprint_id",
  name: (id: string) => string | undefined,
  choices: () => Choice[],
) {
  return (task: Task) => {
    const value = task[field];
    const shown = value ? (name(value) ?? value) : null;
    return (
      <Change
        task={task}
        what={what}
        value={value}
        says={shown ?? empty.toLowerCase()}
        none={empty}
        shown={shown ? <span class="cut">{shown}</span> : none}
        choices={choices}
        onChoose={(next) => set(task, { [field]: next })}
      />
    );
  };
}

function day(what: string, field: "due_date" | "start_date") {
  return (task: Task) => {
    const value = task[field];
    const done = columnByKey.value.get(task.status)?.kind === "done";
    const late = field === "due_date" && value && !done ? dueState(value, today()) : "later";
    return (
      <span class={`l-day due-${late}`}>
        <span aria-hidden="true">{value ? dayText(value, today()) : "–"}</span>
        <input
          type="date"
          aria-label={`${what} of #${task.number}`}
          value={value ?? ""}
          onChange={(event) => set(task, { [field]: event.currentTarget.value || null })}
          onClick={(event) => event.currentTarget.showPicker?.()}
        />
      </span>
    );
  };
}

function custom(field: CustomField): ListColumn {
  return {
    id: `cf:${field.key}`,
    label: field.name,
    width: "minmax(96px, 150px)",
    cell: (task) => {
      const value = task.custom[field.key];
      if (value === null || value === undefined || value === "") return none;
      if (field.kind === "checkbox") return value ? <Icon name="check" size={14} label="Yes" /> : none;
      const text = String(value);
      return (
        <span class="cut">{field.kind === "person" ? (personById.value.get(text)?.name ?? text) : text}</span>
      );
    },
  };
}

const plain = (value: string | null) => (value ? <span class="cut">{value}</span> : none);

const STANDARD: ListColumn[] = [
  { id: "status", label: "Column", width: "minmax(112px, 150px)", sort: "status", cell: status },
  { id: "priority", label: "Priority", width: "104px", sort: "priority", cell: priority },
  { id: "assigned", label: "Agent", width: "minmax(104px, 140px)", sort: "assigned", cell: assigned },
  {
    id: "accountable",
    label: "Accountable",
    width: "minmax(104px, 140px)",
    sort: "accountable",
    cell: one(
      "Accountable person",
      "Nobody",
      "accountable_id",
      (id) => personById.value.get(id)?.name,
      () => people.value.map((each) => ({ value: each.id, label: each.name })),
    ),
  },
  {
    id: "labels",
    label: "Labels",
    width: "minmax(96px, 190px)",
    cell: (task) =>
      task.labels.length === 0 ? (
        none
      ) : (
        <span class="l-labels" title={task.labels.join(", ")}>
          {task.labels.slice(0, 2).map((each) => (
            <span key={each} class="mini">
              {each}
            </span>
          ))}
          {task.labels.length > 2 && <span class="faint">+{task.labels.length - 2}</span>}
        </span>
      ),
  },
  { id: "due_date", label: "Due", width: "96px", sort: "due_date", cell: day("Due date", "due_date") },
  { id: "start_date", label: "Start", width: "96px", sort: "start_date", cell: day("Start", "start_date") },
  {
    id: "category",
    label: "Category",
    width: "minmax(104px, 150px)",
    sort: "category",
    cell: one(
      "Category",
      "No category",
      "category_id",
      (id) => categoryById.value.get(id)?.name,
      () => categories.value.map((each) => ({ value: each.id, label: each.name, color: each.color })),
    ),
  },
  {
    id: "sprint",
    label: "Sprint",
    width: "minmax(104px, 150px)",
    sort: "sprint",
    cell: one(
      "Sprint",
      "Backlog",
      "sprint_id",
      (id) => sprintById.value.get(id)?.name,
      () =>
        sprints.value
          .filter((each) => each.status !== "completed")
          .map((each) => ({ value: each.id, label: each.name })),
    ),
  },
  {
    id: "estimate",
    label: "Estimate",
    width: "84px",
    sort: "estimate",
    cell: (task) => (task.estimate === null ? none : <span class="num">{task.estimate}</span>),
  },
  {
    id: "client",
    label: "Client",
    width: "minmax(96px, 150px)",
    sort: "client",
    cell: (task) => plain(task.client_id),
  },
  {
    id: "brand",
    label: "Brand",
    width: "minmax(96px, 150px)",
    sort: "brand",
    cell: (task) => plain(task.brand),
  },
  {
    id: "subtasks",
    label: "Parts",
    width: "72px",
    cell: (task) =>
      task.subtask_count === 0 ? (
        none
      ) : (
        <span class="num">
          {task.subtask_done_count}/{task.subtask_count}
        </span>
      ),
  },
  {
    id: "comments",
    label: "Comments",
    width: "92px",
    cell: (task) => (task.comment_count === 0 ? none : <span class="num">{task.comment_count}</span>),
  },
  {
    id: "created_by",
    label: "Created by",
    width: "minmax(96px, 140px)",
    cell: (task) => plain(task.created_by_name),
  },
  {
    id: "created_at",
    label: "Created",
    width: "104px",
    sort: "created_at",
    cell: (task) => <Ago at={task.created_at} />,
  },
  {
    id: "updated_at",
    label: "Changed",
    width: "104px",
    sort: "updated_at",
    cell: (task) => <Ago at={task.updated_at} />,
  },
  {
    id: "completed_at",
    label: "Done",
    width: "104px",
    sort: "completed_at",
    cell: (task) => <Ago at={task.completed_at} />,
  },
];

const USUAL = ["status", "priority", "assigned", "labels", "due_date"];

export const everyColumn = (): ListColumn[] => [...STANDARD, ...customFields.value.map(custom)];

/** The columns of the address, or the usual ones. Number and title are always there. */
export function chosenColumns(asked: string | null): string[] {
  return asked ? asked.split(",").filter((each) => each !== "title") : USUAL;
}

export function columnsShown(asked: string | null): ListColumn[] {
  const all = new Map(everyColumn().map((each) => [each.id, each]));
  return chosenColumns(asked).flatMap((id) => all.get(id) ?? []);
}

/** How the choice stands in the address: nothing where it is the usual one, `title` where it is empty. */
export function columnsAsText(ids: string[]): string | null {
  const order = everyColumn().map((each) => each.id);
  const sorted = [...ids].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const usual = sorted.length === USUAL.length && USUAL.every((each) => sorted.includes(each));
  return usual ? null : sorted.join(",") || "title";
}
