import { coarseNow, secondNow } from "../store/clock";
import { ago, duration, exactTime } from "./format";

/** "5 min. ago", kept true by one shared slow clock; the exact time on hover. */
export function Ago({ at }: { at: string | null }) {
  if (!at) return <span class="faint">–</span>;
  return (
    <time dateTime={at} title={exactTime(at)}>
      {ago(at, coarseNow.value)}
    </time>
  );
}

interface Span {
  from: string | null;
  to: string | null;
  seconds?: number | null;
}

function Ticking({ from }: { from: string }) {
  return <>{duration(Math.max(0, Math.floor((secondNow.value - Date.parse(from)) / 1000)))}</>;
}

/** A finished length of time, or one that still grows. */
export function Length({ from, to, seconds }: Span) {
  if (!from) return <span class="faint">–</span>;
  if (!to) return <Ticking from={from} />;
  return <>{duration(seconds ?? (Date.parse(to) - Date.parse(from)) / 1000)}</>;
}
