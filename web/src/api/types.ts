// The shapes the server answers with. `npm run types` writes schema.d.ts from the running server's
// OpenAPI document; these names are what the rooms use.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export interface Meta {
  total?: number;
  limit?: number;
  offset?: number;
  seq?: number;
  /** Of a change: fields others had changed meanwhile, which were merged. */
  merged?: string[];
}

export interface Problem {
  path: string;
  message: string;
}

export interface Person {
  id: string;
  name: string;
  email?: string;
  role: string;
}

export interface SignedIn {
  person: Person;
  csrf_token: string;
}

export interface Named {
  id: string;
  name: string;
}

export interface Me {
  actor: Person & { kind: string };
  organization: Named | null;
  instance: Named | null;
  project_id?: string;
  projects: Named[];
  csrf_token: string;
}

export type RunStatus =
  | "CREATED"
  | "SENDING_KICKOFF"
  | "STREAMING"
  | "REQUIRES_ACTION"
  | "AWAITING_HUMAN"
  | "FETCHING_OUTPUTS"
  | "DELIVERING"
  | "DONE"
  | "EMPTY"
  | "UNDELIVERED"
  | "BUDGET_EXCEEDED"
  | "DURATION_EXCEEDED"
  | "CANCELLING"
  | "TERMINATED"
  | "CANCELLED"
  | "REFUSED"
  | "RETRIES_EXHAUSTED"
  | "SESSION_LOST"
  | "ERROR"
  | "ALERTED";

export interface Priority {
  severity: string;
  text: string;
}

export interface Summary {
  headline: string | null;
  score: number | null;
  max_score: number | null;
  priorities: Priority[];
}

export interface Progress {
  done: number;
  total: number | null;
  note: string | null;
}

export interface Run {
  id: string;
  agent_name: string;
  display_name: string;
  agent_version: number;
  engine: string;
  status: RunStatus;
  outcome: string | null;
  trigger_source: string;
  client_id: string | null;
  client_name: string | null;
  task_id: string | null;
  session_id: string | null;
  payload_hash: string | null;
  correlation_id: string | null;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  duration_s: number | null;
  cost_usd: string;
  budget_usd: string | null;
  alert_usd: string | null;
  error: { kind: string; message: string } | null;
  progress: Progress | null;
  event_count: number;
  last_event_at: string | null;
  summary: Summary | null;
  dry_run: boolean;
  version: number;
}

export interface Output {
  id: string;
  name: string;
  media_type: string;
  size_bytes: number;
  sha256: string;
  title: string | null;
  created_at: string;
}

export interface DeliveryItem {
  id: string;
  kind: string;
  label: string;
  status: string;
  receipt: string | null;
  link: string | null;
  error: string | null;
  sent_at: string | null;
  attempts?: number;
  preview?: Json;
}

export interface Delivery {
  id: string;
  channel: string;
  status: string;
  attempts: number;
  error: string | null;
  link: string | null;
  items: DeliveryItem[];
  updated_at: string;
}

export interface Approval {
  id: string;
  run_id: string;
  agent_name: string;
  tool_use_id: string;
  tool_name: string;
  input: Json;
  input_sha256: string;
  status: string;
  created_at: string;
  expires_at: string | null;
  decided_at: string | null;
  decided_by: string | null;
  decided_by_name?: string | null;
  message: string | null;
}

export interface TriggerDetail {
  source: string;
  ref: string | null;
  actor_name: string | null;
  received_at: string | null;
  webhook_delivery_id?: string | null;
  payload: Json;
}

export interface RunDetail extends Run {
  outputs: Output[];
  deliveries: Delivery[];
  approvals: Approval[];
  trigger_detail: TriggerDetail | null;
}

export interface RunEvent {
  seq: number;
  run_id: string;
  kind: string;
  source_type: string | null;
  at: string;
  body: JsonObject;
}

export interface Agent {
  name: string;
  display_name: string;
  description: string | null;
  version: number;
  file_version: string | null;
  engine: string;
  enabled_triggers: string[];
  limits: {
    max_cost_usd?: string | number | null;
    max_minutes?: number | null;
    alert_usd?: string | number | null;
  } | null;
  channels: string[];
  problems: Problem[];
  updated_at: string;
}

export interface AgentVersion {
  version: number;
  sha256: string;
  created_at: string;
  current: boolean;
}

export interface AgentDetail extends Agent {
  file: string;
  versions: AgentVersion[];
}

export interface WebhookDelivery {
  id: string;
  source: string;
  agent: string | null;
  received_at: string;
  verdict: string;
  status_code: number;
  reason: string | null;
  run_id: string | null;
  task_id?: string | null;
  headers: Json;
  body: Json;
  replay_of?: string | null;
  replays: number;
}
