// What each sprint set out to do, and what it did.
import { csvAddress, type SprintVelocity, type Velocity } from "../../api/analytics";
import { go } from "../../router";
import { filter, listAddress, type Unit, unheard, unit } from "./asked";
import { Figure, type Mark } from "./figure";
import { Hatch, top } from "./marks";
import { figure, linear, niceTicks, shortDay } from "./numbers";
import { type Frame, Plot, type Stop, YAxis } from "./plot";
import { useFigure } from "./reading";

const COUNT = 12;
const MARKS: Mark[] = [
  { label: "Committed at the start", kind: "c2", form: "hatch" },
  { label: "Completed", kind: "c1", form: "fill" },
  { label: "Mean of the last three", kind: "c6", form: "dash" },
];

const committed = (each: SprintVelocity, by: Unit) =>
  by === "tasks" ? each.committed_tasks : each.committed_estimate;
const done = (each: SprintVelocity, by: Unit) => (by === "tasks" ? each.done_tasks : each.done_estimate);
const scope = (each: SprintVelocity, by: Unit) => (by === "tasks" ? each.scope_tasks : each.scope_estimate);

function draw(frame: Frame, { sprints, ...found }: Velocity, by: Unit) {
  const mean = by === "tasks" ? found.mean_tasks : found.mean_estimate;
  const most = Math.max(...sprints.flatMap((each) => [committed(each, by) ?? 0, done(each, by)]), mean ?? 0);
  const ticks = niceTicks(most, 4, by === "tasks");
  const y = linear([0, ticks.at(-1) ?? 1], [frame.bottom, frame.top]);
  const slot = (frame.right - frame.left) / sprints.length;
  const bar = Math.min(26, slot * 0.34);
  const middle = (index: number) => frame.left + slot * (index + 0.5);
  const stops: Stop[] = sprints.map((each, index) => ({
    x: middle(index),
    y: y(done(each, by)),
    title: `${each.name}${each.status === "active" ? ", going on" : ""}`,
    rows: [
      ["Days", `${shortDay(each.start_date)} – ${shortDay(each.end_date)}`],
      ["Committed", figure(committed(each, by) ?? 0)],
      ["In it at the end", figure(scope(each, by))],
      ["Completed", figure(done(each, by))],
    ],
    open: () => go(listAddress({ sprint: each.sprint_id })),
    opens: "Open its tasks",
  }));
  const marks = (
    <>
      <Hatch id="hatch-velocity" kind="c2" />
      <YAxis frame={frame} ticks={ticks} y={y} />
      {sprints.map((each, index) => (
        <g key={each.sprint_id} class={each.status === "active" ? "c-going" : undefined}>
          <path
            class="c-open c2"
            fill="url(#hatch-velocity)"
            d={top(middle(index) - bar - 1, y(committed(each, by) ?? 0), bar, frame.bottom)}
          />
          <path class="c-fill c1" d={top(middle(index) + 1, y(done(each, by)), bar, frame.bottom)} />
          <text class="c-text c-mid" x={middle(index)} y={frame.bottom + 17}>
            {slot > 74 ? each.name.slice(0, Math.floor(slot / 7)) : shortDay(each.start_date)}
          </text>
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

export function VelocityChart() {
  // It compares sprints, so their own filter cannot be meant.
  const { assigned, category } = filter.value;
  const query = { count: COUNT, assigned, category };
  const reading = useFigure("velocity", query);
  const by = unit.value;
  const table = (found: Velocity) => ({
    head: ["Sprint", "Begins", "Ends", "State", "Committed", "At the end", "Completed"],
    rows: found.sprints.map((each) => [
      each.name,
      each.start_date,
      each.end_date,
      each.status,
      figure(committed(each, by) ?? 0),
      figure(scope(each, by)),
      figure(done(each, by)),
    ]),
  });
  return (
    <Figure
      title="Velocity"
      note={`${by === "tasks" ? "Tasks" : "Estimate"} per sprint${unheard(["sprint"])}`}
      reading={reading}
      filled={(found) => found.sprints.length > 0}
      empty="Start a sprint: what is in it then counts as committed, what is done in it as completed."
      csv={csvAddress("velocity", query)}
      marks={MARKS}
      table={table}
    >
      {(found) => (
        <Plot
          label={`Velocity of ${found.sprints.length} sprints.`}
          height={230}
          margin={{ right: 38 }}
          draw={(frame) => draw(frame, found, by)}
        />
      )}
    </Figure>
  );
}
