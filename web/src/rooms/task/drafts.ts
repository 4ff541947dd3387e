// What was written and not yet sent survives the panel, the tab's reload and news about the task.
import { signal } from "@preact/signals";
import { useRef } from "preact/hooks";

export interface Draft {
  text: string;
  /** What the text was before the first key: news is measured against it. */
  base: string;
  /** The version of the card that base was read from. */
  version?: number;
}

/** What stands in a field now, for whoever sent it and waits for the answer: people write on meanwhile. */
export function useLatest<T>(value: T): { readonly current: T } {
  const latest = useRef(value);
  latest.current = value;
  return latest;
}

const PREFIX = "opsroom.draft.";
/** Counts changes of any draft. */
export const draftsStamp = signal(0);

export function readDraft(key: string): Draft | null {
  try {
    const kept = sessionStorage.getItem(PREFIX + key);
    const draft = kept ? (JSON.parse(kept) as Draft) : null;
    return draft && typeof draft.text === "string" && typeof draft.base === "string" ? draft : null;
  } catch {
    return memory.get(key) ?? null;
  }
}

const memory = new Map<string, Draft>();

export function keepDraft(key: string, draft: Draft | null): void {
  draftsStamp.value += 1;
  if (draft) memory.set(key, draft);
  else memory.delete(key);
  try {
    if (draft) sessionStorage.setItem(PREFIX + key, JSON.stringify(draft));
    else sessionStorage.removeItem(PREFIX + key);
  } catch {
    // Without storage, or when it is full, the draft lasts as long as the page.
  }
}
