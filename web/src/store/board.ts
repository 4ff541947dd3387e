// The board as it is shown: what the server said last, with the gestures that are still on their way laid
// over it. A card reads its own signal, a column its own list, so one changed card redraws one card.
import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import {
  type BoardSettings,
  type BoardSnapshot,
  type Card,
  type Category,
  type Column,
  type CustomField,
  type PersonRef,
  type Present,
  type RosterAgent,
  type Sprint,
  type WireCard,
  wholeCard,
} from "../api/board";

/** A gesture not yet answered: fields as they will be, or the card as good as gone. */
export interface Guess {
  change: Partial<Card>;
  gone?: boolean;
}

interface Entry {
  /** As the server said it last; null while only we know of the card. */
  known: Card | null;
  guesses: Guess[];
  shown: Signal<Card>;
  listed: string | null;
}

class List {
  readonly ids: string[] = [];
  readonly stamp = signal(0);
}

const entries = new Map<string, Entry>();
const lists = new Map<string, List>();
const listeners = new Set<(card: Card, isNew: boolean) => void>();
const leavers = new Set<(id: string, from: string, to: string | null) => void>();

export const columns = signal<Column[]>([]);
export const roster = signal<RosterAgent[]>([]);
export const categories = signal<Category[]>([]);
export const sprints = signal<Sprint[]>([]);
export const customFields = signal<CustomField[]>([]);
export const people = signal<PersonRef[]>([]);
export const boardSettings = signal<BoardSettings | null>(null);
export const doneHidden = signal(0);
export const boardLoaded = signal(false);
/** Counts every change of any card, for those who look at all of them. */
export const cardsStamp = signal(0);

export const present = signal<Present[]>([]);
export const connectionId = signal<string | null>(null);
/** The card last changed by somebody else, and by whom: it glows for a moment. */
export const touched = signal<{ id: string; by: string; at: number } | null>(null);

const byId = <T extends { id: string }>(list: Signal<T[]>) =>
  computed(() => new Map(list.value.map((each) => [each.id, each])));
export const agentById = byId(roster);
export const categoryById = byId(categories);
export const sprintById = byId(sprints);
export const personById = byId(people);
export const columnByKey = computed(() => new Map(columns.value.map((each) => [each.key, each])));
export const firstColumn = computed(
  () => columns.value.find((each) => each.kind === "todo") ?? columns.value[0] ?? null,
);
/** Who looks at which card, ourselves left out. */
export const viewersByTask = computed(() => {
  const found = new Map<string, Present[]>();
  for (const each of present.value) {
    if (!each.viewingTask || each.connectionId === connectionId.value) continue;
    found.set(each.viewingTask, [...(found.get(each.viewingTask) ?? []), each]);
  }
  return found;
});

function listOf(key: string): List {
  const known = lists.get(key);
  if (known) return known;
  const made = new List();
  lists.set(key, made);
  return made;
}

/** The order of a column, the same as on the server: ranks by code unit, then ids. */
export function before(a: Card, b: Card): boolean {
  return a.rank === b.rank ? a.id < b.id : a.rank < b.rank;
}

function placeOf(list: List, card: Card): number {
  let low = 0;
  let high = list.ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = entries.get(list.ids[middle] ?? "")?.shown.peek();
    if (other && before(other, card)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function unlist(id: string, entry: Entry): void {
  if (entry.listed === null) return;
  const list = listOf(entry.listed);
  // The order is still the old one here, but its rank may not be: look, do not compute.
  const at = list.ids.indexOf(id);
  if (at >= 0) list.ids.splice(at, 1);
  list.stamp.value += 1;
  entry.listed = null;
}

function laidOver(entry: Entry): { card: Card; gone: boolean } {
  let card = entry.known ?? entry.shown.peek();
  let gone = false;
  for (const guess of entry.guesses) {
    card = { ...card, ...guess.change };
    if (guess.gone !== undefined) gone = guess.gone;
  }
  return { card, gone };
}

function show(id: string, entry: Entry): void {
  const was = entry.shown.peek();
  const { card, gone } = laidOver(entry);
  const stays = entry.listed === card.status && was.rank === card.rank && !gone;
  const from = entry.listed;
  if (!stays) {
    if (from !== null && from !== card.status)
      for (const tell of leavers) tell(id, from, gone ? null : card.status);
    unlist(id, entry);
  }
  entry.shown.value = card;
  if (!stays && !gone) {
    const list = listOf(card.status);
    list.ids.splice(placeOf(list, card), 0, id);
    entry.listed = card.status;
  }
  if (entry.listed !== null) listOf(entry.listed).stamp.value += 1;
  cardsStamp.value += 1;
}

export function cardSignal(id: string): Signal<Card> | undefined {
  return entries.get(id)?.shown;
}

export function peekCard(id: string): Card | undefined {
  const entry = entries.get(id);
  return entry && entry.listed !== null ? entry.shown.peek() : undefined;
}

const aside = new Map<string, Card>();

/** Cards a list shows that do not stand on the board: old ones that are done. What is done to them is undone all
 * the same. */
export function keepAside(cards: readonly Card[]): void {
  aside.clear();
  for (const card of cards) if (!entries.has(card.id)) aside.set(card.id, card);
}

/** The card as the board shows it, or as a list does. */
export const anyCard = (id: string): Card | undefined => peekCard(id) ?? aside.get(id);

/** It is on its way off the board, or was deleted while it is still listed. */
export const isLeaving = (id: string): boolean => entries.has(id) && peekCard(id) === undefined;

/** The ids of a column in order. Reading it subscribes to the column. */
export function idsOf(key: string): readonly string[] {
  const list = listOf(key);
  list.stamp.value;
  return list.ids;
}

/** Changes with the column's order and with every card in it. */
export function stampOf(key: string): ReadonlySignal<number> {
  return listOf(key).stamp;
}

export function allCards(): Card[] {
  cardsStamp.value;
  const found: Card[] = [];
  for (const entry of entries.values()) if (entry.listed !== null) found.push(entry.shown.peek());
  return found;
}

/** Keeps the newest version of a card; an older one that arrives late is dropped. */
export function putCard(wire: WireCard | Card): void {
  const card = wholeCard(wire);
  batch(() => {
    const entry = entries.get(card.id);
    if (!entry) {
      forgetDraftOf(card);
      const made: Entry = { known: card, guesses: [], shown: signal(card), listed: null };
      entries.set(card.id, made);
      show(card.id, made);
    } else {
      if (entry.known && card.version < entry.known.version) return;
      entry.known = card;
      show(card.id, entry);
    }
    for (const tell of listeners) tell(card, !entry);
  });
}

const drafts = new Set<string>();

/** The news that a card was made may come before the answer to who made it: no card is shown twice. */
function forgetDraftOf(card: Card): void {
  for (const id of drafts) {
    const draft = entries.get(id)?.shown.peek();
    if (draft?.title !== card.title || draft.status !== card.status) continue;
    dropCard(id);
    return;
  }
}

/** It was deleted or archived: it leaves the board, whatever was still guessed about it. */
export function dropCard(id: string): void {
  const entry = entries.get(id);
  if (!entry) return;
  batch(() => {
    if (entry.listed !== null) for (const tell of leavers) tell(id, entry.listed, null);
    unlist(id, entry);
    entries.delete(id);
    drafts.delete(id);
    cardsStamp.value += 1;
  });
}

/** Lays a guess over a card. What is returned lifts it again; news that came meanwhile stays. */
export function guessCard(id: string, guess: Guess): () => void {
  const entry = entries.get(id);
  if (!entry) return () => {};
  entry.guesses.push(guess);
  batch(() => show(id, entry));
  return () => {
    const at = entry.guesses.indexOf(guess);
    if (at < 0) return;
    entry.guesses.splice(at, 1);
    if (entries.get(id) === entry) batch(() => show(id, entry));
  };
}

/** A card only we know of, until the server has made it. */
export function guessNewCard(card: Card): () => void {
  const entry: Entry = { known: null, guesses: [], shown: signal(card), listed: null };
  entries.set(card.id, entry);
  drafts.add(card.id);
  batch(() => show(card.id, entry));
  return () => dropCard(card.id);
}

export function isGuess(id: string): boolean {
  return entries.get(id)?.known === null;
}

/** As the server said it last, without what is on its way. */
export function knownCard(id: string): Card | undefined {
  return entries.get(id)?.known ?? undefined;
}

export function onCard(listener: (card: Card, isNew: boolean) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Told before a card leaves a column, while it can still be seen where it was. */
export function onLeave(listener: (id: string, from: string, to: string | null) => void): () => void {
  leavers.add(listener);
  return () => leavers.delete(listener);
}

/** Takes the whole board as it is now. Gestures on their way stay laid over it. */
export function replaceBoard(snapshot: BoardSnapshot): void {
  batch(() => {
    columns.value = [...snapshot.columns].sort((a, b) => a.position - b.position);
    roster.value = [...snapshot.agents].sort((a, b) => a.position - b.position);
    categories.value = [...snapshot.categories].sort((a, b) => a.sort_order - b.sort_order);
    sprints.value = snapshot.sprints;
    customFields.value = snapshot.fields;
    people.value = snapshot.people;
    boardSettings.value = snapshot.settings;
    doneHidden.value = snapshot.done_hidden;
    const here = new Set(snapshot.cards.map((each) => each.id));
    for (const [id, entry] of entries) if (entry.known && !here.has(id)) entries.delete(id);
    for (const list of lists.values()) list.ids.length = 0;
    for (const wire of snapshot.cards) {
      const card = wholeCard(wire);
      const entry = entries.get(card.id);
      if (!entry) entries.set(card.id, { known: card, guesses: [], shown: signal(card), listed: null });
      else if (!entry.known || card.version >= entry.known.version) entry.known = card;
    }
    for (const [id, entry] of entries) {
      const { card, gone } = laidOver(entry);
      entry.shown.value = card;
      entry.listed = gone ? null : card.status;
      if (!gone) listOf(card.status).ids.push(id);
    }
    for (const list of lists.values()) {
      const keyed = list.ids.map((id) => entries.get(id)?.shown.peek()).filter((each) => each !== undefined);
      keyed.sort((a, b) => (before(a, b) ? -1 : 1));
      list.ids.splice(0, list.ids.length, ...keyed.map((each) => each.id));
      list.stamp.value += 1;
    }
    cardsStamp.value += 1;
    boardLoaded.value = true;
  });
}

/** The board as it could be read again later, without what is only guessed. */
export function boardForKeeping(): BoardSnapshot | null {
  const settings = boardSettings.peek();
  if (!settings) return null;
  const cards: Card[] = [];
  for (const entry of entries.values()) if (entry.known) cards.push(entry.known);
  return {
    columns: columns.peek(),
    agents: roster.peek(),
    categories: categories.peek(),
    sprints: sprints.peek(),
    fields: customFields.peek(),
    people: people.peek(),
    settings,
    cards,
    done_hidden: doneHidden.peek(),
  };
}

export function forgetBoard(): void {
  batch(() => {
    entries.clear();
    drafts.clear();
    aside.clear();
    lists.clear();
    columns.value = [];
    roster.value = [];
    categories.value = [];
    sprints.value = [];
    customFields.value = [];
    people.value = [];
    boardSettings.value = null;
    doneHidden.value = 0;
    boardLoaded.value = false;
    present.value = [];
    cardsStamp.value += 1;
  });
}

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A rank between two others, "" meaning none on that side. Only until the server says its own. */
export function rankBetween(low: string, high: string): string {
  let made = "";
  for (let at = 0; ; at++) {
    const down = at < low.length ? DIGITS.indexOf(low.charAt(at)) : 0;
    const up = high && at < high.length ? DIGITS.indexOf(high.charAt(at)) : DIGITS.length;
    if (up - down > 1) return made + DIGITS.charAt((down + up) >> 1);
    made += DIGITS.charAt(Math.max(0, down));
    // From here on anything above `low` is below `high`.
    if (up > down) high = "";
  }
}

/** Between which cards one of this rank would stand in a column now: how undo finds the old place again. */
export function placeByRank(
  key: string,
  rank: string,
  id: string,
): { above: string | null; below: string | null } {
  const rest = listOf(key).ids.filter((each) => each !== id);
  const found = rest.findIndex((each) => (entries.get(each)?.shown.peek().rank ?? "") > rank);
  const at = found < 0 ? rest.length : found;
  return { above: rest[at - 1] ?? null, below: rest[at] ?? null };
}
