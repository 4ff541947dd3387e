// A month of due dates. A card is put on another day by drag, by keys, by menu or in its panel.
import "../../styles/planning.css";
import "../../styles/calendar.css";
import "../../styles/timeline-tray.css";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Card } from "../../api/board";
import { useShortcuts } from "../../keys/use";
import { params, withParams } from "../../router";
import { allCards, cardsStamp } from "../../store/board";
import { narrow } from "../../store/screen";
import { plural } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { today as todayNow } from "../board/days";
import { sees } from "../board/seen";
import { spoken } from "../board/state";
import { addDays, addMonths, dayOf, weekdayOf } from "../task/quick-dates";
import { activeCard, Carried, Day } from "./calendar-day";
import { DatesOver, datesForm, openDatesMenu } from "./dates-menu";
import { keepStill } from "./hold";
import { datesOf, nudge, preview, putBack, settle } from "./reschedule";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const monthName = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });

/** The weeks a month touches, from Monday. */
function weeksOf(first: string): string[][] {
  const start = addDays(first, -weekdayOf(first));
  const end = addMonths(first, 1);
  const found: string[][] = [];
  for (let monday = start; monday < end; monday = addDays(monday, 7)) {
    found.push(DAYS.map((_, n) => addDays(monday, n)));
  }
  return found;
}

function monthAsked(today: string): string {
  const [year, month] = (params.value.get("month") ?? "").split("-").map(Number);
  return dayOf(year ?? 0, month ?? 0, 1) ?? `${today.slice(0, 8)}01`;
}

const goTo = (first: string, today: string): void =>
  withParams({ month: first.slice(0, 7) === today.slice(0, 7) ? null : first.slice(0, 7) });

const cardNode = (id: string) => document.querySelector<HTMLElement>(`[data-due="${CSS.escape(id)}"]`);

function menuAt(id: string): void {
  const rect = cardNode(id)?.getBoundingClientRect();
  if (rect) openDatesMenu(id, { x: rect.left + 8, y: rect.bottom + 4 });
}

const MOVES: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

function walk(from: HTMLElement, step: number): void {
  const all = [...document.querySelectorAll<HTMLElement>(".month [data-due]")];
  all[all.indexOf(from) + step]?.focus();
}

function onKey(event: KeyboardEvent): void {
  const node = (event.target as Element).closest<HTMLElement>("[data-due]");
  const id = node?.dataset.due;
  if (!node || !id || event.ctrlKey || event.metaKey || event.altKey) return;
  const { key } = event;
  const days = MOVES[key];
  if (days !== undefined && event.shiftKey) nudge(id, "whole", days);
  else if (days !== undefined) {
    void settle();
    walk(node, days > 0 ? 1 : -1);
  } else if (key === "Escape" && preview.peek()) putBack();
  else if (key === "ContextMenu" || key === "." || (key === "F10" && event.shiftKey)) menuAt(id);
  else if (key === "d") {
    void settle();
    datesForm.value = id;
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

/** What is moved by keys keeps the focus, on whatever day and in whatever month it comes to stand. */
function useFollow(first: string, weeks: string[][], today: string): void {
  const now = preview.value;
  const followed = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (now?.keys) followed.current = now.id;
    const id = followed.current;
    if (!id) return;
    const day = now?.due_date;
    const shown = weeks.flat();
    if (day && !shown.includes(day)) goTo(`${day.slice(0, 8)}01`, today);
    const lost = document.activeElement === document.body || document.activeElement?.id === "main";
    if (now || lost) cardNode(id)?.focus({ preventScroll: false });
    if (!now) followed.current = null;
  }, [now, first]);
}

function Head({ first, today, count }: { first: string; today: string; count: number }) {
  const step = (by: number) => goTo(addMonths(first, by), today);
  return (
    <div class="calendar-head">
      <button type="button" class="icon-btn" aria-label="The month before" onClick={() => step(-1)}>
        <Icon name="left" />
      </button>
      <h2 aria-live="polite">{monthName.format(Date.parse(`${first}T00:00:00Z`))}</h2>
      <button type="button" class="icon-btn" aria-label="The month after" onClick={() => step(1)}>
        <Icon name="right" />
      </button>
      <button type="button" class="btn btn-s" onClick={() => goTo(today, today)}>
        Today
      </button>
      <label class="calendar-jump">
        <span class="sr-only">Go to a month</span>
        <input
          class="input"
          type="month"
          value={first.slice(0, 7)}
          onChange={(event) => {
            const [year, month] = event.currentTarget.value.split("-").map(Number);
            const asked = dayOf(year ?? 0, month ?? 0, 1);
            if (asked) goTo(asked, today);
          }}
        />
      </label>
      <span class="faint calendar-count num">{plural(count, "card")} due</span>
    </div>
  );
}

export default function Calendar() {
  const today = todayNow();
  const root = useRef<HTMLDivElement>(null);
  const first = monthAsked(today);
  const weeks = weeksOf(first);
  useEffect(() => (root.current ? keepStill(root.current) : undefined), []);
  useEffect(() => {
    // On a phone the month is a list: one begins where one is. Only the list is scrolled: near its end, asking
    // the browser for the middle would push the head of the page out of reach.
    const list = root.current;
    const day = narrow.peek() ? list?.querySelector(".day-today") : null;
    if (list && day) {
      const from = day.getBoundingClientRect().top - list.getBoundingClientRect().top;
      list.scrollTop += from - list.clientHeight / 2;
    }
    return () => void settle();
  }, []);
  useFollow(first, weeks, today);
  const never = () => {};
  const group = "Calendar";
  useShortcuts([
    { keys: "t", label: "Go to today", group, run: () => goTo(today, today) },
    { keys: "[", label: "The month before", group, run: () => goTo(addMonths(first, -1), today) },
    { keys: "]", label: "The month after", group, run: () => goTo(addMonths(first, 1), today) },
    { keys: "Shift + ← →", label: "Move the card by a day", group, run: never },
    { keys: "Shift + ↑ ↓", label: "Move the card by a week", group, run: never },
    {
      keys: "d",
      label: "Set dates…",
      group,
      run: () => {
        datesForm.value = activeCard.peek();
      },
    },
  ]);
  void cardsStamp.value;
  const byDay = new Map<string, Card[]>();
  for (const card of allCards().filter(sees.value)) {
    const day = datesOf(card).due_date;
    if (!day) continue;
    const list = byDay.get(day);
    if (list) list.push(card);
    else byDay.set(day, [card]);
  }
  const inMonth = weeks.flat().filter((day) => day.slice(0, 7) === first.slice(0, 7));
  const count = inMonth.reduce((sum, day) => sum + (byDay.get(day)?.length ?? 0), 0);
  const drawn = weeks.flat().flatMap((day) => byDay.get(day) ?? []);
  const tab = drawn.find((each) => each.id === activeCard.value)?.id ?? drawn[0]?.id ?? null;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys belong to the cards inside.
    <div class="calendar" ref={root} onKeyDown={onKey}>
      <Head first={first} today={today} count={count} />
      <table class="month" aria-describedby="cal-help">
        <thead>
          <tr>
            {DAYS.map((each) => (
              <th key={each} scope="col">
                {each}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week[0]}>
              {week.map((day) => (
                <Day
                  key={day}
                  day={day}
                  today={today}
                  tab={tab}
                  cards={byDay.get(day) ?? []}
                  other={day.slice(0, 7) !== first.slice(0, 7)}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="sr-only" id="cal-help">
        Arrows go from card to card. With Shift, left and right move a card by a day, up and down by a week.
        Enter opens it, the full stop opens its menu.
      </p>
      <Carried />
      <DatesOver keys={{ day: ["⇧ ←", "⇧ →"], week: ["⇧ ↑", "⇧ ↓"] }} focus={(id) => cardNode(id)?.focus()} />
      <p class="sr-only" id="kspoken" aria-live="assertive">
        {spoken.value}
      </p>
    </div>
  );
}
