// Days are `YYYY-MM-DD` of the project's time zone; nothing here turns one into a moment.
import { boardSettings } from "../../store/board";
import { coarseNow } from "../../store/clock";
import { whenWanted } from "../../ui/format";

let zone = "";
let format: Intl.DateTimeFormat | null = null;

/** Today where the project is. */
export function today(): string {
  const wanted = boardSettings.value?.time_zone ?? "UTC";
  if (wanted === "UTC") return new Date(coarseNow.value).toISOString().slice(0, 10);
  if (wanted !== zone || !format) {
    zone = wanted;
    try {
      format = new Intl.DateTimeFormat("en-CA", { timeZone: wanted, dateStyle: "short" });
    } catch {
      format = new Intl.DateTimeFormat("en-CA", { dateStyle: "short" });
    }
  }
  return format.format(coarseNow.value);
}

const number = (day: string) => Date.parse(`${day}T00:00:00Z`) / 86_400_000;
const written = (parts: Intl.DateTimeFormatOptions) =>
  whenWanted(() => new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: "UTC" }));
const short = written({ day: "numeric", month: "short" });
const long = written({ day: "numeric", month: "short", year: "numeric" });
const weekday = written({ weekday: "short" });

/** So many days after another one. */
export const later = (day: string, days: number): string =>
  new Date((number(day) + days) * 86_400_000).toISOString().slice(0, 10);

/** The Monday of its week. The first day of all was a Thursday. */
export const mondayOf = (day: string): string => later(day, -((number(day) + 3) % 7));

/** From one day to another, in days. */
export const daysTo = (day: string, from: string) => number(day) - number(from);

export function dayText(day: string, from: string): string {
  const away = daysTo(day, from);
  const at = new Date(`${day}T00:00:00Z`);
  if (away === 0) return "Today";
  if (away === 1) return "Tomorrow";
  if (away === -1) return "Yesterday";
  if (away > 1 && away < 7) return weekday().format(at);
  return day.slice(0, 4) === from.slice(0, 4) ? short().format(at) : long().format(at);
}

export type DueState = "over" | "now" | "soon" | "later";

export function dueState(day: string, from: string): DueState {
  const away = daysTo(day, from);
  if (away < 0) return "over";
  if (away === 0) return "now";
  return away <= 2 ? "soon" : "later";
}
