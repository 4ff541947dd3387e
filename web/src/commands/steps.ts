// A step is one request as plain data: it can be shown before it is sent, sent, kept on this device while
// there is no connection, and sent again later.
import { boardApi, type Card, cardOf, type NewTask, type Task, type TaskChange } from "../api/board";
import {
  columnByKey,
  dropCard,
  firstColumn,
  guessCard,
  guessNewCard,
  idsOf,
  isGuess,
  knownCard,
  peekCard,
  placeByRank,
  putCard,
  rankBetween,
} from "../store/board";

/** Where a card goes: a column, and there between two cards, or where it stood by its rank. */
export interface Place {
  status: string;
  above?: string | null;
  below?: string | null;
  rank?: string;
  blocked_reason?: string | null;
}

export type Step =
  | { do: "change"; ids: string[]; change: TaskChange; versions?: Record<string, number> }
  | { do: "move"; id: string; to: Place }
  /** Several at once, keeping their order; all of them or none. */
  | { do: "moves"; ids: string[]; to: Place }
  | { do: "create"; task: NewTask; key: string; as: string }
  | { do: "delete" | "archive" | "restore"; ids: string[] }
  | { do: "duplicate"; id: string; key: string };

export interface Sent {
  tasks: Task[];
  merged: string[];
}

const SHOWN_FIELDS = new Set([
  "title",
  "status",
  "priority",
  "assigned_agent_id",
  "accountable_id",
  "category_id",
  "sprint_id",
  "parent_id",
  "start_date",
  "due_date",
  "estimate",
  "blocked_reason",
  "labels",
  "client_id",
  "brand",
  "client_visible",
]);

/** As much of a change as a card shows. */
function shownPart(change: TaskChange): Partial<Card> {
  const part = Object.entries(change).filter(
    ([field, value]) => SHOWN_FIELDS.has(field) && value !== undefined,
  );
  return Object.fromEntries(part) as Partial<Card>;
}

function guessedRank(id: string, to: Place): string {
  if (to.rank !== undefined) return to.rank;
  const above = to.above ? peekCard(to.above) : undefined;
  const below = to.below ? peekCard(to.below) : undefined;
  if (above || below) return rankBetween(above?.rank ?? "", below?.rank ?? "");
  const first = idsOf(to.status).find((each) => each !== id);
  return rankBetween("", (first && peekCard(first)?.rank) || "");
}

function placed(id: string, to: Place): Partial<Card> {
  const change: Partial<Card> = { status: to.status, rank: guessedRank(id, to) };
  const kind = columnByKey.value.get(to.status)?.kind;
  if (to.blocked_reason !== undefined) change.blocked_reason = to.blocked_reason;
  else if (kind !== "blocked") change.blocked_reason = null;
  return change;
}

function draft(step: Extract<Step, { do: "create" }>): Card {
  const { task } = step;
  const status = task.status ?? firstColumn.value?.key ?? "todo";
  const top = idsOf(status)[0];
  return {
    id: step.as,
    number: 0,
    title: task.title,
    status,
    priority: task.priority ?? "p2",
    rank: rankBetween("", (top && peekCard(top)?.rank) || ""),
    assigned_agent_id: task.assigned_agent_id ?? null,
    accountable_id: task.accountable_id ?? null,
    category_id: task.category_id ?? null,
    sprint_id: task.sprint_id ?? null,
    parent_id: task.parent_id ?? null,
    start_date: task.start_date ?? null,
    due_date: task.due_date ?? null,
    estimate: task.estimate ?? null,
    blocked_reason: task.blocked_reason ?? null,
    labels: task.labels ?? [],
    client_id: task.client_id ?? null,
    brand: task.brand ?? null,
    client_visible: task.client_visible ?? false,
    subtask_count: 0,
    subtask_done_count: 0,
    comment_count: 0,
    attachment_count: 0,
    waiting: false,
    run_id: null,
    run_status: null,
    updated_at: new Date().toISOString(),
    version: 0,
  };
}

/** Shows a step as if it had been done; what is returned takes that back. */
export function showStep(step: Step): () => void {
  if (step.do === "change") {
    const change = shownPart(step.change);
    const lift = step.ids.map((id) => guessCard(id, { change }));
    return () => {
      for (const each of lift) each();
    };
  }
  if (step.do === "move") return guessCard(step.id, { change: placed(step.id, step.to) });
  if (step.do === "moves") {
    const lift: (() => void)[] = [];
    let above = step.to.above ?? null;
    for (const id of step.ids) {
      lift.push(guessCard(id, { change: placed(id, { ...step.to, above }) }));
      above = id;
    }
    return () => {
      for (const each of lift.reverse()) each();
    };
  }
  if (step.do === "create") return guessNewCard(draft(step));
  if (step.do === "delete" || step.do === "archive") {
    const lift = step.ids.map((id) => guessCard(id, { change: {}, gone: true }));
    return () => {
      for (const each of lift) each();
    };
  }
  return () => {};
}

async function sendChange(step: Extract<Step, { do: "change" }>): Promise<Sent> {
  const [only] = step.ids;
  if (step.ids.length === 1 && only) {
    const version = step.versions?.[only];
    const change = version ? { ...step.change, version } : step.change;
    const { data, meta } = await boardApi.changeTask(only, change);
    return { tasks: [data], merged: meta.merged ?? [] };
  }
  const { data } = await boardApi.bulk({ ids: step.ids, change: step.change });
  return { tasks: data, merged: [] };
}

// A neighbour that has left the column meanwhile says nothing about the place any more.
const standing = (other: string | null | undefined, status: string): string | null =>
  other && !isGuess(other) && knownCard(other)?.status === status ? other : null;

async function sendMove(step: Extract<Step, { do: "move" }>): Promise<Sent> {
  const { to, id } = step;
  const place = to.rank === undefined ? to : placeByRank(to.status, to.rank, id);
  const after_id = standing(place.above, to.status);
  const before_id = standing(place.below, to.status);
  const { data, meta } = await boardApi.moveTask(id, {
    status: to.status,
    ...(after_id ? { after_id } : before_id ? { before_id } : { sort_order: 0 }),
    ...(to.blocked_reason ? { blocked_reason: to.blocked_reason } : {}),
  });
  return { tasks: [data], merged: meta.merged ?? [] };
}

async function sendMoves(step: Extract<Step, { do: "moves" }>): Promise<Sent> {
  const { to } = step;
  const before_id = standing(to.below, to.status);
  const after_id = standing(to.above, to.status);
  // Each is put beside the same neighbour, so below one the last has to go first.
  const ids = before_id ? step.ids : [...step.ids].reverse();
  const { data } = await boardApi.bulk({
    ids,
    move: {
      status: to.status,
      ...(before_id ? { before_id } : after_id ? { after_id } : { sort_order: 0 }),
      ...(to.blocked_reason ? { blocked_reason: to.blocked_reason } : {}),
    },
  });
  return { tasks: data, merged: [] };
}

/** Does the step on the server and puts what it answers in the store. */
export async function sendStep(step: Step): Promise<Sent> {
  const sent = await ask(step);
  if (step.do === "create") dropCard(step.as);
  for (const task of sent.tasks) {
    if (task.deleted_at || task.archived_at) dropCard(task.id);
    else putCard(cardOf(task, knownCard(task.id)?.waiting ?? (task.depends_on?.length ?? 0) > 0));
  }
  if (step.do === "delete" || step.do === "archive") for (const id of step.ids) dropCard(id);
  return sent;
}

async function ask(step: Step): Promise<Sent> {
  if (step.do === "change") return sendChange(step);
  if (step.do === "move") return sendMove(step);
  if (step.do === "moves") return sendMoves(step);
  if (step.do === "create") {
    const { data } = await boardApi.createTask(step.task, step.key);
    return { tasks: [data], merged: [] };
  }
  if (step.do === "duplicate") {
    const { data } = await boardApi.duplicateTask(step.id, step.key);
    return { tasks: [data], merged: [] };
  }
  const [only] = step.ids;
  if (step.ids.length === 1 && only) {
    const call = {
      delete: boardApi.deleteTask,
      archive: boardApi.archiveTask,
      restore: boardApi.restoreTask,
    };
    const { data } = await call[step.do](only);
    return { tasks: data ? [data] : [], merged: [] };
  }
  const { data } = await boardApi.bulk({ ids: step.ids, action: step.do });
  return { tasks: data, merged: [] };
}
