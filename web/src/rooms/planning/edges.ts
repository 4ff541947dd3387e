// Scrolls on while something is held at an edge of what scrolls.
const EDGE = 56;

interface Wanted {
  node: () => HTMLElement | null;
  /** What covers the left and the top: the edge begins behind it. */
  inset?: () => { left: number; top: number };
  at: () => { x: number; y: number };
  /** Told after every step. */
  each: () => void;
  across?: boolean;
  down?: boolean;
}

const push = (near: number, far: number): number =>
  near < EDGE ? -(EDGE - near) / 4 : far < EDGE ? (EDGE - far) / 4 : 0;

export function scrollAtEdges({ node, inset, at, each, across = true, down = true }: Wanted): () => void {
  let frame = 0;
  // What is taken at an edge, or comes in over one, does not scroll at once.
  let armed = false;
  const step = () => {
    frame = requestAnimationFrame(step);
    const box = node();
    if (!box) return;
    const rect = box.getBoundingClientRect();
    const { x, y } = at();
    const far =
      x < rect.left - EDGE || x > rect.right + EDGE || y < rect.top - EDGE || y > rect.bottom + EDGE;
    if (far) return;
    const covered = inset?.() ?? { left: 0, top: 0 };
    const dx = across ? push(x - rect.left - covered.left, rect.right - x) : 0;
    const dy = down ? push(y - rect.top - covered.top, rect.bottom - y) : 0;
    armed ||= !dx && !dy;
    if (!armed || (!dx && !dy)) return;
    box.scrollBy(dx, dy);
    each();
  };
  frame = requestAnimationFrame(step);
  return () => cancelAnimationFrame(frame);
}
