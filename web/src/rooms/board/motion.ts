// Cards that change their column fly there: where one was is remembered before the change, where it is now
// is looked up after the redraw, and the way between is played as a spring.
import { onLeave } from "../../store/board";
import { focusCard } from "./state";

// A damped spring, sampled: one soft overshoot, at rest after the duration.
const SPRING =
  "linear(0, 0.063, 0.209, 0.39, 0.57, 0.727, 0.851, 0.939, 0.995, 1.025, 1.037, 1.036, 1.03, 1.021, 1.013, 1.007, 1.002, 1, 0.999, 0.999, 1)";
const MS = 420;

const still = matchMedia("(prefers-reduced-motion: reduce)");
const from = new Map<string, { left: number; top: number }>();
let planned = 0;

const nodeOf = (id: string) => document.querySelector<HTMLElement>(`[data-card="${CSS.escape(id)}"]`);

function play(): void {
  planned = 0;
  const jobs: [HTMLElement, number, number][] = [];
  for (const [id, was] of from) {
    const node = nodeOf(id);
    if (!node) continue;
    const now = node.getBoundingClientRect();
    const dx = was.left - now.left;
    const dy = was.top - now.top;
    if (Math.abs(dx) + Math.abs(dy) > 2) jobs.push([node, dx, dy]);
  }
  from.clear();
  for (const [node, dx, dy] of jobs) {
    node.animate(
      [
        { transform: `translate(${dx}px, ${dy}px)`, zIndex: 5 },
        { transform: "none", zIndex: 5 },
      ],
      {
        duration: MS,
        easing: SPRING,
      },
    );
  }
}

function plan(): void {
  if (planned) return;
  // After the redraw, which comes in a microtask, and before the next frame is painted.
  planned = requestAnimationFrame(play);
}

/** The next redraw shows this card flying in from a point of the screen: where it was let go. */
export function flyFrom(id: string, left: number, top: number): void {
  if (still.matches || document.hidden) return;
  from.set(id, { left, top });
  plan();
}

/** Cards that go to another column fly there, and take the focus with them. */
export function followMoves(): () => void {
  return onLeave((id, _column, to) => {
    const node = nodeOf(id);
    if (to !== null && node?.contains(document.activeElement)) focusCard(id);
    if (to === null || still.matches || document.hidden || from.has(id) || !node) return;
    const { left, top } = node.getBoundingClientRect();
    from.set(id, { left, top });
    plan();
  });
}
