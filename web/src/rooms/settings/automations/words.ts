// A rule as the sentence people would say.
import type { Action, Rule, TaskFilter, When } from "../../../api/automations";
import { parted } from "../../../api/values";
import { columnByKey, personById, sprintById } from "../../../store/board";
import type { Choice } from "../../../ui/picker";
import {
  CHANGED,
  CONDITIONS,
  dayWords,
  EVENTS,
  fieldName,
  type Known,
  ofAgents,
  ROLES,
  SETTABLE,
} from "./known";

export const split = (values: string): string[] => parted(values);

function or(names: readonly string[]): string {
  if (names.length < 2) return names[0] ?? "…";
  return `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

function and(parts: readonly string[]): string {
  if (parts.length < 2) return parts[0] ?? "";
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

const nameIn = (choices: readonly Choice[], value: string): string =>
  choices.find((each) => each.value === value)?.label ?? sprintById.value.get(value)?.name ?? value;

function named(known: Known | undefined, values: string): string {
  const choices = known?.choices?.() ?? [];
  const names = split(values).map((each) => {
    const name = nameIn(choices, each);
    return each === "none" ? name.toLowerCase() : name;
  });
  return or(names);
}

const column = (keys: string): string =>
  or(split(keys).map((each) => columnByKey.value.get(each)?.name ?? each));

export function whenWords(when: When): string {
  const event = EVENTS.find((each) => each.value === when.event)?.label ?? when.event;
  if (when.event === "task_moved") {
    const from = when.before ? ` from ${column(when.before)}` : "";
    return `${event}${from}${when.after ? ` to ${column(when.after)}` : ""}`;
  }
  if (when.event !== "task_changed" || !when.field) return event;
  const known = CHANGED[when.field];
  const label = known?.label ?? when.field;
  if (known?.set) {
    if (when.after) return `${named(known, when.after)} is added to a card's ${label}`;
    return when.before ? `${named(known, when.before)} leaves a card's ${label}` : `a card's ${label} change`;
  }
  const from = when.before ? ` from ${named(known, when.before)}` : "";
  return `a card's ${label} changes${from}${when.after ? ` to ${named(known, when.after)}` : ""}`;
}

/** How filters by custom fields say what they ask; they name the field before a colon. */
const OF_FIELDS: Record<string, string> = {
  custom: "is",
  custom_contains: "contains",
  custom_from: "is at least",
  custom_to: "is at most",
};

function ofFields(verb: string, text: string): string {
  const asked = new Map<string, string[]>();
  for (const each of parted(text)) {
    const at = each.indexOf(":");
    const key = at < 0 ? each : each.slice(0, at);
    const value = at < 0 ? "…" : each.slice(at + 1);
    asked.set(key, [
      ...(asked.get(key) ?? []),
      value === "none" ? "empty" : value === "any" ? "filled" : value,
    ]);
  }
  return and([...asked].map(([key, values]) => `its ${fieldName(key)} ${verb} ${or(values)}`));
}

function condition(name: string, value: string | boolean): string {
  const known = CONDITIONS[name];
  const label = known?.label ?? name;
  if (typeof value === "boolean") return value ? `it ${label}` : `not: it ${label}`;
  if (known?.kind === "day")
    return `it ${label.replace(/ on or (after|before)$/, "")} ${label.endsWith("after") ? "on or after" : "on or before"} ${dayWords(value)}`;
  const verb = OF_FIELDS[name];
  if (verb) return ofFields(verb, value);
  if (name === "search") return `its texts say “${value}”`;
  return `its ${label} is ${named(known, value)}`;
}

export function ifWords(filter: TaskFilter): string {
  const parts = Object.entries(filter).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [condition(name, value)],
  );
  return and(parts);
}

const cut = (text: string): string => (text.length > 80 ? `${text.slice(0, 78)}…` : text);

function setWords(action: Extract<Action, { do: "set" }>): string {
  const known = SETTABLE[action.field];
  const { value } = action;
  if (action.field === "custom" && value && typeof value === "object") {
    return and(
      Object.entries(value).map(
        ([key, one]) => `set its ${fieldName(key)} to ${one === null ? "nothing" : String(one)}`,
      ),
    );
  }
  if (value === null || value === undefined || value === "")
    return `empty its ${known?.label ?? action.field}`;
  if (action.field === "client_visible") return value ? "show it to the client" : "hide it from the client";
  const shown =
    known?.kind === "day" ? dayWords(String(value)) : nameIn(known?.choices?.() ?? [], String(value));
  return `set its ${known?.label ?? action.field} to ${shown}`;
}

const agent = (id: string): string => ofAgents().find((each) => each.value === id)?.label ?? id;

export function actionWords(action: Action): string {
  switch (action.do) {
    case "move":
      return `move it to ${action.status ? column(action.status) : "…"}`;
    case "assign":
      if (!action.agent) return "assign it to nobody";
      return action.agent === "auto"
        ? "assign it to who suits it best"
        : `assign it to ${agent(action.agent)}`;
    case "set":
      return setWords(action);
    case "label": {
      const added = (action.add ?? []).map((each) => `add the label ${each}`);
      return (
        and([...added, ...(action.remove ?? []).map((each) => `take the label ${each} off`)]) ||
        "change its labels"
      );
    }
    case "comment":
      return `comment “${cut(action.content) || "…"}”`;
    case "notify": {
      const whom = action.to.map(
        (each) =>
          ROLES.find((role) => role.value === each)?.label.toLowerCase() ??
          personById.value.get(each)?.name ??
          each,
      );
      return `tell ${and(whom) || "…"}: “${cut(action.message) || "…"}”`;
    }
    case "start_agent":
      return action.agent
        ? `have ${agent(action.agent)} begin work on it`
        : "have its agent begin work on it";
  }
}

export const thenWords = (actions: readonly Action[]): string => and(actions.map(actionWords)) || "…";

export function sentence(rule: Pick<Rule, "when" | "only_if" | "then">): string {
  const condition = ifWords(rule.only_if);
  return `When ${whenWords(rule.when)}${condition ? `, if ${condition}` : ""}, then ${thenWords(rule.then)}.`;
}
