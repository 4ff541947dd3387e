import type { Task } from "../../api/board";
import type { RunStatus } from "../../api/types";
import { StatusPill } from "../runs/status";

/** The run this card began last, as it stands. Its page tells the rest. */
export function Runs({ task }: { task: Task }) {
  if (!task.run_id || !task.run_status) return null;
  return (
    <section class="part part-run" aria-label="Run">
      <h3>Run</h3>
      <a class="run-link" href={`/runs/${encodeURIComponent(task.run_id)}`}>
        <StatusPill run={{ status: task.run_status as RunStatus, outcome: null }} />
        <span>{task.assigned_agent?.name ?? "Agent"}’s run</span>
      </a>
    </section>
  );
}
