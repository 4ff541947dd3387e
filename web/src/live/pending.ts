// A gesture is shown at once and taken back, with the reason, when the server refuses it.
import { ApiError } from "../api/client";
import { toast } from "../ui/toast";

interface Gesture<T> {
  show: () => () => void;
  send: () => Promise<T>;
  done?: (answer: T) => void;
  saying?: string;
  refused: string;
}

export function explain(cause: unknown): string {
  if (!(cause instanceof ApiError)) return cause instanceof Error ? cause.message : String(cause);
  const lines = cause.problems.map((problem) =>
    problem.path ? `${problem.path}: ${problem.message}` : problem.message,
  );
  const wait = cause.retryAfterS ? `Try again in ${Math.ceil(cause.retryAfterS)} s.` : "";
  return [cause.detail || cause.title, ...lines, wait].filter(Boolean).join("\n");
}

export async function perform<T>(gesture: Gesture<T>): Promise<boolean> {
  const takeBack = gesture.show();
  try {
    const answer = await gesture.send();
    gesture.done?.(answer);
    if (gesture.saying) toast({ kind: "good", title: gesture.saying });
    return true;
  } catch (cause) {
    takeBack();
    toast({ kind: "bad", title: gesture.refused, detail: explain(cause) });
    return false;
  }
}
