// Cards as the lines of a timeline: grouped, in an order that holds still, with what is wrong between them.
import type { Card, Sprint } from "../../../api/board";
import type { TaskSpan } from "../../../api/planning";
import { type Extent, extentOf } from "../dates";

export type Grouping = "sprint" | "agent" | "category" | "none";
export const GROUPINGS: { value: Grouping; label: string }[] = [
  { value: "sprint", label: "Sprint" },
  { value: "agent", label: "Agent" },
  { value: "category", label: "Category" },
  { value: "none", label: "No groups" },
];

export interface GroupHead {
  key: string;
  name: string;
  note?: string;
  emoji?: string;
  color?: string;
}

export type Line =
  | { kind: "group"; key: string; top: number; head: GroupHead; count: number; shut: boolean }
  | { kind: "card"; key: string; top: number; card: Card; extent: Extent };

export interface Laid {
  lines: Line[];
  height: number;
  /** Of cards that have dates, those in closed groups too. */
  count: number;
  /** Where the lines of cards are, by id. */
  at: ReadonlyMap<string, number>;
  undated: Card[];
}

interface Wanted {
  cards: Card[];
  spans: ReadonlyMap<string, TaskSpan>;
  today: string;
  by: Grouping;
  heads: GroupHead[];
  shut: ReadonlySet<string>;
  isDone: (card: Card) => boolean;
  heights: { group: number; card: number };
  order: Order;
}

const FIELD = {
  sprint: "sprint_id",
  agent: "assigned_agent_id",
  category: "category_id",
} as const;

export const groupOf = (card: Card, by: Grouping): string => (by === "none" ? "" : (card[FIELD[by]] ?? ""));

/** Remembers where a card stood when it was first seen: one that is moved in time does not jump away under
 * the hand that moves it. */
export class Order {
  private readonly keys = new Map<string, string>();

  keyOf(card: Card, extent: Extent): string {
    const known = this.keys.get(card.id);
    if (known !== undefined) return known;
    const made = `${extent.start} ${extent.end} ${String(card.number).padStart(8, "0")}`;
    this.keys.set(card.id, made);
    return made;
  }

  forget(): void {
    this.keys.clear();
  }
}

type Dated = { card: Card; extent: Extent; key: string };

export function layOut(wanted: Wanted): Laid {
  const groups = new Map<string, Dated[]>();
  const undated: Card[] = [];
  for (const card of wanted.cards) {
    const extent = extentOf(card, wanted.spans.get(card.id), wanted.today);
    if (!extent) {
      if (!wanted.isDone(card)) undated.push(card);
      continue;
    }
    const dated = { card, extent, key: wanted.order.keyOf(card, extent) };
    const group = groupOf(card, wanted.by);
    const list = groups.get(group);
    if (list) list.push(dated);
    else groups.set(group, [dated]);
  }
  const known = new Set(wanted.heads.map((each) => each.key));
  const strays = [...groups.keys()].filter((key) => !known.has(key)).map((key) => ({ key, name: key }));
  const lines: Line[] = [];
  const at = new Map<string, number>();
  let top = 0;
  let count = 0;
  for (const head of [...wanted.heads, ...strays]) {
    const list = groups.get(head.key);
    if (!list) continue;
    count += list.length;
    const shut = wanted.shut.has(head.key);
    if (wanted.by !== "none") {
      lines.push({ kind: "group", key: `group ${head.key}`, top, head, count: list.length, shut });
      top += wanted.heights.group;
    }
    if (shut) continue;
    list.sort((a, b) => (a.key < b.key ? -1 : 1));
    for (const { card, extent } of list) {
      at.set(card.id, lines.length);
      lines.push({ kind: "card", key: card.id, top, card, extent });
      top += wanted.heights.card;
    }
  }
  undated.sort((a, b) =>
    a.priority === b.priority ? b.number - a.number : a.priority < b.priority ? -1 : 1,
  );
  return { lines, height: top, count, at, undated };
}

/** The first and the last line that a window from `top` to `bottom` shows. */
export function windowOf(lines: readonly Line[], top: number, bottom: number): [number, number] {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.top ?? 0) <= top) low = middle + 1;
    else high = middle;
  }
  const first = Math.max(0, low - 1);
  let last = first;
  while (last < lines.length && (lines[last]?.top ?? 0) < bottom) last++;
  return [first, last];
}

/** What a card waits for that is due only after the card itself. */
export function conflictsOf(
  card: Card,
  span: TaskSpan | undefined,
  find: (id: string) => Card | undefined,
  isDone: (card: Card) => boolean,
): Card[] {
  const due = card.due_date;
  if (!due || !span?.depends_on || isDone(card)) return [];
  return span.depends_on
    .map(find)
    .filter((other) => other !== undefined)
    .filter((other) => other.due_date !== null && other.due_date > due && !isDone(other));
}

export const inTime = (sprints: readonly Sprint[]): Sprint[] =>
  [...sprints].sort((a, b) =>
    a.start_date === b.start_date ? (a.id < b.id ? -1 : 1) : a.start_date < b.start_date ? -1 : 1,
  );
