// Outgoing webhooks as the server answers them (opsroom/board/hooks/shapes.py).
import { call, type Query } from "./client";
import type { JsonObject } from "./types";

export interface Hook {
  id: string;
  name: string;
  url: string;
  kinds: string[];
  enabled: boolean;
  disabled_reason: string | null;
  failing_since: string | null;
  last_success_at: string | null;
  former_secret_until: string | null;
  created_by: string;
  created_at: string;
  updated_at: string;
  version: number;
}

export interface HookWithSecret {
  hook: Hook;
  /** Shown this once; null when it did not change. */
  secret: string | null;
}

export interface HookKind {
  kind: string;
  about: string;
}

export interface NewHook {
  name?: string;
  url: string;
  kinds: string[];
  enabled?: boolean;
}

export interface HookChange {
  name?: string;
  url?: string;
  kinds?: string[];
  enabled?: boolean;
  rotate_secret?: true;
  version?: number;
}

export type DeliveryStatus = "waiting" | "delivered" | "failed" | "dropped";
export type AttemptOutcome = "sending" | "delivered" | "refused" | "unreachable" | "not_allowed" | "gone";

export interface Attempt {
  number: number;
  started_at: string;
  ended_at: string | null;
  url: string;
  request_headers: JsonObject;
  outcome: AttemptOutcome;
  response_status: number | null;
  response_excerpt: string | null;
  error: string | null;
}

export interface HookDelivery {
  id: string;
  hook_id: string;
  event_id: string;
  seq: number;
  kind: string;
  subject: string;
  status: DeliveryStatus;
  attempts: number;
  next_at: string | null;
  created_at: string;
  ended_at: string | null;
  request_excerpt: string;
  tried: Attempt[];
}

const hook = (id: string) => `/api/hooks/${encodeURIComponent(id)}`;

export const hooksApi = {
  hooks: () => call<Hook[]>("GET", "/api/hooks", { query: { limit: 200 } }),
  kinds: () => call<HookKind[]>("GET", "/api/hook-kinds"),
  add: (body: NewHook) => call<HookWithSecret>("POST", "/api/hooks", { body }),
  change: (id: string, body: HookChange) => call<HookWithSecret>("PATCH", hook(id), { body }),
  remove: (id: string) => call<Hook>("DELETE", hook(id)),
  test: (id: string) => call<HookDelivery>("POST", `${hook(id)}/test`, { body: {} }),
  deliveries: (id: string, query: Query) => call<HookDelivery[]>("GET", `${hook(id)}/deliveries`, { query }),
  resend: (id: string) =>
    call<HookDelivery>("POST", `/api/hook-deliveries/${encodeURIComponent(id)}/resend`, { body: {} }),
};
