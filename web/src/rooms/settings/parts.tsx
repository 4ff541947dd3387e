// What the sections of the board's settings share.
import "../../styles/settings-board.css";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { boardApi } from "../../api/board";
import type { Query } from "../../api/client";
import { boardError } from "../../live/board";
import { explain } from "../../live/pending";
import { boardLoaded, cardsStamp } from "../../store/board";
import { narrow } from "../../store/screen";
import { me } from "../../store/session";
import { Icon, type IconName } from "../../ui/icon";
import { Empty, Skeleton } from "../../ui/parts";

/** Columns, fields, categories, agents and settings are an admin's; the server holds to it. */
export const mayArrange = (): boolean => me.value?.actor.role !== "user";

/** Why what is shown cannot be changed, said before somebody tries. */
export function OnlyAdmins({ what }: { what: string }) {
  if (mayArrange()) return null;
  return (
    <p class="set-locked">
      <Icon name="lock" size={14} />
      <span>
        {what} are changed by an admin of this project. Your role here is user, so you see them as they are.
      </span>
    </p>
  );
}

/** The section once there is a board to show, else what stands in the way. */
export function WithBoard({ children }: { children: () => ComponentChildren }) {
  if (boardLoaded.value) return <>{children()}</>;
  if (boardError.value) {
    return (
      <Empty icon="alert" title="The board could not be read">
        <p class="pre">{explain(boardError.value)}</p>
      </Empty>
    );
  }
  return <Skeleton rows={6} />;
}

interface BarProps {
  says: ComponentChildren;
  children?: ComponentChildren;
}

/** Above a list: how many there are, and what can be added. */
export function Bar({ says, children }: BarProps) {
  return (
    <div class="set-bar">
      <p class="faint num">{says}</p>
      <div class="set-bar-actions">{children}</div>
    </div>
  );
}

/** One below the section's own heading, which on a phone is the page's. */
export function Heading({
  deep = 0,
  class: name = "",
  children,
}: {
  deep?: 0 | 1;
  class?: string;
  children: ComponentChildren;
}) {
  const Tag = `h${(narrow.value ? 2 : 3) + deep}` as "h2" | "h3" | "h4";
  return <Tag class={`set-heading ${name}`}>{children}</Tag>;
}

interface BlockProps {
  title: string;
  about?: ComponentChildren;
  side?: ComponentChildren;
  children: ComponentChildren;
}

export function Block({ title, about, side, children }: BlockProps) {
  return (
    <section class="set-block" aria-label={title}>
      <header class="set-block-head">
        <div>
          <Heading>{title}</Heading>
          {about && <p class="faint">{about}</p>}
        </div>
        {side}
      </header>
      {children}
    </section>
  );
}

export function AddButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button type="button" class="btn btn-primary btn-s" onClick={onClick}>
      <Icon name="plus" size={13} />
      {label}
    </button>
  );
}

export function Nothing({
  icon,
  title,
  children,
}: {
  icon: IconName;
  title: string;
  children: ComponentChildren;
}) {
  return (
    <div class="set-nothing">
      <Empty icon={icon} title={title}>
        {children}
      </Empty>
    </div>
  );
}

/** How many tasks fit, counted by the server; null until it has answered. */
export function useTotal(query: Query | null): number | null {
  const [total, setTotal] = useState<number | null>(null);
  const key = JSON.stringify(query);
  const stamp = cardsStamp.value;
  useEffect(() => {
    if (!query) return;
    const stop = new AbortController();
    const timer = window.setTimeout(
      () =>
        boardApi.tasks({ ...query, limit: 1 }, stop.signal).then(
          ({ meta }) => setTotal(meta.total ?? 0),
          () => {},
        ),
      total === null ? 0 : 300,
    );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [key, stamp]);
  return total;
}
