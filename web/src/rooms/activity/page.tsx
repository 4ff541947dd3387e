// What happened on the board, and the day's summary.
import "../../styles/planning.css";
import { useEffect, useState } from "preact/hooks";
import { type Activity, boardApi } from "../../api/board";
import { type DailySummary, planningApi } from "../../api/planning";
import { boardReady, onBoardFrame } from "../../live/board";
import { explain } from "../../live/pending";
import { openTask } from "../../overlay";
import { boardSettings } from "../../store/board";
import { Icon } from "../../ui/icon";
import { PageHead } from "../../ui/page-head";
import { Empty, Skeleton } from "../../ui/parts";
import { Ago } from "../../ui/time";
import { useTitle } from "../../ui/title";
import { toast } from "../../ui/toast";
import { addDays, dayText, todayIn } from "../task/quick-dates";

const PAGE = 50;

function Day() {
  const today = todayIn(boardSettings.value?.time_zone);
  const [day, setDay] = useState(today);
  const [found, setFound] = useState<DailySummary | null>(null);
  useEffect(() => {
    planningApi.daily(day).then(
      ({ data }) => setFound(data),
      () => setFound(null),
    );
  }, [day]);
  const facts: [string, number][] = found
    ? [
        ["created", found.counts.created],
        ["completed", found.counts.completed],
        ["moved", found.counts.moved],
        ["commented", found.counts.commented],
        ["blocked now", found.blocked_count],
        ["overdue now", found.overdue_count],
      ]
    : [];
  return (
    <section class="day-summary" aria-label="The day">
      <div class="calendar-head">
        <button
          type="button"
          class="icon-btn"
          aria-label="The day before"
          onClick={() => setDay(addDays(day, -1))}
        >
          <Icon name="left" />
        </button>
        <h2 aria-live="polite">{dayText(day, today)}</h2>
        <button
          type="button"
          class="icon-btn"
          aria-label="The day after"
          disabled={day >= today}
          onClick={() => setDay(addDays(day, 1))}
        >
          <Icon name="right" />
        </button>
      </div>
      <dl class="counts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class="num">{value}</dd>
          </div>
        ))}
      </dl>
      {found && found.by_actor.length > 0 && (
        <ul class="by">
          {found.by_actor.slice(0, 8).map((each) => (
            <li key={each.id}>
              <strong>{each.name}</strong>{" "}
              <span class="faint">
                {each.counts.created + each.counts.completed + each.counts.moved + each.counts.commented}{" "}
                things done
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Line({ each, onUndone }: { each: Activity; onUndone: () => void }) {
  const undo = () =>
    boardApi.undo(each.id).then(
      () => {
        toast({ kind: "good", title: "Undone", detail: each.text.replaceAll("*", "") });
        onUndone();
      },
      (cause) => toast({ kind: "bad", title: "Not undone", detail: explain(cause) }),
    );
  const task = each.task;
  return (
    <li>
      <span class="act-text">
        {task ? (
          <button type="button" class="link-title" onClick={() => openTask(task.id)}>
            {each.text.replaceAll("*", "")}
          </button>
        ) : (
          each.text.replaceAll("*", "")
        )}
      </span>
      <span class="faint">
        <Ago at={each.at} />
      </span>
      {each.can_undo && (
        <button type="button" class="btn btn-s btn-ghost" onClick={() => void undo()}>
          Undo
        </button>
      )}
    </li>
  );
}

export default function ActivityPage() {
  useTitle("Activity");
  const [list, setList] = useState<Activity[] | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const [done, setDone] = useState(false);
  const first = () =>
    boardApi.activity({ limit: PAGE }).then(
      ({ data }) => {
        setList(data);
        setDone(data.length < PAGE);
      },
      (cause) => setFailed(cause),
    );
  useEffect(() => {
    void boardReady();
    void first();
    let timer = 0;
    const stop = onBoardFrame((frame) => {
      if (!("seq" in frame)) return;
      clearTimeout(timer);
      timer = window.setTimeout(() => void first(), 400);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, []);
  const more = () => {
    const before = list?.at(-1)?.seq;
    if (!before) return;
    boardApi.activity({ limit: PAGE, before }).then(
      ({ data }) => {
        setList([...(list ?? []), ...data]);
        setDone(data.length < PAGE);
      },
      (cause) => toast({ kind: "bad", title: "Not read", detail: explain(cause) }),
    );
  };
  return (
    <div class="page">
      <PageHead title="Activity" />
      <div class="work">
        <Day />
        {failed !== null && (
          <Empty icon="alert" title="The activity could not be read">
            <p class="pre">{explain(failed)}</p>
          </Empty>
        )}
        {!list && failed === null && <Skeleton rows={8} />}
        {list?.length === 0 && (
          <Empty icon="activity" title="Nothing has happened yet">
            <p>What people and agents do on the board is told here.</p>
          </Empty>
        )}
        <ol class="acts acts-page">
          {list?.map((each) => (
            <Line key={each.id} each={each} onUndone={() => void first()} />
          ))}
        </ol>
        {list && list.length > 0 && !done && (
          <button type="button" class="btn" onClick={more}>
            Show earlier
          </button>
        )}
      </div>
    </div>
  );
}
