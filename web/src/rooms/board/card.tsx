import { useRef } from "preact/hooks";
import type { Card as CardShape } from "../../api/board";
import { openTask } from "../../overlay";
import { params } from "../../router";
import {
  agentById,
  cardSignal,
  categoryById,
  columnByKey,
  personById,
  touched,
  viewersByTask,
} from "../../store/board";
import { narrow } from "../../store/screen";
import { Icon } from "../../ui/icon";
import { memo } from "../../ui/memo";
import { Glyph, look } from "../runs/status";
import { between } from "./cells";
import { dayText, dueState, today } from "./days";
import { useDrag } from "./drag-kit";
import { AgentFace, PriorityMark } from "./marks";
import { active, anchor, dragging, lifted, openMenu, select, selected, toggle } from "./state";

const PRIORITY = { p1: "P1, high priority", p2: "P2, medium priority", p3: "P3, low priority" } as const;

function Due({ day, done }: { day: string; done: boolean }) {
  const now = today();
  const state = done ? "later" : dueState(day, now);
  return (
    <span class={`kmeta due-${state}`} title={`Due ${day}`}>
      <Icon name="calendar" size={13} />
      {dayText(day, now)}
    </span>
  );
}

/** Everything of a card in words, for those who hear it. */
function inWords(card: CardShape): string {
  const agent = card.assigned_agent_id ? agentById.value.get(card.assigned_agent_id)?.name : null;
  return [
    card.number ? `Number ${card.number}` : "Not sent yet",
    PRIORITY[card.priority],
    agent ? `assigned to ${agent}` : "nobody assigned",
    card.category_id ? categoryById.value.get(card.category_id)?.name : null,
    card.due_date ? `due ${dayText(card.due_date, today()).toLowerCase()}` : null,
    card.subtask_count ? `${card.subtask_done_count} of ${card.subtask_count} sub-tasks done` : null,
    card.blocked_reason ? `blocked: ${card.blocked_reason}` : null,
    card.waiting ? "waits on other cards" : null,
    card.run_status ? `run: ${look(card.run_status).label.toLowerCase()}` : null,
    selected.value.has(card.id) ? "selected" : null,
  ]
    .filter(Boolean)
    .join(", ");
}

function Viewers({ id }: { id: string }) {
  const viewers = viewersByTask.value.get(id);
  if (!viewers) return null;
  const names = viewers.map((each) => each.name).join(", ");
  return (
    <span class="kviewers" title={`Open at ${names}`}>
      <Icon name="eye" size={12} label={`Open at ${names}`} />
      {viewers.length > 1 && viewers.length}
    </span>
  );
}

function Foot({ card, done }: { card: CardShape; done: boolean }) {
  const has =
    card.due_date ||
    card.subtask_count ||
    card.comment_count ||
    card.attachment_count ||
    card.estimate !== null ||
    card.client_visible ||
    card.accountable_id;
  if (!has) return null;
  const owner = card.accountable_id ? personById.value.get(card.accountable_id)?.name : null;
  return (
    <div class="kfoot">
      {card.due_date && <Due day={card.due_date} done={done} />}
      {card.subtask_count > 0 && (
        <span
          class={`kmeta${card.subtask_done_count === card.subtask_count ? " kmeta-good" : ""}`}
          title={`${card.subtask_done_count} of ${card.subtask_count} sub-tasks done`}
        >
          <Icon name="subtasks" size={13} />
          {card.subtask_done_count}/{card.subtask_count}
        </span>
      )}
      {card.comment_count > 0 && (
        <span class="kmeta" title={`${card.comment_count} comments`}>
          <Icon name="chat" size={13} />
          {card.comment_count}
        </span>
      )}
      {card.attachment_count > 0 && (
        <span class="kmeta" title={`${card.attachment_count} attachments`}>
          <Icon name="clip" size={13} />
          {card.attachment_count}
        </span>
      )}
      {card.estimate !== null && (
        <span class="kmeta" title={`Estimate ${card.estimate}`}>
          <Icon name="clock" size={13} />
          {card.estimate}
        </span>
      )}
      {card.client_visible && (
        <span class="kmeta" title="The client sees this card">
          <Icon name="eye" size={13} />
        </span>
      )}
      {owner && (
        <span class="kowner" title={`${owner} is accountable`}>
          {owner.split(/\s+/)[0]}
        </span>
      )}
    </div>
  );
}

function State({ card }: { card: CardShape }) {
  return (
    <>
      {card.blocked_reason && (
        <p class="kstate kstate-bad">
          <Icon name="lock" size={13} />
          <span>{card.blocked_reason}</span>
        </p>
      )}
      {card.waiting && (
        <p class="kstate kstate-wait">
          <Icon name="clock" size={13} />
          <span>Waits on other cards</span>
        </p>
      )}
      {card.run_status && (
        <p class={`kstate tone-${look(card.run_status).tone} kstate-run`}>
          <Glyph status={card.run_status} size={13} />
          <span>{look(card.run_status).label}</span>
        </p>
      )}
    </>
  );
}

function pick(event: MouseEvent, id: string): void {
  if (event.shiftKey) {
    select([...selected.value, ...between(anchor.id ?? active.value, id)]);
    document.getSelection()?.removeAllRanges();
  } else if (event.metaKey || event.ctrlKey) toggle(id);
  else if (narrow.value && selected.value.size > 0) toggle(id);
  else {
    anchor.id = id;
    select([]);
    openTask(id);
  }
  active.value = id;
  event.preventDefault();
}

function flags(id: string): string {
  const news = touched.value;
  return [
    selected.value.has(id) ? "kcard-selected" : "",
    lifted.value?.has(id) ? "kcard-lifted" : "",
    dragging.value?.has(id) ? "kcard-gone" : "",
    params.value.get("task") === id ? "kcard-open" : "",
    news?.id === id ? "kcard-touched" : "",
  ]
    .filter(Boolean)
    .join(" ");
}

function CardView({ id }: { id: string }) {
  const node = useRef<HTMLDivElement>(null);
  useDrag(node, (kit, element) => kit.dragCard(element, id), [id]);
  const card = cardSignal(id)?.value;
  if (!card) return null;
  const agent = card.assigned_agent_id;
  const category = card.category_id ? categoryById.value.get(card.category_id) : undefined;
  const done = columnByKey.value.get(card.status)?.kind === "done";
  const mine = `kcard-${id}`;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the same menu has a button and a key of its own.
    <div
      class={`kcard ${flags(id)}`}
      ref={node}
      data-card={id}
      {...(lifted.value?.has(id) ? { "data-carried": "" } : {})}
      onContextMenu={(event) => {
        event.preventDefault();
        openMenu(id, { x: event.clientX, y: event.clientY });
      }}
    >
      <div class="khead">
        <PriorityMark priority={card.priority} />
        <span class="knumber num">{card.number ? `#${card.number}` : "…"}</span>
        {category && (
          <span class="kcat" style={{ "--own": category.color }}>
            {category.name}
          </span>
        )}
        <Viewers id={id} />
        {agent && <AgentFace id={agent} />}
      </div>
      <a
        class="ktitle"
        href={`/board?task=${encodeURIComponent(id)}`}
        draggable={false}
        tabIndex={active.value === id ? 0 : -1}
        aria-describedby={mine}
        onClick={(event) => pick(event, id)}
        onFocus={() => {
          active.value = id;
        }}
      >
        {card.title}
      </a>
      <span class="sr-only" id={mine}>
        {inWords(card)}
      </span>
      {card.labels.length > 0 && (
        <div class="klabels">
          {card.labels.slice(0, 4).map((label) => (
            <span key={label} class="klabel">
              {label}
            </span>
          ))}
          {card.labels.length > 4 && <span class="klabel">+{card.labels.length - 4}</span>}
        </div>
      )}
      <State card={card} />
      <Foot card={card} done={done} />
      <button
        type="button"
        class="kmore"
        tabIndex={-1}
        aria-label={`Actions for ${card.title}`}
        aria-haspopup="menu"
        onClick={(event) => {
          const rect = event.currentTarget.getBoundingClientRect();
          openMenu(id, { x: rect.right, y: rect.bottom + 4, end: true });
        }}
      >
        <Icon name="dots" size={15} />
      </button>
      {touched.value?.id === id && (
        <span class="ktouched" key={touched.value.at}>
          {touched.value.by}
        </span>
      )}
    </div>
  );
}

export const Card = memo(CardView);
