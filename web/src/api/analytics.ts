// The figures of a project, as opsroom/board/analytics/shapes.py answers them. Days are of the project's time
// zone, hours are decimal numbers.
import type { SprintStatus, TaskRef } from "./board";
import { call, type Query } from "./client";

export interface SprintVelocity {
  sprint_id: string;
  name: string;
  start_date: string;
  end_date: string;
  status: SprintStatus;
  committed_tasks: number | null;
  committed_estimate: number | null;
  scope_tasks: number;
  scope_estimate: number;
  done_tasks: number;
  done_estimate: number;
}

export interface Velocity {
  sprints: SprintVelocity[];
  mean_tasks: number | null;
  mean_estimate: number | null;
}

export interface BurnDay {
  day: string;
  scope_tasks: number | null;
  scope_estimate: number | null;
  done_tasks: number | null;
  done_estimate: number | null;
  remaining_tasks: number | null;
  remaining_estimate: number | null;
  added_tasks: number | null;
  removed_tasks: number | null;
  added_estimate: number | null;
  removed_estimate: number | null;
  ideal_tasks: number;
  ideal_estimate: number;
}

export interface Burn {
  sprint_id: string;
  name: string;
  status: SprintStatus;
  start_date: string;
  end_date: string;
  days: BurnDay[];
}

export interface Spread {
  count: number;
  p50_h: number | null;
  p85_h: number | null;
  p95_h: number | null;
  mean_h: number | null;
}

export interface CycleGroup {
  key: string | null;
  name: string | null;
  done: number;
  unstarted: number;
  cycle: Spread;
  lead: Spread;
}

export interface CycleTimes {
  from_day: string;
  to_day: string;
  total: CycleGroup;
  groups: CycleGroup[];
}

export interface DoneTask {
  id: string;
  task: TaskRef | null;
  done_at: string;
  day: string;
  cycle_h: number | null;
  lead_h: number | null;
}

export interface DoneTasks {
  from_day: string;
  to_day: string;
  total: number;
  tasks: DoneTask[];
}

export interface Week {
  week: string;
  tasks: number;
  estimate: number;
  whole: boolean;
}

export interface Throughput {
  from_day: string;
  to_day: string;
  weeks: Week[];
  mean_tasks: number | null;
}

export interface FlowColumn {
  key: string;
  name: string;
}

export interface FlowDay {
  day: string;
  counts: number[];
}

export interface CumulativeFlow {
  columns: FlowColumn[];
  days: FlowDay[];
}

export interface Load {
  key: string | null;
  name: string | null;
  open_tasks: number;
  open_estimate: number;
  under_way: number;
  done_tasks: number;
  done_estimate: number;
  cycle_p50_h: number | null;
}

export interface Workload {
  from_day: string;
  to_day: string;
  agents: Load[];
  people: Load[];
}

/** Answers by the name of the figure, which is also its address. */
export interface Figures {
  velocity: Velocity;
  burndown: Burn;
  "cycle-time": CycleTimes;
  "done-tasks": DoneTasks;
  throughput: Throughput;
  "cumulative-flow": CumulativeFlow;
  workload: Workload;
}

export type FigureName = keyof Figures;

const path = (name: FigureName) => `/api/analytics/${name}`;

export async function readFigure<N extends FigureName>(
  name: N,
  query: Query,
  signal: AbortSignal,
): Promise<Figures[N]> {
  return (await call<Figures[N]>("GET", path(name), { query, signal })).data;
}

/** Where the same is had for a spreadsheet. */
export function csvAddress(name: FigureName, query: Query): string {
  const asked = new URLSearchParams({ format: "csv" });
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") asked.set(key, String(value));
  }
  return `${path(name)}?${asked}`;
}
