// The project's feed: a snapshot gives a seq, the feed continues from it.
import { signal } from "@preact/signals";
import { api } from "../api/calls";
import type { Run } from "../api/types";
import { putRun } from "../store/runs";
import { openStream, type StreamState } from "./sse";

export const feedState = signal<StreamState>("closed");

/** Counts the feed's lives: what was read in an earlier one may have missed news. */
export let feedLife = 0;

let close: (() => void) | null = null;
let ready: Promise<void> | null = null;

async function begin(): Promise<void> {
  const { data, meta } = await api.runs({ limit: 1 });
  for (const run of data) putRun(run);
  close = openStream({
    url: "/api/feed",
    lastId: String(meta.seq ?? ""),
    onMessage(message) {
      if (message.event === "run") putRun(JSON.parse(message.data) as Run);
    },
    onState(state) {
      feedState.value = state;
    },
  });
}

/** Resolves once the feed's starting point is fixed: a list read after that cannot miss a change. */
export function feedReady(): Promise<void> {
  ready ??= begin().catch(() => {
    ready = null;
  });
  return ready;
}

export function closeFeed(): void {
  close?.();
  close = null;
  ready = null;
  feedLife += 1;
  feedState.value = "closed";
}
