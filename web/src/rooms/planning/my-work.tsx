import "../../styles/planning.css";
import { useEffect } from "preact/hooks";
import type { Task } from "../../api/board";
import type { Query } from "../../api/client";
import { boardReady } from "../../live/board";
import { openTask } from "../../overlay";
import { narrow } from "../../store/screen";
import { Icon } from "../../ui/icon";
import { PageHead } from "../../ui/page-head";
import { Skeleton } from "../../ui/parts";
import { useTitle } from "../../ui/title";
import { columnsShown, type ListColumn } from "./list-columns";
import { asNow, Below, Note } from "./list-row";
import { useTasks } from "./use-tasks";

const COLUMNS = "status,priority,assigned,due_date";
const OPEN = "todo,active,review,blocked,error";
const PARTS: { title: string; none: string; query: Query }[] = [
  {
    title: "Yours to answer for",
    none: "Nothing open is yours to answer for.",
    query: { accountable: "me", kind: OPEN, sort: "due_date:asc,priority:asc", limit: 100 },
  },
  {
    title: "Waits for your review",
    none: "Nothing waits for your review.",
    query: { accountable: "me", kind: "review", sort: "updated_at:desc", limit: 50 },
  },
  {
    title: "You watch",
    none: "You watch no open card.",
    query: { watcher: "me", kind: OPEN, sort: "updated_at:desc", limit: 50 },
  },
];

function Row({ task, columns }: { task: Task & { waiting?: boolean }; columns: ListColumn[] }) {
  return (
    <div role="row" class="l-row">
      <span role="cell" class="l-cell faint num l-number">
        {task.number}
      </span>
      <span role="cell" class="l-cell l-title">
        <button type="button" class="l-open" onClick={() => openTask(task.id)}>
          {task.title}
        </button>
        {task.waiting && <Icon name="clock" size={13} label="Waits on other cards" />}
        <Note task={task} />
        {narrow.value && <Below task={task} />}
      </span>
      {columns.map((each) => (
        <span key={each.id} role="cell" class="l-cell">
          {each.cell(task)}
        </span>
      ))}
    </div>
  );
}

function Part({ title, none, query }: (typeof PARTS)[number]) {
  const { tasks } = useTasks(query);
  const shown = narrow.value ? [] : columnsShown(COLUMNS);
  const wide = `52px minmax(0, 1fr) ${shown.map(({ width }) => width).join(" ")}`;
  const grid = narrow.value ? "minmax(0, 1fr)" : wide;
  return (
    <section class="work-part">
      <h2>
        {title} {tasks && tasks.length > 0 && <span class="count">{tasks.length}</span>}
      </h2>
      {!tasks ? (
        <Skeleton rows={3} />
      ) : tasks.length === 0 ? (
        <p class="faint">{none}</p>
      ) : (
        <div role="table" aria-label={title} class="work-table" style={{ "--l-grid": grid }}>
          <div role="row" class="sr-only">
            {["Number", "Title", ...shown.map(({ label }) => label)].map((each) => (
              <span key={each} role="columnheader">
                {each}
              </span>
            ))}
          </div>
          {tasks.map((task) => (
            <Row key={task.id} task={asNow(task)} columns={shown} />
          ))}
        </div>
      )}
    </section>
  );
}

export default function MyWork() {
  useTitle("My work");
  useEffect(() => void boardReady(), []);
  return (
    <div class="page">
      <PageHead title="My work" />
      <div class="work">
        {PARTS.map((part) => (
          <Part key={part.title} {...part} />
        ))}
      </div>
    </div>
  );
}
