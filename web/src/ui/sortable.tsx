// A list one can put in order: by dragging the handle with a mouse or a finger, or by keys on the handle.
import "../styles/form.css";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icon";
import { landing, reordered } from "./order";

interface Props<T> {
  label: string;
  items: readonly T[];
  keyOf: (item: T) => string;
  nameOf: (item: T) => string;
  /** Draws one; the handle goes where it is wanted in it. */
  children: (item: T, handle: ComponentChildren, index: number) => ComponentChildren;
  /** Puts one at another place, counted from 0. The order shown is kept until this settles. */
  onMove: (key: string, to: number) => Promise<unknown>;
  disabled?: boolean;
  class?: string;
}

interface Held {
  key: string;
  from: number;
  to: number;
  /** How far the pointer has gone; null when it is moved by keys. */
  dy: number | null;
}

const EDGE = 64;

function scrollAtEdge(node: HTMLElement, y: number): number {
  let box = node.parentElement;
  while (box && box.scrollHeight <= box.clientHeight + 1) box = box.parentElement;
  if (!box) return 0;
  const rect = box.getBoundingClientRect();
  const step = y < rect.top + EDGE ? -12 : y > Math.min(rect.bottom, innerHeight) - EDGE ? 12 : 0;
  const before = box.scrollTop;
  if (step) box.scrollTop += step;
  return box.scrollTop - before;
}

/** The moves of a pointer on a handle, told as the place it would land at. */
function follow(
  list: HTMLElement,
  event: PointerEvent,
  from: number,
  moved: (to: number, dy: number) => void,
  ended: (kept: boolean) => void,
): () => void {
  const rows = [...list.children].map((node) => {
    const rect = node.getBoundingClientRect();
    return { top: rect.top, height: rect.height };
  });
  const start = event.clientY;
  let scrolled = 0;
  const onMove = (next: PointerEvent) => {
    if (next.pointerId !== event.pointerId) return;
    scrolled += scrollAtEdge(list, next.clientY);
    const dy = next.clientY - start + scrolled;
    moved(landing(rows, from, dy), dy);
  };
  const stop = (kept: boolean) => {
    removeEventListener("pointermove", onMove);
    removeEventListener("pointerup", onUp);
    removeEventListener("pointercancel", onCancel);
    removeEventListener("keydown", onKey, true);
    ended(kept);
  };
  const onUp = (next: PointerEvent) => next.pointerId === event.pointerId && stop(true);
  const onCancel = () => stop(false);
  const onKey = (key: KeyboardEvent) => {
    if (key.key !== "Escape") return;
    key.preventDefault();
    key.stopPropagation();
    stop(false);
  };
  addEventListener("pointermove", onMove);
  addEventListener("pointerup", onUp);
  addEventListener("pointercancel", onCancel);
  addEventListener("keydown", onKey, true);
  return () => stop(false);
}

export function Sortable<T>(props: Props<T>) {
  const { items, keyOf, nameOf, onMove, disabled = false } = props;
  const list = useRef<HTMLUListElement>(null);
  const [held, setHeld] = useState<Held | null>(null);
  const [guess, setGuess] = useState<string[] | null>(null);
  const [said, say] = useState("");
  const stop = useRef<() => void>(() => {});
  useEffect(() => () => stop.current(), []);

  const known = new Map(items.map((item) => [keyOf(item), item]));
  let keys = items.map(keyOf);
  if (guess && guess.length === keys.length && guess.every((key) => known.has(key))) keys = guess;
  const shown = held && held.dy === null ? reordered(keys, held.key, held.to) : keys;

  // The node that was moved in the page has lost the focus.
  useLayoutEffect(() => {
    if (!held || held.dy !== null) return;
    list.current?.querySelector<HTMLElement>(`[data-handle="${CSS.escape(held.key)}"]`)?.focus();
  }, [held?.to]);

  const name = (key: string) => {
    const item = known.get(key);
    return item === undefined ? key : nameOf(item);
  };
  const put = (key: string, from: number, to: number) => {
    setHeld(null);
    if (from === to) return;
    setGuess(reordered(keys, key, to));
    say(`${name(key)} is at place ${to + 1} of ${keys.length}.`);
    void onMove(key, to).finally(() => setGuess(null));
  };

  const onKey = (event: KeyboardEvent, key: string) => {
    const at = keys.indexOf(key);
    const lifts = event.key === " " || event.key === "Enter";
    if (!held) {
      if (!lifts) return;
      setHeld({ key, from: at, to: at, dy: null });
      say(`${name(key)} lifted. Arrow keys move it, Space puts it down, Escape leaves it where it was.`);
    } else if (lifts) put(held.key, held.from, held.to);
    else if (event.key === "Escape" || event.key === "Tab") {
      setHeld(null);
      say(`${name(key)} stays where it was.`);
      if (event.key === "Tab") return;
    } else {
      const last = keys.length - 1;
      const to = { ArrowUp: held.to - 1, ArrowDown: held.to + 1, Home: 0, End: last }[event.key];
      if (to === undefined) return;
      const next = Math.max(0, Math.min(last, to));
      setHeld({ ...held, to: next });
      say(`Place ${next + 1} of ${keys.length}.`);
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const grab = (event: PointerEvent, key: string) => {
    if (event.button !== 0 || !list.current) return;
    const from = keys.indexOf(key);
    let to = from;
    stop.current = follow(
      list.current,
      event,
      from,
      (next, dy) => {
        to = next;
        setHeld({ key, from, to, dy });
      },
      (kept) => {
        stop.current = () => {};
        if (kept) put(key, from, to);
        else setHeld(null);
      },
    );
  };

  const height = held?.dy != null ? (list.current?.children[held.from]?.clientHeight ?? 0) : 0;
  return (
    <>
      <ul ref={list} class={`sortable ${props.class ?? ""}`} aria-label={props.label}>
        {shown.map((key, index) => {
          const item = known.get(key);
          if (item === undefined) return null;
          return (
            <li key={key} class={held?.key === key ? "sortable-held" : ""} style={shift(held, index, height)}>
              {props.children(
                item,
                disabled ? null : (
                  <button
                    type="button"
                    class="handle"
                    data-handle={key}
                    aria-label={`Move ${nameOf(item)}`}
                    aria-pressed={held?.key === key}
                    title="Drag, or press Space and use the arrow keys"
                    onPointerDown={(event) => grab(event, key)}
                    onKeyDown={(event) => onKey(event, key)}
                  >
                    <Icon name="grip" size={14} />
                  </button>
                ),
                index,
              )}
            </li>
          );
        })}
      </ul>
      <span class="sr-only" role="status">
        {said}
      </span>
    </>
  );
}

/** The held row goes with the pointer, those it passed make room. */
function shift(held: Held | null, index: number, height: number): { transform?: string } {
  if (!held || held.dy === null) return {};
  if (index === held.from) return { transform: `translateY(${held.dy}px)` };
  if (index > held.from && index <= held.to) return { transform: `translateY(${-height}px)` };
  if (index < held.from && index >= held.to) return { transform: `translateY(${height}px)` };
  return { transform: "translateY(0)" };
}
