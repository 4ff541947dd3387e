// Cells that are on the page: where their cards stand, for the pointer that drags and the keys that walk.
import { columns } from "../../store/board";
import { cellIds, cellKey, lanes } from "./lanes";
import { collapsed } from "./state";

export interface Cell {
  key: string;
  node: HTMLElement;
  /** Tops of the cards that stay, gap left out; one more than there are cards. */
  starts: Float64Array;
  ids: readonly string[];
}

const cells = new Map<string, Cell>();

export function enterCell(cell: Cell): () => void {
  cells.set(cell.key, cell);
  return () => {
    if (cells.get(cell.key) === cell) cells.delete(cell.key);
  };
}

export const cellAt = (key: string): Cell | undefined => cells.get(key);

/** Between which cards of a cell a pointer is, with the gap standing where it stands. */
export function indexAt(cell: Cell, clientY: number, gapIndex: number, gapHeight: number): number {
  const y = clientY - cell.node.getBoundingClientRect().top;
  const count = cell.ids.length;
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    const top = (cell.starts[middle] ?? 0) + (middle >= gapIndex && gapIndex >= 0 ? gapHeight : 0);
    const half = ((cell.starts[middle + 1] ?? 0) - (cell.starts[middle] ?? 0)) / 2;
    if (top + half < y) low = middle + 1;
    else high = middle;
  }
  return low;
}

const openColumns = () => columns.value.filter((each) => !collapsed.value.has(each.key));

function cellOf(id: string): { column: number; lane: number; at: number } | null {
  const open = openColumns();
  for (const [lane, { key }] of lanes.value.entries()) {
    for (const [column, each] of open.entries()) {
      const at = cellIds(each.key, key).indexOf(id);
      if (at >= 0) return { column, lane, at };
    }
  }
  return null;
}

/** How far down the screen a card is, for stepping sideways to the one beside it. */
function heightOf(id: string): number {
  const node = document.querySelector<HTMLElement>(`[data-card="${CSS.escape(id)}"]`);
  return node ? node.getBoundingClientRect().top : 0;
}

function beside(column: number, lane: number, from: string): string | null {
  const key = openColumns()[column]?.key;
  const laneKey = lanes.value[lane]?.key;
  if (key === undefined || laneKey === undefined) return null;
  const cell = cells.get(cellKey(key, laneKey));
  if (!cell || cell.ids.length === 0) return null;
  const y = heightOf(from) - cell.node.getBoundingClientRect().top;
  let best = 0;
  for (let at = 0; at < cell.ids.length; at++) {
    if (Math.abs((cell.starts[at] ?? 0) - y) < Math.abs((cell.starts[best] ?? 0) - y)) best = at;
    else if ((cell.starts[at] ?? 0) > y) break;
  }
  return cell.ids[best] ?? null;
}

export type Direction = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight" | "Home" | "End";

interface Way {
  towards: (id: string, to: Direction) => string | null;
  first: () => string | null;
  between: (from: string | null, to: string) => string[];
  /** Whether cards are carried from place to place. */
  carries: boolean;
}

/** How one walks over the cards that are shown: over the board, or down a list while that is on screen. */
export let walking: Way = { towards: onBoard, first: firstOnBoard, between: betweenOnBoard, carries: true };

export function walkAs(way: Way): () => void {
  const before = walking;
  walking = way;
  return () => {
    walking = before;
  };
}

export const cardTowards = (id: string, to: Direction): string | null => walking.towards(id, to);
/** The first card there is, for whoever comes by Tab. */
export const firstCard = (): string | null => walking.first();
/** Cards between two, both included; just the second where they do not stand in one row. */
export const between = (from: string | null, to: string): string[] => walking.between(from, to);

/** The card an arrow leads to. */
function onBoard(id: string, to: Direction): string | null {
  const where = cellOf(id);
  if (!where) return null;
  const open = openColumns();
  const ids = cellIds(open[where.column]?.key ?? "", lanes.value[where.lane]?.key ?? "");
  if (to === "Home") return ids[0] ?? null;
  if (to === "End") return ids.at(-1) ?? null;
  if (to === "ArrowUp" || to === "ArrowDown") {
    const step = to === "ArrowUp" ? -1 : 1;
    const next = ids[where.at + step];
    if (next) return next;
    for (let lane = where.lane + step; lanes.value[lane]; lane += step) {
      const list = cellIds(open[where.column]?.key ?? "", lanes.value[lane]?.key ?? "");
      if (list.length > 0) return (step > 0 ? list[0] : list.at(-1)) ?? null;
    }
    return null;
  }
  const step = to === "ArrowLeft" ? -1 : 1;
  for (let column = where.column + step; open[column]; column += step) {
    const found = beside(column, where.lane, id);
    if (found) return found;
  }
  return null;
}

function firstOnBoard(): string | null {
  for (const { key: lane } of lanes.value) {
    for (const column of openColumns()) {
      const [first] = cellIds(column.key, lane);
      if (first) return first;
    }
  }
  return null;
}

function betweenOnBoard(from: string | null, to: string): string[] {
  const start = from ? cellOf(from) : null;
  const end = cellOf(to);
  if (!start || !end || start.column !== end.column || start.lane !== end.lane) return [to];
  const ids = cellIds(openColumns()[end.column]?.key ?? "", lanes.value[end.lane]?.key ?? "");
  return ids.slice(Math.min(start.at, end.at), Math.max(start.at, end.at) + 1);
}
