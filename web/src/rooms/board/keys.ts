// The keys of the board. Arrows walk over the cards; Space lifts one, and then they carry it.

import type { Shortcut } from "../../keys/shortcuts";
import { useShortcuts } from "../../keys/use";
import { openTask } from "../../overlay";
import { anyCard } from "../../store/board";
import {
  cancelCarry,
  carryTo,
  copyLink,
  dropCarried,
  duplicate,
  liftCards,
  nudge,
  putAway,
  remove,
} from "./actions";
import { between, cardTowards, type Direction, firstCard } from "./cells";
import {
  active,
  anchor,
  choose,
  focusAsked,
  focusCard,
  lifted,
  openMenuAt,
  say,
  select,
  selected,
  toggle,
  withSelection,
} from "./state";

const WALK = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"]);

const cardOf = (target: EventTarget | null): string | null =>
  (target as Element | null)?.closest?.<HTMLElement>("[data-card]")?.dataset.card ?? null;

function whileCarrying(event: KeyboardEvent): boolean {
  if (WALK.has(event.key)) carryTo(event.key);
  else if (event.key === " " || event.key === "Enter") void dropCarried();
  else if (event.key === "Escape" || event.key === "Tab") cancelCarry();
  else return false;
  return true;
}

function onCard(event: KeyboardEvent, id: string): boolean {
  const { key } = event;
  if (WALK.has(key)) {
    if (event.shiftKey && !event.metaKey && !event.ctrlKey) {
      void nudge(id, key);
      return true;
    }
    const next = cardTowards(id, key as Direction);
    if (next) focusCard(next);
    return true;
  }
  if (key === " ") {
    liftCards(id);
    return true;
  }
  if (key === "ContextMenu" || (key === "F10" && event.shiftKey)) {
    openMenuAt(id);
    return true;
  }
  if (key === "a" && (event.metaKey || event.ctrlKey)) {
    const all = between(cardTowards(id, "Home") ?? id, cardTowards(id, "End") ?? id);
    select(all);
    say(`${all.length} cards selected.`);
    return true;
  }
  return false;
}

/** Keys that act where the focus is; they stop here so that no other listener acts on them too. */
export function onBoardKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey) return;
  const id = cardOf(event.target);
  const done = lifted.peek() ? whileCarrying(event) : id !== null && onCard(event, id);
  if (!done) return;
  event.preventDefault();
  event.stopPropagation();
}

/** Between two places of a card nothing has the focus for a moment; a quick hand's keys still reach it. */
export function catchLostKeys(): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.altKey || event.target !== document.body) return;
    const id = active.peek();
    const done = lifted.peek() ? whileCarrying(event) : focusAsked.peek() && id !== null && onCard(event, id);
    if (!done) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener("keydown", onKey, true);
  return () => document.removeEventListener("keydown", onKey, true);
}

/** What a letter acts on: the selection, else the card with the focus. */
function subject(): string[] {
  const id = active.peek();
  if (selected.peek().size > 0) return id ? withSelection(id) : [...selected.peek()];
  return id && anyCard(id) ? [id] : [];
}

function onSubject(act: (ids: string[]) => void): () => void {
  return () => {
    const ids = subject();
    if (ids.length > 0) act(ids);
    else {
      const first = firstCard();
      if (first) focusCard(first);
    }
  };
}

const one = (act: (id: string) => void) =>
  onSubject((ids) => {
    if (ids[0]) act(ids[0]);
  });

const never = () => {};

const group = "Cards";
const CARRYING: Shortcut[] = [
  { keys: "↑ ↓ ← →", label: "Go from card to card", group, run: never },
  { keys: "Shift + ↑↓←→", label: "Move the card one step", group, run: never },
  { keys: "Space", label: "Lift, carry with arrows, drop", group, run: never },
];

/** `carries` is false where cards have no place to be carried to: in a list. */
export function useBoardKeys(carries = true): void {
  const list: Shortcut[] = [
    // Told on the key map, handled where the focus is.
    ...(carries ? CARRYING : [{ keys: "↑ ↓", label: "Go from card to card", group, run: never }]),
    { keys: "m", label: "Move to…", group, run: onSubject((ids) => choose("move", ids)) },
    { keys: "a", label: "Assign…", group, run: onSubject((ids) => choose("assign", ids)) },
    { keys: "o", label: "Accountable person…", group, run: onSubject((ids) => choose("accountable", ids)) },
    { keys: "p", label: "Priority…", group, run: onSubject((ids) => choose("priority", ids)) },
    { keys: "s", label: "Sprint…", group, run: onSubject((ids) => choose("sprint", ids)) },
    { keys: "t", label: "Category…", group, run: onSubject((ids) => choose("category", ids)) },
    {
      keys: "x",
      label: "Select",
      group,
      run: one((id) => {
        toggle(active.peek() ?? id);
        say(`${selected.peek().size} selected.`);
      }),
    },
    { keys: "d", label: "Duplicate", group, run: one((id) => void duplicate(id)) },
    { keys: "y", label: "Copy link", group, run: one((id) => void copyLink(id)) },
    { keys: "e", label: "Archive", group, run: onSubject((ids) => void putAway(ids)) },
    { keys: "Delete", label: "Delete", group, run: onSubject((ids) => void remove(ids)) },
    { keys: ".", label: "Menu of the card", group, run: one(openMenuAt) },
    { keys: "j", label: "Next card", group, hidden: true, run: one((id) => step(id, "ArrowDown")) },
    { keys: "k", label: "Previous card", group, hidden: true, run: one((id) => step(id, "ArrowUp")) },
    { keys: "Enter", label: "Open", group, hidden: true, run: never },
    {
      keys: "Escape",
      label: "Drop the selection",
      group,
      run: () => {
        select([]);
        anchor.id = null;
      },
    },
  ];
  useShortcuts(list.filter((each) => each.keys !== "Enter"));
}

function step(id: string, way: Direction): void {
  const next = cardTowards(active.peek() ?? id, way);
  if (!next) return;
  focusCard(next);
  // With the panel open, the keys leaf through the cards.
  if (new URLSearchParams(location.search).has("task")) openTask(next);
}
