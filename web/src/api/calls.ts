// Every request the browser makes, by name.
import { type Answer, call, type Query } from "./client";
import type {
  Agent,
  AgentDetail,
  Approval,
  JsonObject,
  Me,
  Named,
  Run,
  RunDetail,
  RunEvent,
  SignedIn,
  WebhookDelivery,
} from "./types";

export interface StartRun {
  agent: string;
  payload?: JsonObject;
  client_id?: string;
  clickup_task_id?: string;
  dry_run?: boolean;
  source?: "web";
}

const path = (id: string) => encodeURIComponent(id);

export const api = {
  signIn: (email: string, password: string) =>
    call<SignedIn>("POST", "/api/session", { body: { email, password } }),
  signOut: () => call<null>("DELETE", "/api/session"),
  enterProject: (projectId: string) =>
    call<SignedIn>("PATCH", "/api/session", { body: { project_id: projectId } }),
  renameProject: (name: string) => call<Named>("PATCH", "/api/project", { body: { name } }),
  me: () => call<Me>("GET", "/api/me"),

  runs: (query: Query, signal?: AbortSignal): Promise<Answer<Run[]>> =>
    call<Run[]>("GET", "/api/runs", signal ? { query, signal } : { query }),
  run: (id: string) => call<RunDetail>("GET", `/api/runs/${path(id)}`),
  runLog: (id: string, after: number, limit: number) =>
    call<RunEvent[]>("GET", `/api/runs/${path(id)}/log`, { query: { after, limit } }),
  startRun: (body: StartRun, idempotencyKey: string) =>
    call<Run>("POST", "/api/runs", { body, idempotencyKey }),
  cancelRun: (id: string, reason: string) =>
    call<Run>("POST", `/api/runs/${path(id)}/cancel`, { body: reason ? { reason } : {} }),
  rerun: (id: string, idempotencyKey: string) =>
    call<Run>("POST", `/api/runs/${path(id)}/rerun`, { body: {}, idempotencyKey }),
  redeliver: (id: string, channel: string | null) =>
    call<Run>("POST", `/api/runs/${path(id)}/redeliver`, { body: channel ? { channel } : {} }),

  agents: () => call<Agent[]>("GET", "/api/agent-files"),
  rollBack: (name: string, version: number) =>
    call<AgentDetail>("POST", `/api/agent-files/${path(name)}/rollback`, { body: { version } }),
  agent: (name: string) => call<AgentDetail>("GET", `/api/agent-files/${path(name)}`),

  approvals: (query: Query) => call<Approval[]>("GET", "/api/approvals", { query }),
  /** The hash says which arguments were on the screen: others are refused. */
  decide: (id: string, verdict: "allow" | "deny", message: string, inputSha256: string) =>
    call<Approval>("POST", `/api/approvals/${path(id)}/${verdict}`, {
      body: { message: message || null, input_sha256: inputSha256 },
    }),

  webhooks: (query: Query) => call<WebhookDelivery[]>("GET", "/api/webhook-deliveries", { query }),
  webhook: (id: string) => call<WebhookDelivery>("GET", `/api/webhook-deliveries/${path(id)}`),
  replayWebhook: (id: string) =>
    call<WebhookDelivery>("POST", `/api/webhook-deliveries/${path(id)}/replay`, { body: {} }),
};

/** An output is an artifact: its bytes for saving, or a page the server has made safe to look at. */
export const outputUrl = (outputId: string, view: "content" | "preview") =>
  `/api/artifacts/${path(outputId)}/${view}`;
