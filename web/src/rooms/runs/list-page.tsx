import "./list.css";
import { useEffect, useLayoutEffect, useReducer, useRef } from "preact/hooks";
import { useShortcuts } from "../../keys/use";
import { feedState } from "../../live/feed";
import { explain } from "../../live/pending";
import { startRun } from "../../overlay";
import { go, replaceSearch, search } from "../../router";
import { narrow } from "../../store/screen";
import { count, plural } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { PageHead } from "../../ui/page-head";
import { Copy, Empty, Kbd, Skeleton } from "../../ui/parts";
import { useTitle } from "../../ui/title";
import { Filters } from "./filters";
import { type Filter, NO_FILTER, readFilter, runList, writeFilter } from "./list";
import { LiveDot } from "./live-dot";
import { Row } from "./row";

const COLUMNS = [
  { key: "status", label: "Status", sort: "status" },
  { key: "what", label: "Agent", sort: "agent_name" },
  { key: "client", label: "Client", sort: "client_name" },
  { key: "trigger", label: "Trigger", sort: null, quiet: true },
  { key: "started", label: "Started", sort: "created_at" },
  { key: "duration", label: "Duration", sort: null },
  { key: "cost", label: "Cost", sort: "cost_usd" },
  { key: "score", label: "Score", sort: null },
];

function change(part: Partial<Filter>): void {
  replaceSearch(writeFilter({ ...runList.filter.value, ...part }));
}

function Head({ filter }: { filter: Filter }) {
  return (
    <div role="row" aria-rowindex={1} class="run-row run-head">
      {COLUMNS.map((column) => {
        const down = filter.sort === `-${column.sort}`;
        const up = filter.sort === column.sort;
        const order = down ? "descending" : up ? "ascending" : "none";
        return (
          <span
            role="columnheader"
            key={column.key}
            class={`c-${column.key}`}
            aria-sort={column.sort ? order : undefined}
          >
            {column.sort ? (
              <button
                type="button"
                class={down || up ? "sort sort-on" : "sort"}
                onClick={() => change({ sort: down ? (column.sort ?? "") : `-${column.sort}` })}
              >
                {column.label}
                <Icon name="chevron" size={11} />
              </button>
            ) : (
              <span class={column.quiet ? "sr-only" : ""}>{column.label}</span>
            )}
          </span>
        );
      })}
    </div>
  );
}

function None({ filter }: { filter: Filter }) {
  const filtered = writeFilter({ ...filter, sort: NO_FILTER.sort }).size > 0;
  if (filtered) {
    return (
      <Empty icon="filter" title="No run fits this filter">
        <p>Runs that fit it will appear here by themselves.</p>
        <button type="button" class="btn" onClick={() => change(NO_FILTER)}>
          Clear the filter
        </button>
      </Empty>
    );
  }
  return (
    <Empty icon="runs" title="No runs yet">
      <p>An agent runs when something triggers it. Start one from here, or from a terminal:</p>
      <Copy text="opsroom run sentinel --client shamrock-detailing-columbus" label="Copy the command" />
      <p class="empty-or">
        <button type="button" class="btn btn-primary" onClick={() => startRun()}>
          Start a run
        </button>
        <a class="btn" href="/agents">
          See the agents
        </a>
      </p>
    </Empty>
  );
}

/** Rows have one height, so the window is arithmetic: thousands of runs cost what a screenful costs. */
function Rows() {
  const box = useRef<HTMLDivElement>(null);
  const wanted = useRef(-1);
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const ids = runList.ids.value;
  const cursor = runList.cursor.value;
  const height = narrow.value ? 84 : 46;
  const top = box.current?.scrollTop ?? runList.scrollTop;
  const view = box.current?.clientHeight ?? innerHeight;
  const first = Math.max(0, Math.floor(top / height) - 8);
  const last = Math.min(ids.length, Math.ceil((top + view) / height) + 8);

  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = runList.scrollTop;
    const resized = new ResizeObserver(() => redraw(0));
    if (box.current) resized.observe(box.current);
    // Back from a run: the focus returns to its row.
    wanted.current = runList.cursor.value;
    redraw(0);
    return () => resized.disconnect();
  }, []);

  useLayoutEffect(() => {
    if (wanted.current < 0) return;
    const link = box.current?.querySelector<HTMLElement>(`[data-index="${wanted.current}"] .row-link`);
    if (!link) return;
    wanted.current = -1;
    link.focus({ preventScroll: true });
  });

  useEffect(() => {
    if (last >= ids.length - 20) void runList.loadMore();
  }, [last, ids.length]);

  const move = (step: number) => {
    const next = Math.min(ids.length - 1, Math.max(0, cursor + step));
    const node = box.current;
    if (!node || ids.length === 0) return;
    const head = narrow.value ? 0 : 34;
    if (next * height < node.scrollTop) node.scrollTop = next * height;
    else if ((next + 1) * height + head > node.scrollTop + node.clientHeight) {
      node.scrollTop = (next + 1) * height + head - node.clientHeight;
    }
    wanted.current = next;
    runList.cursor.value = next;
    redraw(0);
  };

  useShortcuts([
    { keys: "j", label: "Next run", group: "Runs", run: () => move(1) },
    { keys: "k", label: "Previous run", group: "Runs", run: () => move(-1) },
    { keys: "ArrowDown", label: "Next run", group: "Runs", run: () => move(1), hidden: true },
    { keys: "ArrowUp", label: "Previous run", group: "Runs", run: () => move(-1), hidden: true },
    {
      keys: "Enter",
      label: "Open the run",
      group: "Runs",
      run: () => {
        // On a link or a button Enter already does the right thing by itself.
        const focused = document.activeElement;
        if (focused?.matches("a, button, summary")) (focused as HTMLElement).click();
        else if (ids[cursor]) go(`/runs/${ids[cursor]}`);
      },
    },
  ]);

  return (
    <div
      class="runs-scroll"
      ref={box}
      onScroll={(event) => {
        runList.scrollTop = event.currentTarget.scrollTop;
        redraw(0);
      }}
    >
      <div role="table" aria-label="Runs" aria-rowcount={runList.total.value + 1} class="runs-table">
        <Head filter={runList.filter.value} />
        <div role="rowgroup" class="runs-space" style={{ height: `${ids.length * height}px` }}>
          <div class="runs-window" style={{ transform: `translateY(${first * height}px)` }}>
            {ids.slice(first, last).map((id, index) => (
              <Row
                key={id}
                id={id}
                index={first + index}
                current={first + index === cursor}
                onFocus={focusRow}
              />
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

function focusRow(index: number): void {
  runList.cursor.value = index;
}

export default function RunsPage() {
  const filter = readFilter(search.value);
  const stamp = JSON.stringify(filter);
  useTitle("Runs");
  useEffect(() => {
    const changed = JSON.stringify(runList.filter.value) !== stamp;
    if (changed && runList.state.value === "ready") {
      runList.scrollTop = 0;
      runList.cursor.value = -1;
    }
    void runList.show(readFilter(search.value));
  }, [stamp]);
  useShortcuts([
    {
      keys: "/",
      label: "Search",
      group: "Runs",
      run: () => document.getElementById("runs-search")?.focus(),
    },
  ]);

  const ready = runList.state.value === "ready";
  const empty = ready && runList.ids.value.length === 0;
  return (
    <div class="page runs-page">
      <PageHead
        title="Runs"
        note={ready ? plural(runList.total.value, "run") : ""}
        side={<LiveDot state={feedState.value} />}
      >
        <button type="button" class="btn btn-primary" onClick={() => startRun()}>
          <Icon name="plus" size={15} />
          <span>Start a run</span>
          <Kbd keys="N" />
        </button>
      </PageHead>
      <Filters filter={filter} onChange={change} />
      <div class="sr-only" role="status">
        {ready ? `${count(runList.total.value)} runs fit the filter` : ""}
      </div>
      {runList.state.value === "loading" && <Skeleton rows={9} class="rows-skeleton" />}
      {runList.state.value === "failed" && (
        <Empty icon="alert" title="The runs could not be read">
          <p class="pre">{explain(runList.error.value)}</p>
          <button type="button" class="btn btn-primary" onClick={() => void runList.load(filter)}>
            Try again
          </button>
        </Empty>
      )}
      {empty && <None filter={filter} />}
      {ready && !empty && <Rows key={stamp} />}
    </div>
  );
}
