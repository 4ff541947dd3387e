// What rules can be made of, with the words for it and what there is to choose from.
import type { EventName } from "../../../api/automations";
import { categories, columns, customFields, people, roster, sprints } from "../../../store/board";
import type { Choice } from "../../../ui/picker";
import { KINDS } from "../kinds";

export const EVENTS: (Choice & { value: EventName })[] = [
  { value: "task_created", label: "a card is created" },
  { value: "task_moved", label: "a card is moved", hint: "To another column" },
  { value: "task_changed", label: "a card is changed", hint: "A field of it" },
  { value: "comment_added", label: "somebody comments" },
  { value: "due_soon", label: "a card is due soon", hint: "Today or tomorrow" },
  { value: "overdue", label: "a card becomes overdue" },
  { value: "task_archived", label: "a card is archived" },
  { value: "task_restored", label: "a card comes back", hint: "From archive or trash" },
  { value: "task_deleted", label: "a card is deleted" },
  { value: "sprint_started", label: "a sprint starts", hint: "For each of its cards" },
  { value: "sprint_completed", label: "a sprint is completed", hint: "For each of its cards" },
];

export const PRIORITIES: Choice[] = [
  { value: "p1", label: "P1, high" },
  { value: "p2", label: "P2, medium" },
  { value: "p3", label: "P3, low" },
];
export const NOTHING: Choice = { value: "none", label: "Nothing" };
const YES_NO: Choice[] = [
  { value: "true", label: "yes" },
  { value: "false", label: "no" },
];

const ofColumns = (): Choice[] =>
  columns.value.map((each) => ({ value: each.key, label: each.name, color: each.color }));
export const ofAgents = (): Choice[] =>
  roster.value.map((each) => ({ value: each.id, label: each.name, mark: each.emoji }));
export const ofPeople = (): Choice[] => people.value.map((each) => ({ value: each.id, label: each.name }));
const ofCategories = (): Choice[] =>
  categories.value.map((each) => ({ value: each.id, label: each.name, color: each.color }));
const ofSprints = (): Choice[] =>
  sprints.value
    .filter((each) => each.status !== "completed")
    .map((each) => ({ value: each.id, label: each.name }));
const ME: Choice = { value: "me", label: "Who made the rule" };

export const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** How the value of something is chosen: from a list, written, a day, or yes and no. */
export interface Known {
  label: string;
  kind: "several" | "words" | "day" | "yes";
  choices?: () => Choice[];
}

const days = (label: string): [Known, Known] => [
  { label: `${label} on or after`, kind: "day" },
  { label: `${label} on or before`, kind: "day" },
];
const [dueFrom, dueTo] = days("is due");
const [startFrom, startTo] = days("starts");
const [createdFrom, createdTo] = days("was created");
const [updatedFrom, updatedTo] = days("was changed");
const [completedFrom, completedTo] = days("was completed");

/** Every condition the server knows, in the order people look for them. */
export const CONDITIONS: Record<string, Known> = {
  status: { label: "column", kind: "several", choices: ofColumns },
  kind: { label: "kind of column", kind: "several", choices: () => KINDS },
  priority: { label: "priority", kind: "several", choices: () => PRIORITIES },
  assigned: {
    label: "agent",
    kind: "several",
    choices: () => [{ ...NOTHING, label: "Nobody" }, ...ofAgents()],
  },
  accountable: {
    label: "accountable person",
    kind: "several",
    choices: () => [{ ...NOTHING, label: "Nobody" }, ME, ...ofPeople()],
  },
  category: { label: "category", kind: "several", choices: () => [NOTHING, ...ofCategories()] },
  sprint: {
    label: "sprint",
    kind: "several",
    choices: () => [{ ...NOTHING, label: "The backlog" }, ...ofSprints()],
  },
  label: { label: "label", kind: "words", choices: () => [NOTHING] },
  search: { label: "words in its texts", kind: "words" },
  overdue: { label: "is overdue", kind: "yes" },
  blocked: { label: "is blocked", kind: "yes" },
  waiting: { label: "waits for another card", kind: "yes" },
  client_visible: { label: "is visible to the client", kind: "yes" },
  due_from: dueFrom,
  due_to: dueTo,
  client: { label: "client", kind: "words", choices: () => [NOTHING] },
  brand: { label: "brand", kind: "words", choices: () => [NOTHING] },
  subscription: { label: "subscription", kind: "words", choices: () => [NOTHING] },
  custom: { label: "custom field (key:value)", kind: "words" },
  custom_contains: { label: "custom text holds (key:words)", kind: "words" },
  custom_from: { label: "custom number or day from (key:value)", kind: "words" },
  custom_to: { label: "custom number or day up to (key:value)", kind: "words" },
  created_by: { label: "creator", kind: "several", choices: () => [ME, ...ofPeople(), ...ofAgents()] },
  watcher: { label: "watcher", kind: "several", choices: () => [NOTHING, ME, ...ofPeople()] },
  parent: { label: "parent card (its id)", kind: "words", choices: () => [NOTHING] },
  start_from: startFrom,
  start_to: startTo,
  created_from: createdFrom,
  created_to: createdTo,
  updated_from: updatedFrom,
  updated_to: updatedTo,
  completed_from: completedFrom,
  completed_to: completedTo,
};

/** Fields whose change a rule can wait for. Sets tell what was added and taken away. */
export const CHANGED: Record<string, Known & { set?: true }> = {
  priority: { label: "priority", kind: "several", choices: () => PRIORITIES },
  assigned_agent_id: {
    label: "agent",
    kind: "several",
    choices: () => [{ ...NOTHING, label: "Nobody" }, ...ofAgents()],
  },
  accountable_id: {
    label: "accountable person",
    kind: "several",
    choices: () => [{ ...NOTHING, label: "Nobody" }, ...ofPeople()],
  },
  category_id: { label: "category", kind: "several", choices: () => [NOTHING, ...ofCategories()] },
  sprint_id: {
    label: "sprint",
    kind: "several",
    choices: () => [{ ...NOTHING, label: "The backlog" }, ...ofSprints()],
  },
  labels: { label: "labels", kind: "words", set: true },
  due_date: { label: "due date", kind: "words", choices: () => [NOTHING] },
  start_date: { label: "start date", kind: "words", choices: () => [NOTHING] },
  estimate: { label: "estimate", kind: "words", choices: () => [NOTHING] },
  title: { label: "title", kind: "words" },
  description: { label: "description", kind: "words", choices: () => [NOTHING] },
  parent_id: { label: "parent card", kind: "words", choices: () => [NOTHING] },
  watchers: { label: "watchers", kind: "several", choices: ofPeople, set: true },
  depends_on: { label: "what it waits for", kind: "words", set: true },
  client_id: { label: "client", kind: "words", choices: () => [NOTHING] },
  brand: { label: "brand", kind: "words", choices: () => [NOTHING] },
  subscription: { label: "subscription", kind: "words", choices: () => [NOTHING] },
  client_visible: { label: "visibility to the client", kind: "several", choices: () => YES_NO },
  custom: { label: "custom fields", kind: "words" },
};

export type SetKind = "one" | "text" | "day" | "number" | "yes" | "custom";

/** Fields a rule can set. */
export const SETTABLE: Record<
  string,
  { label: string; kind: SetKind; choices?: () => Choice[]; none?: string }
> = {
  priority: { label: "priority", kind: "one", choices: () => PRIORITIES },
  accountable_id: { label: "accountable person", kind: "one", choices: ofPeople, none: "Nobody" },
  category_id: { label: "category", kind: "one", choices: ofCategories, none: "No category" },
  sprint_id: { label: "sprint", kind: "one", choices: ofSprints, none: "The backlog" },
  due_date: { label: "due date", kind: "day" },
  start_date: { label: "start date", kind: "day" },
  estimate: { label: "estimate", kind: "number" },
  title: { label: "title", kind: "text" },
  client_visible: { label: "visibility to the client", kind: "yes" },
  client_id: { label: "client", kind: "text" },
  brand: { label: "brand", kind: "text" },
  subscription: { label: "subscription", kind: "text" },
  parent_id: { label: "parent card (its id)", kind: "text" },
  custom: { label: "a custom field", kind: "custom" },
};

export const ROLES: Choice[] = [
  { value: "accountable", label: "Who is accountable" },
  { value: "watchers", label: "Who watches it" },
  { value: "creator", label: "Who created it" },
];

export const DAYS: Choice[] = [
  { value: "today", label: "today" },
  { value: "today+1", label: "tomorrow" },
  { value: "today-1", label: "yesterday" },
  { value: "today+3", label: "in 3 days" },
  { value: "today+7", label: "in a week" },
  { value: "today+14", label: "in two weeks" },
  { value: "today+30", label: "in 30 days" },
  { value: "today-7", label: "a week ago" },
  { value: "today-30", label: "30 days ago" },
];

/** `2026-12-31`, `today+5`, or just `5` for in five days. */
export function dayTyped(text: string): Choice | null {
  const plain = text.trim().toLowerCase();
  if (/^\d{4}-\d\d-\d\d$/.test(plain)) return { value: plain, label: plain };
  const days = /^(?:in )?([+-]?\d{1,4})(?: days?)?$/.exec(plain) ?? /^today([+-]\d{1,4})$/.exec(plain);
  if (!days) return null;
  const number = Number(days[1]);
  const value = number === 0 ? "today" : `today${number > 0 ? "+" : ""}${number}`;
  return { value, label: dayWords(value) };
}

export function dayWords(value: string): string {
  const known = DAYS.find((each) => each.value === value);
  if (known) return known.label;
  const days = /^today([+-]\d+)$/.exec(value);
  if (!days) return value;
  const number = Number(days[1]);
  return number > 0 ? `in ${number} days` : `${-number} days ago`;
}

export const fieldName = (key: string): string =>
  customFields.value.find((each) => each.key === key)?.name ?? key;
