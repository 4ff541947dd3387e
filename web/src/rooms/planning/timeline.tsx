// Tasks over time: a bar from start to due date, moved by hand, by keys and by menu.
import "../../styles/planning.css";
import "../../styles/timeline.css";
import "../../styles/timeline-lines.css";
import "../../styles/timeline-tray.css";
import "../../styles/timeline-phone.css";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Sprint } from "../../api/board";
import { explain } from "../../live/pending";
import { params } from "../../router";
import {
  agentById,
  allCards,
  cardsStamp,
  categories,
  columnByKey,
  peekCard,
  roster,
  sprints,
} from "../../store/board";
import { narrow } from "../../store/screen";
import { Icon } from "../../ui/icon";
import { Empty } from "../../ui/parts";
import { today as todayNow } from "../board/days";
import { filtering, sees } from "../board/seen";
import { spoken } from "../board/state";
import { addDays, dayText } from "../task/quick-dates";
import { DatesOver } from "./dates-menu";
import { FILTERS } from "./filters";
import { keepStill } from "./hold";
import { settle } from "./reschedule";
import { spans, spansError, useSpans } from "./spans";
import { Ground, Head, sprintLines } from "./timeline/head";
import { onTimelineKey, useTimelineKeys } from "./timeline/keys";
import { Links } from "./timeline/links";
import { pan } from "./timeline/moving";
import { GroupRow, Row } from "./timeline/row";
import {
  type GroupHead,
  type Grouping,
  inTime,
  type Laid,
  type Line,
  layOut,
  Order,
  windowOf,
} from "./timeline/rows";
import { dayAt, type Scale, scaleOf, xOf } from "./timeline/scale";
import { activeBar, by, focusBar, HEAD_LINE, ROW, scrollToDay, stage, zoom, zoomBy } from "./timeline/state";
import { Tools } from "./timeline/tools";
import { Carried, focusInTray, Tray } from "./timeline/tray";

const NAME = 268;
const STEP_X = 80;
const STEP_Y = 72;

function headsOf(grouping: Grouping, today: string): GroupHead[] {
  if (grouping === "sprint") {
    const ordered = inTime(sprints.value);
    const head = (each: Sprint) => ({
      key: each.id,
      name: each.name,
      note: `${dayText(each.start_date, today)} – ${dayText(each.end_date, today)}`,
    });
    // What is over comes last, the latest first.
    const over = ordered.filter((each) => each.status === "completed").reverse();
    const rest = ordered.filter((each) => each.status !== "completed");
    return [...rest.map(head), { key: "", name: "Backlog" }, ...over.map(head)];
  }
  if (grouping === "agent") {
    const found = roster.value.map(({ id, name, emoji }) => ({ key: id, name, emoji }));
    const gone = [...agentById.value.values()].filter((each) => !found.some((one) => one.key === each.id));
    return [
      ...found,
      ...gone.map((each) => ({ key: each.id, name: each.name })),
      { key: "", name: "Nobody" },
    ];
  }
  if (grouping === "category") {
    const found = categories.value.map(({ id, name, color }) => ({ key: id, name, color }));
    return [...found, { key: "", name: "No category" }];
  }
  return [{ key: "", name: "" }];
}

/** Everything laid out anew when cards, filter or grouping change; a filter asks for a new order as well. */
function useLaid(shut: ReadonlySet<string>, today: string): Laid {
  const order = useRef(new Order());
  const asked = [by.value, ...FILTERS.map((name) => params.value.get(name) ?? "")].join("\n");
  const was = useRef(asked);
  if (was.current !== asked) {
    was.current = asked;
    order.current.forget();
  }
  const heads = headsOf(by.value, today);
  const stamp = cardsStamp.value;
  const phone = narrow.value;
  return useMemo(
    () =>
      layOut({
        cards: allCards().filter(sees.peek()),
        spans: spans.peek(),
        today,
        by: by.peek(),
        heads,
        shut,
        isDone: (card) => columnByKey.peek().get(card.status)?.kind === "done",
        heights: { group: ROW.group, card: phone ? ROW.phone : ROW.card },
        order: order.current,
      }),
    [stamp, asked, today, shut, phone, spans.value, JSON.stringify(heads), columnByKey.value],
  );
}

/** The days there are. They only become more while one looks: a bar that moves does not move the ground. */
function useScale(laid: Laid, today: string): Scale {
  const reach = useRef<string[]>([]);
  const ends = useMemo(() => {
    let low = today;
    let high = today;
    const see = (start: string, end: string) => {
      if (start < low) low = start;
      if (end > high) high = end;
    };
    for (const line of laid.lines) if (line.kind === "card") see(line.extent.start, line.extent.end);
    for (const each of sprints.value) see(each.start_date, each.end_date);
    reach.current = [...reach.current, low, high].sort();
    reach.current = [reach.current[0] ?? today, reach.current.at(-1) ?? today];
    return reach.current;
  }, [laid, sprints.value, today]);
  return useMemo(() => scaleOf(ends, today, zoom.value), [ends.join(), today, zoom.value]);
}

interface View {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** What is in sight, in coarse steps: a line is not drawn anew for every pixel. */
function useView(ref: { current: HTMLElement | null }): View {
  const [view, setView] = useState<View>({ left: 0, top: 0, width: 1200, height: 800 });
  useLayoutEffect(() => {
    const node = ref.current;
    if (!node) return;
    const look = () => {
      const left = Math.floor(node.scrollLeft / STEP_X) * STEP_X;
      const top = Math.floor(node.scrollTop / STEP_Y) * STEP_Y;
      const { clientWidth: width, clientHeight: height } = node;
      setView((now) =>
        now.left === left && now.top === top && now.width === width && now.height === height
          ? now
          : { left, top, width, height },
      );
    };
    look();
    node.addEventListener("scroll", look, { passive: true });
    const sized = new ResizeObserver(look);
    sized.observe(node);
    return () => {
      node.removeEventListener("scroll", look);
      sized.disconnect();
    };
  }, []);
  return view;
}

/** Without groups what was done long ago comes first: one begins where it reaches into this week. */
function topOfNow(laid: Laid, today: string): number {
  const since = addDays(today, -7);
  return laid.lines.find((line) => line.kind === "card" && line.extent.end >= since)?.top ?? 0;
}

/** The day in the middle stays there when days become wider, and when earlier ones are added. */
function useSteadyScroll(
  ref: { current: HTMLElement | null },
  scale: Scale,
  name: number,
  today: string,
): void {
  const was = useRef<Scale | null>(null);
  useLayoutEffect(() => {
    const node = ref.current;
    const before = was.current;
    was.current = scale;
    if (!node) return;
    if (!before) {
      scrollToDay(today, "instant");
      if (by.peek() === "none") node.scrollTop = topOfNow(stage.laid, today);
    } else if (before.px !== scale.px || before.first !== scale.first) {
      const half = (node.clientWidth - name) / 2;
      const middle = (node.scrollLeft + half) / before.px;
      const shift = xOf({ ...before, px: 1 }, scale.first);
      node.scrollLeft = (middle - shift) * scale.px - half;
    }
  }, [scale]);
}

/** Ctrl and the wheel, or two fingers on a pad: closer or further away. */
function useWheelZoom(ref: { current: HTMLElement | null }): void {
  useEffect(() => {
    const node = ref.current;
    if (!node) return;
    let turned = 0;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      turned += event.deltaY;
      if (Math.abs(turned) < 60) return;
      zoomBy(turned > 0 ? -1 : 1);
      turned = 0;
    };
    node.addEventListener("wheel", onWheel, { passive: false });
    const still = keepStill(node);
    return () => {
      node.removeEventListener("wheel", onWheel);
      still();
    };
  }, []);
}

interface LinesProps {
  laid: Laid;
  scale: Scale;
  view: View;
  name: number;
  today: string;
  onToggle: (key: string) => void;
}

function Lines({ laid, scale, view, name, today, onToggle }: LinesProps) {
  const [first, last] = windowOf(laid.lines, view.top - 2 * STEP_Y, view.top + view.height + 3 * STEP_Y);
  const drawn = laid.lines.slice(first, last);
  // The bar with the focus stays on the page, or the focus would fall off it.
  const kept = laid.at.get(activeBar.value ?? "");
  const keptLine = kept === undefined ? undefined : laid.lines[kept];
  if (kept !== undefined && keptLine && (kept < first || kept >= last)) drawn.push(keptLine);
  const tab = keptLine ?? drawn.find((line) => line.kind === "card");
  const side = (line: Extract<Line, { kind: "card" }>): "left" | "right" | "" => {
    if (xOf(scale, line.extent.end) + scale.px < view.left) return "left";
    return xOf(scale, line.extent.start) > view.left + view.width - name ? "right" : "";
  };
  return (
    <>
      {drawn.map((line) =>
        line.kind === "group" ? (
          <GroupRow
            key={line.key}
            top={line.top}
            head={line.head}
            count={line.count}
            shut={line.shut}
            onToggle={onToggle}
          />
        ) : (
          <Row
            key={line.key}
            card={line.card}
            extent={line.extent}
            top={line.top}
            scale={scale}
            name={name}
            today={today}
            tab={line === tab}
            off={side(line)}
          />
        ),
      )}
    </>
  );
}

/** What is over is not what one comes to see. */
const shutAtFirst = (): ReadonlySet<string> =>
  new Set(
    sprints
      .peek()
      .filter((each) => each.status === "completed")
      .map((each) => each.id),
  );

function focusCard(id: string): void {
  if (stage.laid.at.has(id)) focusBar(id);
  else focusInTray(id);
}

export default function Timeline() {
  const today = todayNow();
  const scroller = useRef<HTMLDivElement>(null);
  const [shut, setShut] = useState<ReadonlySet<string>>(shutAtFirst);
  const [tray, setTray] = useState(!narrow.value);
  useSpans();
  useTimelineKeys();
  useWheelZoom(scroller);
  const name = narrow.value ? 0 : NAME;
  const laid = useLaid(shut, today);
  const scale = useScale(laid, today);
  const bands = sprintLines();
  const head = (Math.max(0, ...bands.map((each) => each.line + 1)) + 2) * HEAD_LINE + 6;
  Object.assign(stage, { scroller: scroller.current, scale, laid, name, head });
  useLayoutEffect(() => {
    stage.scroller = scroller.current;
    return () => {
      stage.scroller = null;
      void settle();
    };
  }, []);
  const view = useView(scroller);
  useSteadyScroll(scroller, scale, name, today);
  const part = {
    scale,
    name,
    today,
    from: addDays(dayAt(scale, view.left), -7),
    to: addDays(dayAt(scale, view.left + view.width + STEP_X), 7),
  };
  const toggle = (key: string) => {
    const next = new Set(shut);
    if (!next.delete(key)) next.add(key);
    setShut(next);
  };
  const none = laid.lines.length === 0;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys belong to the bars inside.
    <div class={`tl tl-${zoom.value}`} onKeyDown={onTimelineKey}>
      <Tools laid={laid} today={today} tray={tray} onTray={() => setTray(!tray)} />
      {spansError.value !== null && (
        <p class="tl-wrong" role="alert">
          <Icon name="alert" size={14} />
          Starts and dependencies could not be read. {explain(spansError.value)}
        </p>
      )}
      <div class="tl-body">
        <div
          class="tl-scroll"
          ref={scroller}
          role="region"
          aria-label="Timeline"
          aria-describedby="tl-help"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable to be scrolled by keys.
          tabIndex={0}
        >
          <div
            class="tl-canvas"
            style={{
              width: `${name + scale.days * scale.px}px`,
              height: `${head + laid.height + 72}px`,
              "--tl-name": `${name}px`,
              "--tl-head": `${head}px`,
              "--tl-day": `${scale.px}px`,
            }}
          >
            <Head {...part} height={head} bands={bands} count={laid.count} />
            <Ground {...part} />
            <div
              class="tl-lines"
              onPointerDown={(event) => event.target === event.currentTarget && pan(event)}
            >
              <Lines laid={laid} scale={scale} view={view} name={name} today={today} onToggle={toggle} />
              <Links laid={laid} scale={scale} name={name} today={today} middle={narrow.value ? 38 : 18} />
            </div>
          </div>
        </div>
        {none && <Nothing undated={laid.undated.length} />}
        {tray && <Tray cards={laid.undated} onClose={() => setTray(false)} />}
      </div>
      <p class="sr-only" id="tl-help">
        Left and right arrow move a bar by a day, with Shift its end, with Shift and Alt its start. Up and
        down go from bar to bar, Enter opens the card, the full stop opens its menu.
      </p>
      <Carried />
      <DatesOver
        keys={{ day: ["←", "→"], week: ["Ctrl ←", "Ctrl →"], end: ["⇧ ←", "⇧ →"] }}
        focus={(id) => peekCard(id) && focusCard(id)}
      />
      <p class="sr-only" id="kspoken" aria-live="assertive">
        {spoken.value}
      </p>
    </div>
  );
}

function Nothing({ undated }: { undated: number }) {
  return (
    <div class="tl-nothing">
      <Empty icon="timeline" title={filtering.value ? "No card with a date fits" : "Nothing has a date yet"}>
        <p>
          {undated > 0
            ? "Drag a card from the side on a day, or give it a due date in its panel."
            : "Cards with a start or a due date appear here as bars."}
        </p>
      </Empty>
    </div>
  );
}
