// A list of the settings, read when the section opens and put right with each answer.
import { useEffect, useState } from "preact/hooks";
import type { Answer } from "../../api/client";

export interface Listed<T> {
  list: T[] | null;
  total: number;
  failed: unknown;
  again: () => Promise<void>;
  more: (() => void) | null;
  put: (one: T) => void;
  drop: (id: string) => void;
}

export function useList<T extends { id: string }>(read: (offset: number) => Promise<Answer<T[]>>): Listed<T> {
  const [list, setList] = useState<T[] | null>(null);
  const [total, setTotal] = useState(0);
  const [failed, setFailed] = useState<unknown>(null);
  const take = async (offset: number) => {
    try {
      const { data, meta } = await read(offset);
      setList((now) => (offset === 0 ? data : [...(now ?? []), ...data]));
      setTotal(meta.total ?? data.length);
      setFailed(null);
    } catch (cause) {
      setFailed(cause);
    }
  };
  useEffect(() => void take(0), []);
  return {
    list,
    total,
    failed,
    again: () => take(0),
    more: list && list.length < total ? () => void take(list.length) : null,
    put: (one) =>
      setList((now) => {
        const known = now ?? [];
        return known.some((each) => each.id === one.id)
          ? known.map((each) => (each.id === one.id ? one : each))
          : [one, ...known];
      }),
    drop: (id) => setList((now) => (now ?? []).filter((each) => each.id !== id)),
  };
}
