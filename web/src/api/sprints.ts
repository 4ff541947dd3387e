// What a sprint set out to do and what it did.
import type { SprintStatus } from "./board";
import { call } from "./client";

export interface SprintVelocity {
  sprint_id: string;
  name: string;
  status: SprintStatus;
  committed_tasks: number | null;
  committed_estimate: number | null;
  done_tasks: number;
  done_estimate: number;
}

export const velocity = () =>
  call<{ sprints: SprintVelocity[] }>("GET", "/api/analytics/velocity", { query: { count: 50 } });
