// What belongs to one task: comments, documents, attachments, runs, and who would wake.
import type { Comment, Task } from "./board";
import { ApiError, call, csrf, refusalOf, sessionEnded } from "./client";
import type { Run } from "./types";

export type DocumentStatus = "saved" | "pending" | "built_in";
export type RevisionStatus = "committed" | "pending" | "conflict" | "failed";

export interface DocumentInfo {
  name: string;
  path: string;
  revision: string | null;
  commit: string | null;
  status: DocumentStatus;
  size_bytes: number;
  updated_at: string | null;
  updated_by: string | null;
  /** Saves that lost to what the repository held. */
  conflicts: number;
}

export interface TaskDocument extends DocumentInfo {
  text: string;
}

export interface SaveDocument {
  text?: string;
  template?: string;
  /** The revision the text was made on; without it the document must not exist yet. */
  base?: string | null;
  message?: string;
}

export interface Revision {
  revision: string;
  commit: string | null;
  status: RevisionStatus;
  author: string;
  at: string;
  message: string;
  deleted: boolean;
}

export interface DiffLine {
  kind: "context" | "added" | "removed";
  old: number | null;
  new: number | null;
  text: string;
}

export interface DocumentDiff {
  from_revision: string;
  to_revision: string;
  added: number;
  removed: number;
  hunks: { old_start: number; new_start: number; lines: DiffLine[] }[];
  truncated: boolean;
}

export interface Attachment {
  name: string;
  path: string;
  size_bytes: number;
  media_type: string;
  inline: boolean;
  status: DocumentStatus;
  in_repository: boolean;
  sha256: string | null;
  added_by: string | null;
  added_at: string;
  url: string;
}

export interface Effect {
  kind: string;
  text: string;
}

const at = (part: string) => encodeURIComponent(part);
const task = (id: string) => `/api/tasks/${at(id)}`;
const doc = (id: string, name: string) => `${task(id)}/documents/${at(name)}`;

export const attachmentUrl = (id: string, name: string, download = false): string =>
  `${task(id)}/attachments/${at(name)}${download ? "?download=true" : ""}`;

export const taskApi = {
  comments: (id: string, offset = 0) =>
    call<Comment[]>("GET", `${task(id)}/comments`, { query: { limit: 200, offset, sort: "newest" } }),
  comment: (id: string, content: string, idempotencyKey: string) =>
    call<Comment>("POST", `${task(id)}/comments`, { body: { content }, idempotencyKey }),
  editComment: (id: string, content: string, version?: number) =>
    call<Comment>("PATCH", `/api/comments/${at(id)}`, { body: version ? { content, version } : { content } }),
  deleteComment: (id: string) => call<Comment>("DELETE", `/api/comments/${at(id)}`),
  restoreComment: (id: string) => call<Comment>("POST", `/api/comments/${at(id)}/restore`, { body: {} }),

  documents: (id: string) => call<DocumentInfo[]>("GET", `${task(id)}/documents`),
  document: (id: string, name: string, revision?: string) =>
    call<TaskDocument>("GET", doc(id, name), { query: { revision } }),
  saveDocument: (id: string, name: string, body: SaveDocument) =>
    call<TaskDocument>("PUT", doc(id, name), { body }),
  deleteDocument: (id: string, name: string, base: string | null) =>
    call<null>("DELETE", doc(id, name), { query: { base } }),
  history: (id: string, name: string) =>
    call<Revision[]>("GET", `${doc(id, name)}/history`, { query: { limit: 100 } }),
  diff: (id: string, name: string, from: string, to?: string) =>
    call<DocumentDiff>("GET", `${doc(id, name)}/diff`, { query: { from, to } }),
  restoreDocument: (id: string, name: string, revision: string) =>
    call<TaskDocument>("POST", `${doc(id, name)}/restore`, { body: { revision } }),
  templates: () => call<DocumentInfo[]>("GET", "/api/templates"),

  attachments: (id: string) => call<Attachment[]>("GET", `${task(id)}/attachments`),
  deleteAttachment: (id: string, name: string) => call<null>("DELETE", attachmentUrl(id, name)),
  restoreAttachment: (id: string, name: string) =>
    call<Attachment>("POST", `${attachmentUrl(id, name)}/restore`, { body: {} }),

  runs: (id: string) => call<Run[]>("GET", "/api/runs", { query: { search: id, limit: 20 } }),
  byNumber: (number: number) =>
    call<Task[]>("GET", "/api/tasks", { query: { search: `#${number}`, limit: 5 } }),
  preview: (id: string, change: { status?: string; assigned_agent_id?: string | null }) =>
    call<{ effects: Effect[] }>("POST", `${task(id)}/preview`, { body: change }),
};

/** Sends files and tells how far they are, from 0 to 1. The browser's fetch cannot tell that of an upload. */
export function upload(
  id: string,
  files: File[],
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): Promise<Attachment[]> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    for (const file of files) form.append("file", file, file.name || "pasted.png");
    request.open("POST", `${task(id)}/attachments`);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRF-Token", csrf());
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status === 401) sessionEnded();
      if (request.status < 200 || request.status >= 300) {
        reject(refusalOf(request.status, request.responseText));
        return;
      }
      resolve((JSON.parse(request.responseText) as { data: Attachment[] }).data);
    };
    request.onerror = () => reject(new ApiError(0, "No connection", "The file did not arrive. Try again."));
    request.onabort = () => reject(new ApiError(0, "Stopped", "The upload was stopped."));
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}
