// A day of the calendar and the cards that are due on it.
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { Card } from "../../api/board";
import { openTask } from "../../overlay";
import { agentById, columnByKey } from "../../store/board";
import { say } from "../board/state";
import { dayText } from "../task/quick-dates";
import { dueOn } from "./dates";
import { openDatesMenu } from "./dates-menu";
import { scrollAtEdges } from "./edges";
import { hold } from "./hold";
import { datesOf, preview, putBack, sayDates, setDates, settle } from "./reschedule";

const MOST = 4;

/** The card that keys act on: it is shown even where a day holds more than it shows. */
export const activeCard = signal<string | null>(null);
/** A card that is carried by pointer, and the day it is over. */
const carried = signal<{ id: string; title: string; x: number; y: number; day: string | null } | null>(null);

function dayUnder(x: number, y: number): string | null {
  const under = document.elementFromPoint(x, y);
  return under?.closest<HTMLElement>("[data-day]")?.dataset.day ?? null;
}

function take(event: PointerEvent, card: Card): void {
  const scroller = (event.currentTarget as HTMLElement).closest<HTMLElement>(".calendar");
  let last = { x: event.clientX, y: event.clientY };
  let stop = () => {};
  const look = () => {
    carried.value = { id: card.id, title: card.title, ...last, day: dayUnder(last.x, last.y) };
  };
  const drop = () => {
    stop();
    carried.value = null;
  };
  hold(event, {
    start: () => {
      void settle();
      look();
      stop = scrollAtEdges({ node: () => scroller, at: () => last, each: look });
    },
    move: (x, y) => {
      last = { x, y };
      look();
    },
    end: (x, y, moved) => {
      const day = carried.peek()?.day;
      drop();
      if (!moved) openDatesMenu(card.id, { x, y });
      else if (!day || day === card.due_date) say("Not moved.");
      else {
        const dates = dueOn(card, day);
        say(`${sayDates(dates)}.`);
        void setDates(card.id, dates);
      }
    },
    cancel: () => {
      drop();
      putBack();
    },
  });
}

export function Carried() {
  const now = carried.value;
  if (!now) return null;
  const at = { transform: `translate(${now.x + 10}px, ${now.y + 8}px)` };
  return (
    <div class="tl-carried" style={at} aria-hidden="true">
      <span>{now.title}</span>
    </div>
  );
}

interface DayProps {
  day: string;
  cards: Card[];
  other: boolean;
  today: string;
}

function DayCard({ card, day, today, tab }: { card: Card; day: string; today: string; tab: boolean }) {
  const column = columnByKey.value.get(card.status);
  const done = column?.kind === "done";
  const late = !done && day < today;
  const agent = card.assigned_agent_id ? agentById.value.get(card.assigned_agent_id) : undefined;
  const words = [`#${card.number} ${card.title}`, sayDates(datesOf(card)), column?.name, agent?.name];
  const flags = [done ? "is-done" : late ? "is-late" : "", preview.value?.id === card.id ? "is-moving" : ""];
  return (
    <button
      type="button"
      class={`day-card ${flags.join(" ")}${carried.value?.id === card.id ? " is-carried" : ""}`}
      data-due={card.id}
      tabIndex={tab ? 0 : -1}
      aria-label={[...words, late ? "overdue" : null].filter(Boolean).join(", ")}
      style={{ "--own": column?.color ?? "var(--idle)" }}
      onPointerDown={(event) => take(event, card)}
      onFocus={() => {
        activeCard.value = card.id;
      }}
      onClick={() => {
        void settle();
        openTask(card.id);
      }}
      onContextMenu={(event) => {
        event.preventDefault();
        openDatesMenu(card.id, { x: event.clientX, y: event.clientY });
      }}
    >
      <span class="day-card-text">{card.title}</span>
      {agent && <span aria-hidden="true">{agent.emoji}</span>}
    </button>
  );
}

export function Day({ day, cards, other, today, tab }: DayProps & { tab: string | null }) {
  const [all, setAll] = useState(false);
  const shown = all ? cards : cards.slice(0, cards.length === MOST + 1 ? MOST + 1 : MOST);
  const kept = cards.find((each) => each.id === activeCard.value);
  if (kept && !shown.includes(kept)) shown.splice(-1, 1, kept);
  const over = carried.value?.day === day;
  const name = dayText(day, today);
  return (
    <td
      class={`day${other ? " day-other" : ""}${day === today ? " day-today" : ""}${over ? " day-over" : ""}${cards.length > 0 ? "" : " day-free"}`}
      data-day={day}
    >
      <span class="day-number">
        <span class="day-name">{name.slice(0, 3)} </span>
        {Number(day.slice(8))}
        {day === today && <span class="sr-only"> today</span>}
      </span>
      <div class="day-cards">
        {shown.map((card) => (
          <DayCard key={card.id} card={card} day={day} today={today} tab={card.id === tab} />
        ))}
        {cards.length > shown.length && (
          <button
            type="button"
            class="day-more"
            aria-label={`${cards.length - shown.length} more on ${name}`}
            onClick={() => setAll(true)}
          >
            {cards.length - shown.length} more
          </button>
        )}
        {all && cards.length > MOST + 1 && (
          <button type="button" class="day-more" onClick={() => setAll(false)}>
            Fewer
          </button>
        )}
      </div>
    </td>
  );
}
