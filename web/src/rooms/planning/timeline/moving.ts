// Dragging on the timeline: bars and their ends, cards from the tray, the ends of sprints, and the ground itself.
import type { Card, Sprint } from "../../../api/board";
import { peekCard } from "../../../store/board";
import { say } from "../../board/state";
import { addDays } from "../../task/quick-dates";
import { dueOn, extentOf, type Grip, shifted } from "../dates";
import { openDatesMenu } from "../dates-menu";
import { scrollAtEdges } from "../edges";
import { hold } from "../hold";
import { preview, putBack, sayDates, setDates, settle, todayHere } from "../reschedule";
import { spans } from "../spans";
import { setSprintDays } from "../sprint-days";
import { dayAt } from "./scale";
import { carried, focusBar, sprintPreview, stage } from "./state";

/** `down`: what is held may be put on another line as well. */
function atEdges(at: () => { x: number; y: number }, each: () => void, down: boolean): () => void {
  return scrollAtEdges({
    node: () => stage.scroller,
    inset: () => ({ left: stage.name, top: stage.head }),
    at,
    each,
    down,
  });
}

/** Follows a pointer in whole days, the scrolling under it included. */
function days(event: PointerEvent, tell: (days: number) => void) {
  const node = stage.scroller;
  const from = event.clientX + (node?.scrollLeft ?? 0);
  let last = { x: event.clientX, y: event.clientY };
  let told = 0;
  const look = () => {
    const moved = Math.round((last.x + (node?.scrollLeft ?? 0) - from) / stage.scale.px);
    if (moved === told) return;
    told = moved;
    tell(moved);
  };
  return {
    at: () => last,
    look,
    to: (x: number, y: number) => {
      last = { x, y };
      look();
    },
  };
}

export function takeBar(event: PointerEvent, id: string, grip: Grip): void {
  const card = peekCard(id);
  const extent = card && extentOf(card, spans.peek().get(id), todayHere());
  if (!card || !extent) return;
  let stop = () => {};
  const shown = (moved: number) => {
    const dates = shifted(card, extent, grip, moved);
    preview.value = { id, ...dates, grip, keys: false };
  };
  const way = days(event, shown);
  hold(event, {
    start: () => {
      void settle();
      shown(0);
      stop = atEdges(way.at, way.look, false);
    },
    move: way.to,
    end: (x, y, moved) => {
      stop();
      const now = preview.peek();
      if (!moved) {
        preview.value = null;
        openDatesMenu(id, { x, y });
      } else if (now) {
        say(`${sayDates(now)}.`);
        void setDates(id, now);
      }
    },
    cancel: () => {
      stop();
      putBack();
    },
  });
}

/** The day under a point of the screen; null where there are no days. */
function dayUnder(x: number, y: number): string | null {
  const node = stage.scroller;
  if (!node) return null;
  const rect = node.getBoundingClientRect();
  const left = x - rect.left - stage.name;
  if (left < 0 || x > rect.right || y < rect.top || y > rect.bottom) return null;
  return dayAt(stage.scale, left + node.scrollLeft);
}

export function takeFromTray(event: PointerEvent, card: Card): void {
  let stop = () => {};
  let last = { x: event.clientX, y: event.clientY };
  const look = () => {
    carried.value = { id: card.id, title: card.title, ...last, day: dayUnder(last.x, last.y) };
  };
  hold(event, {
    start: () => {
      look();
      stop = atEdges(() => last, look, true);
    },
    move: (x, y) => {
      last = { x, y };
      look();
    },
    end: (x, y, moved) => {
      stop();
      carried.value = null;
      const day = dayUnder(x, y);
      if (!moved) openDatesMenu(card.id, { x, y });
      else if (day) void giveDay(card, day);
      else say("Not moved.");
    },
    cancel: () => {
      stop();
      carried.value = null;
      say("Put back.");
    },
  });
}

/** A card without dates becomes due on a day; its bar has the focus then, where the keys go on. */
export async function giveDay(card: Card, day: string): Promise<void> {
  const dates = dueOn(card, day);
  say(`${sayDates(dates)}.`);
  const sent = setDates(card.id, dates);
  focusBar(card.id);
  await sent;
}

export function takeSprint(event: PointerEvent, sprint: Sprint, grip: "start" | "end"): void {
  event.stopPropagation();
  let stop = () => {};
  const shown = (moved: number) => {
    sprintPreview.value = movedSprint(sprint, grip, moved);
  };
  const way = days(event, shown);
  const drop = () => {
    stop();
    sprintPreview.value = null;
  };
  hold(event, {
    start: () => {
      shown(0);
      stop = atEdges(way.at, way.look, false);
    },
    move: way.to,
    end: () => {
      const now = sprintPreview.peek();
      drop();
      if (now) void setSprintDays(sprint, now.start_date, now.end_date);
    },
    cancel: drop,
  });
}

/** A sprint is never shorter than a day. */
export function movedSprint(sprint: Sprint, grip: "start" | "end", moved: number) {
  const { id, start_date, end_date } = sprint;
  if (grip === "start") {
    const start = addDays(start_date, moved);
    return { id, start_date: start < end_date ? start : end_date, end_date };
  }
  const end = addDays(end_date, moved);
  return { id, start_date, end_date: end > start_date ? end : start_date };
}

/** The ground is dragged like a map. A finger does that by itself. */
export function pan(event: PointerEvent): void {
  const node = stage.scroller;
  if (!node || event.pointerType === "touch") return;
  const from = { left: node.scrollLeft, top: node.scrollTop, x: event.clientX, y: event.clientY };
  const put = (x: number, y: number) => {
    node.scrollLeft = from.left - (x - from.x);
    node.scrollTop = from.top - (y - from.y);
  };
  hold(event, { start: () => {}, move: put, end: put, cancel: () => put(from.x, from.y) });
}
