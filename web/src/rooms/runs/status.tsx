// What each state of a run means to a person: its words, its tone and its drawing.
import type { Run, RunStatus } from "../../api/types";

export type Tone = "idle" | "active" | "wait" | "good" | "bad" | "stop" | "empty";

interface Look {
  label: string;
  tone: Tone;
  /** How far round the ring the state stands, for states on the way. */
  share?: number;
}

const LOOKS: Record<RunStatus, Look> = {
  CREATED: { label: "Created", tone: "idle", share: 0 },
  SENDING_KICKOFF: { label: "Kicking off", tone: "active", share: 0.15 },
  STREAMING: { label: "Streaming", tone: "active", share: 0.45 },
  REQUIRES_ACTION: { label: "Needs approval", tone: "wait" },
  AWAITING_HUMAN: { label: "Awaiting approval", tone: "wait" },
  FETCHING_OUTPUTS: { label: "Fetching outputs", tone: "active", share: 0.75 },
  DELIVERING: { label: "Delivering", tone: "active", share: 0.88 },
  DONE: { label: "Done", tone: "good" },
  EMPTY: { label: "No output", tone: "empty" },
  UNDELIVERED: { label: "Undelivered", tone: "bad" },
  BUDGET_EXCEEDED: { label: "Over budget", tone: "bad" },
  DURATION_EXCEEDED: { label: "Over time", tone: "bad" },
  CANCELLING: { label: "Cancelling", tone: "stop" },
  TERMINATED: { label: "Terminated", tone: "stop" },
  CANCELLED: { label: "Cancelled", tone: "stop" },
  REFUSED: { label: "Refused", tone: "bad" },
  RETRIES_EXHAUSTED: { label: "Retries used up", tone: "bad" },
  SESSION_LOST: { label: "Session lost", tone: "bad" },
  ERROR: { label: "Error", tone: "bad" },
  ALERTED: { label: "Failed", tone: "bad" },
};

/** A status this page does not know yet is still shown, by its own name. */
export function look(status: string): Look {
  return LOOKS[status as RunStatus] ?? { label: status.toLowerCase().replaceAll("_", " "), tone: "idle" };
}

const ENDED = new Set<string>(["DONE", "EMPTY", "UNDELIVERED", "TERMINATED", "CANCELLED", "ALERTED"]);
export const isOver = (run: Pick<Run, "status">) => ENDED.has(run.status);
export const isWaiting = (status: string) => status === "REQUIRES_ACTION" || status === "AWAITING_HUMAN";

export interface Group {
  id: string;
  label: string;
  statuses: RunStatus[];
}

export const GROUPS: Group[] = [
  { id: "all", label: "All", statuses: [] },
  {
    id: "active",
    label: "Active",
    statuses: [
      "CREATED",
      "SENDING_KICKOFF",
      "STREAMING",
      "REQUIRES_ACTION",
      "AWAITING_HUMAN",
      "FETCHING_OUTPUTS",
      "DELIVERING",
      "CANCELLING",
    ],
  },
  { id: "waiting", label: "Waiting", statuses: ["REQUIRES_ACTION", "AWAITING_HUMAN"] },
  { id: "done", label: "Done", statuses: ["DONE"] },
  {
    id: "attention",
    label: "Attention",
    statuses: ["UNDELIVERED", "EMPTY", "ALERTED", "ERROR", "REFUSED", "RETRIES_EXHAUSTED", "SESSION_LOST"],
  },
  {
    id: "stopped",
    label: "Stopped",
    statuses: ["TERMINATED", "CANCELLED", "BUDGET_EXCEEDED", "DURATION_EXCEEDED"],
  },
];

const OUTCOMES: Record<string, string> = {
  budget_exceeded: "Over budget",
  duration_exceeded: "Over time",
  refused: "Refused",
  retries_exhausted: "Retries used up",
  session_terminated: "Session ended",
  session_lost: "Session lost",
  error: "Failed",
};

/** TERMINATED and ALERTED say that a run stopped; its outcome says why, which is what people ask. */
export function statusLabel(run: Pick<Run, "status" | "outcome">): string {
  const why =
    run.status === "TERMINATED" || run.status === "ALERTED" ? OUTCOMES[run.outcome ?? ""] : undefined;
  return why ?? look(run.status).label;
}

const ROUND = 2 * Math.PI * 3;

export function Glyph({ status, size = 14 }: { status: string; size?: number }) {
  const { tone, share } = look(status);
  return (
    <svg class={`glyph tone-${tone}`} width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      {share !== undefined ? (
        <>
          <circle
            class="glyph-ring"
            cx="8"
            cy="8"
            r="6.2"
            fill="none"
            stroke-dasharray={share === 0 ? "2.2 1.7" : undefined}
          />
          {share > 0 && (
            <circle
              class="glyph-pie"
              cx="8"
              cy="8"
              r="3"
              fill="none"
              stroke-width="6"
              transform="rotate(-90 8 8)"
              stroke-dasharray={`${ROUND * share} ${ROUND}`}
            />
          )}
        </>
      ) : (
        <>
          <circle class="glyph-disc" cx="8" cy="8" r="7" />
          <path class="glyph-mark" d={MARKS[tone]} />
        </>
      )}
    </svg>
  );
}

const MARKS: Record<Tone, string> = {
  idle: "M8 8h.01",
  active: "M8 8h.01",
  wait: "M6.3 5.4v5.2M9.7 5.4v5.2",
  good: "M5 8.3l2.1 2.1L11.1 6",
  bad: "M8 4.6v4M8 11.2v.1",
  stop: "M5.4 8h5.2",
  empty: "M5.6 10.4l4.8-4.8",
};

export function StatusPill({ run }: { run: Pick<Run, "status" | "outcome"> }) {
  return (
    <span class={`pill tone-${look(run.status).tone}`}>
      <Glyph status={run.status} />
      {statusLabel(run)}
    </span>
  );
}
