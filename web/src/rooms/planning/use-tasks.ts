// A list of tasks as the server answers it, read again when cards change.
import { useEffect, useState } from "preact/hooks";
import { boardApi, type Task } from "../../api/board";
import type { Query } from "../../api/client";
import { cardsStamp } from "../../store/board";

export interface Listed {
  tasks: Task[] | null;
  total: number;
  failed: unknown;
}

const NOTHING: Listed = { tasks: null, total: 0, failed: null };

export function useTasks(query: Query): Listed {
  const [found, setFound] = useState<Listed>(NOTHING);
  const stamp = cardsStamp.value;
  const key = JSON.stringify(query);
  useEffect(() => {
    const stop = new AbortController();
    const timer = window.setTimeout(
      () => {
        boardApi.tasks(query, stop.signal).then(
          ({ data, meta }) => setFound({ tasks: data, total: meta.total ?? data.length, failed: null }),
          (failed) => !stop.signal.aborted && setFound((now) => ({ ...now, failed })),
        );
      },
      found.tasks ? 250 : 0,
    );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [key, stamp]);
  return found;
}
