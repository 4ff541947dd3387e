// What one can do to cards from the board: asks what has to be asked, then calls the command.
import { signal } from "@preact/signals";
import type { TaskChange } from "../../api/board";
import { archiveTasks, changeTasks, deleteTasks, duplicateTask, moveSteps, moveTasks } from "../../commands";
import { showStep } from "../../commands/steps";
import { anyCard, columnByKey, columns, peekCard } from "../../store/board";
import { copyText } from "../../ui/parts";
import { toast } from "../../ui/toast";
import { cardTowards } from "./cells";
import { cellIds, changeInto, group, laneOf } from "./lanes";
import { collapsed, focusCard, focusIfLost, lifted, say, select, selected, withSelection } from "./state";

export interface Destination {
  column: string;
  lane?: string;
  above?: string | null;
  below?: string | null;
}

/** A question that stands open: why the cards are blocked. */
export const askingReason = signal<{ count: number; answer: (reason: string | null) => void } | null>(null);

function needsReason(ids: string[], column: string): boolean {
  const enters = ids.some((id) => anyCard(id)?.status !== column);
  return enters && columnByKey.value.get(column)?.kind === "blocked";
}

function askReason(ids: string[]): Promise<string | null> {
  return new Promise((resolve) => {
    askingReason.value = {
      count: ids.length,
      answer: (reason) => {
        askingReason.value = null;
        resolve(reason);
      },
    };
  });
}

function inOrder(ids: readonly string[]): string[] {
  const place = new Map<string, number>();
  for (const [at, column] of columns.value.entries()) place.set(column.key, at);
  const cards = ids.map((id) => anyCard(id)).filter((each) => each !== undefined);
  cards.sort((a, b) => (place.get(a.status) ?? 0) - (place.get(b.status) ?? 0) || (a.rank < b.rank ? -1 : 1));
  return cards.map((each) => each.id);
}

function stands(ids: string[], to: Destination): boolean {
  if (ids.some((id) => anyCard(id)?.status !== to.column)) return false;
  const by = group.value;
  const lane = to.lane;
  if (lane !== undefined && ids.some((id) => laneNow(id) !== lane)) return false;
  const [only] = ids;
  if (ids.length !== 1 || !only || (to.above === undefined && to.below === undefined)) return false;
  const shown = cellIds(to.column, by === "none" ? "" : (lane ?? ""));
  const at = shown.indexOf(only);
  return (
    at >= 0 &&
    (shown[at - 1] ?? null) === (to.above ?? null) &&
    (shown[at + 1] ?? null) === (to.below ?? null)
  );
}

function laneNow(id: string): string {
  const card = peekCard(id);
  return card ? laneOf(card, group.value) : "";
}

/** Puts cards in a place, asking for the reason where they are blocked there. */
export async function dropCards(which: readonly string[], to: Destination): Promise<void> {
  const ids = inOrder(which);
  if (ids.length === 0 || stands(ids, to)) return;
  let reason: string | null = null;
  if (needsReason(ids, to.column)) {
    // While the question stands open, the cards are where they were let go.
    const lift = moveSteps(ids, { ...to, status: to.column }).map(showStep);
    reason = await askReason(ids);
    for (const each of lift.reverse()) each();
    if (reason === null) {
      say("Not moved.");
      return;
    }
  }
  const change =
    to.lane !== undefined && ids.some((id) => laneNow(id) !== to.lane)
      ? changeInto(to.lane, group.value)
      : null;
  const inPlace = ids.every((id) => peekCard(id)?.status === to.column);
  if (change && inPlace && to.above === undefined && to.below === undefined) {
    await changeTasks(ids, change);
    return;
  }
  const done = await moveTasks(ids, {
    status: to.column,
    ...(to.above === undefined ? {} : { above: to.above }),
    ...(to.below === undefined ? {} : { below: to.below }),
    ...(reason ? { blocked_reason: reason } : {}),
    ...(change ? { change } : {}),
  });
  say(done ? `Moved to ${columnByKey.value.get(to.column)?.name ?? to.column}.` : "Not moved.");
}

export const moveTo = (ids: string[], column: string): Promise<void> => dropCards(ids, { column });

export async function change(ids: string[], what: TaskChange): Promise<void> {
  const [first] = ids;
  await changeTasks(ids, what);
  if (first && peekCard(first)) focusIfLost(first);
}

/** The focus does not fall off the board with the card that leaves it. */
function focusNext(ids: string[]): void {
  const gone = new Set(ids);
  let next = ids.at(-1) ?? null;
  for (const way of ["ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft"] as const) {
    let at = next;
    while (at && gone.has(at)) at = cardTowards(at, way);
    if (at) {
      next = at;
      break;
    }
  }
  if (next && !gone.has(next)) focusCard(next);
}

export async function remove(ids: string[]): Promise<void> {
  focusNext(ids);
  select([]);
  await deleteTasks(ids);
}

export async function putAway(ids: string[]): Promise<void> {
  focusNext(ids);
  select([]);
  await archiveTasks(ids);
}

export async function duplicate(id: string): Promise<void> {
  const copy = await duplicateTask(id);
  if (copy) focusIfLost(copy.id);
}

export const linkTo = (id: string): string => `${location.origin}/board?task=${encodeURIComponent(id)}`;

export async function copyLink(id: string): Promise<void> {
  if (await copyText(linkTo(id))) toast({ kind: "good", title: "Link copied" });
}

// Carrying by keyboard: the cards really move with each arrow, as a guess that is lifted or sent.
interface Carry {
  ids: string[];
  to: Destination | null;
  lift: (() => void)[];
}
let carry: Carry | null = null;

export function liftCards(id: string): void {
  const ids = inOrder(withSelection(id));
  carry = { ids, to: null, lift: [] };
  lifted.value = new Set(ids);
  const card = peekCard(id);
  const what = ids.length > 1 ? `${ids.length} cards` : `Card ${card?.title ?? ""}`;
  say(`${what} lifted. Arrow keys move, Space drops, Escape cancels.`);
}

function unguess(): void {
  for (const each of carry?.lift.reverse() ?? []) each();
  if (carry) carry.lift = [];
}

function guessAt(to: Destination): void {
  if (!carry) return;
  unguess();
  carry.to = to;
  carry.lift = moveSteps(carry.ids, { ...to, status: to.column }).map(showStep);
  const change = to.lane === undefined ? null : changeInto(to.lane, group.value);
  if (change) carry.lift.push(showStep({ do: "change", ids: carry.ids, change }));
}

/** Where an arrow takes what is carried. */
export function carryTo(key: string): void {
  const id = carry?.ids[0];
  const card = id ? peekCard(id) : undefined;
  if (!carry || !card) return;
  const moving = new Set(carry.ids);
  const lane = laneOf(card, group.value);
  const sideways = key === "ArrowLeft" || key === "ArrowRight";
  let column = card.status;
  let rest = cellIds(column, lane).filter((each) => !moving.has(each));
  let index = cellIds(column, lane)
    .slice(0, Math.max(0, cellIds(column, lane).indexOf(card.id)))
    .filter((each) => !moving.has(each)).length;
  if (sideways) {
    const open = columns.value.filter((each) => !collapsed.value.has(each.key));
    const at = open.findIndex((each) => each.key === column) + (key === "ArrowLeft" ? -1 : 1);
    const next = open[at];
    if (!next) return;
    column = next.key;
    rest = cellIds(column, lane).filter((each) => !moving.has(each));
    index = Math.min(index, rest.length);
  } else if (key === "ArrowUp") index -= 1;
  else if (key === "ArrowDown") index += 1;
  else if (key === "Home") index = 0;
  else if (key === "End") index = rest.length;
  if (index < 0 || index > rest.length) return;
  guessAt({ column, lane, above: rest[index - 1] ?? null, below: rest[index] ?? null });
  focusCard(card.id);
  const name = columnByKey.value.get(column)?.name ?? column;
  say(`${name}, position ${index + 1} of ${rest.length + 1}.`);
}

export function cancelCarry(): void {
  const id = carry?.ids[0];
  unguess();
  carry = null;
  lifted.value = null;
  if (id) focusCard(id);
  say("Put back.");
}

export async function dropCarried(): Promise<void> {
  const was = carry;
  const id = was?.ids[0];
  unguess();
  carry = null;
  lifted.value = null;
  if (!was || !id) return;
  if (!was.to) {
    say("Not moved.");
    return;
  }
  const dropped = dropCards(was.ids, was.to);
  focusCard(id);
  await dropped;
  if (peekCard(id)) focusIfLost(id);
}

/** A quick step without lifting: one place up or down, one column left or right. */
export async function nudge(id: string, key: string): Promise<void> {
  const ids = inOrder(withSelection(id));
  carry = { ids, to: null, lift: [] };
  carryTo(key);
  await dropCarried();
}

export const selection = (): string[] => inOrder([...selected.value]);
