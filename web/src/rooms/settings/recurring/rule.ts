// iCalendar rules as people say them: read into simple choices where they are simple, and said in words.

export type Day = "MO" | "TU" | "WE" | "TH" | "FR" | "SA" | "SU";

export const DAYS: { value: Day; short: string; label: string }[] = [
  { value: "MO", short: "Mon", label: "Monday" },
  { value: "TU", short: "Tue", label: "Tuesday" },
  { value: "WE", short: "Wed", label: "Wednesday" },
  { value: "TH", short: "Thu", label: "Thursday" },
  { value: "FR", short: "Fri", label: "Friday" },
  { value: "SA", short: "Sat", label: "Saturday" },
  { value: "SU", short: "Sun", label: "Sunday" },
];
export const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const WEEKDAYS: Day[] = ["MO", "TU", "WE", "TH", "FR"];

/** When it stops: never, after so many times, or with a day. */
export type End = { kind: "never" } | { kind: "count"; times: number } | { kind: "until"; day: string };

export type Plan =
  | { kind: "weekdays" }
  | { kind: "daily"; every: number }
  | { kind: "weekly"; every: number; days: Day[] }
  | { kind: "monthday"; every: number; day: number }
  | { kind: "monthweek"; every: number; nth: number; day: Day }
  | { kind: "yearly"; month: number; day: number }
  | { kind: "custom"; text: string };

export interface Recurrence {
  plan: Plan;
  end: End;
}

function partsOf(rule: string): Map<string, string> {
  const text = rule
    .trim()
    .toUpperCase()
    .replace(/^RRULE:/, "");
  return new Map(
    text
      .split(";")
      .filter(Boolean)
      .map((piece) => {
        const [name = "", value = ""] = piece.split("=");
        return [name.trim(), value.trim()];
      }),
  );
}

function endOf(parts: Map<string, string>): End | null {
  const [count, until] = [parts.get("COUNT"), parts.get("UNTIL")];
  if (count && until) return null;
  if (count) return { kind: "count", times: Number(count) };
  if (!until) return { kind: "never" };
  // A day; a time of it is a rule of its own.
  const day = /^(\d{4})(\d\d)(\d\d)$/.exec(until);
  return day ? { kind: "until", day: `${day[1]}-${day[2]}-${day[3]}` } : null;
}

function daysOf(text: string): Day[] | null {
  const days = text.split(",");
  return days.every((each) => DAYS.some((day) => day.value === each)) ? (days as Day[]) : null;
}

function weekly(every: number, by: string): Plan | null {
  const days = daysOf(by);
  if (!days) return null;
  const all = WEEKDAYS.every((each) => days.includes(each)) && days.length === WEEKDAYS.length;
  return all && every === 1 ? { kind: "weekdays" } : { kind: "weekly", every, days };
}

function planOf(parts: Map<string, string>): Plan | null {
  const names = [...parts.keys()].filter((each) => !["COUNT", "UNTIL", "WKST"].includes(each)).sort();
  const shape = names.filter((each) => each !== "INTERVAL").join();
  const every = Number(parts.get("INTERVAL") ?? 1);
  const by = parts.get("BYDAY") ?? "";
  const day = parts.get("BYMONTHDAY") ?? "";
  const frequency = parts.get("FREQ");
  if (frequency === "DAILY" && shape === "FREQ") return { kind: "daily", every };
  if (frequency === "WEEKLY" && shape === "BYDAY,FREQ") return weekly(every, by);
  if (frequency === "MONTHLY" && shape === "BYMONTHDAY,FREQ" && /^(-1|\d+)$/.test(day)) {
    return { kind: "monthday", every, day: Number(day) };
  }
  if (frequency === "MONTHLY" && shape === "BYDAY,FREQ") {
    const nth = /^([+-]?\d)(MO|TU|WE|TH|FR|SA|SU)$/.exec(by);
    const number = Number(nth?.[1]);
    if (nth && (number === -1 || (number >= 1 && number <= 4))) {
      return { kind: "monthweek", every, nth: number, day: nth[2] as Day };
    }
  }
  const month = parts.get("BYMONTH") ?? "";
  if (frequency === "YEARLY" && shape === "BYMONTH,BYMONTHDAY,FREQ" && every === 1) {
    if (/^\d+$/.test(month) && /^\d+$/.test(day))
      return { kind: "yearly", month: Number(month), day: Number(day) };
  }
  return null;
}

/** What of a rule is one of the simple choices; the rule itself where it is not. */
export function readRule(rule: string): Recurrence {
  const parts = partsOf(rule);
  const [plan, end] = [planOf(parts), endOf(parts)];
  if (plan && end) return { plan, end };
  return { plan: { kind: "custom", text: rule }, end: { kind: "never" } };
}

function planText(plan: Exclude<Plan, { kind: "custom" }>): string {
  const every = "every" in plan && plan.every !== 1 ? `;INTERVAL=${plan.every}` : "";
  switch (plan.kind) {
    case "weekdays":
      return `FREQ=WEEKLY;BYDAY=${WEEKDAYS.join(",")}`;
    case "daily":
      return `FREQ=DAILY${every}`;
    case "weekly":
      return `FREQ=WEEKLY${every};BYDAY=${plan.days.join(",")}`;
    case "monthday":
      return `FREQ=MONTHLY${every};BYMONTHDAY=${plan.day}`;
    case "monthweek":
      return `FREQ=MONTHLY${every};BYDAY=${plan.nth}${plan.day}`;
    case "yearly":
      return `FREQ=YEARLY;BYMONTH=${plan.month};BYMONTHDAY=${plan.day}`;
  }
}

export function writeRule({ plan, end }: Recurrence): string {
  if (plan.kind === "custom") return plan.text.trim();
  const text = planText(plan);
  if (end.kind === "count") return `${text};COUNT=${end.times}`;
  // The server counts the last day whole.
  if (end.kind === "until" && end.day) return `${text};UNTIL=${end.day.replaceAll("-", "")}`;
  return text;
}

export const NTH: { value: number; label: string }[] = [
  { value: 1, label: "first" },
  { value: 2, label: "second" },
  { value: 3, label: "third" },
  { value: 4, label: "fourth" },
  { value: -1, label: "last" },
];

const dayName = (day: Day): string => DAYS.find((each) => each.value === day)?.label ?? day;

function ordinal(number: number): string {
  const ten = number % 100;
  if (ten >= 11 && ten <= 13) return `${number}th`;
  return `${number}${["th", "st", "nd", "rd"][number % 10] ?? "th"}`;
}

const every = (number: number, one: string): string =>
  number === 1 ? `every ${one}` : number === 2 ? `every second ${one}` : `every ${number} ${one}s`;

function listed(days: readonly Day[]): string {
  const ordered = DAYS.filter((each) => days.includes(each.value)).map((each) => each.label);
  if (ordered.length < 2) return ordered[0] ?? "…";
  return `${ordered.slice(0, -1).join(", ")} and ${ordered.at(-1)}`;
}

function planWords(plan: Plan): string {
  switch (plan.kind) {
    case "weekdays":
      return "every weekday";
    case "daily":
      return every(plan.every, "day");
    case "weekly":
      return plan.every === 1
        ? `every ${listed(plan.days)}`
        : `${every(plan.every, "week")} on ${listed(plan.days)}`;
    case "monthday": {
      const day = plan.day === -1 ? "the last day" : `the ${ordinal(plan.day)}`;
      return plan.every === 1 ? `on ${day} of the month` : `${every(plan.every, "month")} on ${day}`;
    }
    case "monthweek": {
      const nth = NTH.find((each) => each.value === plan.nth)?.label ?? "";
      const day = `the ${nth} ${dayName(plan.day)}`;
      return plan.every === 1 ? `on ${day} of the month` : `${every(plan.every, "month")} on ${day}`;
    }
    case "yearly":
      return `every year on ${plan.day} ${MONTHS[plan.month - 1]}`;
    case "custom":
      return `by the rule ${plan.text}`;
  }
}

const shown = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});

export function ruleWords(rule: string): string {
  const { plan, end } = readRule(rule);
  const words = planWords(plan);
  if (end.kind === "count") return `${words}, ${end.times} ${end.times === 1 ? "time" : "times"}`;
  if (end.kind === "until") return `${words}, until ${shown.format(new Date(end.day))}`;
  return words;
}

/** What day a rule of a kind begins as, made of the day it starts on. */
export function freshPlan(kind: Plan["kind"], start: string, before: string): Plan {
  const day = new Date(`${start}T00:00:00Z`);
  const weekday = DAYS[(day.getUTCDay() + 6) % 7]?.value ?? "MO";
  const date = day.getUTCDate() || 1;
  switch (kind) {
    case "weekdays":
      return { kind };
    case "daily":
      return { kind, every: 1 };
    case "weekly":
      return { kind, every: 1, days: [weekday] };
    case "monthday":
      return { kind, every: 1, day: date };
    case "monthweek":
      return { kind, every: 1, nth: date > 28 ? -1 : Math.ceil(date / 7), day: weekday };
    case "yearly":
      return { kind, month: day.getUTCMonth() + 1 || 1, day: date };
    case "custom":
      return { kind, text: before };
  }
}
