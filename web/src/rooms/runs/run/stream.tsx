import "./stream.css";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useShortcuts } from "../../../keys/use";
import { explain } from "../../../live/pending";
import type { RunLog } from "../../../live/runlog";
import { count, plural } from "../../../ui/format";
import { Icon } from "../../../ui/icon";
import { Empty, Skeleton } from "../../../ui/parts";
import { VirtualList } from "../../../ui/virtual";
import { LiveDot } from "../live-dot";
import { Grouping, type Item, KINDS, type Kind } from "./groups";
import { type Opened, StreamRow } from "./stream-row";

const GUESS: Record<string, number> = { "agent.message": 74, tools: 40, log: 60 };

export function Stream({ log, over }: { log: RunLog; over: boolean }) {
  const [hidden, setHidden] = useState<ReadonlySet<Kind>>(new Set());
  const [query, setQuery] = useState("");
  const [follow, setFollow] = useState(!over);
  const [seen, setSeen] = useState(0);
  const opened = useRef<Opened>(new Set()).current;
  const total = log.count.value;

  const grouping = useMemo(
    () =>
      new Grouping(
        new Set(KINDS.map((kind) => kind.id).filter((id) => !hidden.has(id))),
        query.trim().toLowerCase(),
      ),
    [hidden, query],
  );
  grouping.take(log.events);

  useEffect(() => {
    if (follow) setSeen(total);
  }, [follow, total]);

  useShortcuts([
    {
      keys: "/",
      label: "Search this run's log",
      group: "Run",
      run: () => document.getElementById("log-search")?.focus(),
    },
    { keys: "l", label: "Jump to the latest event", group: "Run", run: () => setFollow(true) },
  ]);

  const toggle = (kind: Kind) => {
    const next = new Set(hidden);
    if (!next.delete(kind)) next.add(kind);
    setHidden(next);
  };
  const behind = total - seen;

  return (
    <section class="card stream" aria-labelledby="stream-title">
      <header class="card-head stream-head">
        <h2 id="stream-title">Events</h2>
        <span class="page-note num">{count(total)}</span>
        {!over && <LiveDot state={log.state.value} />}
        <label class="searchbox searchbox-s">
          <Icon name="search" size={14} />
          <input
            id="log-search"
            type="search"
            aria-label="Search this run's log"
            placeholder="Search the log"
            value={query}
            onInput={(event) => setQuery(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== "Escape") return;
              if (query) setQuery("");
              else event.currentTarget.blur();
            }}
          />
        </label>
      </header>
      <fieldset class="stream-kinds" aria-label="Kinds of events">
        {KINDS.map((kind) => (
          <button
            type="button"
            key={kind.id}
            class={hidden.has(kind.id) ? "chip" : "chip chip-on"}
            aria-pressed={!hidden.has(kind.id)}
            onClick={() => toggle(kind.id)}
          >
            {kind.label}
          </button>
        ))}
      </fieldset>
      <div class="stream-box">
        {log.loading.value && total === 0 && <Skeleton rows={6} class="rows-skeleton" />}
        {log.error.value !== null && (
          <Empty icon="alert" title="The log could not be read">
            <p class="pre">{explain(log.error.value)}</p>
            <button type="button" class="btn" onClick={() => void log.start()}>
              Try again
            </button>
          </Empty>
        )}
        {grouping.items.length === 0 && !log.loading.value && log.error.value === null && (
          <Empty icon="filter" title={total === 0 ? "Nothing has happened yet" : "No event fits"}>
            <p>
              {total === 0
                ? "Events appear here as they happen."
                : "Change the search or show more kinds of events."}
            </p>
          </Empty>
        )}
        {grouping.items.length > 0 && (
          <VirtualList<Item>
            items={grouping.items}
            stamp={`${total}-${query}-${[...hidden].join()}`}
            keyOf={(item) => item.key}
            guess={(item) => GUESS[item.type] ?? 36}
            row={(item) => <StreamRow item={item} opened={opened} size={item.events.length} />}
            follow={follow}
            onFollow={setFollow}
            label="Events of this run"
          />
        )}
        {!follow && !over && (
          <button type="button" class="jump" onClick={() => setFollow(true)}>
            <Icon name="down" size={14} />
            {behind > 0 ? `${plural(behind, "new event")} · jump to latest` : "Jump to latest"}
          </button>
        )}
      </div>
    </section>
  );
}
