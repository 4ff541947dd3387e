// Days and where they lie: the arithmetic of the timeline. Pure; days are `YYYY-MM-DD`.
import { addDays, addMonths, daysBetween, weekdayOf } from "../../task/quick-dates";

export type Zoom = "week" | "month" | "quarter";
/** How wide a day is drawn. */
export const DAY_PX: Record<Zoom, number> = { week: 44, month: 17, quarter: 6 };

export interface Scale {
  zoom: Zoom;
  first: string;
  days: number;
  px: number;
}

export interface Tick {
  day: string;
  x: number;
  width: number;
  label: string;
  /** Today, or the unit it is in. */
  now: boolean;
}

const BEFORE_DAYS = 35;
const AFTER_DAYS = 120;
const MOST_DAYS = 5 * 366;

const monthName = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });
const monthShort = new Intl.DateTimeFormat("en-GB", { month: "short", timeZone: "UTC" });
const weekdayName = new Intl.DateTimeFormat("en-GB", { weekday: "short", timeZone: "UTC" });
const moment = (day: string) => new Date(`${day}T00:00:00Z`);

export const monthOf = (day: string): string => `${day.slice(0, 8)}01`;
export const mondayOf = (day: string): string => addDays(day, -weekdayOf(day));
const quarterOf = (day: string): string =>
  `${day.slice(0, 5)}${String(Math.floor((Number(day.slice(5, 7)) - 1) / 3) * 3 + 1).padStart(2, "0")}-01`;

/** From the first of a month before all of these days to well after them, but never for ever. */
export function scaleOf(days: Iterable<string>, today: string, zoom: Zoom): Scale {
  let first = today;
  let last = today;
  for (const day of days) {
    if (day < first) first = day;
    if (day > last) last = day;
  }
  const from = monthOf(addDays(later(first, addDays(today, -MOST_DAYS)), -BEFORE_DAYS));
  const to = addDays(earlier(last, addDays(today, MOST_DAYS)), AFTER_DAYS);
  return { zoom, first: from, days: daysBetween(from, to), px: DAY_PX[zoom] };
}

const earlier = (a: string, b: string) => (a < b ? a : b);
const later = (a: string, b: string) => (a > b ? a : b);

/** The left edge of a day. */
export const xOf = (scale: Scale, day: string): number => daysBetween(scale.first, day) * scale.px;

/** The day at a place, kept within the scale. */
export function dayAt(scale: Scale, x: number): string {
  return addDays(scale.first, Math.max(0, Math.min(scale.days - 1, Math.floor(x / scale.px))));
}

type Unit = "day" | "week" | "month" | "quarter";
const UNITS: Record<Zoom, [Unit, Unit]> = {
  week: ["month", "day"],
  month: ["month", "week"],
  quarter: ["quarter", "month"],
};

const startOf: Record<Unit, (day: string) => string> = {
  day: (day) => day,
  week: mondayOf,
  month: monthOf,
  quarter: quarterOf,
};
const nextOf: Record<Unit, (day: string) => string> = {
  day: (day) => addDays(day, 1),
  week: (day) => addDays(day, 7),
  month: (day) => addMonths(day, 1),
  quarter: (day) => addMonths(day, 3),
};
const labelOf: Record<Unit, (day: string) => string> = {
  day: (day) => `${weekdayName.format(moment(day))} ${Number(day.slice(8))}`,
  week: (day) => String(Number(day.slice(8))),
  month: (day) => monthName.format(moment(day)),
  quarter: (day) => `Q${(Number(day.slice(5, 7)) + 2) / 3} ${day.slice(0, 4)}`,
};

function ticks(scale: Scale, unit: Unit, from: string, to: string, today: string, short: boolean): Tick[] {
  const found: Tick[] = [];
  for (let day = startOf[unit](later(from, scale.first)); day <= to; day = nextOf[unit](day)) {
    const x = Math.max(0, xOf(scale, day));
    const next = nextOf[unit](day);
    const width = xOf(scale, next) - x;
    const label = short && unit === "month" ? monthShort.format(moment(day)) : labelOf[unit](day);
    found.push({ day, x, width, label, now: day <= today && today < next });
  }
  return found;
}

/** The two lines of the head between two days. */
export function headTicks(scale: Scale, from: string, to: string, today: string): [Tick[], Tick[]] {
  const [upper, lower] = UNITS[scale.zoom];
  return [ticks(scale, upper, from, to, today, false), ticks(scale, lower, from, to, today, true)];
}

/** Saturdays with their Sundays. Where a day is but a few pixels wide they would only be noise. */
export function weekends(scale: Scale, from: string, to: string): { x: number; width: number }[] {
  const found: { x: number; width: number }[] = [];
  for (let day = addDays(mondayOf(from), 5); day <= to; day = addDays(day, 7)) {
    found.push({ x: xOf(scale, day), width: 2 * scale.px });
  }
  return found;
}

/** Which line each of several spans gets, so that none lies over another. */
export function stacked(spans: { start: string; end: string }[]): number[] {
  const ends: string[] = [];
  return spans.map(({ start, end }) => {
    const free = ends.findIndex((last) => last < start);
    const line = free < 0 ? ends.length : free;
    ends[line] = end;
    return line;
  });
}
