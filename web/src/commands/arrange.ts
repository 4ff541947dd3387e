// Changes of the board's furniture. The server undoes them: it knows what came with them, such as the cards
// of a column that was deleted.
import { type Activity, boardApi } from "../api/board";
import type { Answer } from "../api/client";
import { boardSeq, rereadNow } from "../live/board";
import { remember } from "./history";

export type Noun =
  | "column"
  | "settings"
  | "template"
  | "field"
  | "category"
  | "agent"
  | "sprint"
  | "automation"
  | "recurring task";

const SPRINT_KINDS = "sprint_created,sprint_changed,sprint_started,sprint_completed";
const used = new Set<string>();

/** The event that my change just made: the newest of mine that was not there before it. */
async function eventOf(noun: Noun, since: number): Promise<Activity | undefined> {
  const kind = noun === "sprint" ? SPRINT_KINDS : "board_arranged";
  const { data } = await boardApi.activity({ actor: "me", kind, limit: 10 });
  return data.find(
    (each) => each.seq > since && !used.has(each.id) && (noun === "sprint" || each.details.noun === noun),
  );
}

/** Offered at once, so that nobody undoes what was before; which event it was is found meanwhile. */
function offerUndo(noun: Noun, label: string, since: number): void {
  const found = eventOf(noun, since);
  found.then(
    (event) => event && used.add(event.id),
    () => {},
  );
  let last: string | undefined;
  // What undid it is itself an event, and undone the same way.
  const turn = async () => {
    last ??= (await found)?.id;
    if (!last) throw new Error("Nothing was changed by it.");
    last = (await boardApi.undo(last)).data.id;
    used.add(last);
    await rereadNow(noun).catch(() => {});
  };
  remember({ label, back: turn, again: turn });
}

/** Does it, shows it, and offers to undo it. Throws what the server refuses, for the form to show. */
export async function arrange<T>(noun: Noun, label: string, work: () => Promise<Answer<T>>): Promise<T> {
  const since = boardSeq();
  const { data } = await work();
  offerUndo(noun, label, since);
  await rereadNow(noun).catch(() => {});
  return data;
}
