// What cards can be filtered by: the fields, their values, and how they stand in the address. The words are
// those of GET /api/tasks.
import { joined, parted } from "../../api/values";
import { withParams } from "../../router";
import { allCards, categories, columns, customFields, people, roster, sprints } from "../../store/board";
import type { IconName } from "../../ui/icon";
import type { Choice } from "../../ui/picker";
import { type Ask, customFilter, OF_FIELDS } from "./field-filters";

export type Values = Record<string, string | null>;

export interface Filter {
  id: string;
  label: string;
  icon: IconName;
  choices: () => Choice[];
  chosen: (query: URLSearchParams) => string[];
  change: (values: string[]) => Values;
  /** One value at most: yes or no. */
  single?: boolean;
  /** Two days between which it is, given by hand. */
  range?: [from: string, to: string];
  /** What is written by hand: what a text contains, between which a number or a day lies. */
  ask?: Ask;
}

const NONE: Choice = { value: "none", label: "None" };
const ME: Choice = { value: "me", label: "Me" };
const named = <T extends { id: string; name: string }>(list: T[]): Choice[] =>
  list.map((each) => ({ value: each.id, label: each.name }));

function several(
  id: string,
  label: string,
  icon: IconName,
  choices: () => Choice[],
  more: Partial<Filter> = {},
): Filter {
  return {
    id,
    label,
    icon,
    choices,
    chosen: (query) => parted(query.get(id)),
    change: (values) => ({ [id]: joined(values) || null }),
    ...more,
  };
}

const yesNo = (id: string, label: string, icon: IconName, yes: string, no: string): Filter =>
  several(
    id,
    label,
    icon,
    () => [
      { value: "true", label: yes },
      { value: "false", label: no },
    ],
    { single: true },
  );

export const DUE: Choice[] = [
  { value: "overdue", label: "Overdue" },
  { value: "today", label: "Today" },
  { value: "tomorrow", label: "Tomorrow" },
  { value: "this_week", label: "This week" },
  { value: "next_week", label: "Next week" },
  { value: "later", label: "Later" },
  { value: "none", label: "No due date" },
];

/** Values that stand on the cards there are, the most used first. */
function used(read: (card: ReturnType<typeof allCards>[number]) => readonly (string | null)[]): Choice[] {
  const counts = new Map<string, number>();
  for (const card of allCards())
    for (const value of read(card)) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
    .map(([value, count]) => ({ value, label: value, hint: String(count) }));
}

export function filters(): Filter[] {
  return [
    several("status", "Column", "board", () =>
      columns.value.map((each) => ({ value: each.key, label: each.name, color: each.color })),
    ),
    several("assigned", "Agent", "agents", () => [
      NONE,
      ...roster.value.map((each) => ({ value: each.id, label: each.name, mark: each.emoji })),
    ]),
    several("accountable", "Accountable", "person", () => [ME, NONE, ...named(people.value)]),
    several("priority", "Priority", "flag", () => [
      { value: "p1", label: "P1 · High" },
      { value: "p2", label: "P2 · Medium" },
      { value: "p3", label: "P3 · Low" },
    ]),
    several("due", "Due", "calendar", () => DUE),
    several("due_range", "Due between", "calendar", () => [], {
      range: ["due_from", "due_to"],
      chosen: (query) =>
        query.has("due_from") || query.has("due_to")
          ? [query.get("due_from") ?? "", query.get("due_to") ?? ""]
          : [],
      change: ([from, to]) => ({ due_from: from || null, due_to: to || null }),
    }),
    several("label", "Label", "tag", () => [NONE, ...used((card) => card.labels)]),
    several("category", "Category", "folder", () => [
      NONE,
      ...categories.value.map((each) => ({ value: each.id, label: each.name, color: each.color })),
    ]),
    several("sprint", "Sprint", "rerun", () => [
      { value: "none", label: "Backlog" },
      ...named(sprints.value),
    ]),
    several("created_by", "Created by", "pencil", () => [ME, ...named(people.value)]),
    several("watcher", "Watched by", "eye", () => [ME, NONE, ...named(people.value)]),
    several("client", "Client", "person", () => [NONE, ...used((card) => [card.client_id])]),
    several("brand", "Brand", "spark", () => [NONE, ...used((card) => [card.brand])]),
    yesNo("client_visible", "Client sees it", "eye", "Visible to the client", "Hidden from the client"),
    yesNo("waiting", "Waits on others", "clock", "Waits on other cards", "Can begin"),
    ...customFields.value.map(customFilter),
  ];
}

/** What an address of old, or one written by hand, filters by without a list to choose from. */
const PLAIN: [string, string][] = [
  ["overdue", "Overdue"],
  ["blocked", "Blocked"],
  ["kind", "Kind"],
  ["parent", "Parts of one card"],
  ["subscription", "Subscription"],
  ["start_from", "Starts from"],
  ["start_to", "Starts until"],
  ["created_from", "Created from"],
  ["created_to", "Created until"],
  ["updated_from", "Changed from"],
  ["updated_to", "Changed until"],
  ["completed_from", "Done from"],
  ["completed_to", "Done until"],
  ["archived", "Archived"],
];

export interface PlainFilter {
  name: string;
  text: string;
}

export function plainFilters(query: URLSearchParams): PlainFilter[] {
  return PLAIN.flatMap(([name, label]) => {
    const value = query.get(name);
    if (!value || value === "exclude") return [];
    return [{ name, text: value === "true" ? label : `${label}: ${value === "false" ? "no" : value}` }];
  });
}

/** Every parameter that says which tasks are shown. */
export const FILTERS = [
  "status",
  "assigned",
  "accountable",
  "priority",
  "due",
  "due_from",
  "due_to",
  "label",
  "category",
  "sprint",
  "created_by",
  "watcher",
  "client",
  "brand",
  "client_visible",
  "waiting",
  ...OF_FIELDS,
  "search",
  ...PLAIN.map(([name]) => name),
];

/** How many filters are on, the search among them. */
export function howMany(query: URLSearchParams): number {
  const fields = filters().filter((each) => each.chosen(query).length > 0).length;
  return fields + plainFilters(query).length + (query.get("search") ? 1 : 0);
}

export const clearFilters = (): void => withParams(Object.fromEntries(FILTERS.map((name) => [name, null])));

/** What is chosen, in words: "Kenji, Maya and 2 more". */
export function inWords(filter: Filter, chosen: string[]): string {
  const all = filter.choices();
  const names = chosen.map((value) => all.find((one) => one.value === value)?.label ?? value);
  return names.length > 2 ? `${names.slice(0, 2).join(", ")} +${names.length - 2}` : names.join(", ");
}
