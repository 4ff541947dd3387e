// The keys of the timeline: arrows move a bar in time, up and down go from bar to bar.
import { useShortcuts } from "../../../keys/use";
import { datesForm, openDatesMenu } from "../dates-menu";
import { nudge, preview, putBack, settle, todayHere } from "../reschedule";
import { activeBar, barPoint, focusBar, reveal, scrollPage, scrollToDay, stage, zoomBy } from "./state";

const barAt = (target: EventTarget | null): string | null =>
  (target as Element | null)?.closest?.<HTMLElement>("[data-bar]")?.dataset.bar ?? null;

function neighbour(id: string, step: number): string | null {
  const { lines, at } = stage.laid;
  for (let index = (at.get(id) ?? -1) + step; lines[index]; index += step) {
    const line = lines[index];
    if (line?.kind === "card") return line.card.id;
  }
  return null;
}

function go(to: string | null | undefined): void {
  void settle();
  if (to) focusBar(to);
}

function edge(from: number, step: number): string | null {
  const { lines } = stage.laid;
  for (let index = from; lines[index]; index += step) {
    const line = lines[index];
    if (line?.kind === "card") return line.card.id;
  }
  return null;
}

export function openMenuOf(id: string): void {
  const at = barPoint(id);
  if (at) openDatesMenu(id, at);
}

/** Keys that act on the bar with the focus. */
export function onTimelineKey(event: KeyboardEvent): void {
  const id = barAt(event.target);
  if (!id || event.defaultPrevented) return;
  const { key } = event;
  const step = key === "ArrowLeft" ? -1 : key === "ArrowRight" ? 1 : 0;
  const week = event.ctrlKey || event.metaKey;
  if (step) {
    nudge(id, event.shiftKey ? (event.altKey ? "start" : "end") : "whole", week ? step * 7 : step);
    reveal(id);
  } else if (week || event.altKey) return;
  else if (key === "ArrowUp" || key === "ArrowDown") go(neighbour(id, key === "ArrowUp" ? -1 : 1));
  else if (key === "Home") go(edge(0, 1));
  else if (key === "End") go(edge(stage.laid.lines.length - 1, -1));
  else if (key === "Escape" && preview.peek()) putBack();
  else if (key === "ContextMenu" || key === "." || (key === "F10" && event.shiftKey)) openMenuOf(id);
  else if (key === "d") {
    void settle();
    datesForm.value = id;
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

const never = () => {};

export function useTimelineKeys(): void {
  const group = "Timeline";
  useShortcuts([
    { keys: "t", label: "Go to today", group, run: () => scrollToDay(todayHere()) },
    { keys: "[", label: "Earlier", group, run: () => scrollPage(-1) },
    { keys: "]", label: "Later", group, run: () => scrollPage(1) },
    { keys: "+", label: "Zoom in", group, run: () => zoomBy(1) },
    { keys: "-", label: "Zoom out", group, run: () => zoomBy(-1) },
    {
      keys: "j",
      label: "First bar",
      group,
      hidden: true,
      run: () => {
        const first = activeBar.peek() ?? edge(0, 1);
        if (first) focusBar(first);
      },
    },
    // Told on the key map, handled where the focus is.
    { keys: "← →", label: "Move the bar by a day", group, run: never },
    { keys: "Ctrl + ← →", label: "Move the bar by a week", group, run: never },
    { keys: "Shift + ← →", label: "Move its end by a day", group, run: never },
    { keys: "Shift + Alt + ← →", label: "Move its start by a day", group, run: never },
    { keys: "d", label: "Set dates…", group, hidden: true, run: never },
  ]);
}
