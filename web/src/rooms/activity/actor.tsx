// Who did something: two letters of the name, in a colour that stays with them.

import { personById } from "../../store/board";
import { me } from "../../store/session";
import { Icon } from "../../ui/icon";
import { hueOf } from "../board/hue";
import { initials } from "../task/faces";

export const actorName = (id: string): string =>
  id === me.value?.actor.id ? "You" : (personById.value.get(id)?.name ?? "Opsroom");

export function ActorFace({ id, name }: { id: string; name?: string }) {
  const known = name ?? personById.value.get(id)?.name;
  return (
    <span class="actor-face" style={{ "--own": known ? hueOf(id) : "var(--idle)" }} aria-hidden="true">
      {known ? initials(known) : <Icon name="spark" size={13} />}
    </span>
  );
}
