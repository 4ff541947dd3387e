// Keeps the count of waiting approvals true: asked once, then again whenever a run starts or stops waiting.
import { api } from "../api/calls";
import { replacePending } from "../store/approvals";
import { onRun } from "../store/runs";

const WAITING = new Set(["REQUIRES_ACTION", "AWAITING_HUMAN"]);

export async function refreshPending(): Promise<void> {
  const { data } = await api.approvals({ status: "pending", limit: 200 });
  replacePending(data);
}

export function followInbox(): () => void {
  const waiting = new Set<string>();
  let timer = 0;
  const soon = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void refreshPending().catch(() => {}), 120);
  };
  const stop = onRun((run) => {
    const waits = WAITING.has(run.status);
    if (waits === waiting.has(run.id)) return;
    if (waits) waiting.add(run.id);
    else waiting.delete(run.id);
    soon();
  });
  soon();
  return () => {
    stop();
    clearTimeout(timer);
  };
}
