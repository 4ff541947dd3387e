// What one was told: by day, unread first seen, read by opening it, all of it by keys.
import "../../styles/feed.css";
import { useRef, useState } from "preact/hooks";
import type { Told } from "../../api/planning";
import { useShortcuts } from "../../keys/use";
import { explain } from "../../live/pending";
import { openTask } from "../../overlay";
import { params } from "../../router";
import { unread } from "../../store/notifications";
import { clockTime } from "../../ui/format";
import { Icon, type IconName } from "../../ui/icon";
import { PageHead } from "../../ui/page-head";
import { Empty, Segmented, Skeleton } from "../../ui/parts";
import { useTitle } from "../../ui/title";
import { ActorFace } from "../activity/actor";
import { byDay, dayName } from "../activity/days";
import { KIND_NAMES } from "./kinds";
import { useTold } from "./use-told";

type Which = "unread" | "all";

const MARK: Record<string, IconName> = {
  assigned: "person",
  mentioned: "chat",
  comment: "chat",
  status_changed: "right",
  due_soon: "clock",
  overdue: "alert",
  sprint_started: "rerun",
  sprint_completed: "check",
  automation: "spark",
  automation_failed: "alert",
};

interface RowProps {
  told: Told;
  here: boolean;
  onOpen: () => void;
  onMark: () => void;
  onFocus: () => void;
}

function Row({ told, here, onOpen, onMark, onFocus }: RowProps) {
  const fresh = told.read_at === null;
  return (
    <li class={`feed-row${fresh ? " feed-new" : ""}`} data-told={told.id}>
      <ActorFace id={told.actor_id} />
      <button type="button" class="feed-open" tabIndex={here ? 0 : -1} onFocus={onFocus} onClick={onOpen}>
        <span class="feed-title">
          {fresh && <span class="sr-only">Unread: </span>}
          {told.title}
        </span>
        {told.text && <span class="feed-text">{told.text}</span>}
        <span class="feed-meta">
          <Icon name={MARK[told.kind] ?? "bell"} size={12} />
          {KIND_NAMES[told.kind]?.name ?? told.kind} · {clockTime(told.at).slice(0, 5)}
        </span>
      </button>
      <button
        type="button"
        class="icon-btn feed-mark"
        tabIndex={here ? 0 : -1}
        aria-label={`${fresh ? "Mark read" : "Mark unread"}: ${told.title}`}
        title={fresh ? "Mark read (U)" : "Mark unread (U)"}
        onClick={onMark}
      >
        <Icon name={fresh ? "check" : "undo"} size={14} />
      </button>
    </li>
  );
}

export default function Notifications() {
  useTitle("Notifications");
  const [which, setWhich] = useState<Which>("unread");
  const { list, failed, more, mark, markAll } = useTold(which === "unread");
  const [at, setAt] = useState<string | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const here = list?.find((each) => each.id === at) ?? list?.[0] ?? null;

  const open = (told: Told) => {
    setAt(told.id);
    if (!told.read_at) mark([told.id], true);
    if (told.task) openTask(told.task.id);
  };
  const step = (by: number) => {
    const all = list ?? [];
    const now = here ? all.indexOf(here) : -1;
    const focused = box.current?.contains(document.activeElement);
    const next = all[focused || params.peek().has("task") ? now + by : Math.max(0, now)];
    if (!next) return;
    setAt(next.id);
    const row = box.current?.querySelector<HTMLElement>(`[data-told="${CSS.escape(next.id)}"] .feed-open`);
    // With the panel open, the keys leaf through what one was told.
    if (params.peek().has("task") && next.task) open(next);
    else row?.focus();
    row?.scrollIntoView({ block: "nearest" });
  };
  const group = "Notifications";
  useShortcuts([
    { keys: "j", label: "Next", group, run: () => step(1) },
    { keys: "k", label: "Previous", group, run: () => step(-1) },
    { keys: "ArrowDown", label: "Next", group, run: () => step(1), hidden: true },
    { keys: "ArrowUp", label: "Previous", group, run: () => step(-1), hidden: true },
    {
      keys: "Enter",
      label: "Open, and mark as read",
      group,
      run: () => {
        const focused = document.activeElement;
        if (focused?.matches("a, button, summary")) (focused as HTMLElement).click();
        else if (here) open(here);
      },
    },
    { keys: "u", label: "Mark read or unread", group, run: () => here && mark([here.id], !here.read_at) },
  ]);

  return (
    <div class="page">
      <PageHead title="Notifications" note={unread.value > 0 ? `${unread.value} unread` : ""}>
        <a
          class="icon-btn"
          href="/settings/notifications"
          aria-label="What you hear of, and where"
          title="What you hear of, and where"
        >
          <Icon name="settings" />
        </a>
        <Segmented<Which>
          label="Which"
          value={which}
          choices={[
            { value: "unread", label: "Unread" },
            { value: "all", label: "All" },
          ]}
          onChange={setWhich}
        />
        <button
          type="button"
          class="btn"
          aria-label="Mark all read"
          disabled={unread.value === 0}
          onClick={markAll}
        >
          <Icon name="check" size={15} />
          <span class="wide">Mark all read</span>
        </button>
      </PageHead>
      <div class="feed" ref={box}>
        {failed !== null && (
          <Empty icon="alert" title="The notifications could not be read">
            <p class="pre">{explain(failed)}</p>
          </Empty>
        )}
        {!list && failed === null && <Skeleton rows={6} class="page-skeleton" />}
        {list?.length === 0 && (
          <Empty icon="bell" title={which === "unread" ? "Nothing new" : "Nothing yet"}>
            <p>Mentions, assignments and changes of cards you watch arrive here.</p>
            <a class="btn" href="/settings/notifications">
              Choose what you hear of
            </a>
          </Empty>
        )}
        {byDay(list ?? []).map(({ day, list: told }) => (
          <section key={day} class="feed-day" aria-label={dayName(day)}>
            <h2>{dayName(day)}</h2>
            <ul>
              {told.map((each) => (
                <Row
                  key={each.id}
                  told={each}
                  here={each === here}
                  onFocus={() => setAt(each.id)}
                  onOpen={() => open(each)}
                  onMark={() => mark([each.id], each.read_at === null)}
                />
              ))}
            </ul>
          </section>
        ))}
        {more && (
          <button type="button" class="btn feed-more" onClick={more}>
            Show earlier
          </button>
        )}
      </div>
    </div>
  );
}
