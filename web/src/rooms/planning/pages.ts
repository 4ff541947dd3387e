// A list as the server answers it, page after page as one goes down, and read again when cards change.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { boardApi, type Task } from "../../api/board";
import type { Query } from "../../api/client";
import { cardsStamp } from "../../store/board";

const PAGE = 100;
const MOST_AT_ONCE = 200;
const AGAIN_MS = 250;

export interface Pages {
  tasks: Task[] | null;
  total: number;
  failed: unknown;
  /** More are there, and being read. */
  busy: boolean;
  done: boolean;
  more: () => void;
  /** Counts the answers: what was only guessed meanwhile is settled with each. */
  answer: number;
}

interface State {
  key: string;
  tasks: Task[] | null;
  total: number;
  failed: unknown;
  answer: number;
}

/** As many as were shown, in as few requests as they take. What moved between two of them is not shown twice. */
async function read(
  query: Query,
  wanted: number,
  signal: AbortSignal,
): Promise<{ tasks: Task[]; total: number }> {
  const found = new Map<string, Task>();
  let total = 0;
  for (let offset = 0; offset < wanted; offset += MOST_AT_ONCE) {
    const limit = Math.min(MOST_AT_ONCE, wanted - offset);
    const { data, meta } = await boardApi.tasks({ ...query, limit, offset }, signal);
    for (const task of data) found.set(task.id, task);
    total = meta.total ?? found.size;
    if (data.length < limit) break;
  }
  return { tasks: [...found.values()], total };
}

export function usePages(query: Query): Pages {
  const key = JSON.stringify(query);
  const [state, setState] = useState<State>({ key, tasks: null, total: 0, failed: null, answer: 0 });
  const [busy, setBusy] = useState(false);
  const wanted = useRef(PAGE);
  const latest = useRef(state);
  latest.current = state;
  const stamp = cardsStamp.value;
  const [again, setAgain] = useState(0);

  useEffect(() => {
    wanted.current = PAGE;
  }, [key]);
  useEffect(() => {
    const stop = new AbortController();
    const timer = window.setTimeout(
      () => {
        read(query, wanted.current, stop.signal).then(
          (found) => {
            setBusy(false);
            setState((now) => ({ ...found, key, failed: null, answer: now.answer + 1 }));
          },
          (failed) => {
            if (stop.signal.aborted) return;
            setBusy(false);
            setState((now) => ({ ...now, failed }));
          },
        );
      },
      latest.current.tasks && latest.current.key === key && !busy ? AGAIN_MS : 0,
    );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [key, stamp, again]);

  const listed = state.tasks?.length ?? 0;
  const done = state.tasks !== null && listed < wanted.current;
  const more = useCallback(() => {
    const now = latest.current.tasks?.length ?? 0;
    if (now < wanted.current || now === 0) return;
    wanted.current = now + PAGE;
    setBusy(true);
    setAgain((each) => each + 1);
  }, []);
  return {
    tasks: state.tasks,
    total: state.total,
    failed: state.failed,
    busy,
    done,
    more,
    answer: state.answer,
  };
}
