// What a person is doing on the board right now: which card has the focus, which are selected, what is carried.
import { computed, signal } from "@preact/signals";
import { me } from "../../store/session";
import type { Point } from "../../ui/point-menu";

/** The one card the Tab key comes to. */
export const active = signal<string | null>(null);
/** Asks for the focus on a card, which may first have to be scrolled to. */
export const focusAsked = signal<{ id: string; at: number } | null>(null);
export const selected = signal<ReadonlySet<string>>(new Set());
export const anchor = { id: null as string | null };

/** A gap held open where cards would be dropped, and the cards that are on their way. */
export interface Gap {
  cell: string;
  index: number;
  height: number;
  allowed: boolean;
}
export const gap = signal<Gap | null>(null);
export const dragging = signal<ReadonlySet<string> | null>(null);
/** Cards lifted by keyboard; they move with the arrows until dropped. */
export const lifted = signal<ReadonlySet<string> | null>(null);
/** What screen readers are told. */
export const spoken = signal("");

export function say(text: string): void {
  // The same words twice are heard twice only when the text differs.
  spoken.value = spoken.peek() === text ? `${text}\u00a0` : text;
}

export function focusCard(id: string): void {
  active.value = id;
  focusAsked.value = { id, at: performance.now() };
}

/** Gives a card the focus if nothing else has it: who has gone on meanwhile is not called back. */
export function focusIfLost(id: string): void {
  const now = document.activeElement;
  if (!now || now === document.body || now.id === "main") focusCard(id);
}

export function select(ids: Iterable<string>): void {
  selected.value = new Set(ids);
}

export function toggle(id: string): void {
  const next = new Set(selected.value);
  if (!next.delete(id)) next.add(id);
  anchor.id = id;
  selected.value = next;
}

/** The selection if the card is part of it, else the card alone. */
export function withSelection(id: string): string[] {
  return selected.value.has(id) ? [...selected.value] : [id];
}

export type Choice = "move" | "assign" | "accountable" | "priority" | "sprint" | "category";

/** A list to choose from stands open, for these cards. */
export const choosing = signal<{ what: Choice; ids: string[] } | null>(null);

export function choose(what: Choice, ids: string[]): void {
  if (ids.length > 0) choosing.value = { what, ids };
}

/** The menu of a card stands open, at a point of the screen. */
export const menuOpen = signal<{ id: string; at: Point } | null>(null);

export function openMenu(id: string, at: Point): void {
  menuOpen.value = { id, at };
}

/** The menu at the card itself, for the keyboard. */
export function openMenuAt(id: string): void {
  const node = document.querySelector(`[data-card="${CSS.escape(id)}"]`);
  const rect = node?.getBoundingClientRect();
  if (rect) openMenu(id, { x: rect.left + 12, y: Math.min(rect.top + 36, innerHeight - 80) });
}

const key = () => `opsroom.board.collapsed.${me.peek()?.project_id ?? ""}`;

function stored(): ReadonlySet<string> {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key()) ?? "[]");
    return new Set(Array.isArray(found) ? found.map(String) : []);
  } catch {
    return new Set();
  }
}

const chosen = signal<ReadonlySet<string> | null>(null);
export const collapsed = computed(() => chosen.value ?? stored());

export function collapse(column: string, away: boolean): void {
  const next = new Set(collapsed.value);
  if (away) next.add(column);
  else next.delete(column);
  chosen.value = next;
  try {
    localStorage.setItem(key(), JSON.stringify([...next]));
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}
