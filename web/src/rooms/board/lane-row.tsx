import { signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { columns } from "../../store/board";
import { Icon } from "../../ui/icon";
import { Collapsed, ColumnHead, columnState } from "./column";
import { useDrag } from "./drag-kit";
import { cellIds, type Lane, lanes } from "./lanes";
import { Stack } from "./stack";
import { collapsed } from "./state";

const shut = signal<ReadonlySet<string>>(new Set());

function LaneCell({
  column,
  lane,
  scroller,
}: {
  column: string;
  lane: string;
  scroller: { current: HTMLElement | null };
}) {
  const node = useRef<HTMLDivElement>(null);
  useDrag(node, (kit, element) => kit.dropInto(element, column, lane), [column, lane]);
  return (
    <div class="klane-cell" ref={node}>
      <Stack column={column} lane={lane} scroller={scroller} />
    </div>
  );
}

function LaneView({ lane, scroller }: { lane: Lane; scroller: { current: HTMLElement | null } }) {
  const away = shut.value.has(lane.key);
  let count = 0;
  for (const column of columns.value) count += cellIds(column.key, lane.key).length;
  const flip = () => {
    const next = new Set(shut.value);
    if (!next.delete(lane.key)) next.add(lane.key);
    shut.value = next;
  };
  return (
    <section class="klane" aria-label={lane.name}>
      <h2 class="klane-head">
        <button
          type="button"
          aria-expanded={!away}
          onClick={flip}
          style={lane.color ? { "--own": lane.color } : {}}
        >
          <Icon name={away ? "right" : "chevron"} size={13} />
          {lane.emoji ? (
            <span class="face" style={{ width: "20px", height: "20px" }} aria-hidden="true">
              {lane.emoji}
            </span>
          ) : (
            lane.color && <span class="kdot" />
          )}
          {lane.name}
          <span class="kcount num">{count}</span>
        </button>
      </h2>
      {!away && (
        <div class="klane-cells">
          {columns.value.map((column) =>
            collapsed.value.has(column.key) ? (
              <div key={column.key} class="klane-away" />
            ) : (
              <LaneCell key={column.key} column={column.key} lane={lane.key} scroller={scroller} />
            ),
          )}
        </div>
      )}
    </section>
  );
}

/** Swim-lanes: the columns' heads stay on top, everything else scrolls as one. */
export default function Lanes({ scroller }: { scroller: { current: HTMLElement | null } }) {
  return (
    <div class="klanes">
      <div class="klane-heads">
        {columns.value.map((column) =>
          collapsed.value.has(column.key) ? (
            <Collapsed key={column.key} column={column} />
          ) : (
            <div key={column.key} class={`klane-colhead ${columnState(column)}`}>
              <ColumnHead column={column} id={`kcol-${column.key}`} />
            </div>
          ),
        )}
      </div>
      {lanes.value.map((lane) => (
        <LaneView key={lane.key} lane={lane} scroller={scroller} />
      ))}
    </div>
  );
}
