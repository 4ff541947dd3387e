// Tasks as a list: sorted, grouped, with the columns one wants, as many as there are.
import "../../styles/board-more.css";
import "../../styles/list.css";
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { cardOf } from "../../api/board";
import type { Query } from "../../api/client";
import { useShortcuts } from "../../keys/use";
import { explain } from "../../live/pending";
import { openTask } from "../../overlay";
import { params, withParams } from "../../router";
import { isLeaving, keepAside } from "../../store/board";
import { narrow } from "../../store/screen";
import { shownNow } from "../../store/views";
import { count, plural } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { Empty, Skeleton } from "../../ui/parts";
import { BulkBar } from "../board/bulk-bar";
import { type Direction, walkAs } from "../board/cells";
import { useBoardKeys } from "../board/keys";
import { Over } from "../board/over";
import { active, focusAsked, focusCard, say, select, selected, spoken } from "../board/state";
import { clearFilters } from "./filters";
import { colorOf, GROUPS, groupOf, type Head, type Line, linesOf } from "./grouping";
import { columnsShown } from "./list-columns";
import { asText, ListHead, sortingOf } from "./list-head";
import { ListRow } from "./list-row";
import { type Pages, usePages } from "./pages";

const HEAD_PX = 34;
const GROUP_PX = 40;
const MARGIN_PX = 500;
const MORE_FROM = 25;
const COUNTED = 1000;

function asked(): Query {
  const { columns: _columns, group, sort, ...query } = shownNow.value.query;
  const by = groupOf(group ?? null);
  const sorting = sortingOf(sort ?? null);
  if (by !== "none") {
    const first = GROUPS[by].sort;
    const way = sorting.find((each) => each[0] === first)?.[1] ?? "asc";
    sorting.unshift([first, way]);
    if (!sort) sorting.push(["created_at", "desc"]);
  }
  const text = asText(sorting.filter((each, at) => sorting.findIndex((one) => one[0] === each[0]) === at));
  return text ? { ...query, sort: text } : query;
}

/** What is on its way out is not shown any more; the next answer says who is there. */
function useStaying({ tasks, answer }: Pages) {
  const gone = useRef({ answer: -1, ids: new Set<string>() });
  if (gone.current.answer !== answer) gone.current = { answer, ids: new Set() };
  for (const task of tasks ?? []) if (isLeaving(task.id)) gone.current.ids.add(task.id);
  return (tasks ?? []).filter((each) => !gone.current.ids.has(each.id));
}

function GroupHead({ head, onFold }: { head: Head; onFold: () => void }) {
  const by = groupOf(params.value.get("group"));
  const color = colorOf(by, head.key);
  return (
    <div role="row" class="l-group">
      <span role="cell">
        <button type="button" aria-expanded={!head.folded} onClick={onFold}>
          <Icon name={head.folded ? "right" : "chevron"} size={12} />
          {color && <span class="swatch" style={{ background: color }} aria-hidden="true" />}
          <strong>{head.name}</strong>
          <span class="faint num">
            {count(head.count)}
            {!head.whole && "+"}
          </span>
        </button>
      </span>
    </div>
  );
}

/** Where each line begins, and which are in sight. */
function useWindow(lines: Line[], box: { current: HTMLElement | null }) {
  const row = narrow.value ? 64 : 40;
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const starts = useMemo(() => {
    const found = new Float64Array(lines.length + 1);
    for (const [at, line] of lines.entries()) {
      found[at + 1] = (found[at] ?? 0) + (line.kind === "head" ? GROUP_PX : row);
    }
    return found;
  }, [lines, row]);
  const at = (offset: number) => {
    let low = 0;
    let high = lines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle + 1] ?? 0) > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const top = box.current?.scrollTop ?? 0;
  const view = box.current?.clientHeight ?? 900;
  useEffect(() => {
    const watch = new ResizeObserver(() => redraw(0));
    if (box.current) watch.observe(box.current);
    redraw(0);
    return () => watch.disconnect();
  }, []);
  return {
    starts,
    first: at(Math.max(0, top - MARGIN_PX)),
    last: Math.min(lines.length, at(top + view + MARGIN_PX) + 1),
    redraw: () => redraw(0),
  };
}

/** j and k, arrows, Home and End: down the list as it is shown. */
function useWalk(ids: string[]): void {
  const now = useRef(ids);
  now.current = ids;
  useEffect(() => {
    const towards = (id: string, to: Direction) => {
      const list = now.current;
      const at = list.indexOf(id);
      if (to === "Home") return list[0] ?? null;
      if (to === "End") return list.at(-1) ?? null;
      if (to === "ArrowLeft" || to === "ArrowRight") return null;
      return list[at + (to === "ArrowDown" ? 1 : -1)] ?? null;
    };
    const stop = walkAs({
      towards,
      first: () => now.current[0] ?? null,
      between: (from, to) => {
        const [a, b] = [now.current.indexOf(from ?? to), now.current.indexOf(to)];
        return a < 0 ? [to] : now.current.slice(Math.min(a, b), Math.max(a, b) + 1);
      },
      carries: false,
    });
    return () => {
      stop();
      select([]);
    };
  }, []);
}

const WALK = new Set(["ArrowDown", "ArrowUp", "Home", "End"]);

function onKey(event: KeyboardEvent, ids: string[]): void {
  const target = event.target as Element;
  if (event.defaultPrevented || event.altKey || !target.closest(".l-open, .l-tick")) return;
  const id = active.peek();
  if (event.key === "a" && (event.metaKey || event.ctrlKey)) {
    select(ids);
    say(`${ids.length} cards selected.`);
  } else if (WALK.has(event.key) && id && !event.metaKey && !event.ctrlKey) {
    const at = ids.indexOf(id);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: ids.length - 1 }[event.key] ?? at;
    const next = ids[to];
    if (!next) return;
    if (event.shiftKey) select([...selected.peek(), id, next]);
    focusCard(next);
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

function Rows({ pages }: { pages: Pages }) {
  const box = useRef<HTMLDivElement>(null);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const staying = useStaying(pages);
  const by = groupOf(params.value.get("group"));
  const lines = linesOf(staying, by, folded, pages.done);
  const ids = lines.flatMap((each) => (each.kind === "task" ? [each.task.id] : []));
  const columns = narrow.value ? [] : columnsShown(params.value.get("columns"));
  const { starts, first, last, redraw } = useWindow(lines, box);
  useWalk(ids);
  useBoardKeys(false);
  useShortcuts([
    {
      keys: "Enter",
      label: "Open the card",
      group: "Cards",
      run: () => {
        // On a button Enter already does the right thing by itself.
        const focused = document.activeElement;
        if (focused?.matches("a, button, summary")) (focused as HTMLElement).click();
        else if (active.peek()) openTask(active.peek() ?? "");
      },
    },
  ]);
  useEffect(() => keepAside(staying.map((each) => cardOf(each))), [pages.answer]);
  if (!active.peek() || !ids.includes(active.peek() ?? "")) active.value = ids[0] ?? null;

  const lastFolded = lines.at(-1)?.kind === "head";
  useEffect(() => {
    if (last >= lines.length - MORE_FROM && !lastFolded) pages.more();
  }, [last, lines.length, pages.answer]);

  const wanted = focusAsked.value;
  useLayoutEffect(() => {
    const node = box.current;
    const at = wanted ? lines.findIndex((each) => each.kind === "task" && each.task.id === wanted.id) : -1;
    if (!wanted || !node || at < 0) return;
    const [top = 0, bottom = 0] = [starts[at], starts[at + 1]];
    if (top < node.scrollTop) node.scrollTop = top;
    else if (bottom + HEAD_PX > node.scrollTop + node.clientHeight)
      node.scrollTop = bottom + HEAD_PX - node.clientHeight;
    redraw();
    // Mostly the row is drawn already and can have the focus before the next key; else after the redraw.
    const take = (): boolean => {
      if (focusAsked.peek() !== wanted || document.querySelector("dialog[open]")) return true;
      const title = node.querySelector<HTMLElement>(`[data-card="${CSS.escape(wanted.id)}"] .l-open`);
      title?.focus({ preventScroll: true });
      if (title) focusAsked.value = null;
      return title !== null;
    };
    if (!take()) requestAnimationFrame(take);
  }, [wanted, lines.length]);

  const fold = (key: string) => {
    const next = new Set(folded);
    if (!next.delete(key)) next.add(key);
    setFolded(next);
  };
  const grid = ["34px", "52px", "minmax(220px, 1fr)", ...columns.map((each) => each.width)].join(" ");
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys belong to the rows inside.
    <div class="l-scroll" ref={box} onScroll={redraw} onKeyDown={(event) => onKey(event, ids)}>
      <div
        role="table"
        class="l-table"
        aria-label="Cards"
        aria-rowcount={lines.length + 1}
        style={{ "--l-grid": narrow.value ? "40px minmax(0, 1fr)" : grid }}
      >
        <div role="rowgroup">
          <ListHead columns={columns} ids={ids} />
        </div>
        <div role="rowgroup" class="l-space" style={{ height: `${starts[lines.length] ?? 0}px` }}>
          <div style={{ transform: `translateY(${starts[first] ?? 0}px)` }}>
            {lines
              .slice(first, last)
              .map((line, at) =>
                line.kind === "head" ? (
                  <GroupHead key={`head:${line.key}`} head={line} onFold={() => fold(line.key)} />
                ) : (
                  <ListRow key={line.task.id} task={line.task} columns={columns} rowIndex={first + at + 2} />
                ),
              )}
          </div>
        </div>
      </div>
      <p class="l-foot" role="status">
        {pages.total > COUNTED ? `More than ${count(COUNTED)} cards` : plural(pages.total, "card")}
        {pages.busy && ", reading on…"}
        {!pages.done && lastFolded && (
          <button type="button" class="btn btn-s" onClick={pages.more}>
            Read on
          </button>
        )}
      </p>
    </div>
  );
}

export default function List() {
  const pages = usePages(asked());
  const filtered = Object.keys(shownNow.value.query).some(
    (name) => !["sort", "group", "columns"].includes(name),
  );
  if (pages.failed && !pages.tasks) {
    return (
      <Empty icon="alert" title="The list could not be read">
        <p class="pre">{explain(pages.failed)}</p>
        <button type="button" class="btn" onClick={() => withParams({ sort: null, group: null })}>
          Without an order
        </button>
      </Empty>
    );
  }
  if (!pages.tasks) return <Skeleton rows={10} class="page-skeleton" />;
  return (
    <div class="l-page">
      {pages.tasks.length === 0 ? (
        <Empty icon="list" title={filtered ? "No card fits" : "No cards yet"}>
          <p>Cards that fit the filter appear here by themselves.</p>
          {filtered && (
            <button type="button" class="btn" onClick={clearFilters}>
              Clear the filters
            </button>
          )}
        </Empty>
      ) : (
        <Rows pages={pages} />
      )}
      <BulkBar />
      <Over />
      <p class="sr-only" aria-live="assertive">
        {spoken.value}
      </p>
    </div>
  );
}
