// The arithmetic of charts: round ticks, scales, bins. Pure.
import { addDays, addMonths, daysBetween, weekdayOf } from "../task/quick-dates";

export type Scale = (value: number) => number;

export function linear(domain: [number, number], range: [number, number]): Scale {
  const [from, to] = domain;
  const [low, high] = range;
  const span = to - from || 1;
  return (value) => low + ((value - from) / span) * (high - low);
}

/** Round steps from 0 to at least `max`; whole ones where only whole numbers mean something. */
export function niceTicks(max: number, about = 4, whole = false): number[] {
  if (!(max > 0)) return whole ? [0, 1] : [0, 1];
  const rough = max / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  let step = ([1, 2, 2.5, 5, 10].find((each) => each * power >= rough - 1e-9) ?? 10) * power;
  if (whole) step = Math.max(1, Math.ceil(step - 1e-9));
  const count = Math.ceil(max / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, n) => Number((n * step).toPrecision(12)));
}

export interface DayTick {
  day: string;
  label: string;
}

// As whoever reads it writes days.
const short = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const month = new Intl.DateTimeFormat(undefined, { month: "short", timeZone: "UTC" });
const monthYear = new Intl.DateTimeFormat(undefined, { month: "short", year: "2-digit", timeZone: "UTC" });
const moment = (day: string) => new Date(`${day}T00:00:00Z`);

export const shortDay = (day: string): string => short.format(moment(day));

/** Days to write under an axis: every so many days, Mondays or firsts of months, as fits the width. */
export function dayTicks(from: string, to: string, most: number): DayTick[] {
  const days = daysBetween(from, to) + 1;
  const found: DayTick[] = [];
  if (days <= most) {
    for (let day = from; day <= to; day = addDays(day, 1)) found.push({ day, label: shortDay(day) });
    return found;
  }
  const every = Math.ceil(days / most);
  if (every <= 4) {
    for (let day = from; day <= to; day = addDays(day, every)) found.push({ day, label: shortDay(day) });
    return found;
  }
  const weeks = Math.ceil(days / 7 / most);
  if (weeks <= 3) {
    const monday = addDays(from, (7 - weekdayOf(from)) % 7);
    for (let day = monday; day <= to; day = addDays(day, 7 * weeks))
      found.push({ day, label: shortDay(day) });
    return found;
  }
  const months = Math.max(1, Math.ceil(days / 30.5 / most));
  const first = from.endsWith("-01") ? from : addMonths(`${from.slice(0, 8)}01`, 1);
  for (let day = first; day <= to; day = addMonths(day, months)) {
    const label = found.at(-1)?.day.slice(0, 4) === day.slice(0, 4) ? month : monthYear;
    found.push({ day, label: label.format(moment(day)) });
  }
  return found;
}

export interface Bin {
  from: number;
  to: number;
  count: number;
}

/** How many values lie in each of some bins of round width. The last bin holds everything beyond. */
export function binned(values: number[], about = 12): Bin[] {
  if (values.length === 0) return [];
  const ordered = [...values].sort((a, b) => a - b);
  // One outlier does not decide how wide a bin is.
  const reach = quantile(ordered, 0.97) || ordered.at(-1) || 1;
  const ticks = niceTicks(reach, about);
  const width = ticks[1] ?? 1;
  const count = Math.max(1, ticks.length - 1);
  const bins = Array.from({ length: count }, (_, n) => ({ from: n * width, to: (n + 1) * width, count: 0 }));
  for (const value of values) {
    const bin = bins[Math.min(count - 1, Math.floor(value / width))];
    if (bin) bin.count += 1;
  }
  const last = bins.at(-1);
  if (last && (ordered.at(-1) ?? 0) > last.to) last.to = Number.POSITIVE_INFINITY;
  return bins;
}

/** The value that a share of the sorted values does not exceed, between two of them by proportion. */
export function quantile(ordered: readonly number[], share: number): number {
  const place = (ordered.length - 1) * share;
  const low = Math.floor(place);
  const here = ordered[low] ?? 0;
  return here + ((ordered[Math.min(low + 1, ordered.length - 1)] ?? here) - here) * (place - low);
}

/** What changed against before, in percent; null where nothing was before. */
export const change = (now: number, before: number): number | null =>
  before > 0 ? Math.round(((now - before) / before) * 100) : null;

const decimal = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
export const figure = (value: number): string => decimal.format(value);

/** Hours as people say them: "40 min", "5 h", "3.2 days". */
export function spell(hours: number | null): string {
  if (hours === null) return "–";
  if (hours < 1) return `${Math.round(hours * 60)} min`;
  if (hours < 36) return `${decimal.format(hours)} h`;
  const days = hours / 24;
  return `${decimal.format(days)} days`;
}

/** Corner points of a step line: it changes where the day does. */
export function steps(points: { x: number; y: number }[]): string {
  return points
    .map(({ x, y }, n) => (n === 0 ? `M${round(x)} ${round(y)}` : `H${round(x)}V${round(y)}`))
    .join("");
}

export function path(points: { x: number; y: number }[]): string {
  return points.map(({ x, y }, n) => `${n === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("");
}

const round = (value: number) => Math.round(value * 10) / 10;
