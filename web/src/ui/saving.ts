// What a form sends, and what was refused of it: each problem beside the field it is about.
import { useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { explain } from "../live/pending";

export interface Refusal {
  /** What is wrong with this field, or with anything inside it. */
  of: (path: string) => string | undefined;
  /** What belongs to no field of the form, one line each. */
  rest: string[];
  /** Somebody changed the thing first: the version it has now. */
  stale: number | null;
}

export interface Saving {
  busy: boolean;
  refused: Refusal;
  /** False when it was refused; nothing typed is touched. */
  run: (work: () => Promise<unknown>) => Promise<boolean>;
  clear: () => void;
}

const FINE: Refusal = { of: () => undefined, rest: [], stale: null };

const within = (path: string, field: string) =>
  path === field || path.startsWith(`${field}.`) || path === `query.${field}`;

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** A refusal in one line, for a value that stands alone. */
export function problemText(cause: unknown): string {
  if (!(cause instanceof ApiError) || cause.problems.length === 0) return explain(cause);
  return cause.problems.map((each) => sentence(each.message)).join(" ");
}

function refusalOf(cause: unknown, fields: readonly string[]): Refusal {
  if (!(cause instanceof ApiError)) return { ...FINE, rest: [explain(cause)] };
  let problems = cause.problems;
  // A name in use comes as a conflict without a path, and is about the name.
  if (problems.length === 0 && cause.title === "Name taken" && fields.includes("name")) {
    problems = [{ path: "name", message: cause.detail }];
  }
  const homeless = problems.filter((each) => !fields.some((field) => within(each.path, field)));
  const rest = homeless.map((each) => (each.path ? `${each.path}: ${each.message}` : sentence(each.message)));
  if (problems.length === 0) rest.push(cause.detail || cause.title);
  const version = cause.status === 409 ? cause.current?.version : undefined;
  return {
    of: (field) => {
      const found = problems.filter((each) => within(each.path, field));
      return found.length > 0 ? found.map((each) => sentence(each.message)).join(" ") : undefined;
    },
    rest,
    stale: typeof version === "number" ? version : null,
  };
}

/** `fields` are the paths the form shows problems beside; what concerns none of them stands above it. */
export function useSaving(fields: readonly string[]): Saving {
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Refusal>(FINE);
  const run = async (work: () => Promise<unknown>) => {
    if (busy) return false;
    setBusy(true);
    try {
      await work();
      setRefused(FINE);
      return true;
    } catch (cause) {
      setRefused(refusalOf(cause, fields));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, refused, run, clear: () => setRefused(FINE) };
}
