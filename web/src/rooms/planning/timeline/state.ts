// What is going on on the timeline: which bar is looked at, and where days and lines lie on the screen.
import { computed, signal } from "@preact/signals";
import { params, withParams } from "../../../router";
import { preview } from "../reschedule";
import { GROUPINGS, type Grouping, type Laid } from "./rows";
import { type Scale, xOf, type Zoom } from "./scale";

export const HEAD_LINE = 24;
export const ROW = { group: 36, card: 36, phone: 56 };

/** Whose dependencies are drawn: the bar under the pointer, else the one with the focus. */
export const hovered = signal<string | null>(null);
export const focused = signal<string | null>(null);
export const pointed = computed(() => hovered.value ?? focused.value);
/** The one bar the Tab key comes to. */
export const activeBar = signal<string | null>(null);
/** A card on its way from the tray, and the day it would get. */
export const carried = signal<{ id: string; title: string; x: number; y: number; day: string | null } | null>(
  null,
);
/** A sprint whose days are being changed. */
export const sprintPreview = signal<{ id: string; start_date: string; end_date: string } | null>(null);

export const ZOOMS: { value: Zoom; label: string }[] = [
  { value: "week", label: "Week" },
  { value: "month", label: "Month" },
  { value: "quarter", label: "Quarter" },
];

export const zoom = computed<Zoom>(() => {
  const asked = params.value.get("zoom");
  return ZOOMS.find((each) => each.value === asked)?.value ?? "month";
});
export const by = computed<Grouping>(() => {
  const asked = params.value.get("by");
  return GROUPINGS.find((each) => each.value === asked)?.value ?? "sprint";
});

export const chooseZoom = (value: Zoom): void => withParams({ zoom: value === "month" ? null : value });
export const chooseBy = (value: Grouping): void => withParams({ by: value === "sprint" ? null : value });

export function zoomBy(step: -1 | 1): void {
  const at = ZOOMS.findIndex((each) => each.value === zoom.peek()) - step;
  const next = ZOOMS[at];
  if (next) chooseZoom(next.value);
}

interface Stage {
  scroller: HTMLElement | null;
  scale: Scale;
  laid: Laid;
  /** How wide the names at the left are, and how high the head is: what lies under them is not seen. */
  name: number;
  head: number;
}

/** Read by pointers and keys, which want it as it is drawn now. */
export const stage: Stage = {
  scroller: null,
  scale: { zoom: "month", first: "1970-01-01", days: 1, px: 1 },
  laid: { lines: [], height: 0, count: 0, at: new Map(), undated: [] },
  name: 0,
  head: 0,
};

const smooth = (): ScrollBehavior =>
  matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";

/** Brings a day to a third of the width. */
export function scrollToDay(day: string, behavior: ScrollBehavior = smooth()): void {
  const node = stage.scroller;
  if (!node) return;
  const seen = node.clientWidth - stage.name;
  node.scrollTo({ left: xOf(stage.scale, day) - seen * 0.3, behavior });
}

/** Turns a page of time. */
export function scrollPage(step: -1 | 1): void {
  const node = stage.scroller;
  node?.scrollBy({ left: step * (node.clientWidth - stage.name) * 0.8, behavior: smooth() });
}

/** Scrolls as little as is needed for a line, and of its bar the end that matters. */
export function reveal(id: string): void {
  const node = stage.scroller;
  const line = stage.laid.lines[stage.laid.at.get(id) ?? -1];
  if (!node || line?.kind !== "card") return;
  const bottom = line.top + ROW.card;
  const seen = node.clientHeight - stage.head - ROW.card;
  if (line.top < node.scrollTop) node.scrollTop = line.top;
  else if (bottom > node.scrollTop + seen) node.scrollTop = bottom - seen;
  const now = preview.peek();
  const end = now?.id === id && now.grip === "end";
  const x = xOf(stage.scale, end ? (now.due_date ?? line.extent.end) : line.extent.start);
  const width = node.clientWidth - stage.name;
  if (x < node.scrollLeft + 12 || x > node.scrollLeft + width - 60) node.scrollLeft = x - width * 0.3;
}

const barOf = (id: string) =>
  stage.scroller?.querySelector<HTMLElement>(`[data-bar="${CSS.escape(id)}"]`) ?? null;

/** Gives a bar the focus, which may first have to be scrolled to. */
export function focusBar(id: string, tries = 8): void {
  activeBar.value = id;
  reveal(id);
  const node = barOf(id);
  if (node) node.focus({ preventScroll: true });
  else if (tries > 0) requestAnimationFrame(() => focusBar(id, tries - 1));
}

export function barPoint(id: string): { x: number; y: number } | null {
  const rect = barOf(id)?.getBoundingClientRect();
  return rect ? { x: Math.max(stage.name + 20, rect.left + 8), y: rect.bottom + 4 } : null;
}
