// Which days, and which tasks, the figures are about: kept in the address.
import type { Query } from "../../api/client";
import { addDays, dayOf, daysBetween } from "../task/quick-dates";

export interface Range {
  from: string;
  to: string;
}

export const RANGES = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "182", label: "6 months" },
  { value: "365", label: "A year" },
] as const;
export const USUAL = "90";

function asDay(text: string | null): string | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text ?? "");
  return parts && dayOf(Number(parts[1]), Number(parts[2]), Number(parts[3]));
}

/** The days of the address: `from` and `to`, or the last `range` days. */
export function rangeOf(params: URLSearchParams, today: string): Range {
  const from = asDay(params.get("from"));
  const to = asDay(params.get("to"));
  if (from && to && from <= to) return { from, to };
  const asked = params.get("range");
  const days = Number(RANGES.find((each) => each.value === asked)?.value ?? USUAL);
  return { from: addDays(today, 1 - days), to: today };
}

/** As many days right before. */
export function before(range: Range): Range {
  const to = addDays(range.from, -1);
  return { from: addDays(to, -daysBetween(range.from, range.to)), to };
}

export const AMONG = ["assigned", "category", "sprint"] as const;

/** The filter as the server is asked it. */
export function among(params: URLSearchParams): Query {
  return Object.fromEntries(AMONG.map((name) => [name, params.get(name) || null]));
}
