// What only a timeline shows of cards: when they were begun, and what they wait for. Read whole when a timeline
// is opened, then card by card as they change.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { planningApi, type TaskSpan } from "../../api/planning";
import { onBoardFrame, onReturn } from "../../live/board";

const SOON_MS = 300;
const MOST_AT_ONCE = 100;
const FRESH_MS = 5000;

export const spans = signal<ReadonlyMap<string, TaskSpan>>(new Map());
export const spansError = signal<unknown>(null);

let changed = new Set<string>();
let timer = 0;

export async function readSpans(): Promise<void> {
  try {
    const { data } = await planningApi.spans();
    spans.value = new Map(data.map((each) => [each.id, each]));
    spansError.value = null;
  } catch (cause) {
    spansError.value = cause;
  }
}

async function readChanged(): Promise<void> {
  const ids = [...changed];
  changed = new Set();
  if (ids.length === 0) return;
  if (ids.length > MOST_AT_ONCE) return readSpans();
  try {
    const { data } = await planningApi.spans(ids);
    const next = new Map(spans.peek());
    for (const id of ids) next.delete(id);
    for (const each of data) next.set(each.id, each);
    spans.value = next;
  } catch {
    // With the connection everything is read anew.
  }
}

function soon(work: () => Promise<void>): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => void work(), SOON_MS);
}

export function useSpans(): void {
  useEffect(() => {
    const begun = Date.now();
    void readSpans();
    const stops = [
      onBoardFrame((frame) => {
        if (frame.type === "task_update") {
          changed.add(frame.task.id);
          soon(readChanged);
        } else if (frame.type === "snapshot_needed") soon(readSpans);
      }),
      // The line that opens right after the page tells by itself what happened since the snapshot.
      onReturn(() => {
        if (Date.now() - begun > FRESH_MS) soon(readSpans);
      }),
    ];
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }, []);
}
