import { useState } from "preact/hooks";
import type { RunDetail } from "../../../api/types";
import { useShortcuts } from "../../../keys/use";
import { go } from "../../../router";
import { Dialog } from "../../../ui/dialog";
import { amount, money, words } from "../../../ui/format";
import { Icon } from "../../../ui/icon";
import { Menu, type MenuItem } from "../../../ui/menu";
import { Ago, Length } from "../../../ui/time";
import { isOver, StatusPill } from "../status";
import { Trigger } from "../trigger";
import { cancel, runAgain } from "./actions";

function CancelDialog({ run, onClose }: { run: RunDetail; onClose: () => void }) {
  const [reason, setReason] = useState("");
  return (
    <Dialog title="Cancel this run?" size="s" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onClose();
          void cancel(run, reason.trim());
        }}
      >
        <p class="dialog-text">
          The agent is interrupted. What it has spent stays spent, and nothing more is delivered.
        </p>
        <label class="field">
          <span>Reason, kept with the run</span>
          <input class="input" value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        <footer class="dialog-foot">
          <button type="button" class="btn" onClick={onClose}>
            Let it run
          </button>
          <button type="submit" class="btn btn-danger">
            Cancel the run
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

/** It costs money again, so one stray key must not be enough. */
function AgainDialog({ run, onClose }: { run: RunDetail; onClose: () => void }) {
  return (
    <Dialog title="Run again?" size="s" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onClose();
          void runAgain(run);
        }}
      >
        <p class="dialog-text">
          A new run of {run.display_name || run.agent_name} starts with the same payload
          {run.budget_usd && amount(run.budget_usd) > 0 && (
            <>
              {" "}
              and may spend up to <strong class="num">{money(run.budget_usd)}</strong>
            </>
          )}
          .
        </p>
        <footer class="dialog-foot">
          <button type="button" class="btn" onClick={onClose}>
            Not now
          </button>
          <button type="submit" class="btn btn-primary" autofocus>
            Run again
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

export function RunHeader({
  run,
  onRedeliver,
}: {
  run: RunDetail;
  onRedeliver: (channel: string | null) => void;
}) {
  const [asking, setAsking] = useState(false);
  const [again, setAgain] = useState(false);
  const over = isOver(run);
  const cancellable = !over && run.status !== "DELIVERING" && run.status !== "CANCELLING";
  const redeliverable = run.status === "DONE" || run.status === "UNDELIVERED";
  const client = run.client_name ?? run.client_id;

  useShortcuts([
    { keys: "u", label: "Back to the runs", group: "Run", run: () => go("/runs") },
    { keys: "r", label: "Run again", group: "Run", run: () => setAgain(true) },
    ...(!cancellable
      ? []
      : [{ keys: "x", label: "Cancel the run", group: "Run", run: () => setAsking(true) }]),
  ]);

  const channels: MenuItem[] = [
    { label: "Everything that failed", icon: "rerun", run: () => onRedeliver(null) },
    ...run.deliveries
      .filter((each) => each.status !== "skipped")
      .map((each) => ({
        label: words(each.channel),
        hint: each.status.replaceAll("_", " "),
        icon: "send" as const,
        run: () => onRedeliver(each.channel),
      })),
  ];

  return (
    <header class="run-header">
      <div class="run-title">
        <a class="icon-btn" href="/runs" aria-label="All runs" title="All runs">
          <Icon name="left" />
        </a>
        <h1>
          <a href={`/agents/${encodeURIComponent(run.agent_name)}`}>{run.display_name || run.agent_name}</a>
          {client && <span class="run-client">{client}</span>}
        </h1>
        <StatusPill run={run} />
        {run.dry_run && (
          <span class="tag" title="Nothing is sent: deliveries show what would be">
            Dry run
          </span>
        )}
      </div>
      <div class="run-actions">
        {!over && (
          <button
            type="button"
            class="btn btn-s"
            onClick={() => setAsking(true)}
            disabled={!cancellable}
            title={
              run.status === "DELIVERING"
                ? "Once it is delivering, a run can no longer be cancelled"
                : undefined
            }
          >
            <Icon name="stop" size={14} />
            Cancel
          </button>
        )}
        {redeliverable && run.deliveries.length > 0 && (
          <Menu
            label="Redeliver"
            class="btn btn-s"
            align="end"
            items={channels}
            button={
              <>
                <Icon name="send" size={14} />
                Redeliver
                <Icon name="chevron" size={12} />
              </>
            }
          />
        )}
        <button type="button" class="btn btn-s" onClick={() => setAgain(true)}>
          <Icon name="rerun" size={14} />
          Run again
        </button>
      </div>
      <p class="run-facts">
        <span>
          <Icon name="clock" size={13} />
          <span class="num">
            <Length from={run.started_at ?? run.created_at} to={run.ended_at} seconds={run.duration_s} />
          </span>
        </span>
        <span>
          started <Ago at={run.started_at ?? run.created_at} />
        </span>
        <Trigger source={run.trigger_source} />
        <span class="run-engine">
          {run.engine.replaceAll("_", " ")} · version {run.agent_version}
        </span>
      </p>
      {again && <AgainDialog run={run} onClose={() => setAgain(false)} />}
      {asking && <CancelDialog run={run} onClose={() => setAsking(false)} />}
    </header>
  );
}
