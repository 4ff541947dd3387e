// Sprints: the one that is going on, those to come, and what the past ones came to.
import "../../styles/settings-agents.css";
import { useEffect, useState } from "preact/hooks";
import { boardApi, type Sprint } from "../../api/board";
import { type SprintVelocity, velocity } from "../../api/sprints";
import { arrange } from "../../commands/arrange";
import { explain } from "../../live/pending";
import { cardsStamp, sprints } from "../../store/board";
import { plural } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { Menu, type MenuItem } from "../../ui/menu";
import { Meter, Skeleton } from "../../ui/parts";
import { Prose } from "../../ui/text";
import { toast } from "../../ui/toast";
import { daysTo, today } from "../board/days";
import { AddButton, Bar, Block, Heading, Nothing, WithBoard } from "./parts";
import { CompleteSprint, DeleteSprint, EditSprint } from "./sprint-forms";

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const YEAR = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});

export function span(sprint: Pick<Sprint, "start_date" | "end_date">): string {
  const [start, end] = [new Date(sprint.start_date), new Date(sprint.end_date)];
  return `${DAY.format(start)} – ${YEAR.format(end)}`;
}

/** With their counts as they are now: moving a card changes them, and no frame says by how much. */
function useSprints(): Sprint[] | null {
  const [found, setFound] = useState<Sprint[] | null>(null);
  const [known, stamp] = [sprints.value, cardsStamp.value];
  useEffect(() => {
    let current = true;
    const read = () =>
      boardApi.sprints({ limit: 200 }).then(
        ({ data }) => current && setFound(data),
        () => current && setFound((now) => now ?? known),
      );
    const timer = window.setTimeout(read, found ? 400 : 0);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [known, stamp]);
  // Names and days are in the store first.
  return found && known.length > 0 ? merged(found, known) : found;
}

function merged(counted: Sprint[], known: Sprint[]): Sprint[] {
  const counts = new Map(counted.map((each) => [each.id, each]));
  return known.map((each) => {
    const { task_count, done_count, estimate, done_estimate } = counts.get(each.id) ?? each;
    return { ...each, task_count, done_count, estimate, done_estimate };
  });
}

function start(sprint: Sprint): void {
  arrange("sprint", `Started ${sprint.name}`, () => boardApi.startSprint(sprint.id)).catch((cause) =>
    toast({ kind: "bad", title: `${sprint.name} was not started`, detail: explain(cause) }),
  );
}

type Doing = { what: "edit" | "complete" | "delete"; sprint: Sprint } | { what: "new" } | null;

function actionsOf(sprint: Sprint, doing: (next: Doing) => void): MenuItem[] {
  return [
    { label: "Change…", icon: "pencil", run: () => doing({ what: "edit", sprint }) },
    { label: "Delete…", icon: "trash", danger: true, run: () => doing({ what: "delete", sprint }) },
  ];
}

function left(sprint: Sprint): string {
  const away = daysTo(sprint.end_date, today());
  if (away === 0) return "Ends today";
  return away > 0 ? `${plural(away, "day")} left` : `${plural(-away, "day")} over its end`;
}

function Active({ sprint, doing }: { sprint: Sprint; doing: (next: Doing) => void }) {
  const [all, done] = [sprint.task_count ?? 0, sprint.done_count ?? 0];
  const late = daysTo(sprint.end_date, today()) < 0;
  return (
    <section class="card sprint-now" aria-label={`Going on: ${sprint.name}`}>
      <div class="sprint-top">
        <span class="tag tag-live">Going on</span>
        <Heading>{sprint.name}</Heading>
        <span class="faint num">{span(sprint)}</span>
        <span class={late ? "bad num sprint-left" : "faint num sprint-left"}>{left(sprint)}</span>
      </div>
      {sprint.goal && <Prose text={sprint.goal} />}
      <div class="sprint-meter">
        <Meter value={done} max={Math.max(all, 1)} label={`${done} of ${plural(all, "card")} done`} />
        <span class="num">
          {done} of {plural(all, "card")} done
          {(sprint.estimate ?? 0) > 0 && (
            <span class="faint">
              {" "}
              · {sprint.done_estimate ?? 0} of {sprint.estimate} points
            </span>
          )}
        </span>
      </div>
      <div class="sprint-acts">
        <button
          type="button"
          class="btn btn-primary btn-s"
          onClick={() => doing({ what: "complete", sprint })}
        >
          Complete…
        </button>
        <a class="btn btn-s" href={`/board?sprint=${sprint.id}`}>
          Show on the board
        </a>
        <Menu
          label={`Actions for ${sprint.name}`}
          class="icon-btn"
          align="end"
          button={<Icon name="more" />}
          items={actionsOf(sprint, doing)}
        />
      </div>
    </section>
  );
}

function Planned({
  sprint,
  blocked,
  doing,
}: {
  sprint: Sprint;
  blocked: string | null;
  doing: (next: Doing) => void;
}) {
  return (
    <li class="set-row sprint-row">
      <div class="sprint-words">
        <span class="set-name">{sprint.name}</span>
        <span class="faint num">{span(sprint)}</span>
        {sprint.goal && <span class="faint cut">{sprint.goal}</span>}
      </div>
      <a class="set-side faint num" href={`/board?layout=list&sprint=${sprint.id}`}>
        {plural(sprint.task_count ?? 0, "card")}
      </a>
      <button
        type="button"
        class="btn btn-s"
        disabled={blocked !== null}
        title={blocked ? `${blocked} is going on: complete it first` : undefined}
        onClick={() => start(sprint)}
      >
        Start
      </button>
      <Menu
        label={`Actions for ${sprint.name}`}
        class="icon-btn"
        align="end"
        button={<Icon name="more" />}
        items={actionsOf(sprint, doing)}
      />
    </li>
  );
}

function Past({
  sprint,
  result,
  doing,
}: {
  sprint: Sprint;
  result: SprintVelocity | undefined;
  doing: (next: Doing) => void;
}) {
  const done = result?.done_tasks ?? sprint.done_count ?? 0;
  const meant = Math.max(result?.committed_tasks ?? 0, 1);
  return (
    <li class="set-row sprint-row">
      <div class="sprint-words">
        <a class="set-name" href={`/board?layout=list&sprint=${sprint.id}`}>
          {sprint.name}
        </a>
        <span class="faint num">{span(sprint)}</span>
        {sprint.goal && <span class="faint cut">{sprint.goal}</span>}
      </div>
      <span class="set-side sprint-result">
        <span class="num">
          {done} done
          {result?.committed_tasks != null && (
            <span class="faint"> of {result.committed_tasks} at its start</span>
          )}
        </span>
        {result?.committed_tasks != null && (
          <Meter value={Math.min(done, meant)} max={meant} label={`${done} of ${meant}`} />
        )}
      </span>
      <Menu
        label={`Actions for ${sprint.name}`}
        class="icon-btn"
        align="end"
        button={<Icon name="more" />}
        items={actionsOf(sprint, doing)}
      />
    </li>
  );
}

function useResults(completed: number): Map<string, SprintVelocity> {
  const [found, setFound] = useState(new Map<string, SprintVelocity>());
  useEffect(() => {
    if (completed === 0) return;
    velocity().then(
      ({ data }) => setFound(new Map(data.sprints.map((each) => [each.sprint_id, each]))),
      () => {},
    );
  }, [completed]);
  return found;
}

function List() {
  const [doing, setDoing] = useState<Doing>(null);
  const list = useSprints();
  const completed = list?.filter((each) => each.status === "completed") ?? [];
  const results = useResults(completed.length);
  if (!list) return <Skeleton rows={5} />;
  const active = list.find((each) => each.status === "active");
  const planned = list.filter((each) => each.status === "planned");
  const close = () => setDoing(null);
  return (
    <>
      <Bar says={plural(list.length, "sprint")}>
        <AddButton label="Plan a sprint" onClick={() => setDoing({ what: "new" })} />
      </Bar>
      {list.length === 0 && (
        <Nothing icon="rerun" title="No sprints yet">
          <p>
            A sprint is a span of days with a goal. What is not done at its end is carried over, so nothing
            gets lost.
          </p>
        </Nothing>
      )}
      {active && <Active sprint={active} doing={setDoing} />}
      {planned.length > 0 && (
        <Block title="To come">
          <ul class="set-list">
            {planned.map((each) => (
              <Planned key={each.id} sprint={each} blocked={active?.name ?? null} doing={setDoing} />
            ))}
          </ul>
        </Block>
      )}
      {completed.length > 0 && (
        <Block title="Completed">
          <ul class="set-list">
            {[...completed].reverse().map((each) => (
              <Past key={each.id} sprint={each} result={results.get(each.id)} doing={setDoing} />
            ))}
          </ul>
        </Block>
      )}
      {doing?.what === "new" && <EditSprint sprint={null} all={list} onClose={close} />}
      {doing?.what === "edit" && <EditSprint sprint={doing.sprint} all={list} onClose={close} />}
      {doing?.what === "complete" && (
        <CompleteSprint sprint={doing.sprint} planned={planned} onClose={close} />
      )}
      {doing?.what === "delete" && <DeleteSprint sprint={doing.sprint} onClose={close} />}
    </>
  );
}

export default function Sprints() {
  return <WithBoard>{() => <List />}</WithBoard>;
}
