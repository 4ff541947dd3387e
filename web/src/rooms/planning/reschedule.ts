// Changing the dates of cards by hand: seen while it is done, sent once when it is done, undone as one change.
import { signal } from "@preact/signals";
import type { Card } from "../../api/board";
import type { ApiError } from "../../api/client";
import { changeTasks } from "../../commands";
import { boardSettings, peekCard } from "../../store/board";
import { say } from "../board/state";
import { todayIn } from "../task/quick-dates";
import { changeOf, type Dates, datesText, extentOf, type Grip, shifted } from "./dates";
import { spans } from "./spans";

const IDLE_MS = 550;

export interface Preview extends Dates {
  id: string;
  grip: Grip;
  /** Keys may go on; a pointer says itself when it is done. */
  keys: boolean;
}

/** The dates a card will have, while they are still being chosen. */
export const preview = signal<Preview | null>(null);
let timer = 0;

export const todayHere = (): string => todayIn(boardSettings.peek()?.time_zone);

/** A card's dates as they are shown. */
export function datesOf(card: Card): Dates {
  const now = preview.value;
  return now?.id === card.id ? now : card;
}

export const sayDates = (dates: Dates): string => datesText(dates, todayHere());

const numberOf = (card: Card): string => (card.number ? `#${card.number}` : `“${card.title}”`);

function labelFor(card: Card, dates: Dates): string {
  const who = numberOf(card);
  if (!dates.start_date && !dates.due_date) return `Took the dates of ${who} away`;
  if (card.start_date === dates.start_date && dates.due_date) {
    return `${who} is due ${datesText({ start_date: null, due_date: dates.due_date }, todayHere()).replace(/^due /, "")}`;
  }
  return `${who}: ${sayDates(dates)}`;
}

/** Sends the dates; false when they were refused, which is told. */
export async function setDates(
  id: string,
  dates: Dates,
  onRefused?: (cause: ApiError) => void,
): Promise<boolean> {
  const card = peekCard(id);
  const change = card && changeOf(card, dates);
  if (preview.peek()?.id === id) preview.value = null;
  if (!card || !change) return true;
  const done = await changeTasks([id], change, {
    label: labelFor(card, dates),
    ...(onRefused ? { onRefused } : {}),
  });
  if (!done) say("Not moved.");
  return done;
}

/** What the keys have chosen so far is done now. */
export async function settle(): Promise<void> {
  clearTimeout(timer);
  const now = preview.peek();
  if (now?.keys) await setDates(now.id, now);
}

export function putBack(): boolean {
  const now = preview.peek();
  if (!now) return false;
  clearTimeout(timer);
  preview.value = null;
  say("Put back.");
  return true;
}

/** One step by key: shown and told at once, sent when no further key comes. */
export function nudge(id: string, grip: Grip, days: number): void {
  const now = preview.peek();
  if (now && now.id !== id) void settle();
  const card = peekCard(id);
  if (!card) return;
  const dates = datesOf(card);
  const extent = extentOf(dates, spans.peek().get(id), todayHere());
  if (!extent) return;
  show(id, shifted(dates, extent, grip, days), grip);
}

/** Shows dates that keys chose, and sends them when no further key comes. */
export function show(id: string, dates: Dates, grip: Grip): void {
  preview.value = { id, start_date: dates.start_date, due_date: dates.due_date, grip, keys: true };
  say(`${sayDates(dates)}.`);
  clearTimeout(timer);
  timer = window.setTimeout(() => void settle(), IDLE_MS);
}
