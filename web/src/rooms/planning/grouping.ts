// The rows of a list: tasks, and a heading where another group begins. Heights are known, so that only what is
// in sight is drawn.
import type { Task } from "../../api/board";
import {
  agentById,
  categories,
  categoryById,
  columnByKey,
  columns,
  personById,
  roster,
  sprintById,
} from "../../store/board";

export type ListGroup =
  | "none"
  | "status"
  | "agent"
  | "accountable"
  | "priority"
  | "category"
  | "sprint"
  | "brand"
  | "client";

interface By {
  label: string;
  /** What the server sorts by, so that a group stands together. */
  sort: string;
  of: (task: Task) => string;
  name: (key: string) => string;
  none: string;
}

const PRIORITY: Record<string, string> = { p1: "P1 · High", p2: "P2 · Medium", p3: "P3 · Low" };

export const GROUPS: Record<Exclude<ListGroup, "none">, By> = {
  status: {
    label: "Column",
    sort: "status",
    of: (task) => task.status,
    name: (key) => columnByKey.value.get(key)?.name ?? key,
    none: "",
  },
  agent: {
    label: "Agent",
    sort: "assigned",
    of: (task) => task.assigned_agent_id ?? "",
    name: (key) => agentById.value.get(key)?.name ?? key,
    none: "Nobody",
  },
  accountable: {
    label: "Accountable",
    sort: "accountable",
    of: (task) => task.accountable_id ?? "",
    name: (key) => personById.value.get(key)?.name ?? key,
    none: "Nobody accountable",
  },
  priority: {
    label: "Priority",
    sort: "priority",
    of: (task) => task.priority,
    name: (key) => PRIORITY[key] ?? key,
    none: "",
  },
  category: {
    label: "Category",
    sort: "category",
    of: (task) => task.category_id ?? "",
    name: (key) => categoryById.value.get(key)?.name ?? key,
    none: "No category",
  },
  sprint: {
    label: "Sprint",
    sort: "sprint",
    of: (task) => task.sprint_id ?? "",
    name: (key) => sprintById.value.get(key)?.name ?? key,
    none: "Backlog",
  },
  brand: {
    label: "Brand",
    sort: "brand",
    of: (task) => task.brand ?? "",
    name: (key) => key,
    none: "No brand",
  },
  client: {
    label: "Client",
    sort: "client",
    of: (task) => task.client_id ?? "",
    name: (key) => key,
    none: "No client",
  },
};

export function groupOf(asked: string | null): ListGroup {
  return asked && asked in GROUPS ? (asked as ListGroup) : "none";
}

/** The colour of a group's heading, where it has one of its own. */
export function colorOf(by: ListGroup, key: string): string | null {
  if (by === "status") return columns.value.find((each) => each.key === key)?.color ?? null;
  if (by === "agent") return roster.value.find((each) => each.id === key)?.color ?? null;
  if (by === "category") return categories.value.find((each) => each.id === key)?.color ?? null;
  return null;
}

export interface Head {
  kind: "head";
  key: string;
  name: string;
  count: number;
  /** All of the group was read: the count is the whole. */
  whole: boolean;
  folded: boolean;
}
export type Line = Head | { kind: "task"; task: Task; index: number };

export function linesOf(tasks: Task[], by: ListGroup, folded: ReadonlySet<string>, done: boolean): Line[] {
  if (by === "none") return tasks.map((task, index) => ({ kind: "task", task, index }));
  const { of, name, none } = GROUPS[by];
  const lines: Line[] = [];
  let head = null as Head | null;
  for (const [index, task] of tasks.entries()) {
    const key = of(task);
    if (head?.key !== key) {
      if (head) head.whole = true;
      head = {
        kind: "head",
        key,
        name: key ? name(key) : none,
        count: 0,
        whole: false,
        folded: folded.has(key),
      };
      lines.push(head);
    }
    head.count += 1;
    if (!head.folded) lines.push({ kind: "task", task, index });
  }
  if (head) head.whole = done;
  return lines;
}
