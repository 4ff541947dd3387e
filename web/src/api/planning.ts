// What planning views ask for besides tasks: the day's summary, and what one was told.
import type { TaskRef } from "./board";
import { call } from "./client";

export interface Counts {
  created: number;
  completed: number;
  moved: number;
  commented: number;
}

export interface DoneBy {
  id: string;
  name: string;
  counts: Counts;
}

export interface DailySummary {
  date: string;
  time_zone: string;
  counts: Counts;
  by_actor: DoneBy[];
  by_agent: DoneBy[];
  completed: TaskRef[];
  blocked_count: number;
  blocked: TaskRef[];
  overdue_count: number;
  overdue: TaskRef[];
}

export interface Told {
  id: string;
  kind: string;
  title: string;
  text: string;
  task: TaskRef | null;
  actor_id: string;
  at: string;
  read_at: string | null;
}

export interface Inbox {
  notifications: Told[];
  unread: number;
}

export const planningApi = {
  daily: (date?: string) => call<DailySummary>("GET", "/api/activity/daily", { query: { date } }),
  told: (onlyUnread: boolean, offset = 0, limit = 100) =>
    call<Inbox>("GET", "/api/notifications", { query: { unread: onlyUnread || undefined, limit, offset } }),
  markRead: (body: { ids?: string[]; all?: boolean; read?: boolean }) =>
    call<{ changed: number; unread: number }>("POST", "/api/notifications/read", { body }),
};
