// When it comes next, as the server reckons it: also where clocks are changed.
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../../../api/client";
import { type Occurrence, type Preview, recurringApi } from "../../../api/recurring";
import { Icon } from "../../../ui/icon";
import { problemText } from "../../../ui/saving";
import { Heading } from "../parts";

const COUNT = 5;
const DAY = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});

export function wallDay(local: string): string {
  return DAY.format(new Date(`${local.slice(0, 10)}T00:00:00Z`));
}

/** What the clock on the wall says then: not the time of the rule where clocks skip it. */
function wallTime(one: Occurrence, zone: string): string {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  }).formatToParts(new Date(one.at));
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}`;
}

/** By how many minutes the clock on the wall is ahead of UTC. */
const offset = (wall: string, one: Occurrence): number =>
  Math.round((Date.parse(`${wall}Z`) - Date.parse(one.at)) / 60_000);

function utc(minutes: number): string {
  const [sign, whole] = [minutes < 0 ? "−" : "+", Math.abs(minutes)];
  const rest = whole % 60;
  return `UTC${sign}${Math.floor(whole / 60)}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
}

function shiftWords(one: Occurrence, wall: string, time: string): string | null {
  if (one.shift === "skipped")
    return `Clocks go forward: there is no ${time} that day, so it comes at ${wall.slice(11)}.`;
  if (one.shift === "repeated") return `Clocks go back: ${time} comes twice that day, and the first counts.`;
  return null;
}

interface Asked {
  rule: string;
  starts: string;
  time_zone: string;
}

type State = { is: "waiting" } | { is: "wrong"; why: string } | { is: "seen"; found: Preview };

function usePreview(asked: Asked): State {
  const [state, setState] = useState<State>({ is: "waiting" });
  const key = JSON.stringify(asked);
  useEffect(() => {
    const stop = new AbortController();
    const timer = window.setTimeout(() => {
      recurringApi.preview({ ...asked, count: COUNT }, stop.signal).then(
        ({ data }) => setState({ is: "seen", found: data }),
        (cause) => {
          if (stop.signal.aborted) return;
          const empty = cause instanceof ApiError && cause.status === 422 && !asked.rule;
          setState({ is: "wrong", why: empty ? "Write a rule to see when it comes." : problemText(cause) });
        },
      );
    }, 250);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [key]);
  return state;
}

export function NextTimes({ asked }: { asked: Asked }) {
  const state = usePreview(asked);
  const found = state.is === "seen" ? state.found : { occurrences: [], time_zone: "UTC" };
  const times = found.occurrences.map((one) => ({ one, wall: wallTime(one, found.time_zone) }));
  const changes = new Set(times.map(({ one, wall }) => offset(wall, one))).size > 1;
  const time = asked.starts.slice(11, 16);
  return (
    <section class="set-panel next-times" aria-label="The next times" aria-live="polite">
      <Heading>The next times</Heading>
      {state.is === "waiting" && <p class="faint">Reckoning…</p>}
      {state.is === "wrong" && <p class="bad">{state.why}</p>}
      {state.is === "seen" && times.length === 0 && (
        <p class="faint">It does not come any more: its end has passed.</p>
      )}
      <ol>
        {times.map(({ one, wall }) => {
          const shift = shiftWords(one, wall, time);
          return (
            <li key={one.at}>
              <Icon name="calendar" size={14} />
              <span class="num">{wallDay(wall)}</span>
              <span class="num">{wall.slice(11)}</span>
              <span class="faint num">{changes && utc(offset(wall, one))}</span>
              {shift && <span class="next-shift">{shift}</span>}
            </li>
          );
        })}
      </ol>
      {times.length > 0 && times.length < COUNT && <p class="faint">Then it ends.</p>}
      {changes && !times.some(({ one }) => one.shift !== "none") && (
        <p class="faint">
          Clocks change in between (daylight saving): it stays {time} by the clock on the wall.
        </p>
      )}
    </section>
  );
}
