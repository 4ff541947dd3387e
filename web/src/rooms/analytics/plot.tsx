// A drawing with axes, read point by point: the pointer or the arrow keys go from one to the next, and what is
// there is told in a box and to screen readers.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { dayTicks, type Scale } from "./numbers";

/** The size of a drawing, and the part of it where things lie. */
export interface Frame {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Stop {
  x: number;
  y: number;
  title: string;
  rows: [string, string][];
  /** What Enter or a click does, and how that is called. */
  open?: () => void;
  opens?: string;
}

interface Drawn {
  marks: ComponentChildren;
  stops: Stop[];
}

interface Props {
  label: string;
  height: number;
  margin?: Partial<Record<"left" | "right" | "top" | "bottom", number>>;
  /** Points lie anywhere, not one beside the other: the nearest in both directions is meant. */
  scattered?: boolean;
  /** Points lie one under the other. */
  stacked?: boolean;
  draw: (frame: Frame) => Drawn;
}

const REACH = 28;

function useWidth(): [{ current: HTMLDivElement | null }, number] {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const node = box.current;
    if (!node) return;
    const look = () => setWidth(Math.floor(node.clientWidth));
    look();
    const sized = new ResizeObserver(look);
    sized.observe(node);
    return () => sized.disconnect();
  }, []);
  return [box, width];
}

type Way = "across" | "down" | "any";

function nearest(stops: Stop[], x: number, y: number, way: Way): number {
  let best = -1;
  let least = way === "any" ? REACH : Number.POSITIVE_INFINITY;
  for (const [index, stop] of stops.entries()) {
    const dx = Math.abs(stop.x - x);
    const dy = Math.abs(stop.y - y);
    const away = way === "any" ? Math.hypot(dx, dy) : way === "down" ? dy : dx;
    if (away < least) {
      least = away;
      best = index;
    }
  }
  return best;
}

function Box({ stop, frame }: { stop: Stop; frame: Frame }) {
  const before = stop.x > frame.width / 2;
  const top = `${Math.min(stop.y < frame.height / 2 ? frame.top : stop.y - 40, frame.bottom - 30)}px`;
  const style = before ? { right: `${frame.width - stop.x + 12}px`, top } : { left: `${stop.x + 12}px`, top };
  return (
    <div class="fig-tip" style={style} aria-hidden="true">
      <strong>{stop.title}</strong>
      {stop.rows.length > 0 && (
        <dl>
          {stop.rows.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd class="num">{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {stop.opens && <span class="fig-tip-open">{stop.opens}</span>}
    </div>
  );
}

const spoken = (stop: Stop): string =>
  [stop.title, ...stop.rows.map(([name, value]) => `${name} ${value}`), stop.opens && `Enter: ${stop.opens}`]
    .filter(Boolean)
    .join(", ");

export function Plot({ label, height, margin = {}, scattered = false, stacked = false, draw }: Props) {
  const [box, width] = useWidth();
  const [at, setAt] = useState(-1);
  const [keyed, setKeyed] = useState(false);
  const way: Way = scattered ? "any" : stacked ? "down" : "across";
  const frame: Frame = {
    width,
    height,
    left: margin.left ?? 38,
    right: width - (margin.right ?? 12),
    top: margin.top ?? 10,
    bottom: height - (margin.bottom ?? 24),
  };
  const ready = width > 60;
  const { marks, stops } = ready ? draw(frame) : { marks: null, stops: [] };
  const stop = stops[at];
  const look = (event: PointerEvent): number => {
    const rect = box.current?.getBoundingClientRect();
    const found = rect ? nearest(stops, event.clientX - rect.left, event.clientY - rect.top, way) : -1;
    setKeyed(false);
    setAt(found);
    return found;
  };
  const onKey = (event: KeyboardEvent) => {
    const last = stops.length - 1;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step) setAt(Math.max(0, Math.min(last, at < 0 ? (step > 0 ? 0 : last) : at + step)));
    else if (event.key === "Home") setAt(0);
    else if (event.key === "End") setAt(last);
    else if (event.key === "Enter" && stop?.open) stop.open();
    else if (event.key === "Escape" && at >= 0) setAt(-1);
    else return;
    setKeyed(true);
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      class={`fig-plot${stop?.open ? " fig-opens" : ""}`}
      ref={box}
      style={{ height: `${height}px` }}
      role="application"
      aria-roledescription="chart"
      aria-label={`${label} Arrow keys go from point to point.`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a chart is read by keys, point by point.
      tabIndex={0}
      onKeyDown={onKey}
      onPointerMove={(event) => event.pointerType !== "touch" && look(event)}
      onPointerLeave={() => !keyed && setAt(-1)}
      onBlur={() => setAt(-1)}
      onClick={(event) => {
        // A finger looks first, and opens what it has looked at.
        const touch = (event as unknown as PointerEvent).pointerType === "touch";
        const found = look(event as unknown as PointerEvent);
        if (!touch || found === at) stops[found]?.open?.();
      }}
    >
      {ready && (
        <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
          {marks}
          {stop && way === "across" && <path class="c-cross" d={`M${stop.x} ${frame.top}V${frame.bottom}`} />}
          {stop && <circle class="c-here" cx={stop.x} cy={stop.y} r={scattered ? 6 : 4} />}
        </svg>
      )}
      {stop && <Box stop={stop} frame={frame} />}
      <span class="sr-only" aria-live="polite">
        {stop && keyed ? spoken(stop) : ""}
      </span>
    </div>
  );
}

interface YProps {
  frame: Frame;
  ticks: number[];
  y: Scale;
  format?: (value: number) => string;
}

export function YAxis({ frame, ticks, y, format = String }: YProps) {
  return (
    <g>
      {ticks.map((tick) => (
        <g key={tick}>
          <path class={tick === 0 ? "c-base" : "c-grid"} d={`M${frame.left} ${y(tick)}H${frame.right}`} />
          <text class="c-text c-end" x={frame.left - 8} y={y(tick) + 4}>
            {format(tick)}
          </text>
        </g>
      ))}
    </g>
  );
}

interface XProps {
  frame: Frame;
  from: string;
  to: string;
  /** The middle of a day. */
  x: (day: string) => number;
}

/** Days under a drawing, as many as there is room for. */
export function DayAxis({ frame, from, to, x }: XProps) {
  const most = Math.max(2, Math.floor((frame.right - frame.left) / 64));
  return (
    <g>
      {dayTicks(from, to, most).map((tick) => (
        <text key={tick.day} class="c-text c-mid" x={x(tick.day)} y={frame.bottom + 17}>
          {tick.label}
        </text>
      ))}
    </g>
  );
}
