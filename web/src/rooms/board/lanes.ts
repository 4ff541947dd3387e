// Which cards a column shows, cut into swim-lanes. Computed once a column, read by each of its cells.
import { computed, type ReadonlySignal } from "@preact/signals";
import type { Card, TaskChange } from "../../api/board";
import { params } from "../../router";
import {
  agentById,
  categories,
  categoryById,
  columns,
  idsOf,
  peekCard,
  roster,
  stampOf,
} from "../../store/board";
import { narrow } from "../../store/screen";
import { filtering, sees } from "./seen";

export type Group = "none" | "agent" | "category" | "priority" | "brand";
export const GROUPS: { value: Group; label: string }[] = [
  { value: "none", label: "No lanes" },
  { value: "agent", label: "Agent" },
  { value: "category", label: "Category" },
  { value: "priority", label: "Priority" },
  { value: "brand", label: "Brand" },
];

export const group = computed<Group>(() => {
  const asked = params.value.get("group");
  // One column at a time leaves no width for lanes.
  if (narrow.value) return "none";
  return GROUPS.find((each) => each.value === asked)?.value ?? "none";
});

const FIELD = {
  agent: "assigned_agent_id",
  category: "category_id",
  priority: "priority",
  brand: "brand",
} as const;

/** The key of the lane a card stands in; "" is the lane of those that have none. */
export function laneOf(card: Card, by: Group): string {
  return by === "none" ? "" : (card[FIELD[by]] ?? "");
}

/** What changes of a card that is put into a lane. */
export function changeInto(lane: string, by: Group): TaskChange | null {
  return by === "none" ? null : ({ [FIELD[by]]: lane === "" ? null : lane } as TaskChange);
}

type Buckets = ReadonlyMap<string, readonly string[]>;
const computedBuckets = new Map<string, ReadonlySignal<Buckets>>();

function bucketsOf(column: string): ReadonlySignal<Buckets> {
  const known = computedBuckets.get(column);
  if (known) return known;
  const made = computed<Buckets>(() => {
    stampOf(column).value;
    const by = group.value;
    const see = sees.value;
    const found = new Map<string, string[]>();
    for (const id of idsOf(column)) {
      const card = peekCard(id);
      if (!card || !see(card)) continue;
      const lane = laneOf(card, by);
      const list = found.get(lane);
      if (list) list.push(id);
      else found.set(lane, [id]);
    }
    return found;
  });
  computedBuckets.set(column, made);
  return made;
}

const NOTHING: readonly string[] = [];

/** The ids of a cell in order: a column's part of a lane. Reading it subscribes to the column. */
export function cellIds(column: string, lane: string): readonly string[] {
  return bucketsOf(column).value.get(lane) ?? NOTHING;
}

/** How many of a column are shown, and how many there are. */
export function countsOf(column: string): { shown: number; all: number } {
  let shown = 0;
  for (const list of bucketsOf(column).value.values()) shown += list.length;
  return { shown, all: filtering.value ? idsOf(column).length : shown };
}

export interface Lane {
  key: string;
  name: string;
  emoji?: string;
  color?: string;
}

/** The lanes there are, in an order that stays: those without cards are left out. */
export const lanes = computed<Lane[]>(() => {
  const by = group.value;
  if (by === "none") return [{ key: "", name: "" }];
  const used = new Set<string>();
  for (const column of columns.value) for (const lane of bucketsOf(column.key).value.keys()) used.add(lane);
  const all: Lane[] = [];
  if (by === "agent") {
    for (const each of roster.value)
      all.push({ key: each.id, name: each.name, emoji: each.emoji, color: each.color });
  } else if (by === "category") {
    for (const each of categories.value) all.push({ key: each.id, name: each.name, color: each.color });
  } else if (by === "priority") {
    all.push(
      { key: "p1", name: "P1 · High" },
      { key: "p2", name: "P2 · Medium" },
      { key: "p3", name: "P3 · Low" },
    );
  }
  const known = new Set(all.map((each) => each.key));
  const rest = [...used].filter((each) => each !== "" && !known.has(each)).sort();
  for (const each of rest) all.push({ key: each, name: nameOf(each, by) });
  const shown = all.filter((each) => used.has(each.key));
  if (used.has("")) shown.push({ key: "", name: NONE[by] });
  return shown;
});

const NONE = { agent: "Nobody", category: "No category", priority: "No priority", brand: "No brand" };

function nameOf(lane: string, by: Group): string {
  if (by === "agent") return agentById.value.get(lane)?.name ?? lane;
  if (by === "category") return categoryById.value.get(lane)?.name ?? lane;
  return lane;
}

export const cellKey = (column: string, lane: string) => `${column}\u0000${lane}`;

export function cellParts(key: string): { column: string; lane: string } {
  const cut = key.indexOf("\u0000");
  return { column: key.slice(0, cut), lane: key.slice(cut + 1) };
}
