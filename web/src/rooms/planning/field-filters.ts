// Filters by custom fields. Choices, people and ticks are chosen from a list; texts, links, numbers and days are
// asked: what they contain, between which they lie, whether there is anything.
import type { CustomField } from "../../api/board";
import { joined, parted } from "../../api/values";
import { params } from "../../router";
import { people } from "../../store/board";
import { whenWanted } from "../../ui/format";
import type { Choice } from "../../ui/picker";
import { today } from "../board/days";
import type { Filter, Values } from "./filters";

export type AskKind = "text" | "number" | "date";

/** What is asked of one field; `values` stand in addresses written by hand. */
export interface Asked {
  held: "" | "any" | "none";
  values: string[];
  text: string[];
  from: string;
  to: string;
}

export interface Ask {
  kind: AskKind;
  read: (query: URLSearchParams) => Asked;
  write: (asked: Asked) => Values;
  /** What is asked, after the name of the field: "100–500", "contains “shop”". */
  words: (query: URLSearchParams) => string;
}

export const NOTHING: Asked = { held: "", values: [], text: [], from: "", to: "" };
const WAYS = ["custom", "custom_contains", "custom_from", "custom_to"] as const;
const ASKED: Partial<Record<CustomField["kind"], AskKind>> = {
  text: "text",
  url: "text",
  number: "number",
  date: "date",
};

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The values of one parameter that are about one field. */
const valuesOf = (query: URLSearchParams, name: string, key: string): string[] =>
  parted(query.get(name))
    .filter((each) => each.startsWith(`${key}:`))
    .map((each) => decoded(each.slice(key.length + 1)));

/** One parameter with other values for one field; a comma in a value is percent-encoded. */
function withValues(name: string, key: string, values: readonly string[]): string | null {
  const rest = parted(params.peek().get(name)).filter((each) => !each.startsWith(`${key}:`));
  return joined([...rest, ...values.map((each) => `${key}:${encodeURIComponent(each)}`)]) || null;
}

const or = (list: readonly string[]): string =>
  list.length < 2 ? (list[0] ?? "") : `${list.slice(0, -1).join(", ")} or ${list.at(-1)}`;

const numbers = whenWanted(() => new Intl.NumberFormat(undefined, { maximumFractionDigits: 10 }));
const days = whenWanted(
  () => new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" }),
);
const daysOfYears = whenWanted(
  () => new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" }),
);

function told(kind: AskKind, value: string): string {
  if (kind === "number") return Number.isFinite(Number(value)) ? numbers().format(Number(value)) : value;
  const at = new Date(`${value}T00:00:00Z`);
  if (kind === "text" || Number.isNaN(at.getTime())) return value;
  return (value.slice(0, 4) === today().slice(0, 4) ? days() : daysOfYears()).format(at);
}

/** Between which it lies. Days stand apart, as they have blanks of their own. */
function within(kind: AskKind, from: string, to: string): string {
  const [low, high] = [told(kind, from), told(kind, to)];
  if (from && to) return kind === "date" ? `${low} – ${high}` : `${low}–${high}`;
  if (from) return `from ${low}`;
  return kind === "date" ? `until ${high}` : `up to ${high}`;
}

export function inSentence(kind: AskKind, asked: Asked): string {
  const parts: string[] = [];
  const held = [
    ...asked.values.map((each) => told(kind, each)),
    ...(asked.held === "none" ? ["empty"] : asked.held === "any" ? ["filled"] : []),
  ];
  if (held.length > 0) parts.push(`is ${or(held)}`);
  if (asked.text.length > 0) parts.push(`contains ${or(asked.text.map((each) => `“${each}”`))}`);
  if (asked.from || asked.to) parts.push(within(kind, asked.from, asked.to));
  return parts.join(" and ");
}

function asking(key: string, kind: AskKind): Ask {
  const read = (query: URLSearchParams): Asked => {
    const values = valuesOf(query, "custom", key);
    return {
      held: values.includes("any") ? "any" : values.includes("none") ? "none" : "",
      values: values.filter((each) => each !== "any" && each !== "none"),
      text: valuesOf(query, "custom_contains", key),
      from: valuesOf(query, "custom_from", key)[0] ?? "",
      to: valuesOf(query, "custom_to", key)[0] ?? "",
    };
  };
  const list = (value: string) => (value ? [value] : []);
  return {
    kind,
    read,
    write: (asked) => ({
      custom: withValues("custom", key, [...asked.values, ...list(asked.held)]),
      custom_contains: withValues("custom_contains", key, asked.text),
      custom_from: withValues("custom_from", key, list(asked.from)),
      custom_to: withValues("custom_to", key, list(asked.to)),
    }),
    words: (query) => inSentence(kind, read(query)),
  };
}

function choicesOf(field: CustomField): Choice[] {
  if (field.kind === "checkbox") {
    return [
      { value: "true", label: "Yes" },
      { value: "false,none", label: "No" },
    ];
  }
  const named =
    field.kind === "person"
      ? people.value.map((each) => ({ value: each.id, label: each.name }))
      : field.options.map((each) => ({ value: each, label: each }));
  return [...named, { value: "none", label: "None" }];
}

const ICON = { person: "person", checkbox: "check", date: "calendar", url: "link" } as const;

/** The parameters of custom fields that are about one field. */
export function customFilter(field: CustomField): Filter {
  const kind = ASKED[field.kind];
  const ask = kind && asking(field.key, kind);
  const tick = field.kind === "checkbox";
  return {
    id: `custom.${field.key}`,
    label: field.name,
    icon: ICON[field.kind as keyof typeof ICON] ?? "tag",
    single: tick,
    choices: () => choicesOf(field),
    chosen: (query) => {
      if (ask) return ask.words(query) ? [ask.words(query)] : [];
      const found = valuesOf(query, "custom", field.key);
      return tick && found.length > 1 ? ["false,none"] : found;
    },
    change: (values) => {
      if (ask) return ask.write(NOTHING);
      const parts = tick ? values.flatMap((each) => each.split(",")) : values;
      return { custom: withValues("custom", field.key, parts) };
    },
    ...(ask ? { ask } : {}),
  };
}

export const OF_FIELDS: readonly string[] = WAYS;
