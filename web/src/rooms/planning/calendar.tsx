// A month of due dates. A card is opened from here, and put on another day by drag or in its panel.
import "../../styles/planning.css";
import { useState } from "preact/hooks";
import type { Card } from "../../api/board";
import { changeTasks } from "../../commands";
import { openTask } from "../../overlay";
import { allCards, boardSettings, cardsStamp, columnByKey } from "../../store/board";
import { Icon } from "../../ui/icon";
import { sees } from "../board/seen";
import { todayIn } from "../task/quick-dates";

const MOST = 4;
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const monthName = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric", timeZone: "UTC" });

function weeks(year: number, month: number): string[][] {
  const first = new Date(Date.UTC(year, month, 1));
  const start = Date.UTC(year, month, 1 - ((first.getUTCDay() + 6) % 7));
  const all = Array.from({ length: 42 }, (_, n) =>
    new Date(start + n * 86_400_000).toISOString().slice(0, 10),
  );
  return [0, 1, 2, 3, 4, 5]
    .map((week) => all.slice(week * 7, week * 7 + 7))
    .filter((week) => week.some((day) => Number(day.slice(5, 7)) === month + 1));
}

function Day({ day, cards, other, today }: { day: string; cards: Card[]; other: boolean; today: string }) {
  const [over, setOver] = useState(false);
  const [all, setAll] = useState(false);
  const shown = all ? cards : cards.slice(0, MOST);
  return (
    <td
      class={`day${other ? " day-other" : ""}${day === today ? " day-today" : ""}${over ? " day-over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const id = event.dataTransfer?.getData("text/plain");
        if (id) void changeTasks([id], { due_date: day });
      }}
    >
      <span class="day-number">{Number(day.slice(8))}</span>
      {shown.map((card) => {
        const done = columnByKey.value.get(card.status)?.kind === "done";
        return (
          <button
            type="button"
            key={card.id}
            draggable
            class={`day-card${done ? " is-done" : day < today ? " is-late" : ""}`}
            onDragStart={(event) => event.dataTransfer?.setData("text/plain", card.id)}
            onClick={() => openTask(card.id)}
          >
            {card.title}
          </button>
        );
      })}
      {cards.length > shown.length && (
        <button type="button" class="day-more" onClick={() => setAll(true)}>
          {cards.length - shown.length} more
        </button>
      )}
    </td>
  );
}

export default function Calendar() {
  const today = todayIn(boardSettings.value?.time_zone);
  const [[year, month], setMonth] = useState(
    () => [Number(today.slice(0, 4)), Number(today.slice(5, 7)) - 1] as const,
  );
  const step = (by: number) => {
    const to = new Date(Date.UTC(year, month + by, 1));
    setMonth([to.getUTCFullYear(), to.getUTCMonth()]);
  };
  void cardsStamp.value;
  const byDay = new Map<string, Card[]>();
  for (const card of allCards().filter(sees.value)) {
    if (card.due_date) byDay.set(card.due_date, [...(byDay.get(card.due_date) ?? []), card]);
  }
  return (
    <div class="calendar">
      <div class="calendar-head">
        <button type="button" class="icon-btn" aria-label="The month before" onClick={() => step(-1)}>
          <Icon name="left" />
        </button>
        <h2 aria-live="polite">{monthName.format(Date.UTC(year, month, 1))}</h2>
        <button type="button" class="icon-btn" aria-label="The month after" onClick={() => step(1)}>
          <Icon name="right" />
        </button>
      </div>
      <table class="month">
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
          {weeks(year, month).map((week) => (
            <tr key={week[0]}>
              {week.map((day) => (
                <Day
                  key={day}
                  day={day}
                  today={today}
                  cards={byDay.get(day) ?? []}
                  other={Number(day.slice(5, 7)) !== month + 1}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
