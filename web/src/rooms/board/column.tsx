import { useRef } from "preact/hooks";
import type { Column } from "../../api/board";
import { quickAdd } from "../../overlay";
import { doneHidden } from "../../store/board";
import { narrow } from "../../store/screen";
import { plural } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { memo } from "../../ui/memo";
import { useDrag } from "./drag-kit";
import { cellIds, cellParts, countsOf } from "./lanes";
import { mayGo } from "./rules";
import { Stack } from "./stack";
import { collapse, collapsed, dragging, gap } from "./state";

export function ColumnHead({ column, id }: { column: Column; id: string }) {
  const { shown, all } = countsOf(column.key);
  const limit = column.wip_limit;
  const over = limit !== null && all > limit;
  const full = limit !== null && all === limit;
  const count = shown === all ? `${all}` : `${shown} of ${all}`;
  return (
    <header class="kcol-head" style={{ "--own": column.color }}>
      <span class={`kind kind-${column.kind}`} aria-hidden="true" />
      <h2 id={id}>{column.name}</h2>
      <span
        class={`kcount num${over ? " kcount-over" : full ? " kcount-full" : ""}`}
        title={
          limit === null ? plural(all, "card") : `${plural(all, "card")}, at most ${limit} should be here`
        }
      >
        {limit === null ? count : `${count} / ${limit}`}
        {over && <span class="sr-only"> over the limit</span>}
      </span>
      <span class="kcol-tools">
        <button
          type="button"
          class="icon-btn"
          aria-label={`New card in ${column.name}`}
          title="New card"
          onClick={() => quickAdd(column.key)}
        >
          <Icon name="plus" size={15} />
        </button>
        {!narrow.value && (
          <button
            type="button"
            class="icon-btn"
            aria-label={`Collapse ${column.name}`}
            title="Collapse"
            onClick={() => collapse(column.key, true)}
          >
            <Icon name="left" size={14} />
          </button>
        )}
      </span>
    </header>
  );
}

export function Collapsed({ column }: { column: Column }) {
  const node = useRef<HTMLButtonElement>(null);
  const { all } = countsOf(column.key);
  useDrag(node, (kit, element) => kit.dropInto(element, column.key, ""), [column.key]);
  const over = gap.value !== null && cellParts(gap.value.cell).column === column.key;
  return (
    <button
      type="button"
      ref={node}
      class={`kcol-away${over ? " kcol-away-over" : ""}`}
      style={{ "--own": column.color }}
      title={`Expand ${column.name}`}
      onClick={() => collapse(column.key, false)}
    >
      <span class={`kind kind-${column.kind}`} aria-hidden="true" />
      <span class="kcount num">{all}</span>
      <span class="sr-only">Expand</span>
      <span class="kcol-away-name">{column.name}</span>
    </button>
  );
}

export function Hidden({ column }: { column: Column }) {
  if (column.kind !== "done" || doneHidden.value === 0) return null;
  return (
    <a
      class="kcol-more"
      href={`/board?layout=list&status=${encodeURIComponent(column.key)}&sort=completed_at:desc`}
    >
      {plural(doneHidden.value, "older card")} in the list
      <Icon name="right" size={13} />
    </a>
  );
}

export function columnState(column: Column): string {
  const limit = column.wip_limit;
  const held = dragging.value;
  return [
    limit !== null && countsOf(column.key).all > limit ? "kcol-over" : "",
    held && !mayGo(held, column.key) ? "kcol-shut" : "",
  ]
    .filter(Boolean)
    .join(" ");
}

/** A column on its own: it scrolls by itself. */
function ColumnView({ column }: { column: Column }) {
  const body = useRef<HTMLDivElement>(null);
  const away = collapsed.value.has(column.key) && !narrow.value;
  useDrag(
    body,
    (kit, element) => {
      const stop = [kit.dropInto(element, column.key, ""), kit.scrollWhileDragging(element)];
      return () => {
        for (const each of stop) each();
      };
    },
    [column.key, away],
  );
  if (away) return <Collapsed column={column} />;
  const head = `kcol-${column.key}`;
  const empty = cellIds(column.key, "").length === 0 && gap.value === null;
  return (
    <section class={`kcol ${columnState(column)}`} aria-labelledby={head} data-column={column.key}>
      <ColumnHead column={column} id={head} />
      <div class="kcol-body" ref={body}>
        <Stack column={column.key} lane="" scroller={body} />
        {empty && (
          <button type="button" class="kcol-empty" onClick={() => quickAdd(column.key)}>
            <Icon name="plus" size={14} />
            {column.kind === "done" ? "Nothing done yet" : "No cards"}
          </button>
        )}
        <Hidden column={column} />
      </div>
    </section>
  );
}

export const ColumnOnItsOwn = memo(ColumnView);
