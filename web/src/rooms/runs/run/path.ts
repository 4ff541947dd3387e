// Reads the way a run took through its states out of its log.
import type { Run, RunEvent } from "../../../api/types";
import { isOver } from "../status";
import { field } from "./groups";

export interface Step {
  status: string;
  mark: "done" | "now" | "ahead" | "end";
  /** Seconds spent there before now; null when it was not reached. */
  spentS: number | null;
  /** Set while the run is in it: the time that still grows counts from here. */
  since: string | null;
  visits: number;
}

const MAIN = ["CREATED", "SENDING_KICKOFF", "STREAMING", "FETCHING_OUTPUTS", "DELIVERING", "DONE"];

/** Asking and waiting for the answer are two states and one thing to a person. */
const stepOf = (status: string) => (status === "REQUIRES_ACTION" ? "AWAITING_HUMAN" : status);

export function steps(run: Run, events: readonly RunEvent[]): Step[] {
  const moves = events.filter((event) => event.kind === "run.state");
  const found = new Map<string, Step>();
  let at = "CREATED";
  let since = run.created_at;
  const visit = (status: string) => {
    const step = found.get(status) ?? { status, mark: "done", spentS: 0, since: null, visits: 0 };
    step.visits += 1;
    found.set(status, step);
    return step;
  };
  visit(at);
  for (const move of moves) {
    const to = stepOf(field(move.body, "to"));
    if (!to || to === at) continue;
    const before = found.get(at);
    if (before)
      before.spentS = (before.spentS ?? 0) + Math.max(0, (Date.parse(move.at) - Date.parse(since)) / 1000);
    at = to;
    since = move.at;
    visit(to);
  }
  // Before the log is read, a run that waits is shown to have come the usual way.
  if (moves.length === 0 && stepOf(run.status) === "AWAITING_HUMAN")
    for (const status of ["SENDING_KICKOFF", "STREAMING"])
      found.set(status, { status, mark: "done", spentS: null, since: null, visits: 1 });
  // The row may be a moment ahead of the log.
  const current = found.get(stepOf(run.status)) ?? visit(stepOf(run.status));
  const over = isOver(run);
  current.mark = over ? "end" : "now";
  if (!over) current.since = since;
  const taken = [...found.values()];
  if (over) return taken;
  const reached = Math.max(...taken.map((step) => MAIN.indexOf(step.status)));
  const leaving = [
    "CANCELLING",
    "BUDGET_EXCEEDED",
    "DURATION_EXCEEDED",
    "ERROR",
    "REFUSED",
    "RETRIES_EXHAUSTED",
    "SESSION_LOST",
  ];
  if (leaving.includes(run.status)) return taken;
  const ahead = MAIN.slice(reached + 1).map(
    (status): Step => ({ status, mark: "ahead", spentS: null, since: null, visits: 0 }),
  );
  return [...taken, ...ahead];
}
