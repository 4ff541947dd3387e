// The Kanban board: columns side by side, or swim-lanes; on a phone one column at a time.

import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { lazy } from "../../lazy";
import { cursorMoved } from "../../live/board";
import { columns, peekCard } from "../../store/board";
import { narrow } from "../../store/screen";
import { cancelCarry } from "./actions";
import { BulkBar } from "./bulk-bar";
import { firstCard } from "./cells";
import { ColumnOnItsOwn } from "./column";
import { fetchDragKit, useDrag, useDragKit } from "./drag-kit";
import { catchLostKeys, onBoardKey, useBoardKeys } from "./keys";
import { countsOf, group } from "./lanes";
import { followMoves } from "./motion";
import { active, lifted, select, spoken } from "./state";

/** On a phone: which column is in sight, and a way to the others beside swiping. */
function Switch({ scroller }: { scroller: { current: HTMLElement | null } }) {
  const [at, setAt] = useState(0);
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const node = scroller.current;
    if (!node) return;
    const look = () => setAt(Math.round(node.scrollLeft / Math.max(1, node.clientWidth)));
    node.addEventListener("scroll", look, { passive: true });
    return () => node.removeEventListener("scroll", look);
  }, []);
  useEffect(() => {
    bar.current?.children[at]?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [at]);
  return (
    <div class="kswitch" role="group" aria-label="Columns" ref={bar}>
      {columns.value.map((column, index) => (
        <button
          type="button"
          key={column.key}
          aria-pressed={index === at}
          style={{ "--own": column.color }}
          onClick={() =>
            scroller.current?.scrollTo({ left: index * scroller.current.clientWidth, behavior: "smooth" })
          }
        >
          <span class={`kind kind-${column.kind}`} aria-hidden="true" />
          {column.name}
          <span class="num">{countsOf(column.key).shown}</span>
        </button>
      ))}
    </div>
  );
}

const Lanes = lazy<{ scroller: { current: HTMLElement | null } }>(() => import("./lane-row"));
const Cursors = lazy<{ frame: { current: HTMLElement | null } }>(() => import("./cursors"), true);
const over = signal<{ Over: ComponentType } | null>(null);

/** Menus and questions: here before anybody can have asked for one, but after the cards. */
function fetchOver(): void {
  if (over.peek()) return;
  void import("./over").then((module) => {
    over.value = module;
  });
}

export function Board() {
  const Over = over.value?.Over;
  const scroller = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const laned = group.value !== "none";
  useBoardKeys();
  useEffect(() => {
    fetchDragKit();
    fetchOver();
    const stop = [followMoves(), catchLostKeys()];
    if (!active.peek() || !peekCard(active.peek() ?? "")) active.value = firstCard();
    return () => {
      if (lifted.peek()) cancelCarry();
      select([]);
      for (const each of stop) each();
    };
  }, []);
  useDragKit((kit) => kit.watchDrags());
  useDrag(scroller, (kit, element) => kit.scrollWhileDragging(element), [laned]);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys belong to the cards inside, the pointer is only reported.
    <div
      class={`kboard${narrow.value ? " kboard-phone" : ""}`}
      ref={frame}
      onKeyDown={onBoardKey}
      onPointerMove={(event) => {
        if (event.pointerType !== "mouse" || !frame.current) return;
        const column = (event.target as Element).closest<HTMLElement>("[data-column]");
        const rect = (column ?? frame.current).getBoundingClientRect();
        const x = (event.clientX - rect.left) / rect.width;
        cursorMoved(x, (event.clientY - rect.top) / rect.height, column?.dataset.column ?? null);
      }}
    >
      {narrow.value && <Switch scroller={scroller} />}
      <div class={laned ? "kscroll kscroll-lanes" : "kscroll"} ref={scroller}>
        {laned ? (
          <Lanes scroller={scroller} />
        ) : (
          columns.value.map((column) => <ColumnOnItsOwn key={column.key} column={column} />)
        )}
      </div>
      <Cursors frame={frame} />
      <BulkBar />
      {Over && <Over />}
      <p class="sr-only" id="kspoken" aria-live="assertive">
        {spoken.value}
      </p>
    </div>
  );
}
