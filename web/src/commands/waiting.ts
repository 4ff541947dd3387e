// Changes made without a connection: shown as done, kept on this device, sent in their order on return.
import { signal } from "@preact/signals";
import { ApiError } from "../api/client";
import { offline, onReturn } from "../live/board";
import { keepWaiting, keptWaiting } from "../live/kept";
import { explain } from "../live/pending";
import { toast } from "../ui/toast";
import { type Step, sendStep, showStep } from "./steps";

export interface Waiting {
  label: string;
  steps: Step[];
  at: number;
}

/** A change that could not be sent after all, and why. */
export interface Unsent extends Waiting {
  reason: string;
}

export const waiting = signal<Waiting[]>([]);
export const unsent = signal<Unsent[]>([]);

const lifts = new Map<Waiting, (() => void)[]>();
let sending = false;
let told = false;

export async function wait(label: string, steps: Step[]): Promise<void> {
  const entry: Waiting = { label, steps, at: Date.now() };
  lifts.set(entry, steps.map(showStep));
  waiting.value = [...waiting.value, entry];
  if (!told) {
    told = true;
    toast({
      kind: "info",
      title: "No connection",
      detail: "Changes are kept on this device and sent on return.",
    });
  }
  await keepWaiting(waiting.value);
  if (!offline.value) void sendWaiting();
}

/** What an earlier visit could not send: shown again, to be sent with the rest. */
export async function readWaiting(): Promise<void> {
  if (waiting.value.length > 0) return;
  const found = (await keptWaiting()) as Waiting[];
  if (found.length === 0) return;
  for (const entry of found) lifts.set(entry, entry.steps.map(showStep));
  waiting.value = found;
  if (!offline.value) void sendWaiting();
}

function lift(entry: Waiting): void {
  for (const each of (lifts.get(entry) ?? []).reverse()) each();
  lifts.delete(entry);
}

/** Ids of cards made without a connection are only ours: later steps learn the real ones. */
function renamed(step: Step, names: Map<string, string>): Step {
  const real = (id: string) => names.get(id) ?? id;
  if (step.do === "move" || step.do === "moves") {
    const { above, below, ...rest } = step.to;
    const to = { ...rest, above: above ? real(above) : null, below: below ? real(below) : null };
    return step.do === "move" ? { ...step, id: real(step.id), to } : { ...step, ids: step.ids.map(real), to };
  }
  if (step.do === "create") return step;
  if (step.do === "duplicate") return { ...step, id: real(step.id) };
  return { ...step, ids: step.ids.map(real) };
}

export async function sendWaiting(): Promise<void> {
  if (sending || waiting.value.length === 0) return;
  sending = true;
  const names = new Map<string, string>();
  let sent = 0;
  try {
    while (waiting.value[0]) {
      const entry = waiting.value[0];
      try {
        for (const step of entry.steps) {
          const answer = await sendStep(renamed(step, names));
          const made = answer.tasks[0];
          if (step.do === "create" && made) names.set(step.as, made.id);
        }
        sent += 1;
      } catch (cause) {
        // Still no connection: everything stays as it is, for the next time.
        if (cause instanceof ApiError && (cause.status === 0 || cause.status === 401)) return;
        unsent.value = [...unsent.value, { ...entry, reason: explain(cause) }];
      }
      lift(entry);
      waiting.value = waiting.value.slice(1);
      await keepWaiting(waiting.value);
    }
    told = false;
    if (sent > 0) {
      toast({ kind: "good", title: `Back online: ${sent} ${sent === 1 ? "change" : "changes"} sent` });
    }
  } finally {
    sending = false;
  }
}

onReturn(() => void sendWaiting());
