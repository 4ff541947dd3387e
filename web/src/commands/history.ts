// What was done, so that it can be undone, and what was undone, so that it can be done again.
import { computed, signal } from "@preact/signals";
import { ApiError } from "../api/client";
import { explain } from "../live/pending";
import { dismiss, toast } from "../ui/toast";

export interface Deed {
  /** In the past tense, as it is told: "Moved #12 to Done". */
  label: string;
  /** Do the opposite. Throws when it cannot be done any more. */
  back: () => Promise<void>;
  again: () => Promise<void>;
}

const KEPT = 100;
const done = signal<Deed[]>([]);
const undone = signal<Deed[]>([]);
let line: Promise<void> = Promise.resolve();
let shown = 0;

export const canUndo = computed(() => done.value.length > 0);
export const canRedo = computed(() => undone.value.length > 0);

/** Puts a deed where undo finds it, and tells of it. `quiet` leaves the telling out. */
export function remember(deed: Deed, quiet = false): void {
  done.value = [...done.value.slice(-KEPT + 1), deed];
  undone.value = [];
  if (!quiet) tell(deed);
}

function tell(deed: Deed): void {
  // One offer to undo stands at a time: the one of the last thing done.
  dismiss(shown);
  shown = toast({ kind: "good", title: deed.label, action: { label: "Undo", run: () => void undo() } });
}

async function walk(from: typeof done, to: typeof done, which: "back" | "again"): Promise<void> {
  const deed = from.value.at(-1);
  if (!deed) return;
  from.value = from.value.slice(0, -1);
  dismiss(shown);
  try {
    await deed[which]();
    to.value = [...to.value, deed];
    shown = toast({
      kind: "info",
      title: which === "back" ? "Undone" : "Done again",
      detail: deed.label,
      action:
        which === "back"
          ? { label: "Redo", run: () => void redo() }
          : { label: "Undo", run: () => void undo() },
    });
  } catch (cause) {
    const changed = cause instanceof ApiError && cause.status === 409;
    if (cause instanceof ApiError && cause.status === 0) from.value = [...from.value, deed];
    toast({
      kind: "bad",
      title: which === "back" ? `Not undone: ${deed.label}` : `Not done again: ${deed.label}`,
      detail: changed ? `It has been changed since.\n${explain(cause)}` : explain(cause),
    });
  }
}

/** One after the other, however fast the keys come. */
function queued(work: () => Promise<void>): Promise<void> {
  line = line.then(work);
  return line;
}

export const undo = (): Promise<void> => queued(() => walk(done, undone, "back"));
export const redo = (): Promise<void> => queued(() => walk(undone, done, "again"));

export function forgetDeeds(): void {
  done.value = [];
  undone.value = [];
}
