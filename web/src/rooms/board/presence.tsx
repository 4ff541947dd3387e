// Who else is here: faces in the head of the page, pointers on the board.

import type { Present } from "../../api/board";
import { type Cursor, cursors } from "../../live/board";
import { agentById, connectionId, peekCard, present } from "../../store/board";
import { me } from "../../store/session";

const SHOWN = 4;

/** A colour that stays with a person: of an agent its own, of others one made of the id. */
export function hueOf(id: string): string {
  const agent = agentById.value.get(id);
  if (agent) return agent.color;
  let sum = 7;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 360;
  return `hsl(${sum} 62% 46%)`;
}

function initials(name: string): string {
  const parts = name.trim().split(/\s+/);
  return ((parts[0]?.[0] ?? "?") + (parts.length > 1 ? (parts.at(-1)?.[0] ?? "") : "")).toUpperCase();
}

export function Presence() {
  const others = new Map<string, Present>();
  for (const each of present.value) {
    if (each.connectionId === connectionId.value || each.agentId === me.value?.actor.id) continue;
    if (!others.has(each.agentId) || each.viewingTask) others.set(each.agentId, each);
  }
  if (others.size === 0) return null;
  const list = [...others.values()];
  const what = (each: Present) => {
    const card = each.viewingTask ? peekCard(each.viewingTask) : undefined;
    return card ? `${each.name}, looking at #${card.number}` : each.name;
  };
  return (
    <ul class="present" aria-label="Also here">
      {list.slice(0, SHOWN).map((each) => (
        <li key={each.agentId} title={what(each)} style={{ "--own": hueOf(each.agentId) }}>
          <span aria-hidden="true">{agentById.value.get(each.agentId)?.emoji ?? initials(each.name)}</span>
          <span class="sr-only">{what(each)}</span>
        </li>
      ))}
      {list.length > SHOWN && (
        <li title={list.map((each) => each.name).join(", ")}>+{list.length - SHOWN}</li>
      )}
    </ul>
  );
}

/** A pointer is told within its column, as columns stand elsewhere on screens of another size. */
function placeOf(each: Cursor, frame: DOMRect): { left: string; top: string } | null {
  const column = each.column && document.querySelector(`[data-column="${CSS.escape(each.column)}"]`);
  if (each.column && !column) return null;
  const rect = column ? column.getBoundingClientRect() : frame;
  return {
    left: `${rect.left - frame.left + each.x * rect.width}px`,
    top: `${rect.top - frame.top + each.y * rect.height}px`,
  };
}

export function Cursors({ frame }: { frame: { current: HTMLElement | null } }) {
  const list = [...cursors.value.values()];
  const rect = frame.current?.getBoundingClientRect();
  if (!rect || list.length === 0) return null;
  return (
    <div class="kcursors" aria-hidden="true">
      {list.map((each) => {
        const place = placeOf(each, rect);
        return (
          place && (
            <span key={each.connectionId} class="kcursor" style={{ ...place, "--own": hueOf(each.agentId) }}>
              <svg width="14" height="16" viewBox="0 0 14 16" aria-hidden="true">
                <path d="M1 1l11.5 6.2-5.2 1.3L4.6 14z" />
              </svg>
              <span>{each.name.split(/\s+/)[0]}</span>
            </span>
          )
        );
      })}
    </div>
  );
}
