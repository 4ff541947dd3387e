// Two clocks for the whole page. A component that reads one is redrawn when it ticks; when nobody
// reads them, or the tab is hidden, they stand still.
import { type Signal, signal } from "@preact/signals";

function clock(everyMs: number): Signal<number> {
  let timer = 0;
  const now: Signal<number> = signal(Date.now(), {
    watched() {
      queueMicrotask(() => {
        now.value = Date.now();
      });
      timer = window.setInterval(() => {
        if (!document.hidden) now.value = Date.now();
      }, everyMs);
    },
    unwatched() {
      clearInterval(timer);
    },
  });
  return now;
}

export const secondNow = clock(1000);
export const coarseNow = clock(15_000);
