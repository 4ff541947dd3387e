// Cards without dates, beside the timeline: dragged from here on a day, or given one by keys and menu.
import { useRef, useState } from "preact/hooks";
import type { Card } from "../../../api/board";
import { openTask } from "../../../overlay";
import { Icon } from "../../../ui/icon";
import { AgentFace, PriorityMark } from "../../board/marks";
import { dayText } from "../../task/quick-dates";
import { openDatesMenu } from "../dates-menu";
import { todayHere } from "../reschedule";
import { giveDay, takeFromTray } from "./moving";
import { carried } from "./state";

const ROW = 44;
const MARGIN = 6;

export function focusInTray(id: string): void {
  document.querySelector<HTMLElement>(`[data-undated="${CSS.escape(id)}"]`)?.focus();
}

function Undated({ card, top, tab }: { card: Card; top: number; tab: boolean }) {
  const onKey = (event: KeyboardEvent) => {
    const node = event.currentTarget as HTMLElement;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      const all = [...(node.closest(".tl-undated")?.querySelectorAll<HTMLElement>("[data-undated]") ?? [])];
      all[all.indexOf(node) + step]?.focus();
    } else if (event.key === "ArrowRight" || event.key === "ArrowLeft") void giveDay(card, todayHere());
    else if (event.key === "ContextMenu" || event.key === "." || (event.key === "F10" && event.shiftKey)) {
      const rect = node.getBoundingClientRect();
      openDatesMenu(card.id, { x: rect.left + 12, y: rect.bottom + 4 });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <button
      type="button"
      class={`tl-undated-card${carried.value?.id === card.id ? " is-carried" : ""}`}
      data-undated={card.id}
      style={{ transform: `translateY(${top}px)` }}
      tabIndex={tab ? 0 : -1}
      aria-describedby="tl-tray-help"
      onPointerDown={(event) => takeFromTray(event, card)}
      onClick={() => openTask(card.id)}
      onKeyDown={onKey}
      onContextMenu={(event) => {
        event.preventDefault();
        openDatesMenu(card.id, { x: event.clientX, y: event.clientY });
      }}
    >
      <PriorityMark priority={card.priority} />
      <span class="tl-number num">#{card.number}</span>
      <span class="tl-title">{card.title}</span>
      {card.assigned_agent_id && <AgentFace id={card.assigned_agent_id} size={20} />}
    </button>
  );
}

export function Tray({ cards, onClose }: { cards: Card[]; onClose: () => void }) {
  const [first, setFirst] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const shown = Math.ceil((box.current?.clientHeight ?? 800) / ROW) + 2 * MARGIN;
  return (
    <aside class="tl-tray" aria-label="Without dates">
      <header class="tl-tray-head">
        <h2>
          Without dates <span class="faint num">{cards.length}</span>
        </h2>
        <button type="button" class="icon-btn" aria-label="Hide the cards without dates" onClick={onClose}>
          <Icon name="x" />
        </button>
      </header>
      <p class="tl-tray-help" id="tl-tray-help">
        Drag one on a day. With the keyboard: → puts it on today, . opens its menu.
      </p>
      {cards.length === 0 ? (
        <p class="tl-tray-none">Every open card has a date.</p>
      ) : (
        <div
          class="tl-undated"
          ref={box}
          onScroll={(event) =>
            setFirst(Math.max(0, Math.floor(event.currentTarget.scrollTop / ROW) - MARGIN))
          }
        >
          <div class="tl-undated-space" style={{ height: `${cards.length * ROW}px` }}>
            {cards.slice(first, first + shown).map((card, index) => (
              <Undated key={card.id} card={card} top={(first + index) * ROW} tab={index === 0} />
            ))}
          </div>
        </div>
      )}
    </aside>
  );
}

/** What is carried from the tray hangs at the pointer. */
export function Carried() {
  const now = carried.value;
  if (!now) return null;
  return (
    <div
      class="tl-carried"
      style={{ transform: `translate(${now.x + 10}px, ${now.y + 8}px)` }}
      aria-hidden="true"
    >
      <span>{now.title}</span>
      <b class="num">{now.day ? `Due ${dayText(now.day, todayHere())}` : "Drop it on a day"}</b>
    </div>
  );
}
