// Days said in words. Everything is a `YYYY-MM-DD` of the project's time zone; nothing here reads a clock.

const DAY_MS = 86_400_000;
const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const SHORT_WEEKDAYS: Record<string, number> = {
  mon: 0,
  tue: 1,
  tues: 1,
  wed: 2,
  thu: 3,
  thur: 3,
  thurs: 3,
  fri: 4,
  sat: 5,
  sun: 6,
};
/** Words of their own as well: they mean a day only where nothing else can be meant. */
const DOUBTFUL = new Set(["sat", "sun"]);
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const LONG_MONTHS = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];
const COUNTS: Record<string, number> = { a: 1, an: 1, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6 };
const MOST_AHEAD = 3650;

export interface Said {
  /** How many words were used. */
  words: number;
  day: string | null;
  /** What is wrong with a day that was clearly meant as one. */
  problem?: string;
}

const at = (day: string) => Date.parse(`${day}T00:00:00Z`);
const written = (ms: number) => new Date(ms).toISOString().slice(0, 10);

export const addDays = (day: string, days: number): string => written(at(day) + days * DAY_MS);

/** From one day to another, in days. */
export const daysBetween = (from: string, to: string): number => Math.round((at(to) - at(from)) / DAY_MS);

/** 0 is Monday. */
export const weekdayOf = (day: string): number => (new Date(at(day)).getUTCDay() + 6) % 7;

/** The day, or null where the calendar has none such. */
export function dayOf(year: number, month: number, day: number): string | null {
  const ms = Date.UTC(year, month - 1, day);
  const made = new Date(ms);
  const real =
    made.getUTCFullYear() === year && made.getUTCMonth() === month - 1 && made.getUTCDate() === day;
  return real && year >= 1970 && year <= 9999 ? written(ms) : null;
}

/** The same day of a later month; the 31st becomes the last day of a shorter one. */
export function addMonths(day: string, months: number): string {
  const from = new Date(at(day));
  const first = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(from.getUTCDate(), last));
  return written(first.getTime());
}

function weekday(word: string): number {
  const at = WEEKDAYS.indexOf(word);
  return at >= 0 ? at : (SHORT_WEEKDAYS[word] ?? -1);
}

function month(word: string): number {
  const plain = word.replace(/\.$/, "");
  const long = LONG_MONTHS.indexOf(plain);
  if (long >= 0) return long + 1;
  if (plain === "sept") return 9;
  return MONTHS.indexOf(plain) + 1;
}

function ordinal(word: string): number {
  const found = /^(\d{1,2})(?:st|nd|rd|th|\.)?$/.exec(word);
  return found ? Number(found[1]) : 0;
}

/** The next time this day of the year comes round, today included. */
function coming(today: string, monthNumber: number, dayNumber: number): string | null {
  const year = Number(today.slice(0, 4));
  const now = dayOf(year, monthNumber, dayNumber);
  if (now && now >= today) return now;
  // The 29th of February may be up to eight years away.
  for (let ahead = 1; ahead <= 8; ahead++) {
    const later = dayOf(year + ahead, monthNumber, dayNumber);
    if (later) return later;
  }
  return null;
}

function named(words: string[], today: string): Said | null {
  const [first = "", second = "", third = ""] = words;
  let monthNumber = month(second);
  let dayNumber = ordinal(first);
  if (!monthNumber || !dayNumber) {
    monthNumber = month(first);
    dayNumber = ordinal(second);
  }
  if (!monthNumber || !dayNumber) return null;
  const text = `${dayNumber} ${LONG_MONTHS[monthNumber - 1]}`;
  if (/^\d{4}$/.test(third)) {
    const day = dayOf(Number(third), monthNumber, dayNumber);
    return day
      ? { words: 3, day }
      : { words: 3, day: null, problem: `${text} ${third} is not in the calendar` };
  }
  const day = coming(today, monthNumber, dayNumber);
  return day ? { words: 2, day } : { words: 2, day: null, problem: `${text} is not in the calendar` };
}

function digits(word: string, today: string): Said | null {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(word);
  if (iso) {
    const day = dayOf(Number(iso[1]), Number(iso[2]), Number(iso[3]));
    return day ? { words: 1, day } : { words: 1, day: null, problem: `${word} is not in the calendar` };
  }
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4})?$/.exec(word);
  if (!dotted) return null;
  const [, dayText, monthText, yearText] = dotted;
  const day = yearText
    ? dayOf(Number(yearText), Number(monthText), Number(dayText))
    : coming(today, Number(monthText), Number(dayText));
  return day ? { words: 1, day } : { words: 1, day: null, problem: `${word} is not in the calendar` };
}

function ahead(words: string[], today: string): Said | null {
  const [, amount = "", unit = ""] = words;
  const short = /^(\d{1,4})([dwm])$/.exec(amount);
  const number = short
    ? Number(short[1])
    : (COUNTS[amount] ?? (/^\d{1,4}$/.test(amount) ? Number(amount) : 0));
  const kind = short ? short[2] : (/^(day|week|month)s?$/.exec(unit)?.[1]?.[0] ?? "");
  const used = short ? 2 : 3;
  if (!number || !kind) return null;
  const days = kind === "d" ? number : kind === "w" ? number * 7 : number * 30;
  if (days > MOST_AHEAD) return { words: used, day: null, problem: "is more than ten years away" };
  return { words: used, day: kind === "m" ? addMonths(today, number) : addDays(today, days) };
}

function relative(words: string[], today: string, sure: boolean): Said | null {
  const [first = "", second = "", third = ""] = words;
  const now = weekdayOf(today);
  if (first === "today" || first === "tonight") return { words: 1, day: today };
  if (first === "tomorrow" || first === "tmrw") return { words: 1, day: addDays(today, 1) };
  if (first === "in") return ahead(words, today);
  if (first === "next" || first === "this") {
    const wanted = weekday(second);
    // "This friday" is the one of this week or the coming one; "next friday" is the one of next week.
    if (wanted >= 0) {
      const days = first === "next" ? 7 - now + wanted : (wanted - now + 7) % 7;
      return { words: 2, day: addDays(today, days) };
    }
    if (first === "next" && second === "week") return { words: 2, day: addDays(today, 7 - now) };
    if (first === "next" && second === "month") {
      return { words: 2, day: `${addMonths(today, 1).slice(0, 8)}01` };
    }
    return null;
  }
  if (first === "end" && second === "of") {
    if (third === "week") return { words: 3, day: addDays(today, now <= 4 ? 4 - now : 11 - now) };
    if (third === "month") return { words: 3, day: addDays(`${addMonths(today, 1).slice(0, 8)}01`, -1) };
    return null;
  }
  const wanted = weekday(first);
  if (wanted < 0 || (DOUBTFUL.has(first) && !sure)) return null;
  // Said on a Friday, "friday" is the next one: whoever means today says so.
  return { words: 1, day: addDays(today, ((wanted - now + 6) % 7) + 1) };
}

/** A day at the beginning of these words. `sure`: a word before them (by, on, due) says that one follows. */
export function readDay(said: string[], today: string, sure = false): Said | null {
  const words = said.map((word) => word.toLowerCase().replace(/,$/, ""));
  const first = words[0] ?? "";
  return digits(first, today) ?? named(words, today) ?? relative(words, today, sure);
}

const YEARLESS = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  timeZone: "UTC",
});
const WITH_YEAR = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});

/** How a day is written for people: "Fri 28 Nov", with the year when it is another one. */
export function dayText(day: string, today: string): string {
  const format = day.slice(0, 4) === today.slice(0, 4) ? YEARLESS : WITH_YEAR;
  return format.format(new Date(at(day))).replace(",", "");
}

/** Today in a time zone; an unknown zone is taken for the browser's own. */
export function todayIn(timeZone: string | undefined, nowMs = Date.now()): string {
  const parts = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  try {
    return new Intl.DateTimeFormat("en-CA", timeZone ? { ...parts, timeZone } : parts).format(nowMs);
  } catch {
    return new Intl.DateTimeFormat("en-CA", parts).format(nowMs);
  }
}
