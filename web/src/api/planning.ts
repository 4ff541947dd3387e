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

export type Pace = "now" | "digest" | "off";
export type Channel = "in_app" | "slack" | "discord" | "email";

/** What a person hears of, with every default filled in. */
export interface PreferencesInForce {
  choices: Record<string, Record<Channel, Pace>>;
  time_zone: string;
  quiet_hours: { start: string; end: string } | null;
  digest_hour: number;
  slack_id: string | null;
  discord_id: string | null;
  email: string | null;
  /** null where a channel works here, else why not. */
  channels: Record<Channel, string | null>;
  version: number;
}
/** What became of a test message; `unknown`: it may have arrived. */
export interface ChannelTested {
  channel: Channel;
  outcome: "delivered" | "failed" | "unknown";
  address: string | null;
  reason: string | null;
  advice: string | null;
}
export type Preferences = Omit<PreferencesInForce, "channels">;

/** When a card was made, begun and done, in days of the project, and what it waits for. */
export interface TaskSpan {
  id: string;
  created: string;
  started?: string;
  completed?: string;
  depends_on?: string[];
}

export const planningApi = {
  spans: (ids?: string[]) =>
    call<TaskSpan[]>("GET", "/api/board/spans", ids ? { query: { ids: ids.join(",") } } : {}),
  daily: (date?: string) => call<DailySummary>("GET", "/api/activity/daily", { query: { date } }),
  told: (onlyUnread: boolean, offset = 0, limit = 100) =>
    call<Inbox>("GET", "/api/notifications", { query: { unread: onlyUnread || undefined, limit, offset } }),
  preferences: () => call<PreferencesInForce>("GET", "/api/notification-preferences"),
  setPreferences: (body: Preferences) =>
    call<PreferencesInForce>("PUT", "/api/notification-preferences", { body }),
  testChannel: (channel: Channel) =>
    call<ChannelTested>("POST", "/api/notifications/test", { body: { channel } }),
  markRead: (body: { ids?: string[]; all?: boolean; read?: boolean }) =>
    call<{ changed: number; unread: number }>("POST", "/api/notifications/read", { body }),
};
