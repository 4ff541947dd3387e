// The days of a sprint, changed where they are seen.
import { boardApi, type Sprint } from "../../api/board";
import { remember } from "../../commands";
import { explain } from "../../live/pending";
import { boardSettings, sprints } from "../../store/board";
import { toast } from "../../ui/toast";
import { say } from "../board/state";
import { dayText, todayIn } from "../task/quick-dates";

function put(id: string, change: Partial<Sprint>): void {
  sprints.value = sprints.peek().map((each) => (each.id === id ? { ...each, ...change } : each));
}

async function send(id: string, start_date: string, end_date: string): Promise<void> {
  const before = sprints.peek().find((each) => each.id === id);
  if (!before) return;
  put(id, { start_date, end_date });
  try {
    const change = { start_date, end_date, version: before.version };
    const { data } = await boardApi.changeSprint(id, change);
    put(id, data);
  } catch (cause) {
    put(id, { start_date: before.start_date, end_date: before.end_date });
    throw cause;
  }
}

export async function setSprintDays(sprint: Sprint, start: string, end: string): Promise<void> {
  if (sprint.start_date === start && sprint.end_date === end) return;
  const today = todayIn(boardSettings.peek()?.time_zone);
  const label = `${sprint.name}: ${dayText(start, today)} – ${dayText(end, today)}`;
  try {
    await send(sprint.id, start, end);
  } catch (cause) {
    say("Not moved.");
    toast({ kind: "bad", title: `The days of ${sprint.name} were not changed`, detail: explain(cause) });
    return;
  }
  say(`${label}.`);
  remember({
    label,
    back: () => send(sprint.id, sprint.start_date, sprint.end_date),
    again: () => send(sprint.id, start, end),
  });
}
