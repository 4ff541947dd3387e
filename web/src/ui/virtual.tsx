// Draws only what is in sight. Heights are guessed first and measured when drawn, so rows may be of any
// height and may grow when opened; what the reader looks at does not jump when rows above change.
import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useReducer, useRef } from "preact/hooks";

interface Props<T> {
  items: readonly T[];
  /** Changes whenever the items do; the list itself may be grown in place. */
  stamp: number | string;
  keyOf: (item: T) => string | number;
  guess: (item: T) => number;
  row: (item: T) => VNode;
  follow: boolean;
  onFollow: (follow: boolean) => void;
  label: string;
}

const MARGIN = 400;
const AT_END = 28;

class Heights {
  private known = new Map<string, number>();
  private laid: number | string | null = null;
  starts: Float64Array = new Float64Array(1);
  total = 0;

  set(key: string, height: number): boolean {
    if (Math.abs((this.known.get(key) ?? -1) - height) < 0.5) return false;
    this.known.set(key, height);
    this.laid = null;
    return true;
  }

  lay<T>(
    items: readonly T[],
    stamp: number | string,
    keyOf: (item: T) => string | number,
    guess: (item: T) => number,
  ) {
    if (this.laid === stamp) return;
    this.laid = stamp;
    if (this.starts.length <= items.length) this.starts = new Float64Array(items.length * 2 + 16);
    let at = 0;
    items.forEach((item, index) => {
      this.starts[index] = at;
      at += this.known.get(String(keyOf(item))) ?? guess(item);
    });
    this.starts[items.length] = at;
    this.total = at;
  }

  indexAt(offset: number, length: number): number {
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.starts[middle + 1] ?? 0) > offset) high = middle;
      else low = middle + 1;
    }
    return Math.min(low, Math.max(0, length - 1));
  }
}

export function VirtualList<T>({ items, stamp, keyOf, guess, row, follow, onFollow, label }: Props<T>) {
  const box = useRef<HTMLDivElement>(null);
  const heights = useRef(new Heights()).current;
  const observer = useRef<ResizeObserver | null>(null);
  const following = useRef(follow);
  const seen = useRef({ top: 0, height: 0 });
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  following.current = follow;

  heights.lay(items, stamp, keyOf, guess);
  const top = box.current?.scrollTop ?? 0;
  const view = box.current?.clientHeight ?? 800;
  const first = heights.indexAt(Math.max(0, top - MARGIN), items.length);
  const last = Math.min(items.length, heights.indexAt(top + view + MARGIN, items.length) + 1);

  const toEnd = () => {
    const node = box.current;
    if (node) node.scrollTop = node.scrollHeight;
  };

  useEffect(() => {
    observer.current = new ResizeObserver((entries) => {
      const node = box.current;
      if (!node) return;
      let above = 0;
      let changed = false;
      for (const entry of entries) {
        const element = entry.target as HTMLElement;
        if (!element.isConnected) continue;
        const height = element.offsetHeight;
        const before = Number(element.dataset.height ?? 0);
        if (!heights.set(element.dataset.key ?? "", height)) continue;
        changed = true;
        if (Number(element.dataset.start) + before <= node.scrollTop) above += height - before;
      }
      if (!changed) return;
      if (above !== 0 && !following.current) node.scrollTop += above;
      redraw(0);
    });
    const resized = new ResizeObserver(() => redraw(0));
    if (box.current) resized.observe(box.current);
    return () => {
      observer.current?.disconnect();
      resized.disconnect();
    };
  }, []);

  useLayoutEffect(() => {
    if (follow) toEnd();
  });
  useLayoutEffect(() => {
    if (!follow) redraw(0);
  }, [stamp]);

  const lookBack = () => {
    if (following.current) onFollow(false);
  };
  const onScroll = () => {
    const node = box.current;
    if (!node) return;
    const end = node.scrollHeight - node.scrollTop - node.clientHeight < AT_END;
    const back = node.scrollTop < seen.current.top - 4 && node.scrollHeight >= seen.current.height;
    seen.current = { top: node.scrollTop, height: node.scrollHeight };
    if (end && !following.current) onFollow(true);
    else if (back && !end) lookBack();
    redraw(0);
  };
  return (
    <div
      class="virtual"
      ref={box}
      role="log"
      aria-label={label}
      aria-live="off"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable to be scrolled by keys.
      tabIndex={0}
      onScroll={onScroll}
      onWheel={(event) => event.deltaY < 0 && lookBack()}
      onTouchMove={lookBack}
      onKeyDown={(event) => ["ArrowUp", "PageUp", "Home"].includes(event.key) && lookBack()}
    >
      <div class="virtual-space" style={{ height: `${heights.total}px` }}>
        {items.slice(first, last).map((item, index) => {
          const key = String(keyOf(item));
          const start = heights.starts[first + index] ?? 0;
          const height = (heights.starts[first + index + 1] ?? 0) - start;
          return (
            <Measured key={key} id={key} start={start} height={height} observer={observer}>
              {row(item)}
            </Measured>
          );
        })}
      </div>
    </div>
  );
}

interface MeasuredProps {
  id: string;
  start: number;
  height: number;
  observer: { current: ResizeObserver | null };
  children: VNode;
}

function Measured({ id, start, height, observer, children }: MeasuredProps) {
  const node = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = node.current;
    if (!element) return;
    observer.current?.observe(element);
    return () => observer.current?.unobserve(element);
  }, []);
  return (
    <div
      ref={node}
      class="virtual-row"
      data-key={id}
      data-start={start}
      data-height={height}
      style={{ transform: `translateY(${start}px)` }}
    >
      {children}
    </div>
  );
}
