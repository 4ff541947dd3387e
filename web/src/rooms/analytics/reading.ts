// A figure as the server computes it, computed again some time after the board changed.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { type FigureName, type Figures, readFigure } from "../../api/analytics";
import type { Query } from "../../api/client";
import { onBoardFrame, onReturn } from "../../live/board";

const SOON_MS = 1500;
const AT_MOST_EVERY_MS = 6000;
const FRESH_MS = 5000;
/** From here on it is said that there is something to compute. */
const LONG_MS = 1200;

/** Counts the times something happened on the board that figures are made of. */
export const news = signal(0);

/** Tells figures of the board's news, but not of each: a busy board is not counted anew all the time. */
export function useNews(): void {
  useEffect(() => {
    let timer = 0;
    let last = 0;
    const begun = Date.now();
    const soon = () => {
      if (timer) return;
      const wait = Math.max(SOON_MS, last + AT_MOST_EVERY_MS - Date.now());
      timer = window.setTimeout(() => {
        timer = 0;
        last = Date.now();
        news.value += 1;
      }, wait);
    };
    const kinds = new Set(["task_update", "sprint_update", "board_update", "snapshot_needed"]);
    const stops = [
      onBoardFrame((frame) => kinds.has(frame.type) && soon()),
      onReturn(() => {
        // The line that opens right after the page is no news: the figures are just being read.
        if (Date.now() - begun > FRESH_MS) soon();
      }),
    ];
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }, []);
}

export interface Reading<T> {
  data: T | null;
  failed: unknown;
  /** It is being computed, for the first time or again. */
  busy: boolean;
  /** For so long that it should be said. */
  long: boolean;
  again: () => void;
}

export function useFigure<N extends FigureName>(name: N, query: Query | null): Reading<Figures[N]> {
  const [state, setState] = useState<{ data: Figures[N] | null; failed: unknown; key: string }>({
    data: null,
    failed: null,
    key: "",
  });
  const [busy, setBusy] = useState(true);
  const [long, setLong] = useState(false);
  const [tries, setTries] = useState(0);
  const key = JSON.stringify(query);
  useEffect(() => {
    if (query === null) return;
    const stop = new AbortController();
    setBusy(true);
    const timer = window.setTimeout(() => setLong(true), LONG_MS);
    const end = () => {
      clearTimeout(timer);
      if (stop.signal.aborted) return;
      setBusy(false);
      setLong(false);
    };
    readFigure(name, query, stop.signal)
      .then(
        (data) => setState({ data, failed: null, key }),
        (failed) => !stop.signal.aborted && setState((now) => ({ ...now, failed, key })),
      )
      .finally(end);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [key, news.value, tries]);
  return { ...state, busy, long, again: () => setTries(tries + 1) };
}
