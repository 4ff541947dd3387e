// Rules of the board: when this happens, only if the card fits, then do these (opsroom/board/automations).
import type { TaskRef } from "./board";
import { call, type Query } from "./client";
import type { JsonObject } from "./types";

export type EventName =
  | "task_created"
  | "task_changed"
  | "task_moved"
  | "task_archived"
  | "task_restored"
  | "task_deleted"
  | "comment_added"
  | "due_soon"
  | "overdue"
  | "sprint_started"
  | "sprint_completed";

export interface When {
  event: EventName;
  field?: string | null;
  before?: string | null;
  after?: string | null;
}

/** Several values by comma, `none` for empty, `me` for who made the rule; days as dates or `today+3`. */
export type TaskFilter = Record<string, string | boolean | null | undefined>;

export type SetValue = string | boolean | number | JsonObject | null;

export type Action =
  | { do: "move"; status: string; blocked_reason?: string | null }
  | { do: "assign"; agent?: string | null }
  | { do: "set"; field: string; value?: SetValue }
  | { do: "label"; add?: string[]; remove?: string[] }
  | { do: "comment"; content: string }
  | { do: "notify"; to: string[]; message: string }
  | { do: "start_agent"; agent?: string | null };

export type Outcome = "pending" | "done" | "failed" | "stopped";

/** What a rule did lately; the counts are of seven days. */
export interface RuleRecord {
  last_at: string;
  last_outcome: Outcome;
  last_reason: string | null;
  last_task: TaskRef | null;
  done: number;
  failed: number;
  stopped: number;
}

export interface Rule {
  name: string;
  when: When;
  only_if: TaskFilter;
  then: Action[];
  hourly_limit: number;
}

export interface Automation extends Rule {
  id: string;
  enabled: boolean;
  position: number;
  created_by: string;
  created_by_name: string;
  created_at: string;
  updated_at: string;
  version: number;
  record: RuleRecord | null;
}

export interface Firing {
  id: string;
  task: TaskRef | null;
  event_id: string;
  outcome: Outcome;
  reason: string | null;
  results: string[];
  depth: number;
  times: number;
  at: string;
  ended_at: string | null;
}

/** An action that the board would refuse; one is enough for the rule to do nothing. */
export interface RefusedAction {
  number: number;
  action: string;
  reason: string;
}

export interface Tried {
  events_seen: number;
  events_fitting: number;
  would_fire: number;
  firings: {
    event_id: string;
    event: string;
    at: string;
    task: TaskRef | null;
    actions: string[];
    stopped: string | null;
    /** null where it was not rehearsed. */
    refused: RefusedAction[] | null;
  }[];
  on_task: {
    task: TaskRef;
    fits: boolean;
    why_not: string | null;
    actions: string[];
    refused: RefusedAction[];
  } | null;
}

export type AutomationChange = Partial<Rule> & { enabled?: boolean; position?: number; version?: number };

const USUAL_LIMIT = 100;

export function ruleOf(
  name: string,
  when: When,
  only_if: TaskFilter,
  actions: Action[],
  hourly_limit = USUAL_LIMIT,
): Rule {
  // biome-ignore lint/suspicious/noThenProperty: the server's word for it; a list is no promise.
  return { name, when, only_if, then: actions, hourly_limit };
}

const at = (id: string) => `/api/automations/${encodeURIComponent(id)}`;

export const automationsApi = {
  list: () => call<Automation[]>("GET", "/api/automations", { query: { limit: 200 } }),
  add: (body: Rule & { enabled: boolean; position?: number }) =>
    call<Automation>("POST", "/api/automations", { body }),
  change: (id: string, body: AutomationChange) => call<Automation>("PATCH", at(id), { body }),
  remove: (id: string) => call<Automation>("DELETE", at(id)),
  log: (id: string, query: Query) => call<Firing[]>("GET", `${at(id)}/log`, { query }),
  /** What it would have done, before it is kept. */
  tryOut: (body: Pick<Rule, "when" | "only_if" | "then"> & { task_id?: string }, signal?: AbortSignal) =>
    call<Tried>("POST", "/api/automations/dry-run", { body, ...(signal ? { signal } : {}) }),
};
