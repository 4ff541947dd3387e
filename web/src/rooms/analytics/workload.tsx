// Who has how much, and did how much.
import { csvAddress, type Load, type Workload } from "../../api/analytics";
import { go, params } from "../../router";
import { agentById } from "../../store/board";
import { filter, listAddress, OPEN_KINDS, range, type Unit, unit } from "./asked";
import { Figure, type Mark } from "./figure";
import { along, Hatch } from "./marks";
import { figure, linear, niceTicks, spell } from "./numbers";
import { type Frame, Plot, type Stop } from "./plot";
import { type Reading, useFigure } from "./reading";

type Who = "agents" | "people";

const MARKS: Mark[] = [
  { label: "Under way", kind: "c1", form: "fill" },
  { label: "Open, not begun", kind: "c1", form: "hatch" },
  { label: "Done in these days", kind: "c3", form: "fill" },
];
const AGENT_MARKS: Mark[] = [...MARKS, { label: "Capacity", kind: "c2", form: "line" }];
const ROW = 42;
const NAMES = 108;

/** Under way is known by count alone; of the estimate the same share is taken to be. */
function parts(load: Load, by: Unit) {
  if (by === "tasks") return { way: load.under_way, open: load.open_tasks, done: load.done_tasks };
  const share = load.open_tasks > 0 ? load.under_way / load.open_tasks : 0;
  return { way: load.open_estimate * share, open: load.open_estimate, done: load.done_estimate };
}

const nameOf = (load: Load) => load.name ?? "Nobody";
const capacityOf = (load: Load, who: Who) =>
  (who === "agents" && load.key ? agentById.value.get(load.key)?.capacity : null) ?? null;

function stopOf(load: Load, who: Who, x: number, y: number): Stop {
  const capacity = capacityOf(load, who);
  const rows: [string, string][] = [
    ["Open", String(load.open_tasks)],
    ["Under way", String(load.under_way)],
    ["Open estimate", figure(load.open_estimate)],
    ["Done", String(load.done_tasks)],
    ["Median cycle", spell(load.cycle_p50_h)],
  ];
  if (capacity !== null)
    rows.push(["Capacity", `${capacity}${load.open_tasks > capacity ? ", exceeded" : ""}`]);
  const name = who === "agents" ? "assigned" : "accountable";
  return {
    x,
    y,
    title: nameOf(load),
    rows,
    open: () => go(listAddress({ [name]: load.key ?? "none", kind: OPEN_KINDS })),
    opens: "Open these tasks",
  };
}

function draw(frame: Frame, loads: Load[], who: Who, by: Unit) {
  const tasks = by === "tasks";
  const most = Math.max(
    ...loads.flatMap((each) => {
      const { open, done } = parts(each, by);
      return [open, done, tasks ? (capacityOf(each, who) ?? 0) : 0];
    }),
  );
  const ticks = niceTicks(most, Math.max(2, Math.floor((frame.right - frame.left) / 80)), tasks);
  const x = linear([0, ticks.at(-1) ?? 1], [frame.left, frame.right]);
  const line = (index: number) => frame.top + index * ROW;
  const stops = loads.map((load, index) =>
    stopOf(load, who, x(parts(load, by).open), line(index) + ROW / 2 - 4),
  );
  const marks = (
    <>
      <Hatch id={`hatch-${who}`} kind="c1" />
      {ticks.map((tick) => (
        <g key={tick}>
          <path class={tick === 0 ? "c-base" : "c-grid"} d={`M${x(tick)} ${frame.top - 4}V${frame.bottom}`} />
          <text class="c-text c-mid" x={x(tick)} y={frame.bottom + 16}>
            {figure(tick)}
          </text>
        </g>
      ))}
      {loads.map((load, index) => {
        const { way, open, done } = parts(load, by);
        const capacity = tasks ? capacityOf(load, who) : null;
        const y = line(index);
        return (
          <g key={load.key ?? ""}>
            <text class="c-text c-name" x={0} y={y + 16}>
              {nameOf(load).slice(0, 15)}
            </text>
            <path
              class="c-open c1"
              fill={`url(#hatch-${who})`}
              d={along(frame.left, y + 4, x(open) - frame.left, 14)}
            />
            {way > 0 && <path class="c-fill c1" d={along(frame.left, y + 4, x(way) - frame.left, 14)} />}
            {done > 0 && <path class="c-fill c3" d={along(frame.left, y + 22, x(done) - frame.left, 7)} />}
            {capacity !== null && (
              <path
                class={`c-line c2${open > capacity ? " c-over-line" : ""}`}
                d={`M${x(capacity)} ${y}V${y + 22}`}
              />
            )}
            <text
              class="c-text c-strong"
              x={Math.max(x(open), capacity === null ? 0 : x(capacity)) + 6}
              y={y + 15}
            >
              {figure(open)}
              {capacity !== null && open > capacity ? " !" : ""}
            </text>
          </g>
        );
      })}
    </>
  );
  return { marks, stops };
}

interface Props {
  who: Who;
  reading: Reading<Workload>;
  query: Parameters<typeof csvAddress>[1];
}

function WorkloadChart({ who, reading, query }: Props) {
  const by = unit.value;
  const title = who === "agents" ? "Workload of agents" : "Workload of people";
  const loadsOf = (found: Workload) =>
    found[who].filter((each) => each.open_tasks + each.done_tasks > 0).slice(0, 14);
  return (
    <Figure
      short
      title={title}
      note={
        by === "tasks"
          ? "Tasks open now, and done in these days"
          : "Estimates open now, and done in these days"
      }
      reading={reading}
      filled={(found) => loadsOf(found).length > 0}
      empty={
        who === "agents"
          ? "Assign cards to agents: what each has open appears here."
          : "Make people accountable for cards: what each has open appears here."
      }
      csv={csvAddress("workload", query)}
      marks={who === "agents" ? AGENT_MARKS : MARKS}
      table={(found) => ({
        head: [
          who === "agents" ? "Agent" : "Person",
          "Open",
          "Open estimate",
          "Under way",
          "Done",
          "Done estimate",
          "Median cycle (h)",
        ],
        rows: found[who].map((each) => [
          nameOf(each),
          each.open_tasks,
          figure(each.open_estimate),
          each.under_way,
          each.done_tasks,
          figure(each.done_estimate),
          each.cycle_p50_h ?? "–",
        ]),
      })}
    >
      {(found) => {
        const loads = loadsOf(found);
        return (
          <>
            <Plot
              stacked
              label={`${title}: ${loads.length} of them.`}
              height={loads.length * ROW + 34}
              margin={{ left: NAMES, right: 34, top: 6 }}
              draw={(frame) => draw(frame, loads, who, by)}
            />
            {found[who].length > loads.length && loads.length === 14 && (
              <p class="fig-say">The {loads.length} with most to do are drawn; the table has all.</p>
            )}
          </>
        );
      }}
    </Figure>
  );
}

export function WorkloadCharts() {
  const query = { ...range.value, ...filter.value };
  const reading = useFigure("workload", query);
  void params.value;
  return (
    <>
      <WorkloadChart who="agents" reading={reading} query={query} />
      <WorkloadChart who="people" reading={reading} query={query} />
    </>
  );
}
