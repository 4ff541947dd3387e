// How many tasks stood in which column at the end of each day: bands that grow wide are queues.
import { type CumulativeFlow, csvAddress, type FlowColumn } from "../../api/analytics";
import { columnByKey } from "../../store/board";
import { daysBetween } from "../task/quick-dates";
import { filter, range } from "./asked";
import { Figure } from "./figure";
import { Hatch } from "./marks";
import { linear, niceTicks, path, shortDay } from "./numbers";
import { DayAxis, type Frame, Plot, type Stop, YAxis } from "./plot";
import { useFigure } from "./reading";

interface Band {
  column: FlowColumn;
  at: number;
  color: string;
  /** Of what is done only what became so within these days: years of it would flatten all the rest. */
  since: number;
}

const kindOf = (column: FlowColumn) => columnByKey.value.get(column.key)?.kind;

/** From the bottom: what is done, then the others from right to left, as work flows down into it. */
function bandsOf(found: CumulativeFlow): Band[] {
  const first = found.days[0];
  const all = found.columns.map((column, at) => ({
    column,
    at,
    color: columnByKey.value.get(column.key)?.color ?? "var(--idle)",
    since: kindOf(column) === "done" ? (first?.counts[at] ?? 0) : 0,
  }));
  const used = all.filter(({ at, since }) => found.days.some((each) => (each.counts[at] ?? 0) > since));
  const done = used.filter((each) => kindOf(each.column) === "done");
  return [...done, ...used.filter((each) => kindOf(each.column) !== "done").reverse()];
}

const counted = (band: Band, counts: number[]) => Math.max(0, (counts[band.at] ?? 0) - band.since);

function draw(frame: Frame, found: CumulativeFlow) {
  const bands = bandsOf(found);
  const sums = found.days.map((day) => bands.reduce((sum, band) => sum + counted(band, day.counts), 0));
  const ticks = niceTicks(Math.max(...sums), 4, true);
  const y = linear([0, ticks.at(-1) ?? 1], [frame.bottom, frame.top]);
  const first = found.days[0]?.day ?? "";
  const last = found.days.at(-1)?.day ?? "";
  const x = (day: string) =>
    linear([0, Math.max(1, found.days.length - 1)], [frame.left, frame.right])(daysBetween(first, day));
  const floor = found.days.map(() => 0);
  const drawn = bands.map((band) => {
    const low = [...floor];
    for (const [index, day] of found.days.entries())
      floor[index] = (floor[index] ?? 0) + counted(band, day.counts);
    const line = (values: number[]) =>
      found.days.map((day, index) => ({ x: x(day.day), y: y(values[index] ?? 0) }));
    const above = line([...floor]);
    const below = line(low);
    const middle = ((above.at(-1)?.y ?? 0) + (below.at(-1)?.y ?? 0)) / 2;
    return { band, above, below, middle, thick: (below.at(-1)?.y ?? 0) - (above.at(-1)?.y ?? 0) };
  });
  const stops: Stop[] = found.days.map((day, index) => ({
    x: x(day.day),
    y: y(sums[index] ?? 0),
    title: shortDay(day.day),
    rows: [...bands].reverse().map((band) => [nameOf(band, first), String(counted(band, day.counts))]),
  }));
  const marks = (
    <>
      {drawn.map(({ band, above, below }, index) => (
        <g key={band.column.key}>
          {index % 2 === 1 && <Hatch id={`hatch-flow-${band.at}`} color={band.color} />}
          <path
            class="c-band"
            style={{ fill: band.color }}
            d={`${path(above)}${path([...below].reverse()).replace("M", "L")}Z`}
          />
          {index % 2 === 1 && (
            <path
              class="c-over"
              fill={`url(#hatch-flow-${band.at})`}
              d={`${path(above)}${path([...below].reverse()).replace("M", "L")}Z`}
            />
          )}
          <path class="c-line" style={{ stroke: band.color }} d={path(above)} />
        </g>
      ))}
      <YAxis frame={frame} ticks={ticks} y={y} />
      <DayAxis frame={frame} from={first} to={last} x={x} />
      {drawn
        .filter((each) => each.thick > 13)
        .map(({ band, middle }) => (
          <text key={band.column.key} class="c-text c-strong" x={frame.right + 7} y={middle + 4}>
            {band.column.name.slice(0, 14)}
          </text>
        ))}
    </>
  );
  return { marks, stops };
}

const nameOf = (band: Band, first: string) =>
  kindOf(band.column) === "done" ? `${band.column.name} since ${shortDay(first)}` : band.column.name;

function Legend({ found }: { found: CumulativeFlow }) {
  const first = found.days[0]?.day ?? "";
  return (
    <ul class="fig-legend">
      {[...bandsOf(found)].reverse().map((band, index, all) => (
        <li key={band.column.key}>
          <svg class="fig-swatch" width="18" height="12" viewBox="0 0 18 12" aria-hidden="true">
            <rect class="c-band" style={{ fill: band.color }} x="1" y="1" width="16" height="10" rx="2" />
            {(all.length - 1 - index) % 2 === 1 && (
              <path class="c-hatch" style={{ stroke: band.color }} d="M4 10L9 2M9 10L14 2" />
            )}
          </svg>
          {nameOf(band, first)}
        </li>
      ))}
    </ul>
  );
}

export function FlowChart() {
  const query = { ...range.value, ...filter.value };
  const reading = useFigure("cumulative-flow", query);
  return (
    <Figure
      wide
      title="Cumulative flow"
      note="Tasks by column at the end of each day"
      reading={reading}
      filled={(found) => found.days.length > 1 && bandsOf(found).length > 0}
      empty="Cards that stand in the columns of the board appear here as bands, from their second day on."
      csv={csvAddress("cumulative-flow", query)}
      table={(found) => ({
        head: ["Day", ...found.columns.map((each) => each.name)],
        rows: found.days.map((each) => [each.day, ...each.counts]),
      })}
    >
      {(found) => (
        <>
          <Plot
            label={`Tasks by column over ${found.days.length} days.`}
            height={270}
            margin={{ right: 104 }}
            draw={(frame) => draw(frame, found)}
          />
          <Legend found={found} />
        </>
      )}
    </Figure>
  );
}
