// Dragging by pointer and by touch, on the browser's own drag and drop.

import { combine } from "@atlaskit/pragmatic-drag-and-drop/combine";
import {
  draggable,
  dropTargetForElements,
  monitorForElements,
} from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { setCustomNativeDragPreview } from "@atlaskit/pragmatic-drag-and-drop/element/set-custom-native-drag-preview";
import { autoScrollForElements } from "@atlaskit/pragmatic-drag-and-drop-auto-scroll/element";
import { dropCards } from "./actions";
import { cellAt, indexAt } from "./cells";
import { cellKey, cellParts } from "./lanes";
import { flyFrom } from "./motion";
import { mayGo } from "./rules";
import { active, dragging, gap, say, select, selected, withSelection } from "./state";

interface Held {
  [key: string | symbol]: unknown;
  kind: "card";
  id: string;
  ids: string[];
  height: number;
  dx: number;
  dy: number;
}

const held = (data: Record<string | symbol, unknown>): Held | null =>
  data.kind === "card" ? (data as Held) : null;

function preview(node: HTMLElement, count: number, container: HTMLElement): void {
  const copy = node.cloneNode(true) as HTMLElement;
  copy.removeAttribute("data-card");
  copy.classList.add("kcard-preview");
  copy.style.width = `${node.offsetWidth}px`;
  if (count > 1) {
    copy.classList.add("kcard-many");
    const badge = document.createElement("span");
    badge.className = "kcard-count";
    badge.textContent = String(count);
    copy.append(badge);
  }
  container.append(copy);
}

export function dragCard(node: HTMLElement, id: string): () => void {
  return draggable({
    element: node,
    getInitialData: ({ input }) => {
      const rect = node.getBoundingClientRect();
      const ids = withSelection(id);
      return {
        kind: "card",
        id,
        ids,
        height: rect.height + 8,
        dx: input.clientX - rect.left,
        dy: input.clientY - rect.top,
      } satisfies Held;
    },
    onGenerateDragPreview: ({ nativeSetDragImage, location, source }) => {
      setCustomNativeDragPreview({
        nativeSetDragImage,
        // The picture hangs where the card was taken.
        getOffset: () => {
          const rect = node.getBoundingClientRect();
          const { clientX, clientY } = location.current.input;
          return { x: clientX - rect.x, y: clientY - rect.y };
        },
        render: ({ container }) => preview(node, held(source.data)?.ids.length ?? 1, container),
      });
    },
  });
}

export function dropInto(node: HTMLElement, column: string, lane: string): () => void {
  return dropTargetForElements({
    element: node,
    canDrop: ({ source }) => held(source.data) !== null,
    getData: () => ({ cell: cellKey(column, lane) }),
    getIsSticky: () => true,
  });
}

export const scrollWhileDragging = (node: HTMLElement): (() => void) =>
  autoScrollForElements({ element: node, canScroll: ({ source }) => held(source.data) !== null });

/** Keeps the gap where the pointer is and puts the cards there when they are let go. */
export function watchDrags(): () => void {
  const look = (data: Held, cell: string | null, y: number) => {
    const found = cell === null ? undefined : cellAt(cell);
    if (cell === null) {
      gap.value = null;
      return;
    }
    const now = gap.peek();
    const here = now?.cell === cell ? now : null;
    const index = found ? indexAt(found, y, here?.index ?? -1, data.height) : 0;
    if (here && here.index === index) return;
    const allowed = mayGo(data.ids, cellParts(cell).column);
    gap.value = { cell, index, height: data.height, allowed };
  };
  return combine(
    monitorForElements({
      canMonitor: ({ source }) => held(source.data) !== null,
      onDragStart: ({ source, location }) => {
        const data = held(source.data);
        if (!data) return;
        if (!selected.peek().has(data.id)) select([]);
        active.value = data.id;
        dragging.value = new Set(data.ids);
        const cell = location.current.dropTargets[0]?.data.cell;
        look(data, typeof cell === "string" ? cell : null, location.current.input.clientY);
      },
      onDrag: ({ source, location }) => {
        const data = held(source.data);
        const cell = location.current.dropTargets[0]?.data.cell;
        if (data) look(data, typeof cell === "string" ? cell : null, location.current.input.clientY);
      },
      onDrop: ({ source, location }) => {
        const data = held(source.data);
        // A quick hand lets go before the last step of its way has been drawn.
        const last = location.current.dropTargets[0]?.data.cell;
        if (data) look(data, typeof last === "string" ? last : null, location.current.input.clientY);
        const at = gap.peek();
        const target = at ? cellAt(at.cell) : undefined;
        const ids = target?.ids ?? [];
        gap.value = null;
        dragging.value = null;
        if (!data || !at || location.current.dropTargets.length === 0) {
          say("Not moved.");
          return;
        }
        const { column, lane } = cellParts(at.cell);
        const { clientX, clientY } = location.current.input;
        for (const id of data.ids) flyFrom(id, clientX - data.dx, clientY - data.dy);
        const to = { column, lane, above: ids[at.index - 1] ?? null, below: ids[at.index] ?? null };
        void dropCards(data.ids, to);
      },
    }),
  );
}
