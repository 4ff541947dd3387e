// Things in the order they happened, cut where another day begins by the clock of the project.
import { boardSettings } from "../../store/board";
import { todayIn } from "../task/quick-dates";

export interface DayOf<T> {
  day: string;
  list: T[];
}

export function byDay<T extends { at: string }>(all: readonly T[]): DayOf<T>[] {
  const zone = boardSettings.value?.time_zone;
  const days: DayOf<T>[] = [];
  for (const each of all) {
    const day = todayIn(zone, Date.parse(each.at));
    const last = days.at(-1);
    if (last?.day === day) last.list.push(each);
    else days.push({ day, list: [each] });
  }
  return days;
}

const long = new Intl.DateTimeFormat("en-GB", {
  weekday: "long",
  day: "numeric",
  month: "long",
  timeZone: "UTC",
});

/** "Today", "Yesterday", "Friday 20 November", with the year where it is another one. */
export function dayName(day: string): string {
  const today = todayIn(boardSettings.value?.time_zone);
  const away = (Date.parse(`${day}T00:00:00Z`) - Date.parse(`${today}T00:00:00Z`)) / 86_400_000;
  if (away === 0) return "Today";
  if (away === -1) return "Yesterday";
  const text = long.format(new Date(`${day}T00:00:00Z`));
  return day.slice(0, 4) === today.slice(0, 4) ? text : `${text} ${day.slice(0, 4)}`;
}

export { addDays, todayIn } from "../task/quick-dates";
