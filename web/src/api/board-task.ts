// A task of the board as the server answers it (opsroom/board/shapes.py), and what may be asked of it.
import type { JsonObject, Named } from "./types";

export type Priority = "p1" | "p2" | "p3";

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
