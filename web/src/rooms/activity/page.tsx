// What happened on the board: the day's summary, and every event as a sentence that can be undone.
import "../../styles/board-card.css";
import "../../styles/feed.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Activity, boardApi } from "../../api/board";
import type { Query } from "../../api/client";
import { type DailySummary, planningApi } from "../../api/planning";
import { boardReady, onBoardFrame } from "../../live/board";
import { explain } from "../../live/pending";
import { openTask } from "../../overlay";
import { params, withParams } from "../../router";
import { boardLoaded, boardSettings, people } from "../../store/board";
import { clockTime } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { PageHead } from "../../ui/page-head";
import { Empty, Skeleton } from "../../ui/parts";
import { Picker } from "../../ui/picker";
import { plainSentence, Sentence } from "../../ui/sentence";
import { useTitle } from "../../ui/title";
import { toast } from "../../ui/toast";
import { ActorFace } from "./actor";
import { byDay, dayName, todayIn } from "./days";
import { Day } from "./summary";

const PAGE = 50;
const SOON_MS = 400;

interface Feed {
  list: Activity[] | null;
  day: DailySummary | null;
  failed: unknown;
  done: boolean;
  again: () => void;
  more: () => void;
}

/** `query` says whose and of which day; the figures are those of the day that is looked at. */
function useFeed(day: string, query: Query): Feed {
  const [list, setList] = useState<Activity[] | null>(null);
  const [summary, setSummary] = useState<DailySummary | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const [done, setDone] = useState(false);
  const wanted = useRef(PAGE);
  const key = JSON.stringify(query);
  const read = async () => {
    try {
      const [events, sum] = await Promise.all([
        boardApi.activity({ ...query, limit: Math.min(200, wanted.current) }),
        planningApi.daily(day),
      ]);
      setList((now) => {
        const last = events.data.at(-1)?.seq ?? 0;
        // What was read beyond the newest page stays below it.
        const older = wanted.current > 200 ? (now ?? []).filter((each) => each.seq < last) : [];
        return [...events.data, ...older];
      });
      setDone(events.data.length < Math.min(200, wanted.current));
      setSummary(sum.data);
      setFailed(null);
    } catch (cause) {
      setFailed(cause);
    }
  };
  useEffect(() => {
    wanted.current = PAGE;
    void boardReady();
    void read();
    let timer = 0;
    const stop = onBoardFrame((frame) => {
      if (!("seq" in frame)) return;
      clearTimeout(timer);
      timer = window.setTimeout(() => void read(), SOON_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [day, key]);
  const more = () => {
    const before = list?.at(-1)?.seq;
    if (!before) return;
    boardApi.activity({ ...query, limit: PAGE, before }).then(
      ({ data }) => {
        wanted.current += PAGE;
        setList([...(list ?? []), ...data]);
        setDone(data.length < PAGE);
      },
      (cause) => toast({ kind: "bad", title: "Not read", detail: explain(cause) }),
    );
  };
  return { list, day: summary, failed, done, again: () => void read(), more };
}

function Line({ each, onUndone }: { each: Activity; onUndone: () => void }) {
  const plain = plainSentence(each.text);
  const undo = () =>
    boardApi.undo(each.id).then(
      () => {
        toast({ kind: "good", title: "Undone", detail: plain });
        onUndone();
      },
      (cause) => toast({ kind: "bad", title: "It cannot be undone any more", detail: explain(cause) }),
    );
  const task = each.task;
  return (
    <li class="feed-row">
      <ActorFace id={each.actor.id} name={each.actor.name} />
      {task ? (
        <button type="button" class="feed-open" onClick={() => openTask(task.id)}>
          <Sentence text={each.text} />
        </button>
      ) : (
        <span class="feed-said">
          <Sentence text={each.text} />
        </span>
      )}
      <time class="faint num" dateTime={each.at}>
        {clockTime(each.at).slice(0, 5)}
      </time>
      {each.can_undo && (
        <button
          type="button"
          class="btn btn-s btn-ghost feed-undo"
          aria-label={`Undo: ${plain}`}
          onClick={() => void undo()}
        >
          <Icon name="undo" size={13} />
          <span class="wide">Undo</span>
        </button>
      )}
    </li>
  );
}

function Who() {
  const chosen = (params.value.get("actor") ?? "").split(",").filter(Boolean);
  const name = (id: string) => people.value.find((each) => each.id === id)?.name ?? id;
  const shown = chosen.length > 0 ? chosen.map(name).join(", ") : "Everybody";
  return (
    <Picker
      label={`By: ${shown}`}
      class="btn"
      several
      button={
        <>
          <Icon name="person" size={14} />
          <span class="cut">{shown}</span>
          <Icon name="chevron" size={11} />
        </>
      }
      chosen={chosen}
      choices={people.value.map((each) => ({ value: each.id, label: each.name }))}
      onChoose={(ids) => withParams({ actor: ids.join(",") })}
    />
  );
}

export default function ActivityPage() {
  useTitle("Activity");
  const today = todayIn(boardSettings.value?.time_zone);
  const asked = params.value.get("day");
  const day = asked && /^\d{4}-\d\d-\d\d$/.test(asked) ? asked : today;
  const actor = params.value.get("actor") ?? undefined;
  // On a day of its own only what happened then; today goes on into the days before.
  const {
    list,
    day: summary,
    failed,
    done,
    again,
    more,
  } = useFeed(day, {
    actor,
    to: day === today ? undefined : day,
    from: day === today ? undefined : day,
  });
  return (
    <div class="page">
      <PageHead title="Activity">{boardLoaded.value && <Who />}</PageHead>
      <div class="feed">
        <Day
          day={day}
          found={summary}
          onDay={(next) => withParams({ day: next === today ? null : next }, "push")}
        />
        {failed !== null && (
          <Empty icon="alert" title="The activity could not be read">
            <p class="pre">{explain(failed)}</p>
          </Empty>
        )}
        {!list && failed === null && <Skeleton rows={8} class="page-skeleton" />}
        {list?.length === 0 && (
          <Empty
            icon="activity"
            title={day === today && !actor ? "Nothing has happened yet" : "Nothing here"}
          >
            <p>What people and agents do on the board is told here.</p>
          </Empty>
        )}
        {byDay(list ?? []).map((part) => (
          <section key={part.day} class="feed-day" aria-label={dayName(part.day)}>
            <h2>{dayName(part.day)}</h2>
            <ol>
              {part.list.map((each) => (
                <Line key={each.id} each={each} onUndone={again} />
              ))}
            </ol>
          </section>
        ))}
        {list && list.length > 0 && !done && (
          <button type="button" class="btn feed-more" onClick={more}>
            Show earlier
          </button>
        )}
      </div>
    </div>
  );
}
