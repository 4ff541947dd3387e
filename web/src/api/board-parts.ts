// What a board consists of beside its tasks, as the server answers it (opsroom/board/shapes.py).
import type { PersonRef, TaskRef } from "./board-task";
import type { JsonObject } from "./types";

export type ColumnKind = "todo" | "active" | "review" | "done" | "blocked" | "error";
export type SprintStatus = "planned" | "active" | "completed";
export type FieldKind = "text" | "number" | "date" | "choice" | "person" | "url" | "checkbox";
export type WipPolicy = "warn" | "refuse";
export type Layout = "board" | "list" | "timeline" | "calendar";
export interface Column {
  key: string;
  name: string;
  color: string;
  kind: ColumnKind;
  wip_limit: number | null;
  position: number;
  version: number;
}

export interface NewColumn {
  key?: string;
  name: string;
  color?: string;
  kind?: ColumnKind;
  wip_limit?: number | null;
  position?: number;
}

export type ColumnChange = Partial<Omit<Column, "key">>;

export interface BoardSettings {
  template: string;
  transitions: Record<string, string[]>;
  wip_policy: WipPolicy;
  auto_assign: boolean;
  start_on_assign: boolean;
  time_zone: string;
  /** Who answers for a new card that names nobody. */
  default_accountable_id: string | null;
  version: number;
}

export type SettingsChange = Partial<Omit<BoardSettings, "template">>;

export interface Template {
  key: string;
  name: string;
  description: string;
  columns: Omit<Column, "position" | "version">[];
  transitions: Record<string, string[]>;
}

export interface TemplateSwitch {
  template: string;
  mapping?: Record<string, string>;
  version?: number;
}

export interface TemplateSwitched {
  dry_run: boolean;
  columns: Column[];
  settings: BoardSettings;
  relocations: { from_column: string; to_column: string; cards: number }[];
}

export interface RosterAgent {
  id: string;
  name: string;
  emoji: string;
  color: string;
  skills: string[];
  /** 1 is learning it, 3 an expert; the others simply have it. */
  skill_levels: Record<string, number>;
  agent_name: string | null;
  capacity: number | null;
  position: number;
  open_tasks: number | null;
  retired: boolean;
  created_at: string;
  version: number;
}

export type NewAgent = Partial<
  Pick<RosterAgent, "id" | "emoji" | "color" | "skills" | "skill_levels" | "agent_name">
> &
  Partial<Pick<RosterAgent, "capacity" | "position">> & { name: string };
export type AgentChange = Partial<Omit<RosterAgent, "id" | "open_tasks" | "created_at">>;

export interface Category {
  id: string;
  name: string;
  color: string;
  icon: string | null;
  sort_order: number;
  version: number;
}

export type NewCategory = Partial<Omit<Category, "version">> & { name: string };
export type CategoryChange = Partial<Omit<Category, "id">>;

export interface Sprint {
  id: string;
  name: string;
  goal: string;
  start_date: string;
  end_date: string;
  status: SprintStatus;
  task_count: number | null;
  done_count: number | null;
  estimate: number | null;
  done_estimate: number | null;
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  version: number;
}

export interface NewSprint {
  id?: string;
  name: string;
  goal?: string;
  start_date: string;
  end_date: string;
}

export type SprintChange = Partial<NewSprint> & { version?: number };

export interface Comment {
  id: string;
  task_id: string;
  author: PersonRef;
  author_kind: string;
  agent_id: string | null;
  content: string;
  mentions: string[];
  created_at: string;
  edited_at: string | null;
  deleted: boolean;
  version: number;
}

export interface CustomField {
  key: string;
  name: string;
  kind: FieldKind;
  options: string[];
  option_colors: Record<string, string>;
  position: number;
  version: number;
  /** How many tasks hold a value, where one field is asked for. */
  task_count?: number | null;
}

export interface NewField {
  key?: string;
  name: string;
  kind: FieldKind;
  options?: string[];
  option_colors?: Record<string, string>;
  position?: number;
}

export interface FieldChange {
  name?: string;
  options?: string[];
  option_colors?: Record<string, string>;
  position?: number;
  version?: number;
}

export interface SavedView {
  id: string;
  name: string;
  owner_id: string;
  shared: boolean;
  layout: Layout;
  query: JsonObject;
  position: number;
  created_at: string;
  updated_at: string;
  version: number;
}

export interface NewView {
  name: string;
  shared?: boolean;
  layout?: Layout;
  query?: JsonObject;
  position?: number;
}

export type ViewChange = Partial<NewView> & { version?: number };

export interface Activity {
  id: string;
  seq: number;
  kind: string;
  at: string;
  actor: PersonRef;
  task: TaskRef | null;
  action: string;
  text: string;
  details: JsonObject;
  can_undo: boolean;
}
