import "../../styles/planning.css";
import { useEffect } from "preact/hooks";
import type { Query } from "../../api/client";
import { boardReady } from "../../live/board";
import { PageHead } from "../../ui/page-head";
import { Skeleton } from "../../ui/parts";
import { useTitle } from "../../ui/title";
import { Row } from "./rows";
import { useTasks } from "./use-tasks";

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
        <div class="t-scroll">
          <table class="t">
            <thead class="sr-only">
              <tr>
                {["Number", "Title", "Column", "Priority", "Agent", "Due"].map((each) => (
                  <th key={each} scope="col">
                    {each}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {tasks.map((task) => (
                <Row key={task.id} task={task} />
              ))}
            </tbody>
          </table>
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
