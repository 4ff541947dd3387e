// The cards of one cell, of which only those in sight are drawn. Heights are guessed, then measured; a gap
// opens where dragged cards would land and the others make room.
import { useComputed } from "@preact/signals";
import { useEffect, useLayoutEffect, useReducer, useRef } from "preact/hooks";
import { peekCard } from "../../store/board";
import { memo } from "../../ui/memo";
import { Card } from "./card";
import { type Cell, enterCell } from "./cells";
import { cellIds, cellKey } from "./lanes";
import { active, dragging, focusAsked, gap } from "./state";

export const GAP_PX = 8;
// Drawn beyond what is in sight: little until somebody scrolls, so that the first cards stand soon.
const MARGIN = 500;
const FIRST_MARGIN = 120;
const FIRST_CARDS = 3;
const SETTLE_MS = 380;

// Known heights hold for every column: all are equally wide.
const heights = new Map<string, number>();
let measuredAt = 0;

/** Columns have become wider or narrower: what was measured says nothing any more. */
export function forgetHeights(width: number): void {
  if (Math.abs(width - measuredAt) < 1) return;
  measuredAt = width;
  heights.clear();
}

/** About how high a card will be, from what stands on it. */
function guess(id: string): number {
  const card = peekCard(id);
  if (!card) return 96;
  const lines = Math.min(3, Math.ceil(card.title.length / 36));
  const foot = card.due_date || card.subtask_count || card.comment_count || card.estimate !== null ? 25 : 0;
  const state = (card.blocked_reason ? 30 : 0) + (card.waiting ? 26 : 0) + (card.run_status ? 26 : 0);
  return 50 + lines * 19 + (card.labels.length ? 27 : 0) + foot + state;
}

const heightOf = (id: string) => (heights.get(id) ?? guess(id)) + GAP_PX;

interface Props {
  column: string;
  lane: string;
  scroller: { current: HTMLElement | null };
}

function StackView({ column, lane, scroller }: Props) {
  const key = cellKey(column, lane);
  const node = useRef<HTMLDivElement>(null);
  const observer = useRef<ResizeObserver | null>(null);
  const cell = useRef<Cell | null>(null);
  const shown = useRef({ first: 0, last: 0 });
  const settling = useRef(0);
  const scrolled = useRef(false);
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const here = useComputed(() => (gap.value?.cell === key ? gap.value : null)).value;
  const moving = dragging.value;
  const all = cellIds(column, lane);
  const ids = moving ? all.filter((id) => !moving.has(id)) : all;
  const asked = useComputed(() =>
    focusAsked.value && cellIds(column, lane).includes(focusAsked.value.id) ? focusAsked.value : null,
  ).value;

  const starts = new Float64Array(ids.length + 1);
  for (let at = 0; at < ids.length; at++) starts[at + 1] = (starts[at] ?? 0) + heightOf(ids[at] ?? "");
  const total = (starts[ids.length] ?? 0) + (here?.height ?? 0);
  if (cell.current) {
    cell.current.ids = ids;
    cell.current.starts = starts;
  }

  const inSight = (): { first: number; last: number } => {
    const box = scroller.current;
    const inner = node.current;
    if (!box || !inner) return { first: 0, last: Math.min(ids.length, FIRST_CARDS) };
    const margin = scrolled.current ? MARGIN : FIRST_MARGIN;
    const rect = box.getBoundingClientRect();
    // A column beside the screen keeps what it has until it comes into sight.
    const beside = rect.width > 0 && (rect.left >= innerWidth || rect.right <= 0);
    if (beside)
      return {
        first: Math.min(shown.current.first, ids.length),
        last: Math.min(shown.current.last, ids.length),
      };
    const top = rect.top - inner.getBoundingClientRect().top;
    const find = (offset: number) => {
      let low = 0;
      let high = ids.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((starts[middle + 1] ?? 0) > offset) high = middle;
        else low = middle + 1;
      }
      return low;
    };
    return {
      first: find(top - margin),
      last: Math.min(ids.length, find(top + box.clientHeight + margin) + 1),
    };
  };
  const look = useRef(inSight);
  look.current = inSight;
  shown.current = inSight();

  useEffect(() => {
    const inner = node.current;
    const box = scroller.current;
    if (!inner || !box) return;
    const made: Cell = { key, node: inner, starts: new Float64Array(1), ids: [] };
    cell.current = made;
    const leave = enterCell(made);
    let frame = 0;
    const onScroll = () => {
      scrolled.current = true;
      if (frame) return;
      frame = requestAnimationFrame(() => {
        frame = 0;
        const now = look.current();
        if (now.first !== shown.current.first || now.last !== shown.current.last) redraw(0);
      });
    };
    box.addEventListener("scroll", onScroll, { passive: true });
    const resized = new ResizeObserver(() => {
      forgetHeights(inner.clientWidth);
      redraw(0);
    });
    resized.observe(box);
    const appeared = new IntersectionObserver(() => redraw(0));
    appeared.observe(box);
    observer.current = new ResizeObserver((entries) => {
      let changed = false;
      for (const entry of entries) {
        const row = entry.target as HTMLElement;
        const id = row.dataset.row ?? "";
        const height = row.offsetHeight;
        if (!row.isConnected || height === 0 || Math.abs((heights.get(id) ?? -1) - height) < 0.5) continue;
        heights.set(id, height);
        changed = true;
      }
      if (changed) redraw(0);
    });
    for (const row of inner.querySelectorAll<HTMLElement>("[data-row]")) observer.current.observe(row);
    redraw(0);
    return () => {
      leave();
      cancelAnimationFrame(frame);
      box.removeEventListener("scroll", onScroll);
      resized.disconnect();
      appeared.disconnect();
      observer.current?.disconnect();
      clearTimeout(settling.current);
    };
  }, [key]);

  // Cards slide to their new places when the order changes, but not when a measure corrects a guess.
  const order = `${here?.index ?? ""}:${ids.length}:${ids[shown.current.first] ?? ""}:${ids.slice(shown.current.first, shown.current.last).join()}`;
  useLayoutEffect(() => {
    const inner = node.current;
    if (!inner) return;
    inner.classList.add("kstack-settling");
    clearTimeout(settling.current);
    settling.current = window.setTimeout(() => inner.classList.remove("kstack-settling"), SETTLE_MS);
  }, [order]);

  useLayoutEffect(() => {
    const box = scroller.current;
    const inner = node.current;
    const at = asked ? ids.indexOf(asked.id) : -1;
    if (!asked || !box || !inner || at < 0) return;
    const from = inner.getBoundingClientRect().top - box.getBoundingClientRect().top + (starts[at] ?? 0);
    const to = from + heightOf(asked.id);
    if (from < 8) box.scrollTop += from - 8;
    else if (to > box.clientHeight - 8) box.scrollTop += to - box.clientHeight + 8;
    redraw(0);
    // The card with the focus is always drawn, so mostly it can be had at once; else after the redraw.
    const take = (): boolean => {
      const link = inner.querySelector<HTMLElement>(`[data-card="${CSS.escape(asked.id)}"] .ktitle`);
      if (focusAsked.peek() !== asked || document.querySelector("dialog[open]")) return true;
      if (!link) return false;
      link.focus({ preventScroll: true });
      focusAsked.value = null;
      return true;
    };
    if (!take()) requestAnimationFrame(take);
  }, [asked, all]);

  const { first, last } = shown.current;
  const drawn = ids.slice(first, last).map((id, index) => ({ id, at: first + index }));
  // The card that has the focus, and those being dragged, stay on the page wherever it is scrolled.
  const focused = active.value ? ids.indexOf(active.value) : -1;
  if (focused >= 0 && (focused < first || focused >= last))
    drawn.push({ id: ids[focused] ?? "", at: focused });
  const top = (at: number) => (starts[at] ?? 0) + (here && at >= here.index ? here.height : 0);
  const away = moving ? all.filter((id) => moving.has(id)) : [];

  return (
    <div
      class="kstack"
      ref={node}
      role="list"
      aria-label="Cards"
      style={{ height: `${Math.max(total, 4)}px` }}
    >
      {here && (
        <div
          class={here.allowed ? "kgap" : "kgap kgap-no"}
          style={{
            transform: `translateY(${starts[Math.min(here.index, ids.length)]}px)`,
            height: `${here.height - GAP_PX}px`,
          }}
        >
          {!here.allowed && "Not allowed here"}
        </div>
      )}
      {drawn.map(({ id, at }) => (
        <Row key={id} id={id} top={top(at)} place={at + 1} of={ids.length} observer={observer} />
      ))}
      {away.map((id) => (
        <Row key={id} id={id} top={0} place={1} of={ids.length} observer={observer} />
      ))}
    </div>
  );
}

export const Stack = memo(StackView);

interface RowProps {
  id: string;
  top: number;
  place: number;
  of: number;
  observer: { current: ResizeObserver | null };
}

function RowView({ id, top, place, of, observer }: RowProps) {
  const node = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = node.current;
    if (!element) return;
    observer.current?.observe(element);
    return () => observer.current?.unobserve(element);
  }, []);
  return (
    <div
      class="krow"
      role="listitem"
      ref={node}
      data-row={id}
      aria-posinset={place}
      aria-setsize={of}
      style={{ transform: `translateY(${top}px)` }}
    >
      <Card id={id} />
    </div>
  );
}

const Row = memo(RowView);
