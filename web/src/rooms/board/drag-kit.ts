// Dragging comes after the first paint: a board can be read before it can be dragged.
import { signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";

type Kit = typeof import("./drag");

const kit = signal<Kit | null>(null);

export function fetchDragKit(): void {
  if (kit.peek()) return;
  void import("./drag").then((module) => {
    kit.value = module;
  });
}

/** Ties an element to the drag kit once that is here, and unties it when it goes. */
export function useDrag(
  node: RefObject<HTMLElement | null>,
  tie: (kit: Kit, element: HTMLElement) => () => void,
  inputs: unknown[],
): void {
  const now = kit.value;
  useEffect(() => (now && node.current ? tie(now, node.current) : undefined), [now, ...inputs]);
}

/** For what is not about an element. */
export function useDragKit(tie: (kit: Kit) => () => void): void {
  const now = kit.value;
  useEffect(() => (now ? tie(now) : undefined), [now]);
}
