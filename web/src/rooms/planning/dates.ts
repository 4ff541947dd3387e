// What the dates of a card become when it is moved on a calendar or a timeline. Days are `YYYY-MM-DD`; pure.
import type { Card, TaskChange } from "../../api/board";
import type { TaskSpan } from "../../api/planning";
import { addDays, daysBetween, dayText } from "../task/quick-dates";

export type Dates = Pick<Card, "start_date" | "due_date">;
/** What of a bar is held: all of it, or one of its ends. */
export type Grip = "whole" | "start" | "end";

/** How a card lies in time. Both days belong to it. */
export interface Extent {
  start: string;
  end: string;
  /** Whether somebody set the first day; else it is the day the card was begun or made. */
  begins: "set" | "begun" | "made";
  /** Without a due date a card goes on until it is done. */
  open: boolean;
}

const earlier = (a: string, b: string) => (a < b ? a : b);
const later = (a: string, b: string) => (a > b ? a : b);

/** Null for a card that has no dates at all. */
export function extentOf(dates: Dates, span: TaskSpan | undefined, today: string): Extent | null {
  const { start_date: start, due_date: due } = dates;
  if (start && due) return { start: earlier(start, due), end: due, begins: "set", open: false };
  if (due) {
    const from = span?.started ?? span?.created ?? due;
    return { start: earlier(from, due), end: due, begins: span?.started ? "begun" : "made", open: false };
  }
  if (start) return { start, end: later(start, span?.completed ?? today), begins: "set", open: true };
  return null;
}

/** The dates after a grip was moved by so many days. A card is never due before it starts. */
export function shifted(dates: Dates, extent: Extent, grip: Grip, days: number): Dates {
  const { start_date: start, due_date: due } = dates;
  if (grip === "start") {
    const moved = addDays(start ?? extent.start, days);
    return { start_date: due ? earlier(moved, due) : moved, due_date: due };
  }
  if (grip === "end") {
    const moved = addDays(due ?? extent.end, days);
    return { start_date: start, due_date: start ? later(moved, start) : moved };
  }
  return { start_date: start && addDays(start, days), due_date: due && addDays(due, days) };
}

/** Due on a day; where it had a start, that keeps its distance. */
export function dueOn(dates: Dates, day: string): Dates {
  if (!dates.due_date) {
    const start = dates.start_date;
    return { start_date: start && earlier(start, day), due_date: day };
  }
  const days = daysBetween(dates.due_date, day);
  return { start_date: dates.start_date && addDays(dates.start_date, days), due_date: day };
}

/** Only what differs: a date nobody touched is not written over. */
export function changeOf(before: Dates, after: Dates): TaskChange | null {
  const change: TaskChange = {};
  if (before.start_date !== after.start_date) change.start_date = after.start_date;
  if (before.due_date !== after.due_date) change.due_date = after.due_date;
  return Object.keys(change).length > 0 ? change : null;
}

/** What is wrong with two dates somebody typed, by field. */
export function problemsOf({
  start_date: start,
  due_date: due,
}: Dates): Partial<Record<keyof Dates, string>> {
  return start && due && due < start ? { due_date: "lies before the start" } : {};
}

/** Dates in words: "Mon 3 Nov – Fri 7 Nov", "due Fri 7 Nov", "from Mon 3 Nov". */
export function datesText({ start_date: start, due_date: due }: Dates, today: string): string {
  if (start && due && start !== due) return `${dayText(start, today)} – ${dayText(due, today)}`;
  if (start && due) return dayText(due, today);
  if (due) return `due ${dayText(due, today)}`;
  return start ? `from ${dayText(start, today)}` : "no dates";
}

/** How long it takes, both days counted. */
export const lengthOf = (extent: Extent): number => daysBetween(extent.start, extent.end) + 1;
