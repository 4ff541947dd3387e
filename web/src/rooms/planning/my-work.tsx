import "../../styles/planning.css";
import { useEffect } from "preact/hooks";
import type { Query } from "../../api/client";
import { boardReady } from "../../live/board";
import { narrow } from "../../store/screen";
import { PageHead } from "../../ui/page-head";
import { Skeleton } from "../../ui/parts";
import { useTitle } from "../../ui/title";
import { columnsShown } from "./list-columns";
import { asNow, Cells } from "./list-row";
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
            <div key={task.id} role="row" class="l-row">
              <Cells task={asNow(task)} columns={shown} />
            </div>
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
