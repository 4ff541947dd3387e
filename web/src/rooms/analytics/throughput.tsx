// What was done week by week.
import { csvAddress, type Throughput, type Week } from "../../api/analytics";
import { go } from "../../router";
import { addDays } from "../task/quick-dates";
import { filter, listAddress, range, type Unit, unit } from "./asked";
import { Figure, type Mark } from "./figure";
import { Hatch, top } from "./marks";
import { figure, linear, niceTicks, shortDay } from "./numbers";
import { type Frame, Plot, type Stop, YAxis } from "./plot";
import type { Reading } from "./reading";

const MARKS: Mark[] = [
  { label: "A whole week", kind: "c1", form: "fill" },
  { label: "A part of a week", kind: "c1", form: "hatch" },
  { label: "Mean of whole weeks", kind: "c6", form: "dash" },
];

const of = (week: Week, by: Unit) => (by === "tasks" ? week.tasks : week.estimate);

/** The server says the mean of tasks; of estimates it is counted the same way. */
function meanOf(found: Throughput, by: Unit): number | null {
  if (by === "tasks") return found.mean_tasks;
  const whole = found.weeks.filter((each) => each.whole);
  return whole.length > 0 ? whole.reduce((sum, each) => sum + each.estimate, 0) / whole.length : null;
}

function draw(frame: Frame, found: Throughput, by: Unit) {
  const { weeks } = found;
  const mean = meanOf(found, by);
  const ticks = niceTicks(Math.max(...weeks.map((each) => of(each, by)), mean ?? 0), 4, by === "tasks");
  const y = linear([0, ticks.at(-1) ?? 1], [frame.bottom, frame.top]);
  const slot = (frame.right - frame.left) / weeks.length;
  const bar = Math.min(34, slot * 0.7);
  const every = Math.ceil(52 / slot);
  const middle = (index: number) => frame.left + slot * (index + 0.5);
  const stops: Stop[] = weeks.map((week, index) => {
    const last = addDays(week.week, 6);
    return {
      x: middle(index),
      y: y(of(week, by)),
      title: `${shortDay(week.week)} – ${shortDay(last)}${week.whole ? "" : ", in part"}`,
      rows: [
        ["Tasks", String(week.tasks)],
        ["Estimate", figure(week.estimate)],
      ],
      open: () =>
        go(listAddress({ completed_from: week.week, completed_to: last, sort: "completed_at:desc" })),
      opens: "Open what was done",
    };
  });
  const marks = (
    <>
      <Hatch id="hatch-weeks" kind="c1" />
      <YAxis frame={frame} ticks={ticks} y={y} />
      {weeks.map((week, index) => (
        <g key={week.week}>
          {of(week, by) > 0 && (
            <path
              class={week.whole ? "c-fill c1" : "c-open c1"}
              fill={week.whole ? undefined : "url(#hatch-weeks)"}
              d={top(middle(index) - bar / 2, y(of(week, by)), bar, frame.bottom)}
            />
          )}
          {index % every === 0 && (
            <text class="c-text c-mid" x={middle(index)} y={frame.bottom + 17}>
              {shortDay(week.week)}
            </text>
          )}
        </g>
      ))}
      {mean !== null && (
        <>
          <path class="c-line c6 c-dash" d={`M${frame.left} ${y(mean)}H${frame.right}`} />
          <text class="c-text c-strong" x={frame.right + 7} y={y(mean) + 4}>
            {figure(mean)}
          </text>
        </>
      )}
    </>
  );
  return { marks, stops };
}

export function ThroughputChart({ reading }: { reading: Reading<Throughput> }) {
  const by = unit.value;
  return (
    <Figure
      title="Throughput"
      note={by === "tasks" ? "Tasks done per week" : "Estimate done per week"}
      reading={reading}
      filled={(found) => found.weeks.some((each) => each.tasks > 0)}
      empty="Move cards to a column that is done: they are counted here week by week. In these days none was."
      csv={csvAddress("throughput", { ...range.value, ...filter.value })}
      marks={MARKS}
      table={(found) => ({
        head: ["Week from", "Tasks", "Estimate", "Whole"],
        rows: found.weeks.map((each) => [
          each.week,
          each.tasks,
          figure(each.estimate),
          each.whole ? "yes" : "in part",
        ]),
      })}
    >
      {(found) => (
        <Plot
          label={`Throughput of ${found.weeks.length} weeks.`}
          height={230}
          margin={{ right: 38 }}
          draw={(frame) => draw(frame, found, by)}
        />
      )}
    </Figure>
  );
}
