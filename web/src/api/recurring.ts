// Cards that come again by the calendar (opsroom/board/recurring).
import type { Priority } from "./board";
import { call } from "./client";
import type { JsonObject } from "./types";

export type Missed = "skip" | "latest" | "all";

export interface TaskTemplate {
  title: string;
  description: string;
  status: string | null;
  priority: Priority;
  assigned_agent_id: string | null;
  accountable_id: string | null;
  category_id: string | null;
  sprint_id: string | null;
  parent_id: string | null;
  estimate: number | null;
  labels: string[];
  custom: JsonObject;
  watchers: string[];
  client_id: string | null;
  brand: string | null;
  subscription: string | null;
  client_visible: boolean;
}

export interface NewRecurring {
  name: string;
  template: TaskTemplate;
  /** An iCalendar RRULE. */
  rule: string;
  /** The first possible time, by the clock on the wall: `2026-12-31T09:00`. */
  starts: string;
  time_zone: string;
  due_after_days: number | null;
  missed: Missed;
}

export interface Recurring extends NewRecurring {
  id: string;
  paused: boolean;
  last_occurrence: string | null;
  next_occurrence: string | null;
  next_at: string | null;
  made: number;
  last_error: string | null;
  created_by: string;
  created_by_name: string;
  created_at: string;
  updated_at: string;
  version: number;
}

export interface Occurrence {
  local: string;
  at: string;
  shift: "none" | "skipped" | "repeated";
}

export interface Preview {
  time_zone: string;
  occurrences: Occurrence[];
}

export type RecurringChange = Partial<NewRecurring> & { paused?: boolean; version?: number };

const at = (id: string) => `/api/recurring/${encodeURIComponent(id)}`;

export const recurringApi = {
  list: () => call<Recurring[]>("GET", "/api/recurring", { query: { limit: 200 } }),
  add: (body: NewRecurring) => call<Recurring>("POST", "/api/recurring", { body }),
  change: (id: string, body: RecurringChange) => call<Recurring>("PATCH", at(id), { body }),
  end: (id: string) => call<Recurring>("DELETE", at(id)),
  preview: (body: { rule: string; starts: string; time_zone: string; count: number }, signal?: AbortSignal) =>
    call<Preview>("POST", "/api/recurring/preview", { body, ...(signal ? { signal } : {}) }),
};
