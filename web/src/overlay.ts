import { signal } from "@preact/signals";

export type Overlay = { kind: "palette" } | { kind: "keymap" } | { kind: "start"; agent: string | null };

/** What stands over the page. A signal, so that a button deep in a room can open it. */
export const overlay = signal<Overlay | null>(null);

export function startRun(agent: string | null = null): void {
  overlay.value = { kind: "start", agent };
}
