import "../../styles/planning.css";
import { useState } from "preact/hooks";
import type { Query } from "../../api/client";
import { explain } from "../../live/pending";
import { params, withParams } from "../../router";
import { count } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { Empty, Skeleton } from "../../ui/parts";
import { FILTERS } from "./filters";
import { Row } from "./rows";
import { useTasks } from "./use-tasks";

const PAGE = 100;
const COLUMNS: [string, string][] = [
  ["number", "Number"],
  ["title", "Title"],
  ["status", "Column"],
  ["priority", "Priority"],
  ["", "Agent"],
  ["due_date", "Due"],
];

function asked(offset: number): Query {
  const query: Query = { limit: PAGE, offset };
  for (const name of [...FILTERS, "kind", "label", "client", "parent", "sort"]) {
    const value = params.value.get(name);
    if (value) query[name] = value;
  }
  return query;
}

export default function List() {
  const [offset, setOffset] = useState(0);
  const sort = params.value.get("sort") ?? "";
  const { tasks, total, failed } = useTasks(asked(offset));
  const turn = (name: string) => {
    setOffset(0);
    withParams({ sort: sort === `${name}:asc` ? `${name}:desc` : `${name}:asc` });
  };
  if (failed && !tasks) {
    return (
      <Empty icon="alert" title="The list could not be read">
        <p class="pre">{explain(failed)}</p>
      </Empty>
    );
  }
  if (!tasks) return <Skeleton rows={10} class="page-skeleton" />;
  if (tasks.length === 0) {
    return (
      <Empty icon="list" title="No card fits">
        <p>Cards that fit the filter will appear here by themselves.</p>
      </Empty>
    );
  }
  return (
    <div class="t-scroll">
      <table class="t">
        <thead>
          <tr>
            {COLUMNS.map(([name, label]) => {
              const order =
                sort === `${name}:asc` ? "ascending" : sort === `${name}:desc` ? "descending" : "none";
              return (
                <th key={label} scope="col" aria-sort={name ? order : undefined}>
                  {name ? (
                    <button
                      type="button"
                      class={order === "none" ? "sort" : "sort sort-on"}
                      onClick={() => turn(name)}
                    >
                      {label}
                      <Icon name="chevron" size={11} />
                    </button>
                  ) : (
                    label
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => (
            <Row key={task.id} task={task} />
          ))}
        </tbody>
      </table>
      <p class="t-foot">
        {count(total)} cards
        {total > PAGE && (
          <>
            <button
              type="button"
              class="btn btn-s"
              disabled={offset === 0}
              onClick={() => setOffset(offset - PAGE)}
            >
              Earlier
            </button>
            <button
              type="button"
              class="btn btn-s"
              disabled={offset + PAGE >= total}
              onClick={() => setOffset(offset + PAGE)}
            >
              Later
            </button>
          </>
        )}
      </p>
    </div>
  );
}
