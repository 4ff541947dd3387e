// The four figures one looks at first.
import type { ComponentChildren } from "preact";
import type { CycleTimes, Throughput } from "../../api/analytics";
import { allCards, boardLoaded, cardsStamp, columnByKey } from "../../store/board";
import { count, plural } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { today } from "../board/days";
import { daysBetween } from "../task/quick-dates";
import { filter, listAddress, range } from "./asked";
import { change, path, spell } from "./numbers";
import { before } from "./range";
import { type Reading, useFigure } from "./reading";

interface TileProps {
  name: string;
  value: string | null;
  href?: string;
  note?: ComponentChildren;
  bad?: boolean;
  children?: ComponentChildren;
}

function Tile({ name, value, href, note, bad, children }: TileProps) {
  return (
    <div class="tile">
      <dt>{name}</dt>
      <dd class={bad ? "num bad" : "num"}>{value ?? <span class="bone tile-bone" />}</dd>
      {note && <dd class="tile-note">{note}</dd>}
      {children && <dd class="tile-spark">{children}</dd>}
      {href && value !== null && (
        <dd>
          <a class="tile-link" href={href} aria-label={`${name}: open the list`}>
            <Icon name="right" size={14} />
          </a>
        </dd>
      )}
    </div>
  );
}

/** Against as many days before. What is good depends on the figure. */
function Against({
  now,
  then,
  days,
  more,
}: {
  now: number;
  then: number;
  days: number;
  more: "good" | "bad";
}) {
  const percent = change(now, then);
  if (percent === null) return <>none in the {plural(days, "day")} before</>;
  const up = percent > 0;
  const tone = percent === 0 ? "" : up === (more === "good") ? "tile-good" : "tile-bad";
  return (
    <>
      <span class={tone}>
        {up ? "▲" : percent < 0 ? "▼" : "="} {Math.abs(percent)} %
      </span>{" "}
      against the {plural(days, "day")} before
    </>
  );
}

function Spark({ found }: { found: Throughput }) {
  const values = found.weeks.map((each) => each.tasks);
  if (values.length < 3) return null;
  const most = Math.max(1, ...values);
  const points = values.map((value, index) => ({
    x: (index / (values.length - 1)) * 100,
    y: 26 - (value / most) * 24,
  }));
  return (
    <svg viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true">
      <path class="c-area c1" d={`${path(points)}V28H0Z`} />
      <path class="c-line c1" d={path(points)} vector-effect="non-scaling-stroke" />
    </svg>
  );
}

const sum = (found: Throughput) => found.weeks.reduce((all, each) => all + each.tasks, 0);
const WAY = new Set(["active", "review", "blocked", "error"]);

/** Of the cards of the board that fit the filter, as of now. */
function useNow(): { way: number; overdue: number } | null {
  void cardsStamp.value;
  if (!boardLoaded.value) return null;
  const asked = ["assigned", "category", "sprint"].map((name) => {
    const values = String(filter.value[name] ?? "")
      .split(",")
      .filter(Boolean);
    return new Set(values.map((each) => (each === "none" ? "" : each)));
  });
  let way = 0;
  let overdue = 0;
  for (const card of allCards()) {
    const has = [card.assigned_agent_id, card.category_id, card.sprint_id];
    if (asked.some((values, at) => values.size > 0 && !values.has(has[at] ?? ""))) continue;
    const kind = columnByKey.value.get(card.status)?.kind ?? "todo";
    if (WAY.has(kind)) way += 1;
    if (kind !== "done" && card.due_date !== null && card.due_date < today()) overdue += 1;
  }
  return { way, overdue };
}

interface Props {
  weeks: Reading<Throughput>;
  times: Reading<CycleTimes>;
}

export function Headline({ weeks, times }: Props) {
  const earlier = { ...before(range.value), ...filter.value };
  const weeksBefore = useFigure("throughput", earlier);
  const timesBefore = useFigure("cycle-time", earlier);
  const days = daysBetween(range.value.from, range.value.to) + 1;
  const now = useNow();
  const done = weeks.data ? sum(weeks.data) : null;
  const median = times.data?.total.cycle.p50_h ?? null;
  const medianBefore = timesBefore.data?.total.cycle.p50_h ?? null;
  const { from, to } = range.value;
  return (
    <dl class="tiles">
      <Tile
        name="Completed"
        value={done === null ? null : count(done)}
        href={listAddress({ completed_from: from, completed_to: to, sort: "completed_at:desc" })}
        note={
          done !== null &&
          weeksBefore.data && <Against now={done} then={sum(weeksBefore.data)} days={days} more="good" />
        }
      >
        {weeks.data && <Spark found={weeks.data} />}
      </Tile>
      <Tile
        name="Median cycle time"
        value={times.data ? spell(median) : null}
        note={
          median === null ? (
            times.data && "nothing went from begun to done"
          ) : medianBefore === null ? (
            timesBefore.data && `none in the ${plural(days, "day")} before`
          ) : (
            <Against now={median} then={medianBefore} days={days} more="bad" />
          )
        }
      />
      <Tile
        name="Under way"
        value={now && count(now.way)}
        href={listAddress({ kind: [...WAY].join(",") })}
        note="begun and not done, now"
      />
      <Tile
        name="Overdue"
        value={now && count(now.overdue)}
        href={listAddress({ overdue: "true" })}
        bad={(now?.overdue ?? 0) > 0}
        note={now?.overdue ? "open past their due date" : "nothing is late"}
      />
    </dl>
  );
}
