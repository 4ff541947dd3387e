// Taking hold of something and moving it: at once with a mouse or a pen, after a long press with a finger, so
// that a finger can still scroll.

const LONG_MS = 340;
const SLOP_MOUSE = 4;
const SLOP_TOUCH = 9;

interface Holding {
  /** It is held from now on. */
  start: () => void;
  move: (x: number, y: number) => void;
  /** Let go; `moved` is false where a long press went nowhere. */
  end: (x: number, y: number, moved: boolean) => void;
  /** Escape, or the browser took the pointer away. */
  cancel: () => void;
}

let held = false;

/** The click that ends a drag is not meant as one. */
function swallowClick(): void {
  const swallow = (event: Event) => {
    event.stopPropagation();
    event.preventDefault();
  };
  addEventListener("click", swallow, { capture: true, once: true });
  window.setTimeout(() => removeEventListener("click", swallow, { capture: true }), 60);
}

export function hold(event: PointerEvent, holding: Holding): void {
  if (event.button !== 0 || event.ctrlKey || held) return;
  const touch = event.pointerType === "touch";
  const from = { x: event.clientX, y: event.clientY };
  let on = false;
  let moved = false;
  let timer = 0;
  const begin = () => {
    on = true;
    held = true;
    document.documentElement.classList.add("is-holding");
    if (touch) navigator.vibrate?.(10);
    holding.start();
  };
  const stop = () => {
    clearTimeout(timer);
    held = false;
    document.documentElement.classList.remove("is-holding");
    for (const [name, listener] of listeners) removeEventListener(name, listener, true);
  };
  const give = () => {
    if (on) holding.cancel();
    stop();
  };
  const onMove = (next: PointerEvent) => {
    if (next.pointerId !== event.pointerId) return;
    const far = Math.hypot(next.clientX - from.x, next.clientY - from.y);
    if (!on && far < (touch ? SLOP_TOUCH : SLOP_MOUSE)) return;
    if (!on && touch) {
      stop();
      return;
    }
    if (!on) begin();
    moved ||= far >= SLOP_MOUSE;
    holding.move(next.clientX, next.clientY);
  };
  const onUp = (next: PointerEvent) => {
    if (next.pointerId !== event.pointerId) return;
    stop();
    if (!on) return;
    swallowClick();
    holding.end(next.clientX, next.clientY, moved);
  };
  const onKey = (key: KeyboardEvent) => {
    if (!on || key.key !== "Escape") return;
    key.preventDefault();
    key.stopPropagation();
    addEventListener("pointerup", swallowClick, { capture: true, once: true });
    give();
  };
  // A long press would open the browser's own menu.
  const onMenu = (menu: Event) => {
    if (touch) menu.preventDefault();
  };
  const listeners: [string, EventListener][] = [
    ["pointermove", onMove as EventListener],
    ["pointerup", onUp as EventListener],
    ["pointercancel", give],
    ["keydown", onKey as EventListener],
    ["contextmenu", onMenu],
  ];
  for (const [name, listener] of listeners) addEventListener(name, listener, true);
  if (touch) timer = window.setTimeout(begin, LONG_MS);
}

/** Inside this element a finger that holds something does not scroll. */
export function keepStill(node: HTMLElement): () => void {
  const onTouch = (event: TouchEvent) => {
    if (held) event.preventDefault();
  };
  node.addEventListener("touchmove", onTouch, { passive: false });
  return () => node.removeEventListener("touchmove", onTouch);
}
