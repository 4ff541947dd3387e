// Who else is here: faces in the head of the page.

import type { Present } from "../../api/board";
import { agentById, connectionId, peekCard, present } from "../../store/board";
import { me } from "../../store/session";
import { hueOf } from "./hue";

const SHOWN = 4;

function initials(name: string): string {
  const parts = name.trim().split(/\s+/);
  return ((parts[0]?.[0] ?? "?") + (parts.length > 1 ? (parts.at(-1)?.[0] ?? "") : "")).toUpperCase();
}

export default function Presence() {
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
