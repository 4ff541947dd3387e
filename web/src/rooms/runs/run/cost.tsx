import "./cost.css";
import type { Run, RunEvent } from "../../../api/types";
import { secondNow } from "../../../store/clock";
import { amount, duration, money } from "../../../ui/format";
import { isOver } from "../status";
import { field } from "./groups";

interface Point {
  t: number; // seconds since the run began
  usd: number;
}

const W = 320;
const H = 96;
const ROOM = 4;

/** Each cost event carries the sum so far; the chart steps up at each. The engine's clock and ours differ
 * a little and a sum can be told late: neither time nor money goes backwards. */
export function costPoints(run: Run, events: readonly RunEvent[]): Point[] {
  const start = Date.parse(run.started_at ?? run.created_at);
  const points: Point[] = [{ t: 0, usd: 0 }];
  for (const event of events) {
    if (event.kind !== "cost") continue;
    const usd = amount(field(event.body, "cost_usd"));
    const last = points[points.length - 1] ?? { t: 0, usd: 0 };
    points.push({ t: Math.max(last.t, (Date.parse(event.at) - start) / 1000), usd: Math.max(last.usd, usd) });
  }
  return points;
}

function Limit({
  at,
  y,
  label,
  kind,
}: {
  at: number;
  y: (usd: number) => number;
  label: string;
  kind: string;
}) {
  return (
    <line class={`chart-${kind}`} x1="0" x2={W} y1={y(at)} y2={y(at)} vector-effect="non-scaling-stroke">
      <title>{label}</title>
    </line>
  );
}

function Chart({ run, events, now }: { run: Run; events: readonly RunEvent[]; now: number }) {
  const points = costPoints(run, events);
  const start = Date.parse(run.started_at ?? run.created_at);
  const end = Math.max((run.ended_at ? Date.parse(run.ended_at) : now) - start, 1000) / 1000;
  const cost = amount(run.cost_usd);
  const budget = amount(run.budget_usd);
  const alert = amount(run.alert_usd);
  const ceiling = Math.max(budget * 1.08, cost * 1.15, 0.0001);
  const x = (t: number) => (Math.min(t, end) / end) * W;
  const y = (usd: number) => H - ROOM - (usd / ceiling) * (H - 2 * ROOM);
  let line = `M0 ${y(0)}`;
  for (const point of points) line += `H${x(point.t).toFixed(1)}V${y(point.usd).toFixed(1)}`;
  line += `V${y(cost).toFixed(1)}H${W}`;
  const said = `Cost over time: ${money(cost)} after ${duration(end)}${budget ? `, budget ${money(budget)}` : ""}`;
  return (
    <svg class="chart" viewBox={`0 0 ${W} ${H}`} preserveAspectRatio="none" role="img" aria-label={said}>
      {budget > 0 && <Limit at={budget} y={y} kind="budget" label={`Budget ${money(budget)}`} />}
      {alert > 0 && <Limit at={alert} y={y} kind="alert" label={`Alert at ${money(alert)}`} />}
      <path class="chart-area" d={`${line}V${H}H0Z`} />
      <path class="chart-line" d={line} vector-effect="non-scaling-stroke" />
    </svg>
  );
}

function LiveChart({ run, events }: { run: Run; events: readonly RunEvent[] }) {
  return <Chart run={run} events={events} now={secondNow.value} />;
}

/** `count` only tells that the list has grown: it is kept in place. */
export function CostCard({ run, events, count }: { run: Run; events: readonly RunEvent[]; count: number }) {
  const budget = amount(run.budget_usd);
  const cost = amount(run.cost_usd);
  const tone =
    budget && cost >= budget ? "over" : run.alert_usd && cost >= amount(run.alert_usd) ? "warn" : "ok";
  return (
    <section class={`card cost cost-${tone}`} aria-labelledby="cost-title" data-events={count}>
      <header class="card-head">
        <h2 id="cost-title">Cost</h2>
        <span class="cost-now num">{money(cost)}</span>
        {budget > 0 && <span class="page-note num">of {money(budget)}</span>}
        {budget > 0 && <span class="cost-share num">{Math.round((cost / budget) * 100)}%</span>}
      </header>
      {isOver(run) ? <Chart run={run} events={events} now={0} /> : <LiveChart run={run} events={events} />}
      <p class="chart-key">
        <span class="key key-cost">spent</span>
        {run.alert_usd && <span class="key key-alert num">alert {money(run.alert_usd)}</span>}
        {budget > 0 && <span class="key key-budget num">budget {money(budget)}</span>}
      </p>
    </section>
  );
}
