import { signal } from "@preact/signals";
import type { ApiError } from "./api/client";
import { params, withParams } from "./router";

/** What a person chose between two versions: the fields to send, none of them where theirs stands, or null to
 * leave the question open. */
export type Resolve = (chosen: Record<string, unknown> | null) => void;

export type Overlay =
  | { kind: "palette" }
  | { kind: "keymap" }
  | { kind: "start"; agent: string | null }
  | { kind: "quick-add"; status: string | null }
  /** `error.current` and `error.yours` hold the fields that differ; both carry `version`. */
  | { kind: "conflict"; error: ApiError; onResolve: Resolve };

/** What stands over the page. A signal, so that a button deep in a room can open it. */
export const overlay = signal<Overlay | null>(null);

export function startRun(agent: string | null = null): void {
  overlay.value = { kind: "start", agent };
}

/** Opens the form for a new card, for the column with the key `status` if one is named. */
export function quickAdd(status: string | null = null): void {
  overlay.value = { kind: "quick-add", status };
}

export function offerConflict(error: ApiError, onResolve: Resolve): void {
  overlay.value = { kind: "conflict", error, onResolve };
}

/** The card whose panel is open is part of the address: it can be linked to, and Back closes it. */
export function openTask(id: string): void {
  const open = params.value.has("task");
  withParams({ task: id }, open ? "replace" : "push");
}

export function closeTask(): void {
  withParams({ task: null }, "push");
}
