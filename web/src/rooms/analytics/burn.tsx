// A sprint day by day: what was left of it, and what was done of what was in it.
import { type Burn, type BurnDay, csvAddress } from "../../api/analytics";
import { ApiError } from "../../api/client";
import { sprints } from "../../store/board";
import { today } from "../board/days";
import { daysBetween, weekdayOf } from "../task/quick-dates";
import { sprintAsked, type Unit, unheard, unit } from "./asked";
import { Figure, type Mark, type Table } from "./figure";
import { figure, linear, niceTicks, path, shortDay, steps } from "./numbers";
import { DayAxis, type Frame, Plot, type Stop, YAxis } from "./plot";
import { type Reading, useFigure } from "./reading";

const DOWN: Mark[] = [
  { label: "Left", kind: "c1", form: "line" },
  { label: "Ideal", kind: "c6", form: "dash" },
  { label: "Added to the sprint", kind: "c2", form: "fill" },
  { label: "Taken out", kind: "c3", form: "hatch" },
];
const UP: Mark[] = [
  { label: "Done", kind: "c1", form: "line" },
  { label: "In the sprint", kind: "c2", form: "line" },
  { label: "Ideal", kind: "c6", form: "dash" },
];

type Known = { [K in keyof BurnDay]: NonNullable<BurnDay[K]> };
const isKnown = (each: BurnDay): each is BurnDay & Known => each.remaining_tasks !== null;

/** A day's numbers in the unit that is shown. */
function of(each: BurnDay, by: Unit) {
  const tasks = by === "tasks";
  return {
    scope: (tasks ? each.scope_tasks : each.scope_estimate) ?? 0,
    done: (tasks ? each.done_tasks : each.done_estimate) ?? 0,
    left: (tasks ? each.remaining_tasks : each.remaining_estimate) ?? 0,
    added: (tasks ? each.added_tasks : each.added_estimate) ?? 0,
    removed: (tasks ? each.removed_tasks : each.removed_estimate) ?? 0,
    ideal: tasks ? each.ideal_tasks : each.ideal_estimate,
  };
}

function space(frame: Frame, burn: Burn, most: number, by: Unit) {
  const days = burn.days;
  const slot = (frame.right - frame.left) / Math.max(1, days.length);
  const first = days[0]?.day ?? burn.start_date;
  const x = (day: string) => frame.left + (daysBetween(first, day) + 0.5) * slot;
  const ticks = niceTicks(most, 4, by === "tasks");
  const y = linear([0, ticks.at(-1) ?? 1], [frame.bottom, frame.top]);
  const ground = (
    <>
      {days
        .filter((each) => weekdayOf(each.day) > 4)
        .map((each) => (
          <rect
            key={each.day}
            class="c-weekend"
            x={x(each.day) - slot / 2}
            y={frame.top}
            width={slot}
            height={frame.bottom - frame.top}
          />
        ))}
      <YAxis frame={frame} ticks={ticks} y={y} />
      <DayAxis frame={frame} from={first} to={days.at(-1)?.day ?? first} x={x} />
      {days.some((each) => each.day === today()) && days.at(-1)?.day !== today() && (
        <path class="c-now" d={`M${x(today())} ${frame.top}V${frame.bottom}`} />
      )}
    </>
  );
  return { x, y, slot, ground };
}

function drawDown(frame: Frame, burn: Burn, by: Unit) {
  const known = burn.days.filter(isKnown);
  const most = Math.max(...burn.days.map((each) => Math.max(of(each, by).left, of(each, by).ideal)));
  const { x, y, slot, ground } = space(frame, burn, most, by);
  const bar = Math.min(10, slot * 0.5);
  const moved = Math.max(1, ...known.flatMap((each) => [of(each, by).added, of(each, by).removed]));
  // What came and went stands at the ground, on a scale of its own.
  const tall = (value: number) => (value / moved) * Math.min(34, (frame.bottom - frame.top) / 4);
  const left = known.map((each) => ({ x: x(each.day), y: y(of(each, by).left) }));
  const stops: Stop[] = known.map((each, index) => {
    const now = of(each, by);
    const rows: [string, string][] = [
      ["Left", figure(now.left)],
      ["Ideal", figure(now.ideal)],
    ];
    if (now.added) rows.push(["Added", `+${figure(now.added)}`]);
    if (now.removed) rows.push(["Taken out", `−${figure(now.removed)}`]);
    return { x: x(each.day), y: left[index]?.y ?? 0, title: shortDay(each.day), rows };
  });
  const marks = (
    <>
      {ground}
      {known.map((each) => {
        const { added, removed } = of(each, by);
        return (
          <g key={each.day}>
            {added > 0 && (
              <rect
                class="c-fill c2 c-soft"
                x={x(each.day) - bar}
                y={frame.bottom - tall(added)}
                width={bar}
                height={tall(added)}
              />
            )}
            {removed > 0 && (
              <rect
                class="c-open c3"
                x={x(each.day) + 1}
                y={frame.bottom - tall(removed)}
                width={bar - 1}
                height={tall(removed)}
              />
            )}
          </g>
        );
      })}
      <path
        class="c-line c6 c-dash"
        d={path(burn.days.map((each) => ({ x: x(each.day), y: y(of(each, by).ideal) })))}
      />
      <path class="c-line c1" d={steps(left)} />
      {left.map((each) => (
        <circle key={each.x} class="c-fill c1" cx={each.x} cy={each.y} r="2.6" />
      ))}
    </>
  );
  return { marks, stops };
}

function drawUp(frame: Frame, burn: Burn, by: Unit) {
  const known = burn.days.filter(isKnown);
  const full = Math.max(...burn.days.map((each) => of(each, by).ideal));
  const most = Math.max(full, ...known.map((each) => of(each, by).scope));
  const { x, y, ground } = space(frame, burn, most, by);
  const line = (which: "done" | "scope") =>
    known.map((each) => ({ x: x(each.day), y: y(of(each, by)[which]) }));
  const done = line("done");
  const last = done.at(-1);
  const stops: Stop[] = known.map((each, index) => {
    const now = of(each, by);
    const rows: [string, string][] = [
      ["Done", figure(now.done)],
      ["In the sprint", figure(now.scope)],
    ];
    const change = now.added - now.removed;
    if (change) rows.push(["Changed", `${change > 0 ? "+" : "−"}${figure(Math.abs(change))}`]);
    return { x: x(each.day), y: done[index]?.y ?? 0, title: shortDay(each.day), rows };
  });
  const marks = (
    <>
      {ground}
      <path
        class="c-line c6 c-dash"
        d={path(burn.days.map((each) => ({ x: x(each.day), y: y(full - of(each, by).ideal) })))}
      />
      {done[0] && last && <path class="c-area c1" d={`${steps(done)}V${frame.bottom}H${done[0].x}Z`} />}
      <path class="c-line c2" d={steps(line("scope"))} />
      <path class="c-line c1" d={steps(done)} />
    </>
  );
  return { marks, stops };
}

/** Both charts are of one figure. No sprint is nothing to draw, not a failure. */
function useBurn(): { reading: Reading<Burn | "none">; query: { sprint: string } | null } {
  const going = sprints.value.find((each) => each.status === "active");
  const begun = sprints.value.filter((each) => each.status !== "planned");
  const latest = going ?? begun.reduce((a, b) => (a && a.start_date > b.start_date ? a : b), begun[0]);
  const sprint = sprintAsked.value ?? latest?.id ?? null;
  const query = sprint ? { sprint } : null;
  const found = useFigure("burndown", query);
  const missing = query === null || (found.failed instanceof ApiError && found.failed.status === 404);
  if (missing) return { query, reading: { ...found, data: "none", failed: null, busy: false, long: false } };
  return { query, reading: found };
}

function tableOf(found: Burn | "none", by: Unit): Table {
  if (found === "none") return { head: [], rows: [] };
  return {
    head: ["Day", "In the sprint", "Done", "Left", "Ideal", "Added", "Taken out"],
    rows: found.days.map((each) => {
      const now = of(each, by);
      const known = isKnown(each);
      const cells = [now.scope, now.done, now.left].map((value) => (known ? figure(value) : "–"));
      const moves = [now.added, now.removed].map((value) => (known ? figure(value) : "–"));
      return [each.day, ...cells, figure(now.ideal), ...moves];
    }),
  };
}

/** A sprint burns as a whole. */
const WHOLE = ["assigned", "category"] as const;

export function BurnCharts() {
  const { reading, query } = useBurn();
  const by = unit.value;
  const named = reading.data && reading.data !== "none" ? reading.data.name : "";
  const what = by === "tasks" ? "tasks" : "estimate";
  const shared = {
    reading,
    filled: (found: Burn | "none") => found !== "none" && found.days.some(isKnown),
    table: (found: Burn | "none") => tableOf(found, by),
    empty: "Start a sprint, or choose one above: each day shows then what is left of it.",
  };
  return (
    <>
      <Figure
        {...shared}
        title="Burn-down"
        note={named ? `${named}: ${what} left at the end of each day${unheard(WHOLE)}` : undefined}
        csv={csvAddress("burndown", query ?? {})}
        marks={DOWN}
      >
        {(found) =>
          found !== "none" && (
            <Plot
              label={`Burn-down of ${found.name}.`}
              height={230}
              draw={(frame) => drawDown(frame, found, by)}
            />
          )
        }
      </Figure>
      <Figure
        {...shared}
        title="Burn-up"
        note={named ? `${named}: ${what} done, and in the sprint${unheard(WHOLE)}` : undefined}
        csv={csvAddress("burndown", query ?? {})}
        marks={UP}
      >
        {(found) =>
          found !== "none" && (
            <Plot
              label={`Burn-up of ${found.name}.`}
              height={230}
              draw={(frame) => drawUp(frame, found, by)}
            />
          )
        }
      </Figure>
    </>
  );
}
