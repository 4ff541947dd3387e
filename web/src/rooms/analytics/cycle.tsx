// How long what was done took: each task as a point, and how many took how long.
import { type CycleTimes, csvAddress, type DoneTask, type DoneTasks, type Spread } from "../../api/analytics";
import { openTask } from "../../overlay";
import { params, withParams } from "../../router";
import { Segmented } from "../../ui/parts";
import { daysBetween } from "../task/quick-dates";
import { filter, range } from "./asked";
import { Figure, type Mark } from "./figure";
import { top } from "./marks";
import { type Bin, binned, figure, linear, niceTicks, shortDay, spell } from "./numbers";
import { DayAxis, type Frame, Plot, type Stop, YAxis } from "./plot";
import { type Reading, useFigure } from "./reading";

type Which = "cycle" | "lead";

const MARKS: Mark[] = [
  { label: "A task that was done", kind: "c1", form: "dot" },
  { label: "Half took at most this, 85 % and 95 %", kind: "c2", form: "dash" },
];
const DAY_H = 24;

const hours = (each: DoneTask, which: Which) => (which === "cycle" ? each.cycle_h : each.lead_h);
const lines = (spread: Spread): [string, number][] =>
  (
    [
      ["50 %", spread.p50_h],
      ["85 %", spread.p85_h],
      ["95 %", spread.p95_h],
    ] as const
  ).flatMap(([name, value]) => (value === null ? [] : [[name, value] as [string, number]]));

/** Hours where everything was quick, days otherwise. */
function scaleFor(values: number[]): { per: number; word: string } {
  return Math.max(0, ...values) < 36 ? { per: 1, word: "h" } : { per: DAY_H, word: "d" };
}

function named(each: DoneTask): string {
  return each.task ? `#${each.task.number} ${each.task.title}` : each.id;
}

function drawPoints(frame: Frame, found: DoneTasks, spread: Spread, which: Which) {
  const points = found.tasks.filter((each) => hours(each, which) !== null);
  const { per, word } = scaleFor(points.map((each) => hours(each, which) ?? 0));
  const most = Math.max(...points.map((each) => (hours(each, which) ?? 0) / per));
  const ticks = niceTicks(most, 4);
  const y = linear([0, ticks.at(-1) ?? 1], [frame.bottom, frame.top]);
  const days = daysBetween(found.from_day, found.to_day) + 1;
  const slot = (frame.right - frame.left) / days;
  const x = (day: string) => frame.left + (daysBetween(found.from_day, day) + 0.5) * slot;
  const placed = points.map((each) => ({ each, x: x(each.day), y: y((hours(each, which) ?? 0) / per) }));
  const stops: Stop[] = placed.map(({ each, x: left, y: high }) => ({
    x: left,
    y: high,
    title: named(each),
    rows: [
      ["Done", shortDay(each.day)],
      ["Cycle", spell(each.cycle_h)],
      ["Lead", spell(each.lead_h)],
    ],
    ...(each.task ? { open: () => openTask(each.id), opens: "Open the card" } : {}),
  }));
  const marks = (
    <>
      <YAxis frame={frame} ticks={ticks} y={y} format={(value) => `${figure(value)}${word}`} />
      <DayAxis frame={frame} from={found.from_day} to={found.to_day} x={x} />
      {placed.map(({ each, x: left, y: high }) => (
        <circle key={each.id} class="c-point c1" cx={left} cy={high} r="4" />
      ))}
      {lines(spread).map(([name, value]) => (
        <g key={name}>
          <path class="c-line c2 c-dash" d={`M${frame.left} ${y(value / per)}H${frame.right}`} />
          <text class="c-text c-strong" x={frame.right + 6} y={y(value / per) + 4}>
            {name}
          </text>
        </g>
      ))}
    </>
  );
  return { marks, stops };
}

function binText({ from, to }: Bin, word: string): string {
  return to === Number.POSITIVE_INFINITY
    ? `${figure(from)} ${word} and more`
    : `${figure(from)} – ${figure(to)} ${word}`;
}

function drawBins(frame: Frame, values: number[]) {
  const { per, word } = scaleFor(values);
  const bins = binned(values.map((each) => each / per));
  const ticks = niceTicks(Math.max(...bins.map((each) => each.count)), 3, true);
  const y = linear([0, ticks.at(-1) ?? 1], [frame.bottom, frame.top]);
  const slot = (frame.right - frame.left) / bins.length;
  const every = Math.ceil(34 / slot);
  const stops: Stop[] = bins.map((bin, index) => ({
    x: frame.left + (index + 0.5) * slot,
    y: y(bin.count),
    title: binText(bin, word === "h" ? "hours" : "days"),
    rows: [["Tasks", String(bin.count)]],
  }));
  const marks = (
    <>
      <YAxis frame={frame} ticks={ticks} y={y} />
      {bins.map((bin, index) => (
        <g key={bin.from}>
          <path
            class="c-fill c1 c-soft"
            d={top(frame.left + index * slot + 1.5, y(bin.count), slot - 3, frame.bottom)}
          />
          {index % every === 0 && (
            <text class="c-text c-mid" x={frame.left + index * slot} y={frame.bottom + 17}>
              {figure(bin.from)}
              {word}
            </text>
          )}
        </g>
      ))}
    </>
  );
  return { marks, stops };
}

function Percentiles({ spread }: { spread: Spread }) {
  return (
    <dl class="fig-facts">
      {lines(spread).map(([name, value]) => (
        <div key={name}>
          <dt>{name} took at most</dt>
          <dd class="num">{spell(value)}</dd>
        </div>
      ))}
      <div>
        <dt>Mean</dt>
        <dd class="num">{spell(spread.mean_h)}</dd>
      </div>
    </dl>
  );
}

type Both = { points: DoneTasks; times: CycleTimes };

function together(points: Reading<DoneTasks>, times: Reading<CycleTimes>): Reading<Both> {
  const data = points.data && times.data ? { points: points.data, times: times.data } : null;
  const again = () => {
    points.again();
    times.again();
  };
  return {
    data,
    failed: points.failed ?? times.failed,
    busy: points.busy || times.busy,
    long: points.long || times.long,
    again,
  };
}

export function CycleChart({ times }: { times: Reading<CycleTimes> }) {
  const query = { ...range.value, ...filter.value };
  const points = useFigure("done-tasks", query);
  const which: Which = params.value.get("time") === "lead" ? "lead" : "cycle";
  const all = (found: Both) =>
    found.points.tasks.map((each) => hours(each, which)).filter((each) => each !== null);
  return (
    <Figure
      wide
      title={which === "cycle" ? "Cycle time" : "Lead time"}
      note={
        which === "cycle"
          ? "From when work began to when it was done"
          : "From when it was made to when it was done"
      }
      reading={together(points, times)}
      filled={(found) => all(found).length > 0}
      empty={
        which === "cycle"
          ? "Move cards through a column under way to one that is done: each becomes a point here. In these days none went that way."
          : "Cards that are done become points here. In these days none was."
      }
      csv={csvAddress("done-tasks", query)}
      marks={MARKS}
      table={(found) => ({
        head: ["Task", "Done", "Cycle time (h)", "Lead time (h)"],
        rows: found.points.tasks.map((each) => [
          named(each),
          each.day,
          each.cycle_h ?? "–",
          each.lead_h ?? "–",
        ]),
      })}
      tools={
        <Segmented
          label="Which time"
          value={which}
          choices={[
            { value: "cycle", label: "Cycle" },
            { value: "lead", label: "Lead" },
          ]}
          onChange={(value) => withParams({ time: value === "cycle" ? null : value })}
        />
      }
    >
      {(found) => {
        const spread = found.times.total[which];
        return (
          <div class="fig-two">
            <div>
              <Plot
                scattered
                label={`${all(found).length} tasks by the day they were done and the time they took.`}
                height={270}
                margin={{ left: 44, right: 44 }}
                draw={(frame) => drawPoints(frame, found.points, spread, which)}
              />
              {found.points.total > found.points.tasks.length && (
                <p class="fig-say">
                  The last {found.points.tasks.length} of {found.points.total} tasks are drawn; the
                  percentiles are of all.
                </p>
              )}
            </div>
            <div>
              <Percentiles spread={spread} />
              <Plot
                label="How many tasks took how long."
                height={166}
                margin={{ left: 30 }}
                draw={(frame) => drawBins(frame, all(found))}
              />
            </div>
          </div>
        );
      }}
    </Figure>
  );
}
