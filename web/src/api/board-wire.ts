// What the board's page is given at once, and the frames of its socket.
import type { BoardSettings, Category, Column, CustomField, RosterAgent, Sprint } from "./board-parts";
import type { PersonRef, WireCard } from "./board-task";

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
  | { type: "presence"; data: Present[]; total: number }
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
