// Says what went wrong in words, and what one can do about it.
import type { Run } from "../../../api/types";
import { money, words } from "../../../ui/format";
import { Icon } from "../../../ui/icon";

interface Advice {
  title: string;
  what: string;
  todo: string;
}

function advice(run: Run): Advice | null {
  const message = run.error?.message ?? "";
  switch (run.outcome) {
    case "budget_exceeded":
      return {
        title: "Stopped at its budget",
        what: message || `The run had spent ${money(run.cost_usd)} of ${money(run.budget_usd)}.`,
        todo: "Look in the events for a loop before raising max_session_cost_usd in the agent's file and running it again.",
      };
    case "duration_exceeded":
      return {
        title: "Stopped at its time limit",
        what: message || "The run took longer than its agent's file allows.",
        todo: "See where the time went in the events, then raise max_session_duration_minutes or narrow the task.",
      };
    case "refused":
      return {
        title: "The model refused",
        what: message || "The engine ended the session because the model declined the request.",
        todo: "Read the last message for the reason, change the prompt or the payload, then run it again.",
      };
    case "retries_exhausted":
      return {
        title: "The engine gave up",
        what: message || "The engine tried again several times and could not go on.",
        todo: "This is usually an outage at the provider. Run it again later.",
      };
    case "undelivered":
      return {
        title: "Not everything was delivered",
        what: message || "The files exist, but at least one channel refused them for good.",
        todo: "Open the failed channel under Deliveries for its reason, mend it, then deliver again. What was sent is not sent twice.",
      };
    case "empty":
      return {
        title: "It ended without a file",
        what: message || "The agent finished normally but wrote no output.",
        todo: "Check the prompt: it must say which file to write, and where. Then run it again.",
      };
    case "session_terminated":
    case "session_lost":
      return {
        title: "The session is gone",
        what: message || "The engine ended the session before the work was done.",
        todo: "Run it again. The correlation id below finds the session in the engine's own logs.",
      };
    default:
      if (!run.error) return null;
      return {
        title: words(run.error.kind) || "Something went wrong",
        what: message,
        todo: "Mend the cause, then run it again. The correlation id below finds this run in the server's log.",
      };
  }
}

export function Trouble({ run }: { run: Run }) {
  const found = advice(run);
  if (!found) return null;
  return (
    <section class="trouble" role="alert">
      <Icon name="alert" size={18} />
      <div>
        <h2>{found.title}</h2>
        {found.what && <p class="pre">{found.what}</p>}
        <p class="trouble-todo">{found.todo}</p>
      </div>
    </section>
  );
}
