// Imports as the server answers them (opsroom/board/exchange/shapes.py).
import type { ColumnKind, FieldKind } from "./board-parts";
import { call } from "./client";
import type { JsonObject } from "./types";

export type SourceKind = "trello" | "asana" | "clickup" | "linear" | "csv" | "opsroom";

export interface ColumnChoice {
  key: string;
  create?: boolean;
  name?: string | null;
  kind?: ColumnKind | null;
}
export interface PersonChoice {
  agent_id?: string | null;
  person_id?: string | null;
}
export interface FieldChoice {
  key?: string | null;
  create?: boolean;
  name?: string | null;
  kind?: FieldKind | null;
  options?: string[];
}
export interface SprintChoice {
  sprint_id?: string | null;
  create?: boolean;
}
export interface CategoryChoice {
  category_id?: string | null;
  label?: string | null;
}
export interface LabelChoice {
  label?: string | null;
}

export interface Mapping {
  columns: Record<string, ColumnChoice>;
  people: Record<string, PersonChoice>;
  fields: Record<string, FieldChoice>;
  sprints: Record<string, SprintChoice>;
  categories: Record<string, CategoryChoice>;
  labels: Record<string, LabelChoice>;
  headings: Record<string, string>;
  days_first: boolean | null;
}

export interface ImportRequest {
  content_base64: string;
  source?: SourceKind | null;
  name?: string;
  mapping?: Partial<Mapping>;
  on_repeat?: "skip" | "update";
}

export interface Misfit {
  place: string;
  source_id: string | null;
  field: string;
  value: string;
  message: string;
}

export interface Counts {
  tasks: number;
  sub_tasks: number;
  archived: number;
  comments: number;
  links: number;
  dependencies: number;
  labels: number;
  already_here: number;
}

export interface PreviewTask {
  source_id: string;
  place: string;
  title: string;
  description: string;
  status: string;
  priority: string;
  assigned_agent_id: string | null;
  accountable_id: string | null;
  category_id: string | null;
  sprint: string | null;
  start_date: string | null;
  due_date: string | null;
  estimate: number | null;
  labels: string[];
  custom: JsonObject;
  parent: string | null;
  depends_on: string[];
  comments: number;
  archived: boolean;
}

export interface Preview {
  source: SourceKind;
  name: string;
  counts: Counts;
  columns: { key: string; name: string; kind: ColumnKind | null }[];
  people: { key: string; name: string; email: string | null; is_agent: boolean }[];
  fields: { key: string; name: string; kind: FieldKind; options: string[] }[];
  sprints: { key: string; name: string; start: string | null; end: string | null }[];
  headings: { heading: string; target: string; samples: string[] }[];
  mapping: Mapping;
  problems: string[];
  tasks: PreviewTask[];
  misfits: Misfit[];
  misfit_count: number;
}

export interface Import {
  id: string;
  source: SourceKind;
  name: string;
  status: "queued" | "running" | "done" | "failed";
  on_repeat: "skip" | "update";
  total: number;
  landed: number;
  created: number;
  updated: number;
  skipped: number;
  failed: number;
  misfits: number;
  error: string | null;
  created_by: string;
  created_by_name: string;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}

export const exchangeApi = {
  preview: (body: ImportRequest, signal?: AbortSignal) =>
    call<Preview>("POST", "/api/imports/preview", signal ? { body, signal } : { body }),
  start: (body: ImportRequest, idempotencyKey: string) =>
    call<Import>("POST", "/api/imports", { body, idempotencyKey }),
  imports: () => call<Import[]>("GET", "/api/imports", { query: { limit: 20 } }),
  /** Up to 500 of the cards that it made go into the archive; `left` are for a further call. */
  putAway: (id: string) =>
    call<{ archived: string[]; left: number }>("POST", `/api/imports/${encodeURIComponent(id)}/archive`, {
      body: {},
    }),
  report: (id: string, offset = 0, limit = 200) =>
    call<{ order: Import; misfits: Misfit[] }>("GET", `/api/imports/${encodeURIComponent(id)}`, {
      query: { offset, limit },
    }),
};
