// The head of the timeline: sprints as bands, then months, weeks and days. And the ground under the bars.
import type { Sprint } from "../../../api/board";
import { sprints } from "../../../store/board";
import { plural } from "../../../ui/format";
import { say } from "../../board/state";
import { addDays, daysBetween, dayText } from "../../task/quick-dates";
import { setSprintDays } from "../sprint-days";
import { movedSprint, pan, takeSprint } from "./moving";
import { inTime } from "./rows";
import { headTicks, type Scale, stacked, type Tick, weekends, xOf } from "./scale";
import { carried, HEAD_LINE, scrollToDay, sprintPreview } from "./state";

interface Part {
  scale: Scale;
  name: number;
  today: string;
  /** The days in sight, with some to either side. */
  from: string;
  to: string;
}

const STATUS = { planned: "planned", active: "going on", completed: "completed" } as const;

function daysText(sprint: Pick<Sprint, "start_date" | "end_date">, today: string): string {
  const bare = (day: string) => dayText(day, today).replace(/^\w+ /, "");
  return `${bare(sprint.start_date)} – ${bare(sprint.end_date)}`;
}

function Band({ sprint, line, scale, name, today }: { sprint: Sprint; line: number } & Part) {
  const now = sprintPreview.value?.id === sprint.id ? { ...sprint, ...sprintPreview.value } : sprint;
  const left = name + xOf(scale, now.start_date);
  const width = (daysBetween(now.start_date, now.end_date) + 1) * scale.px;
  const fixed = sprint.status === "completed";
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    if (!step || fixed || !event.shiftKey) return;
    event.preventDefault();
    const next = movedSprint(sprint, event.altKey ? "start" : "end", step);
    void setSprintDays(sprint, next.start_date, next.end_date);
  };
  return (
    <button
      type="button"
      class={`tl-sprint tl-sprint-${sprint.status}${now === sprint ? "" : " is-moving"}`}
      style={{ left: `${left}px`, width: `${width}px`, top: `${line * HEAD_LINE}px` }}
      aria-label={`Sprint ${sprint.name}, ${daysText(now, today)}, ${STATUS[sprint.status]}`}
      title={fixed ? undefined : "Drag the ends to change its days; Shift with the arrow keys does the same"}
      onClick={() => {
        scrollToDay(sprint.start_date);
        say(`${sprint.name}, ${daysText(sprint, today)}.`);
      }}
      onKeyDown={onKey}
    >
      {!fixed && <span class="tl-grip tl-grip-start" onPointerDown={(e) => takeSprint(e, sprint, "start")} />}
      <span class="tl-sprint-name">
        <b>{sprint.name}</b> <span class="num">{daysText(now, today)}</span>
      </span>
      {!fixed && <span class="tl-grip tl-grip-end" onPointerDown={(e) => takeSprint(e, sprint, "end")} />}
    </button>
  );
}

/** How many lines the sprints need, so that none lies over another. */
export function sprintLines(): { sprint: Sprint; line: number }[] {
  const ordered = inTime(sprints.value);
  const lines = stacked(ordered.map((each) => ({ start: each.start_date, end: each.end_date })));
  return ordered.map((sprint, index) => ({ sprint, line: lines[index] ?? 0 }));
}

function Ticks({ ticks, name, top, kind }: { ticks: Tick[]; name: number; top: number; kind: string }) {
  return (
    <>
      {ticks.map((tick) => (
        <div
          key={tick.day}
          class={`tl-tick tl-tick-${kind}${tick.now ? " is-now" : ""}`}
          style={{ left: `${name + tick.x}px`, width: `${tick.width}px`, top: `${top}px` }}
        >
          <span>{tick.label}</span>
        </div>
      ))}
    </>
  );
}

interface HeadProps extends Part {
  height: number;
  bands: { sprint: Sprint; line: number }[];
  /** How many cards have a bar. */
  count: number;
}

export function Head(part: HeadProps) {
  const { scale, name, today, from, to, height, bands, count } = part;
  const [upper, lower] = headTicks(scale, from, to, today);
  const top = height - 2 * HEAD_LINE;
  const seen = bands.filter(({ sprint }) => sprint.end_date >= from && sprint.start_date <= to);
  return (
    <div class="tl-head" style={{ height: `${height}px` }} onPointerDown={pan}>
      {name > 0 && (
        <div class="tl-corner num" onPointerDown={(event) => event.stopPropagation()}>
          {plural(count, "card")}
        </div>
      )}
      {seen.map(({ sprint, line }) => (
        <Band key={sprint.id} {...part} sprint={sprint} line={line} />
      ))}
      <div aria-hidden="true">
        <Ticks ticks={upper} name={name} top={top} kind="upper" />
        <Ticks ticks={lower} name={name} top={top + HEAD_LINE} kind={`lower tl-tick-${scale.zoom}`} />
      </div>
      {today >= from && today <= to && (
        <span
          class="tl-now"
          style={{ left: `${name + xOf(scale, today) + scale.px / 2}px` }}
          aria-hidden="true"
        />
      )}
    </div>
  );
}

/** Weekends, the sprint that goes on, today, and the day a card from the tray would get. */
export function Ground({ scale, name, today, from, to }: Part) {
  const going = sprints.value.filter((each) => each.status === "active");
  const goal = carried.value?.day;
  const at = (day: string) => `${name + xOf(scale, day)}px`;
  return (
    <div class="tl-ground" aria-hidden="true" onPointerDown={pan}>
      {going.map((each) => (
        <span
          key={each.id}
          class="tl-going"
          style={{
            left: at(each.start_date),
            width: `${(daysBetween(each.start_date, each.end_date) + 1) * scale.px}px`,
          }}
        />
      ))}
      {weekends(scale, addDays(from, -7), to).map(({ x, width }) => (
        <span key={x} class="tl-weekend" style={{ left: `${name + x}px`, width: `${width}px` }} />
      ))}
      <span class="tl-today" style={{ left: `${name + xOf(scale, today) + scale.px / 2}px` }} />
      {goal && <span class="tl-goal" style={{ left: at(goal), width: `${Math.max(scale.px, 3)}px` }} />}
    </div>
  );
}
