// Saved views, and how what is shown now differs from the one that is open. The address says everything a view
// says, so it can be shared with somebody who has not the view.
import { computed, signal } from "@preact/signals";
import type { Layout, SavedView } from "../api/board";
import { params } from "../router";

/** One's own and the shared ones, in their order; null until they were read. */
export const views = signal<SavedView[] | null>(null);

/** Everything of the address that belongs to a view, the layout aside. */
export const OF_VIEW = [
  "status",
  "kind",
  "assigned",
  "accountable",
  "category",
  "sprint",
  "priority",
  "label",
  "client",
  "brand",
  "subscription",
  "parent",
  "created_by",
  "watcher",
  "custom",
  "custom_contains",
  "custom_from",
  "custom_to",
  "due",
  ...["due", "start", "created", "updated", "completed"].flatMap((each) => [`${each}_from`, `${each}_to`]),
  "overdue",
  "blocked",
  "waiting",
  "client_visible",
  "archived",
  "search",
  "sort",
  "group",
  "columns",
];
// Where the order of the values says nothing.
const ORDERED = new Set(["search", "sort", "columns"]);

export interface Shown {
  layout: Layout;
  query: Record<string, string>;
}

export const shownNow = computed<Shown>(() => {
  const query: Record<string, string> = {};
  for (const name of OF_VIEW) {
    const value = params.value.get(name);
    if (value) query[name] = value;
  }
  return { layout: (params.value.get("layout") as Layout | null) ?? "board", query };
});

export const openView = computed<SavedView | null>(() => {
  const id = params.value.get("view");
  return views.value?.find((each) => each.id === id) ?? null;
});

function told(name: string, value: unknown): string {
  const text = String(value ?? "");
  return ORDERED.has(name) ? text : text.split(",").sort().join(",");
}

function same(view: SavedView, now: Shown): boolean {
  if (view.layout !== now.layout) return false;
  return OF_VIEW.every((name) => told(name, view.query[name]) === told(name, now.query[name]));
}

/** Something of the open view was changed and not saved. */
export const viewChanged = computed(() => openView.value !== null && !same(openView.value, shownNow.value));

/** Something is shown that is neither all cards nor a view as it was saved. */
export const canSave = computed(() => {
  if (openView.value) return viewChanged.value;
  return Object.keys(shownNow.value.query).length > 0;
});

export function addressOf(view: SavedView): string {
  const query = new URLSearchParams({ view: view.id });
  if (view.layout !== "board") query.set("layout", view.layout);
  for (const [name, value] of Object.entries(view.query)) query.set(name, String(value));
  return `/board?${query}`;
}
