// A line of the timeline: the card's name at the left, its bar where its days are.
import "../../../styles/picker.css";
import type { Card } from "../../../api/board";
import { openTask } from "../../../overlay";
import { agentById, columnByKey, peekCard } from "../../../store/board";
import { narrow } from "../../../store/screen";
import { Icon } from "../../../ui/icon";
import { memo } from "../../../ui/memo";
import { AgentFace, PriorityMark } from "../../board/marks";
import { dayText } from "../../task/quick-dates";
import { datesText, type Extent, extentOf, lengthOf } from "../dates";
import { openDatesMenu } from "../dates-menu";
import { preview, settle } from "../reschedule";
import { spans } from "../spans";
import { takeBar } from "./moving";
import { conflictsOf, type GroupHead } from "./rows";
import { type Scale, xOf } from "./scale";
import { activeBar, focusBar, focused, hovered, stage } from "./state";

const isDone = (card: Card) => columnByKey.value.get(card.status)?.kind === "done";
const numbers = (cards: Card[]) => cards.map((each) => `#${each.number}`).join(", ");

/** Everything a bar shows, for those who hear it. */
function inWords(card: Card, extent: Extent, today: string, conflicts: Card[]): string {
  const agent = card.assigned_agent_id ? agentById.value.get(card.assigned_agent_id)?.name : null;
  const waits = (spans.value.get(card.id)?.depends_on ?? []).map((id) => peekCard(id));
  const known = waits.filter((each) => each !== undefined);
  const from = extent.begins === "set" ? "starts" : extent.begins === "begun" ? "begun" : "created";
  return [
    `#${card.number} ${card.title}`,
    `${from} ${dayText(extent.start, today)}`,
    extent.open ? "no due date" : `due ${dayText(extent.end, today)}`,
    isOverdue(card, today) ? "overdue" : null,
    columnByKey.value.get(card.status)?.name,
    agent,
    known.length > 0 ? `waits for ${numbers(known)}` : null,
    conflicts.length > 0 ? `conflict: due before ${numbers(conflicts)}, which it waits for` : null,
  ]
    .filter(Boolean)
    .join(", ");
}

const isOverdue = (card: Card, today: string) =>
  card.due_date !== null && card.due_date < today && !isDone(card);

interface BarProps {
  card: Card;
  extent: Extent;
  scale: Scale;
  name: number;
  today: string;
  tab: boolean;
}

function Bar({ card, extent: known, scale, name, today, tab }: BarProps) {
  const now = preview.value?.id === card.id ? preview.value : null;
  const extent = (now && extentOf(now, spans.value.get(card.id), today)) ?? known;
  const conflicts = conflictsOf(now ? { ...card, ...now } : card, spans.value.get(card.id), peekCard, isDone);
  const done = isDone(card);
  const left = xOf(scale, extent.start);
  const width = lengthOf(extent) * scale.px;
  const flags = [
    extent.begins === "set" ? "" : "tl-soft-start",
    extent.open ? "tl-soft-end" : "",
    done ? "is-done" : isOverdue(card, today) ? "is-late" : "",
    conflicts.length > 0 ? "is-conflict" : "",
    now ? "is-moving" : "",
    width < 34 ? "is-tiny" : "",
  ];
  const id = card.id;
  const take = (grip: "whole" | "start" | "end") => (event: PointerEvent) => {
    event.stopPropagation();
    takeBar(event, id, grip);
  };
  return (
    <>
      <button
        type="button"
        class={`tl-bar ${flags.filter(Boolean).join(" ")}`}
        data-bar={id}
        tabIndex={tab ? 0 : -1}
        aria-label={inWords(card, extent, today, conflicts)}
        style={{
          left: `${name + left}px`,
          width: `${Math.max(width, 6)}px`,
          "--own": columnByKey.value.get(card.status)?.color ?? "var(--idle)",
        }}
        onPointerDown={take("whole")}
        onClick={() => {
          void settle();
          openTask(id);
        }}
        onFocus={() => {
          activeBar.value = id;
          focused.value = id;
        }}
        onBlur={() => {
          focused.value = null;
          void settle();
        }}
        onContextMenu={(event) => {
          event.preventDefault();
          openDatesMenu(id, { x: event.clientX, y: event.clientY });
        }}
      >
        <span class="tl-grip tl-grip-start" onPointerDown={take("start")} />
        {conflicts.length > 0 && <Icon name="alert" size={13} />}
        {done && <Icon name="check" size={13} />}
        {width > 104 && !narrow.value && <span class="tl-bar-title">{card.title}</span>}
        <span class="tl-grip tl-grip-end" onPointerDown={take("end")} />
      </button>
      {now && (
        <span class="tl-tip num" style={{ left: `${name + left}px` }} aria-hidden="true">
          {datesText(now, today)}
          {!extent.open && <b>{lengthOf(extent) === 1 ? "1 day" : `${lengthOf(extent)} days`}</b>}
        </span>
      )}
    </>
  );
}

interface RowProps extends BarProps {
  top: number;
  /** On which side out of sight the bar lies. */
  off: "left" | "right" | "";
}

function RowView({ top, off, ...bar }: RowProps) {
  const { card, extent, today } = bar;
  const goal = off === "left" ? extent.end : extent.start;
  return (
    <div
      class={preview.value?.id === card.id ? "tl-row is-front" : "tl-row"}
      style={{ transform: `translateY(${top}px)` }}
      onPointerEnter={() => {
        hovered.value = card.id;
      }}
      onPointerLeave={() => {
        if (hovered.peek() === card.id) hovered.value = null;
      }}
    >
      <div class="tl-name">
        <PriorityMark priority={card.priority} />
        <span class="tl-number num">#{card.number}</span>
        <button
          type="button"
          class={isDone(card) ? "tl-title is-done" : "tl-title"}
          tabIndex={-1}
          title={card.title}
          onClick={() => openTask(card.id)}
        >
          {card.title}
        </button>
        {card.assigned_agent_id && <AgentFace id={card.assigned_agent_id} size={20} />}
      </div>
      <Bar {...bar} />
      {off && (
        <button
          type="button"
          class={`tl-off tl-off-${off} num`}
          tabIndex={-1}
          aria-label={`Go to the bar of #${card.number}, ${dayText(goal, today)}`}
          onClick={() => focusBar(card.id)}
        >
          {off === "left" && <Icon name="left" size={12} />}
          {dayText(goal, today).replace(/^\w+ /, "")}
          {off === "right" && <Icon name="right" size={12} />}
        </button>
      )}
    </div>
  );
}

export const Row = memo(RowView);

interface GroupProps {
  top: number;
  head: GroupHead;
  count: number;
  shut: boolean;
  onToggle: (key: string) => void;
}

export function GroupRow({ top, head, count, shut, onToggle }: GroupProps) {
  return (
    <div class="tl-row tl-group" style={{ transform: `translateY(${top}px)` }}>
      <h2 class="tl-group-name">
        <button type="button" aria-expanded={!shut} onClick={() => onToggle(head.key)}>
          <Icon name={shut ? "right" : "chevron"} size={13} />
          {head.emoji && <span aria-hidden="true">{head.emoji}</span>}
          {head.color && <span class="swatch" style={{ background: head.color }} aria-hidden="true" />}
          <span class="tl-group-title">{head.name}</span>
          <span class="faint num">{count}</span>
          {head.note && stage.name > 0 && <span class="faint tl-group-note">{head.note}</span>}
        </button>
      </h2>
    </div>
  );
}
