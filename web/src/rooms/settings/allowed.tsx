// Who may set what: others read why they may not, instead of running into a refusal.
import { me } from "../../store/session";
import { Icon } from "../../ui/icon";

const RANK: Record<string, number> = { user: 0, admin: 1, super_admin: 2 };

export function atLeast(role: "admin" | "super_admin"): boolean {
  return (RANK[me.value?.actor.role ?? ""] ?? -1) >= (RANK[role] ?? 9);
}

/** Whether a role is no higher than one's own: nobody gives, or takes from, a role above it. */
export const within = (role: string): boolean =>
  (RANK[role] ?? 9) <= (RANK[me.value?.actor.role ?? ""] ?? -1);

export function NotForYou({ what }: { what: string }) {
  return (
    <p class="entry-note">
      <Icon name="lock" size={15} />
      <span>
        {what} Your role here is <strong>{me.value?.actor.role.replaceAll("_", " ")}</strong>; an admin can do
        this, or give you the role.
      </span>
    </p>
  );
}
