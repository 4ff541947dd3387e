// Everything one can do to cards, by name. Each is shown at once, taken back with the reason when the
// server refuses it, undone with its inverse, and kept on this device while there is no connection.
import {
  boardApi,
  cardOf,
  type NewTask,
  onceKey,
  type Priority,
  type Task,
  type TaskChange,
} from "../api/board";
import { ApiError } from "../api/client";
import { offline } from "../live/board";
import { explain } from "../live/pending";
import { offerConflict } from "../overlay";
import {
  agentById,
  anyCard,
  categoryById,
  columnByKey,
  knownCard,
  personById,
  putCard,
  sprintById,
} from "../store/board";
import { toast } from "../ui/toast";
import { remember } from "./history";
import { type Place, type Sent, type Step, sendStep, showStep } from "./steps";
import { wait, waiting } from "./waiting";

export { canRedo, canUndo, forgetDeeds, redo, remember, undo } from "./history";
export type { Place } from "./steps";
export { waiting } from "./waiting";

interface Gesture {
  label: string;
  steps: Step[];
  back: (sent: Sent[]) => Step[];
  again?: (sent: Sent[]) => Step[];
  quiet?: boolean;
  /** The versions it was made on, by card. */
  madeOn?: Record<string, number>;
  /** Told of a refusal in place of the toast, where there are fields to show it beside. */
  onRefused?: (cause: ApiError) => void;
}

const PRIORITY: Record<Priority, string> = { p1: "P1, high", p2: "P2, medium", p3: "P3, low" };

function subject(ids: string[]): string {
  const [only] = ids;
  const card = only && ids.length === 1 ? anyCard(only) : undefined;
  if (card) return card.number ? `#${card.number}` : `“${card.title}”`;
  return `${ids.length} ${ids.length === 1 ? "card" : "cards"}`;
}

/** Shows and sends steps one after the other. What fails takes everything that was not sent back. */
async function send(steps: Step[]): Promise<Sent[]> {
  const lift = steps.map(showStep);
  const sent: Sent[] = [];
  try {
    for (const [index, step] of steps.entries()) {
      sent.push(await sendStep(step));
      lift[index]?.();
    }
    return sent;
  } catch (cause) {
    for (const each of lift.slice(sent.length).reverse()) each();
    throw cause;
  }
}

function tellMerged(sent: Sent[]): void {
  const merged = [...new Set(sent.flatMap((each) => each.merged))];
  if (merged.length === 0) return;
  const fields = merged.map((field) => field.replace(/_id$/, "").replaceAll("_", " ")).join(", ");
  toast({ kind: "info", title: "Merged with what others changed meanwhile", detail: fields });
}

async function perform(gesture: Gesture): Promise<Sent[] | null> {
  // Once something waits, everything after it waits too: order is kept.
  if (offline.value || waiting.value.length > 0) {
    await wait(gesture.label, gesture.steps);
    return [];
  }
  let sent: Sent[];
  try {
    sent = await send(gesture.steps);
  } catch (cause) {
    if (cause instanceof ApiError && cause.status === 0) {
      await wait(gesture.label, gesture.steps);
      return [];
    }
    refused(gesture, cause);
    return null;
  }
  tellMerged(sent);
  const back = gesture.back(sent);
  if (back.length === 0) {
    if (!gesture.quiet) toast({ kind: "good", title: gesture.label });
    return sent;
  }
  const again = gesture.again?.(sent) ?? gesture.steps;
  remember(
    {
      label: gesture.label,
      back: async () => standFor(gesture.madeOn, await send(back.map(onWhatStands))),
      again: async () => standFor(versionsAfter(sent), await send(again)),
    },
    gesture.quiet,
  );
  return sent;
}

const versionsAfter = (sent: Sent[]): Record<string, number> =>
  Object.fromEntries(sent.flatMap((each) => each.tasks).map((task) => [task.id, task.version]));

// What undo brought back is a newer version that says what an older one said. Deeds from before it go by that
// older one: without this, the second undo of a field would take the first for a change by somebody else.
const standsNow = new Map<string, number>();

function standFor(before: Record<string, number> | undefined, sent: Sent[]): void {
  const after = versionsAfter(sent);
  for (const [id, version] of Object.entries(before ?? {})) {
    const now = after[id];
    if (now && now > version) standsNow.set(`${id} ${version}`, now);
  }
}

function onWhatStands(step: Step): Step {
  if (step.do !== "change" || !step.versions) return step;
  const versions = { ...step.versions };
  for (const id of Object.keys(versions)) {
    for (let now = versions[id]; now !== undefined; now = standsNow.get(`${id} ${now}`)) versions[id] = now;
  }
  return { ...step, versions };
}

function refused(gesture: Gesture, cause: unknown): void {
  const [step] = gesture.steps;
  const conflict = cause instanceof ApiError && cause.status === 409 && cause.current && cause.yours;
  if (conflict && step?.do === "change") {
    offerConflict(cause, (chosen) => {
      if (chosen && Object.keys(chosen).length > 0)
        void resolved(step.ids, chosen as TaskChange, gesture.label);
    });
    return;
  }
  if (gesture.onRefused && cause instanceof ApiError) gesture.onRefused(cause);
  else toast({ kind: "bad", title: `Refused: ${lower(gesture.label)}`, detail: explain(cause) });
}

/** What was chosen is a change of the card as it is now, both versions having been looked at. */
async function resolved(ids: string[], chosen: TaskChange, label: string): Promise<void> {
  const [id] = ids;
  if (!id) return;
  try {
    const { data } = await boardApi.task(id);
    putCard(cardOf(data, knownCard(id)?.waiting));
    const { version: _version, ...change } = chosen;
    await changeTasks([id], change, { label, before: data, version: data.version });
  } catch (cause) {
    toast({ kind: "bad", title: `Refused: ${lower(label)}`, detail: explain(cause) });
  }
}

const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

interface HowChanged {
  label?: string;
  /** What the fields were, where a card does not show them: description, custom fields, watchers… */
  before?: Partial<Task>;
  /** What the change was made on; the card's own version where it is absent. */
  version?: number;
  quiet?: boolean;
  onRefused?: (cause: ApiError) => void;
}

function saysChange(ids: string[], change: TaskChange): string {
  const who = subject(ids);
  const fields = Object.keys(change).filter((each) => each !== "version");
  if (fields.length !== 1) return `Changed ${who}`;
  if (change.priority) return `Set ${who} to ${PRIORITY[change.priority]}`;
  if (change.assigned_agent_id) {
    return `Assigned ${who} to ${agentById.value.get(change.assigned_agent_id)?.name ?? change.assigned_agent_id}`;
  }
  if (change.assigned_agent_id === null) return `Took ${who} from its agent`;
  if (change.accountable_id) {
    return `Made ${personById.value.get(change.accountable_id)?.name ?? "somebody"} accountable for ${who}`;
  }
  if (change.category_id) {
    return `Put ${who} in ${categoryById.value.get(change.category_id)?.name ?? change.category_id}`;
  }
  if (change.sprint_id) {
    return `Put ${who} in ${sprintById.value.get(change.sprint_id)?.name ?? change.sprint_id}`;
  }
  if (change.sprint_id === null) return `Put ${who} back in the backlog`;
  return `Changed ${fields[0]?.replace(/_id$/, "").replaceAll("_", " ")} of ${who}`;
}

/** The values before, as steps: cards that had the same ones go back together. */
function undoChange(ids: string[], change: TaskChange, before: Partial<Task> | undefined): Step[] {
  const fields = Object.keys(change).filter((each) => each !== "version" && each !== "expected_updated_at");
  const groups = new Map<string, { ids: string[]; change: TaskChange }>();
  for (const id of ids) {
    const card = { ...anyCard(id), ...before } as Record<string, unknown>;
    // What a field was must be known, or undoing would empty it.
    if (fields.some((field) => card[field] === undefined)) return [];
    const values = Object.fromEntries(fields.map((field) => [field, card[field] ?? null]));
    const key = JSON.stringify(values);
    const group = groups.get(key);
    if (group) group.ids.push(id);
    else groups.set(key, { ids: [id], change: values as TaskChange });
  }
  return [...groups.values()].map((group) => ({ do: "change", ...group }));
}

function versionsOf(ids: string[], version: number | undefined): Record<string, number> {
  const found: Record<string, number> = {};
  for (const id of ids) {
    const known = version ?? knownCard(id)?.version ?? anyCard(id)?.version;
    if (known) found[id] = known;
  }
  return found;
}

/** Changes fields of one card or of many. False when it was refused. */
export async function changeTasks(ids: string[], change: TaskChange, how: HowChanged = {}): Promise<boolean> {
  if (ids.length === 0) return true;
  const label = how.label ?? saysChange(ids, change);
  const undoing = undoChange(ids, change, how.before);
  const { version, ...fields } = change;
  const versions = versionsOf(ids, how.version ?? version);
  const sent = await perform({
    label,
    steps: [{ do: "change", ids, change: fields, versions }],
    // Undone on the version our own change made: what others did to the same field since is not undone.
    back: (answers) => {
      const after = versionsAfter(answers);
      return undoing.map((step) => (step.do === "change" ? { ...step, versions: after } : step));
    },
    again: () => [{ do: "change", ids, change: fields }],
    madeOn: versions,
    ...(how.quiet ? { quiet: true } : {}),
    ...(how.onRefused ? { onRefused: how.onRefused } : {}),
  });
  return sent !== null;
}

export interface To {
  status: string;
  /** Between which cards; on top of the column where both are absent. */
  above?: string | null;
  below?: string | null;
  blocked_reason?: string;
  /** What else changes with the place: the agent of a swim-lane, say. */
  change?: TaskChange;
}

/** Moves one card or several, which keep their order, to a place in a column. */
export async function moveTasks(ids: string[], to: To): Promise<boolean> {
  const cards = ids.map((id) => anyCard(id)).filter((each) => each !== undefined);
  if (cards.length === 0) return true;
  const places = new Map(cards.map((card) => [card.id, { status: card.status, rank: card.rank }]));
  const changesColumn = cards.some((each) => each.status !== to.status);
  const steps = moveSteps(ids, to);
  const back: Step[] = cards.map((card) => ({
    do: "move",
    id: card.id,
    to: { ...(places.get(card.id) ?? { status: card.status }), blocked_reason: card.blocked_reason },
  }));
  if (to.change) {
    back.push(...undoChange(ids, to.change, undefined));
    steps.push({ do: "change", ids, change: to.change });
  }
  const name = columnByKey.value.get(to.status)?.name ?? to.status;
  const label = changesColumn
    ? `Moved ${subject(ids)} to ${name}`
    : to.change
      ? saysChange(ids, to.change)
      : `Reordered ${subject(ids)} in ${name}`;
  const sent = await perform({ label, steps, back: () => back, quiet: !changesColumn && !to.change });
  return sent !== null;
}

/** A move as steps, for those who show it before it is made. */
export function moveSteps(ids: string[], to: To): Step[] {
  const place: Place = { status: to.status, above: to.above ?? null, below: to.below ?? null };
  if (to.blocked_reason) place.blocked_reason = to.blocked_reason;
  const [only] = ids;
  return ids.length === 1 && only ? [{ do: "move", id: only, to: place }] : [{ do: "moves", ids, to: place }];
}

/** Puts a new card on the board. The task as the server made it; null when refused or still waiting. */
export async function createTask(task: NewTask): Promise<Task | null> {
  const step: Step = { do: "create", task, key: onceKey(), as: `new_${onceKey()}` };
  const sent = await perform({
    label: `Created “${task.title}”`,
    steps: [step],
    back: (answers) => [{ do: "delete", ids: answers.flatMap((each) => each.tasks.map((made) => made.id)) }],
    again: (answers) => [
      { do: "restore", ids: answers.flatMap((each) => each.tasks.map((made) => made.id)) },
    ],
  });
  return sent?.[0]?.tasks[0] ?? null;
}

async function away(what: "delete" | "archive", ids: string[], past: string): Promise<boolean> {
  if (ids.length === 0) return true;
  const sent = await perform({
    label: `${past} ${subject(ids)}`,
    steps: [{ do: what, ids }],
    back: () => [{ do: "restore", ids }],
  });
  return sent !== null;
}

export const deleteTasks = (ids: string[]): Promise<boolean> => away("delete", ids, "Deleted");
export const archiveTasks = (ids: string[]): Promise<boolean> => away("archive", ids, "Archived");

export async function restoreTasks(ids: string[], from: "delete" | "archive"): Promise<boolean> {
  const sent = await perform({
    label: `Restored ${subject(ids)}`,
    steps: [{ do: "restore", ids }],
    back: () => [{ do: from, ids }],
  });
  return sent !== null;
}

/** A copy of a card beside it. The copy; null when refused or still waiting. */
export async function duplicateTask(id: string): Promise<Task | null> {
  const sent = await perform({
    label: `Duplicated ${subject([id])}`,
    steps: [{ do: "duplicate", id, key: onceKey() }],
    back: (answers) => [{ do: "delete", ids: answers.flatMap((each) => each.tasks.map((made) => made.id)) }],
    again: (answers) => [
      { do: "restore", ids: answers.flatMap((each) => each.tasks.map((made) => made.id)) },
    ],
  });
  return sent?.[0]?.tasks[0] ?? null;
}
