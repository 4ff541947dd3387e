// The board: its shapes as the server answers them (opsroom/board/shapes.py), and every request by name.
import { type Answer, call, type Query } from "./client";
import type { JsonObject, Named } from "./types";

export type Priority = "p1" | "p2" | "p3";
export type ColumnKind = "todo" | "active" | "review" | "done" | "blocked" | "error";
export type SprintStatus = "planned" | "active" | "completed";
export type FieldKind = "text" | "number" | "date" | "choice" | "person" | "url" | "checkbox";
export type WipPolicy = "warn" | "refuse";
export type Layout = "board" | "list" | "timeline" | "calendar";

export interface AgentRef {
  id: string;
  name: string;
  emoji: string;
  color: string;
}

export interface CategoryRef {
  id: string;
  name: string;
  color: string;
}

export type PersonRef = Named;

export interface TaskRef {
  id: string;
  number: number;
  title: string;
  status: string;
}

/** A task whole. Days are `YYYY-MM-DD` of the project's time zone. */
export interface Task {
  id: string;
  number: number;
  title: string;
  description: string;
  status: string;
  priority: Priority;
  rank: string;
  sort_order: number | null;
  assigned_agent_id: string | null;
  assigned_agent: AgentRef | null;
  accountable_id: string | null;
  accountable: PersonRef | null;
  category_id: string | null;
  category: CategoryRef | null;
  sprint_id: string | null;
  parent_id: string | null;
  subtasks: TaskRef[] | null;
  subtask_count: number;
  subtask_done_count: number;
  depends_on: TaskRef[] | null;
  blocks: TaskRef[] | null;
  start_date: string | null;
  due_date: string | null;
  estimate: number | null;
  blocked_reason: string | null;
  labels: string[];
  custom: JsonObject;
  watchers: string[] | null;
  client_id: string | null;
  brand: string | null;
  subscription: string | null;
  client_visible: boolean;
  github_doc_path: string | null;
  recurring_id: string | null;
  run_id: string | null;
  run_status: string | null;
  comment_count: number;
  attachment_count: number;
  created_by: string;
  created_by_name: string;
  created_at: string;
  updated_at: string;
  moved_at: string;
  started_at: string | null;
  completed_at: string | null;
  archived_at: string | null;
  deleted_at: string | null;
  version: number;
  highlights?: string[] | null;
}

/** A task as the wire brings it for the board: empty fields are left out. */
export interface WireCard {
  id: string;
  number: number;
  title: string;
  status: string;
  priority: Priority;
  rank: string;
  assigned_agent_id?: string | null;
  accountable_id?: string | null;
  category_id?: string | null;
  sprint_id?: string | null;
  parent_id?: string | null;
  start_date?: string | null;
  due_date?: string | null;
  estimate?: number | null;
  blocked_reason?: string | null;
  labels?: string[];
  client_id?: string | null;
  brand?: string | null;
  client_visible?: boolean;
  subtask_count?: number;
  subtask_done_count?: number;
  comment_count?: number;
  attachment_count?: number;
  waiting?: boolean;
  run_id?: string | null;
  run_status?: string | null;
  updated_at: string;
  version: number;
}

/** The same with every field there. */
export interface Card {
  id: string;
  number: number;
  title: string;
  status: string;
  priority: Priority;
  rank: string;
  assigned_agent_id: string | null;
  accountable_id: string | null;
  category_id: string | null;
  sprint_id: string | null;
  parent_id: string | null;
  start_date: string | null;
  due_date: string | null;
  estimate: number | null;
  blocked_reason: string | null;
  labels: string[];
  client_id: string | null;
  brand: string | null;
  client_visible: boolean;
  subtask_count: number;
  subtask_done_count: number;
  comment_count: number;
  attachment_count: number;
  waiting: boolean;
  run_id: string | null;
  run_status: string | null;
  updated_at: string;
  version: number;
}

const EMPTY = {
  assigned_agent_id: null,
  accountable_id: null,
  category_id: null,
  sprint_id: null,
  parent_id: null,
  start_date: null,
  due_date: null,
  estimate: null,
  blocked_reason: null,
  labels: [] as string[],
  client_id: null,
  brand: null,
  client_visible: false,
  subtask_count: 0,
  subtask_done_count: 0,
  comment_count: 0,
  attachment_count: 0,
  waiting: false,
  run_id: null,
  run_status: null,
};

export function wholeCard(wire: WireCard): Card {
  return { ...EMPTY, ...wire };
}

/** A card cut out of a whole task. Whether it waits on others is told by what it depends on. */
export function cardOf(task: Task, waiting = false): Card {
  return {
    id: task.id,
    number: task.number,
    title: task.title,
    status: task.status,
    priority: task.priority,
    rank: task.rank,
    assigned_agent_id: task.assigned_agent_id,
    accountable_id: task.accountable_id,
    category_id: task.category_id,
    sprint_id: task.sprint_id,
    parent_id: task.parent_id,
    start_date: task.start_date,
    due_date: task.due_date,
    estimate: task.estimate,
    blocked_reason: task.blocked_reason,
    labels: task.labels,
    client_id: task.client_id,
    brand: task.brand,
    client_visible: task.client_visible,
    subtask_count: task.subtask_count,
    subtask_done_count: task.subtask_done_count,
    comment_count: task.comment_count,
    attachment_count: task.attachment_count,
    waiting,
    run_id: task.run_id,
    run_status: task.run_status,
    updated_at: task.updated_at,
    version: task.version,
  };
}

export interface NewTask {
  title: string;
  description?: string;
  status?: string | null;
  priority?: Priority;
  assigned_agent_id?: string | null;
  accountable_id?: string | null;
  category_id?: string | null;
  sprint_id?: string | null;
  parent_id?: string | null;
  start_date?: string | null;
  due_date?: string | null;
  estimate?: number | null;
  blocked_reason?: string | null;
  labels?: string[];
  custom?: JsonObject;
  depends_on?: string[];
  watchers?: string[];
  client_id?: string | null;
  brand?: string | null;
  subscription?: string | null;
  client_visible?: boolean;
  sort_order?: number | null;
  before_id?: string | null;
  after_id?: string | null;
}

/** What is absent stays; null empties. With `version`, a change of the same field by another is refused. */
export interface TaskChange {
  title?: string;
  description?: string;
  status?: string;
  priority?: Priority;
  assigned_agent_id?: string | null;
  accountable_id?: string | null;
  category_id?: string | null;
  sprint_id?: string | null;
  parent_id?: string | null;
  start_date?: string | null;
  due_date?: string | null;
  estimate?: number | null;
  blocked_reason?: string | null;
  labels?: string[];
  custom?: JsonObject;
  depends_on?: string[];
  watchers?: string[];
  client_id?: string | null;
  brand?: string | null;
  subscription?: string | null;
  client_visible?: boolean;
  version?: number;
  expected_updated_at?: string;
}

/** `before_id` is the card it shall stand above, `after_id` the card it shall stand below. */
export interface Move {
  status?: string;
  sort_order?: number;
  before_id?: string | null;
  after_id?: string | null;
  blocked_reason?: string | null;
  version?: number;
  expected_updated_at?: string;
}

export type BulkAction = "delete" | "archive" | "restore";

/** One change, move or action for up to 500 tasks: all of them or none. */
export interface Bulk {
  ids: string[];
  change?: TaskChange;
  move?: Move;
  action?: BulkAction;
}

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
  agent_name: string | null;
  capacity: number | null;
  position: number;
  open_tasks: number | null;
  retired: boolean;
  created_at: string;
  version: number;
}

export type NewAgent = Partial<Pick<RosterAgent, "id" | "emoji" | "color" | "skills" | "agent_name">> &
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
  position: number;
  version: number;
}

export interface NewField {
  key?: string;
  name: string;
  kind: FieldKind;
  options?: string[];
  position?: number;
}

export interface FieldChange {
  name?: string;
  options?: string[];
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

export interface BoardSnapshot {
  columns: Column[];
  agents: RosterAgent[];
  categories: Category[];
  sprints: Sprint[];
  fields: CustomField[];
  people: PersonRef[];
  settings: BoardSettings;
  cards: WireCard[];
  done_hidden: number;
}

export interface Ticket {
  ticket: string;
  expires_in_s: number;
}

// The socket's frames. `seq` is the number of the event in the project's log.
export type TaskAction = "created" | "updated" | "moved" | "deleted" | "archived" | "restored";

export interface Present {
  connectionId: string;
  agentId: string;
  name: string;
  kind: string;
  viewingTask: string | null;
}

export type Frame =
  | { type: "hello"; connectionId: string; you: PersonRef; seq: number }
  | {
      type: "task_update";
      action: TaskAction;
      /** Of a card that is gone only the id is known. */
      task: WireCard | { id: string };
      /** It looks different because of what happened to another one. */
      derived?: boolean;
      triggeredBy: string;
      triggeredByName: string;
      seq: number;
      eventId: string;
    }
  | {
      type: "comment";
      action: string;
      taskId: string;
      commentId: string;
      task?: WireCard | { id: string };
      seq: number;
      triggeredBy: string;
    }
  | {
      type: "document_update" | "board_event";
      what: string;
      subject: string;
      name: string | null;
      task?: WireCard | { id: string };
      seq: number;
      triggeredBy: string;
    }
  | { type: "board_update"; noun: string; seq: number }
  | { type: "sprint_update"; action: string; sprintId: string; name: string; seq: number }
  | { type: "presence"; data: Present[] }
  | {
      type: "cursor_move";
      connectionId: string;
      agentId: string;
      name: string;
      x: number;
      y: number;
      column: string | null;
    }
  | { type: "snapshot_needed"; seq: number }
  | { type: "pong" }
  | { type: "error"; code: string; message: string };

const at = (id: string) => encodeURIComponent(id);
const task = (id: string) => `/api/tasks/${at(id)}`;
const abortable = (query: Query, signal?: AbortSignal) => (signal ? { query, signal } : { query });

/** Ids for `Idempotency-Key`: a request that is sent again after a lost answer is done once. */
export const onceKey = (): string => crypto.randomUUID();

export const boardApi = {
  snapshot: (signal?: AbortSignal) => call<BoardSnapshot>("GET", "/api/board", signal ? { signal } : {}),
  ticket: () => call<Ticket>("POST", "/api/live/ticket", { body: {} }),

  tasks: (query: Query, signal?: AbortSignal): Promise<Answer<Task[]>> =>
    call<Task[]>("GET", "/api/tasks", abortable(query, signal)),
  task: (id: string, signal?: AbortSignal) => call<Task>("GET", task(id), signal ? { signal } : {}),
  createTask: (body: NewTask, idempotencyKey = onceKey()) =>
    call<Task>("POST", "/api/tasks", { body, idempotencyKey }),
  changeTask: (id: string, body: TaskChange) => call<Task>("PATCH", task(id), { body }),
  deleteTask: (id: string) => call<Task>("DELETE", task(id)),
  moveTask: (id: string, body: Move) => call<Task>("POST", `${task(id)}/move`, { body }),
  restoreTask: (id: string) => call<Task>("POST", `${task(id)}/restore`, { body: {} }),
  archiveTask: (id: string) => call<Task>("POST", `${task(id)}/archive`, { body: {} }),
  duplicateTask: (id: string, idempotencyKey = onceKey()) =>
    call<Task>("POST", `${task(id)}/duplicate`, { body: {}, idempotencyKey }),
  bulk: (body: Bulk) => call<Task[]>("POST", "/api/tasks/bulk", { body }),

  columns: () => call<Column[]>("GET", "/api/board/columns"),
  addColumn: (body: NewColumn) => call<Column>("POST", "/api/board/columns", { body }),
  changeColumn: (key: string, body: ColumnChange) =>
    call<Column>("PATCH", `/api/board/columns/${at(key)}`, { body }),
  deleteColumn: (key: string, moveTo?: string) =>
    call<null>("DELETE", `/api/board/columns/${at(key)}`, { query: { move_to: moveTo } }),
  settings: () => call<BoardSettings>("GET", "/api/board/settings"),
  changeSettings: (body: SettingsChange) => call<BoardSettings>("PATCH", "/api/board/settings", { body }),
  templates: () => call<Template[]>("GET", "/api/board/templates"),
  switchTemplate: (body: TemplateSwitch, dryRun: boolean) =>
    call<TemplateSwitched>("POST", "/api/board/template", { body, query: { dry_run: dryRun } }),

  roster: (query: Query = {}) => call<RosterAgent[]>("GET", "/api/agents", { query }),
  addAgent: (body: NewAgent) => call<RosterAgent>("POST", "/api/agents", { body }),
  changeAgent: (id: string, body: AgentChange) =>
    call<RosterAgent>("PATCH", `/api/agents/${at(id)}`, { body }),
  deleteAgent: (id: string) => call<null>("DELETE", `/api/agents/${at(id)}`),

  categories: () => call<Category[]>("GET", "/api/categories"),
  addCategory: (body: NewCategory) => call<Category>("POST", "/api/categories", { body }),
  changeCategory: (id: string, body: CategoryChange) =>
    call<Category>("PATCH", `/api/categories/${at(id)}`, { body }),
  deleteCategory: (id: string) => call<null>("DELETE", `/api/categories/${at(id)}`),

  sprints: (query: Query = {}) => call<Sprint[]>("GET", "/api/sprints", { query }),
  addSprint: (body: NewSprint) => call<Sprint>("POST", "/api/sprints", { body }),
  changeSprint: (id: string, body: SprintChange) => call<Sprint>("PATCH", `/api/sprints/${at(id)}`, { body }),
  deleteSprint: (id: string) => call<null>("DELETE", `/api/sprints/${at(id)}`),
  startSprint: (id: string) => call<Sprint>("POST", `/api/sprints/${at(id)}/start`, { body: {} }),
  completeSprint: (id: string, carryTo: string) =>
    call<Sprint>("POST", `/api/sprints/${at(id)}/complete`, { body: { carry_to: carryTo } }),

  fields: () => call<CustomField[]>("GET", "/api/board/fields"),
  addField: (body: NewField) => call<CustomField>("POST", "/api/board/fields", { body }),
  changeField: (key: string, body: FieldChange) =>
    call<CustomField>("PATCH", `/api/board/fields/${at(key)}`, { body }),
  deleteField: (key: string) => call<null>("DELETE", `/api/board/fields/${at(key)}`),

  views: () => call<SavedView[]>("GET", "/api/board/views"),
  addView: (body: NewView) => call<SavedView>("POST", "/api/board/views", { body }),
  changeView: (id: string, body: ViewChange) =>
    call<SavedView>("PATCH", `/api/board/views/${at(id)}`, { body }),
  deleteView: (id: string) => call<null>("DELETE", `/api/board/views/${at(id)}`),

  activity: (query: Query, signal?: AbortSignal) =>
    call<Activity[]>("GET", "/api/activity", abortable(query, signal)),
  taskActivity: (id: string, query: Query = {}) => call<Activity[]>("GET", `${task(id)}/activity`, { query }),
  undo: (eventId: string) => call<Activity>("POST", `/api/activity/${at(eventId)}/undo`, { body: {} }),
};
