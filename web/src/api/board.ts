// Every request to the board by name. Its shapes stand beside it, and are had from here.
import type {
  Activity,
  AgentChange,
  BoardSettings,
  Category,
  CategoryChange,
  Column,
  ColumnChange,
  CustomField,
  FieldChange,
  NewAgent,
  NewCategory,
  NewColumn,
  NewField,
  NewSprint,
  NewView,
  RosterAgent,
  SavedView,
  SettingsChange,
  Sprint,
  SprintChange,
  Template,
  TemplateSwitch,
  TemplateSwitched,
  ViewChange,
} from "./board-parts";
import type { Bulk, Move, NewTask, Task, TaskChange } from "./board-task";
import type { BoardSnapshot, Ticket } from "./board-wire";
import { type Answer, call, type Query } from "./client";

export type * from "./board-parts";
export * from "./board-task";
export type * from "./board-wire";

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
  /** The ids of all tasks that fit a filter, for a board that has the cards already. */
  fitting: (body: Record<string, string>, signal?: AbortSignal) =>
    call<{ ids: string[]; more: boolean }>(
      "POST",
      "/api/tasks/fitting",
      signal ? { body, signal } : { body },
    ),
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
  deleteCategory: (id: string, moveTo?: string) =>
    call<null>("DELETE", `/api/categories/${at(id)}`, { query: { move_to: moveTo } }),

  sprints: (query: Query = {}) => call<Sprint[]>("GET", "/api/sprints", { query }),
  addSprint: (body: NewSprint) => call<Sprint>("POST", "/api/sprints", { body }),
  changeSprint: (id: string, body: SprintChange) => call<Sprint>("PATCH", `/api/sprints/${at(id)}`, { body }),
  deleteSprint: (id: string) => call<null>("DELETE", `/api/sprints/${at(id)}`),
  startSprint: (id: string) => call<Sprint>("POST", `/api/sprints/${at(id)}/start`, { body: {} }),
  completeSprint: (id: string, carryTo: string) =>
    call<Sprint>("POST", `/api/sprints/${at(id)}/complete`, { body: { carry_to: carryTo } }),

  field: (key: string) => call<CustomField>("GET", `/api/board/fields/${at(key)}`),
  fields: () => call<CustomField[]>("GET", "/api/board/fields"),
  addField: (body: NewField) => call<CustomField>("POST", "/api/board/fields", { body }),
  changeField: (key: string, body: FieldChange) =>
    call<CustomField>("PATCH", `/api/board/fields/${at(key)}`, { body }),
  deleteField: (key: string) => call<null>("DELETE", `/api/board/fields/${at(key)}`),

  views: () => call<SavedView[]>("GET", "/api/board/views"),
  addView: (body: NewView) => call<SavedView>("POST", "/api/board/views", { body }),
  changeView: (id: string, body: ViewChange) =>
    call<SavedView>("PATCH", `/api/board/views/${at(id)}`, { body }),
  deleteView: (id: string) => call<SavedView>("DELETE", `/api/board/views/${at(id)}`),
  restoreView: (id: string) => call<SavedView>("POST", `/api/board/views/${at(id)}/restore`, { body: {} }),

  activity: (query: Query, signal?: AbortSignal) =>
    call<Activity[]>("GET", "/api/activity", abortable(query, signal)),
  taskActivity: (id: string, query: Query = {}) => call<Activity[]>("GET", `${task(id)}/activity`, { query }),
  undo: (eventId: string) => call<Activity>("POST", `/api/activity/${at(eventId)}/undo`, { body: {} }),
};
