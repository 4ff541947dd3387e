// The runs of this card, as they go on. Their own pages tell the rest.
import { useEffect, useState } from "preact/hooks";
import type { Task } from "../../api/board";
import { taskApi } from "../../api/task";
import type { Run } from "../../api/types";
import { feedReady } from "../../live/feed";
import { onRun, putRun, runSignal } from "../../store/runs";
import { money } from "../../ui/format";
import { Ago, Length } from "../../ui/time";
import { isOver, StatusPill } from "../runs/status";
import { Part } from "./part";

function note(run: Run): string | null {
  if (run.error) return run.error.message;
  if (isOver(run)) return run.summary?.headline ?? null;
  if (!run.progress) return null;
  const { done, total, note: said } = run.progress;
  return [total ? `${done} of ${total}` : null, said].filter(Boolean).join(" · ") || null;
}

function Line({ id }: { id: string }) {
  const run = runSignal(id)?.value;
  if (!run) return null;
  const said = note(run);
  return (
    <li>
      <a class="run-line" href={`/runs/${encodeURIComponent(run.id)}`}>
        <span class="run-line-top">
          <StatusPill run={run} />
          <span class="cut">{run.display_name || run.agent_name}</span>
          <span class="faint num run-line-cost">
            <Length from={run.started_at} to={run.ended_at} seconds={run.duration_s} />
            {" · "}
            {money(run.cost_usd)}
            {" · "}
            <Ago at={run.started_at ?? run.created_at} />
          </span>
        </span>
        {said && <span class={run.error ? "run-line-note bad" : "run-line-note"}>{said}</span>}
      </a>
    </li>
  );
}

export function Runs({ task }: { task: Task }) {
  const [ids, setIds] = useState<string[]>([]);
  useEffect(() => {
    let current = true;
    const add = (found: string[]) => setIds((now) => [...new Set([...found, ...now])]);
    const stop = onRun((run, isNew) => {
      if (isNew && run.task_id === task.id) add([run.id]);
    });
    // Without the right to see runs, or before there are any, the part is simply not there.
    void feedReady()
      .then(() => taskApi.runs(task.id))
      .then(
        ({ data }) => {
          if (!current) return;
          for (const run of data) putRun(run);
          add(data.map((run) => run.id));
        },
        () => {},
      );
    return () => {
      current = false;
      stop();
    };
  }, [task.id, task.run_id]);
  const shown = ids
    .filter((id) => runSignal(id))
    .sort((a, b) => (b < a ? -1 : 1))
    .slice(0, 6);
  if (shown.length === 0) return null;
  return (
    <Part title="Runs" count={shown.length}>
      <ul class="run-lines">
        {shown.map((id) => (
          <Line key={id} id={id} />
        ))}
      </ul>
    </Part>
  );
}
