// When it comes next, as the server reckons it: also where clocks are changed.
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../../../api/client";
import { type Occurrence, type Preview, recurringApi } from "../../../api/recurring";
import { Icon } from "../../../ui/icon";
import { problemText } from "../../../ui/saving";

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

/** By how many minutes the clock on the wall is ahead of UTC. */
const offset = (one: Occurrence): number =>
  Math.round((Date.parse(`${one.local.slice(0, 16)}Z`) - Date.parse(one.at)) / 60_000);

function utc(minutes: number): string {
  const [sign, whole] = [minutes < 0 ? "−" : "+", Math.abs(minutes)];
  const rest = whole % 60;
  return `UTC${sign}${Math.floor(whole / 60)}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
}

function shiftWords(one: Occurrence, time: string): string | null {
  if (one.shift === "skipped")
    return `Clocks go forward: there is no ${time} that day, so it comes at ${one.local.slice(11, 16)}.`;
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
  const times = state.is === "seen" ? state.found.occurrences : [];
  const changes = new Set(times.map(offset)).size > 1;
  const time = asked.starts.slice(11, 16);
  return (
    <section class="set-panel next-times" aria-label="The next times" aria-live="polite">
      <h4>The next times</h4>
      {state.is === "waiting" && <p class="faint">Reckoning…</p>}
      {state.is === "wrong" && <p class="bad">{state.why}</p>}
      {state.is === "seen" && times.length === 0 && (
        <p class="faint">It does not come any more: its end has passed.</p>
      )}
      <ol>
        {times.map((each) => {
          const shift = shiftWords(each, time);
          return (
            <li key={each.at}>
              <Icon name="calendar" size={14} />
              <span class="num">{wallDay(each.local)}</span>
              <span class="num">{each.local.slice(11, 16)}</span>
              <span class="faint num">{changes && utc(offset(each))}</span>
              {shift && <span class="next-shift">{shift}</span>}
            </li>
          );
        })}
      </ol>
      {times.length > 0 && times.length < COUNT && <p class="faint">Then it ends.</p>}
      {changes && !times.some((each) => each.shift !== "none") && (
        <p class="faint">
          Clocks change in between (daylight saving): it stays {time} by the clock on the wall.
        </p>
      )}
    </section>
  );
}
