// What the page is about right now: days, tasks, unit. All of it stands in the address.
import { computed } from "@preact/signals";
import { params, withParams } from "../../router";
import { today } from "../board/days";
import { among, rangeOf } from "./range";

export type Unit = "tasks" | "estimate";

export const range = computed(() => rangeOf(params.value, today()));
export const filter = computed(() => among(params.value));
export const unit = computed<Unit>(() => (params.value.get("unit") === "estimate" ? "estimate" : "tasks"));
/** The sprint whose burn-down is shown: one that was chosen, else the server says which. */
export const sprintAsked = computed(() => {
  const asked = (params.value.get("sprint") ?? "").split(",").filter((each) => each && each !== "none");
  return asked[0] ?? null;
});
const NAMES = { assigned: "agent", category: "category", sprint: "sprint" };

/** Which filters that are on a figure does not apply, in words: "; the agent filter does not apply here". */
export function unheard(names: readonly (keyof typeof NAMES)[]): string {
  const on = names.filter((name) => filter.value[name]).map((name) => NAMES[name]);
  if (on.length === 0) return "";
  return `; the ${on.join(" and ")} filter${on.length > 1 ? "s do" : " does"} not apply here`;
}

export const chooseUnit = (value: Unit): void => withParams({ unit: value === "tasks" ? null : value });

/** The list of tasks, with the filter that stands here. */
export function listAddress(more: Record<string, string>): string {
  const query = new URLSearchParams({ layout: "list" });
  for (const [name, value] of Object.entries(filter.peek())) if (value) query.set(name, String(value));
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  return `/board?${query}`;
}

export const OPEN_KINDS = "todo,active,review,blocked,error";
