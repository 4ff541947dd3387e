// Something read from the server for a part of the panel, read again when its stamp moves.
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../../api/client";

export interface Read<T> {
  value: T | null;
  failed: unknown;
  again: () => void;
  set: (value: T) => void;
}

export function useRead<T>(read: () => Promise<{ data: T }>, stamps: readonly unknown[]): Read<T> {
  const [value, set] = useState<T | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let current = true;
    read().then(
      ({ data }) => {
        if (!current) return;
        set(data);
        setFailed(null);
      },
      (cause) => current && !(cause instanceof ApiError && cause.status === 404) && setFailed(cause),
    );
    return () => {
      current = false;
    };
  }, [...stamps, turn]);
  return { value, failed, again: () => setTurn((now) => now + 1), set };
}
