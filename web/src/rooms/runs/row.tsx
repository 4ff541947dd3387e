import type { Run } from "../../api/types";
import { runSignal } from "../../store/runs";
import { amount, money } from "../../ui/format";
import { memo } from "../../ui/memo";
import { Meter } from "../../ui/parts";
import { Ago, Length } from "../../ui/time";
import { isOver, StatusPill } from "./status";
import { Trigger } from "./trigger";

export function costLabel(run: Run): string {
  return run.budget_usd ? `${money(run.cost_usd)} of ${money(run.budget_usd)}` : money(run.cost_usd);
}

export function Score({ run }: { run: Run }) {
  const { score, max_score: max } = run.summary ?? {};
  if (score === null || score === undefined) return <span class="faint">–</span>;
  const share = score / (max || 100);
  const tone = share >= 0.8 ? "good" : share >= 0.5 ? "mid" : "low";
  return (
    <span class={`score score-${tone}`} title={`Score ${score} of ${max ?? 100}`}>
      {score}
    </span>
  );
}

function second(run: Run): string | null {
  if (run.error) return run.error.message;
  if (isOver(run)) return run.summary?.headline ?? null;
  if (!run.progress) return null;
  const { done, total, note } = run.progress;
  return [total ? `${done} of ${total}` : String(done), note].filter(Boolean).join(" · ");
}

interface Props {
  id: string;
  index: number;
  current: boolean;
  onFocus: (index: number) => void;
}

export const Row = memo(function Row({ id, index, current, onFocus }: Props) {
  const run = runSignal(id)?.value;
  if (!run) return null;
  const note = second(run);
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      class={current ? "run-row current" : "run-row"}
      data-index={index}
    >
      <span role="cell" class="c-status">
        <StatusPill run={run} />
      </span>
      <span role="cell" class="c-what">
        <a href={`/runs/${run.id}`} class="row-link" data-run={run.id} onFocus={() => onFocus(index)}>
          {run.display_name || run.agent_name}
        </a>
        {run.dry_run && <span class="tag">Dry run</span>}
        {note && <span class={run.error ? "row-note bad" : "row-note"}>{note}</span>}
      </span>
      <span role="cell" class="c-client">
        {run.client_name ?? run.client_id ?? <span class="faint">No client</span>}
      </span>
      <span role="cell" class="c-trigger">
        <Trigger source={run.trigger_source} text={false} />
      </span>
      <span role="cell" class="c-started num">
        <Ago at={run.started_at ?? run.created_at} />
      </span>
      <span role="cell" class="c-duration num">
        <Length from={run.started_at} to={run.ended_at} seconds={run.duration_s} />
      </span>
      <span role="cell" class="c-cost num">
        <span>{money(run.cost_usd)}</span>
        {run.budget_usd && (
          <Meter
            value={amount(run.cost_usd)}
            max={amount(run.budget_usd)}
            alert={run.alert_usd ? amount(run.alert_usd) : null}
            label={`Cost ${costLabel(run)}`}
          />
        )}
      </span>
      <span role="cell" class="c-score num">
        <Score run={run} />
      </span>
    </div>
  );
});
