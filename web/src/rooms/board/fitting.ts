// What cards do not say of themselves (who watches, who made them, custom fields, descriptions and comments)
// the server is asked: which tasks fit? The answer is a set of ids the board tests its cards against.
import { effect, type Signal, signal } from "@preact/signals";
import { boardApi } from "../../api/board";
import { params } from "../../router";
import { boardLoaded, cardsStamp } from "../../store/board";

export interface Fitting {
  /** What was asked, as text: an answer to another question does not count. */
  asked: string;
  ids: ReadonlySet<string>;
}

/** Parameters of GET /api/tasks that only the server can test. */
export const ASKED = [
  "watcher",
  "created_by",
  "custom",
  "custom_contains",
  "custom_from",
  "custom_to",
  "subscription",
  "created_from",
  "created_to",
  "updated_from",
  "updated_to",
  "completed_from",
  "completed_to",
];
const SEARCH_FROM = 2;
const AGAIN_MS = 400;

/** The part of the address that is asked, as text; "" where nothing is. */
export function questionOf(query: URLSearchParams, names: readonly string[]): string {
  const found = names.flatMap((name) => {
    const value = query.get(name)?.trim() ?? "";
    return value.length >= (name === "search" ? SEARCH_FROM : 1) ? [[name, value]] : [];
  });
  return found.length > 0 ? JSON.stringify(found) : "";
}

function follow(names: readonly string[]): Signal<Fitting | null> {
  const answer = signal<Fitting | null>(null);
  let timer = 0;
  let stop: AbortController | null = null;
  effect(() => {
    const asked = questionOf(params.value, names);
    cardsStamp.value;
    if (!boardLoaded.value) return;
    clearTimeout(timer);
    if (!asked) {
      stop?.abort();
      answer.value = null;
      return;
    }
    // What was changed a moment ago may change what fits; what is newly asked is asked at once.
    const wait = answer.peek()?.asked === asked ? AGAIN_MS : 0;
    timer = window.setTimeout(() => {
      stop?.abort();
      stop = new AbortController();
      boardApi.fitting(Object.fromEntries(JSON.parse(asked)), stop.signal).then(
        ({ data }) => {
          answer.value = { asked, ids: new Set(data.ids) };
        },
        // Without an answer the last one stands; the next change asks again.
        () => {},
      );
    }, wait);
  });
  return answer;
}

export const factsFit = follow(ASKED);
export const wordsFit = follow(["search"]);
