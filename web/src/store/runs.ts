// Runs by id. A row reads its own signal, so one changed run redraws one row.
import { type Signal, signal } from "@preact/signals";
import type { Run } from "../api/types";

const runs = new Map<string, Signal<Run>>();
const listeners = new Set<(run: Run, isNew: boolean) => void>();

export function runSignal(id: string): Signal<Run> | undefined {
  return runs.get(id);
}

/** Keeps the newest version of a run; an older one that arrives late is dropped. */
export function putRun(run: Run): void {
  const known = runs.get(run.id);
  if (!known) {
    runs.set(run.id, signal(run));
    for (const tell of listeners) tell(run, true);
    return;
  }
  if (run.version < known.value.version) return;
  known.value = run;
  for (const tell of listeners) tell(run, false);
}

/** A guess shown before the server agrees; returns how to take it back. */
export function guessRun(id: string, change: Partial<Run>): () => void {
  const known = runs.get(id);
  if (!known) return () => {};
  const before = known.value;
  const guess = { ...before, ...change };
  known.value = guess;
  return () => {
    // Only what we guessed is undone: news that arrived meanwhile stays.
    if (known.value === guess) known.value = before;
  };
}

export function onRun(listener: (run: Run, isNew: boolean) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function recentRuns(limit: number): Run[] {
  const all = [...runs.values()].map((each) => each.peek());
  return all.sort((a, b) => b.created_at.localeCompare(a.created_at)).slice(0, limit);
}

export function forgetRuns(): void {
  runs.clear();
}
