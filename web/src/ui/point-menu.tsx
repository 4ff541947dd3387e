// A menu at a point of the screen, over everything: for what is asked by right click, long press or a key.
import "../styles/board-more.css";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Icon, type IconName } from "./icon";
import { Kbd } from "./parts";

export interface Point {
  x: number;
  y: number;
  /** The point is the right edge. */
  end?: boolean;
}

export interface PointItem {
  label: string;
  icon: IconName;
  keys?: string;
  danger?: boolean;
  /** A line stands above it. */
  line?: boolean;
  off?: boolean;
  run: () => void;
}

interface Props {
  label: string;
  at: Point;
  items: PointItem[];
  /** `back`: the focus belongs where it was, because nothing was pressed elsewhere. */
  onClose: (back: boolean) => void;
}

export function PointMenu({ label, at, items, onClose }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const entries = () => [
    ...(box.current?.querySelectorAll<HTMLElement>("[role=menuitem]:not([disabled])") ?? []),
  ];

  useLayoutEffect(() => {
    const node = box.current;
    if (!node) return;
    const { offsetWidth: width, offsetHeight: height } = node;
    const left = at.end ? at.x - width : at.x;
    node.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
    node.style.top = `${Math.max(8, Math.min(at.y, innerHeight - height - 8))}px`;
    entries()[0]?.focus({ preventScroll: true });
  }, [at]);

  useEffect(() => {
    const outside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) onClose(false);
    };
    const resized = () => onClose(false);
    document.addEventListener("pointerdown", outside);
    addEventListener("resize", resized);
    return () => {
      document.removeEventListener("pointerdown", outside);
      removeEventListener("resize", resized);
    };
  }, []);

  const onKey = (event: KeyboardEvent) => {
    const all = entries();
    const here = all.indexOf(document.activeElement as HTMLElement);
    const move = (index: number) => all[(index + all.length) % all.length]?.focus();
    if (event.key === "Escape" || event.key === "Tab") onClose(true);
    else if (event.key === "ArrowDown") move(here + 1);
    else if (event.key === "ArrowUp") move(here - 1);
    else if (event.key === "Home") move(0);
    else if (event.key === "End") move(-1);
    else if (event.key.length === 1 && event.key !== " ") {
      const letter = event.key.toLowerCase();
      const rest = [...all.slice(here + 1), ...all.slice(0, here + 1)];
      rest.find((each) => each.textContent?.trim().toLowerCase().startsWith(letter))?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div class="menu-pop kmenu" ref={box}>
      <div class="menu-list" role="menu" tabIndex={-1} aria-label={label} onKeyDown={onKey}>
        {items.map((item) => (
          <button
            type="button"
            key={item.label}
            role="menuitem"
            tabIndex={-1}
            disabled={item.off}
            class={`menu-item${item.danger ? " danger" : ""}${item.line ? " menu-line" : ""}`}
            onClick={() => {
              onClose(true);
              item.run();
            }}
          >
            <Icon name={item.icon} size={15} />
            <span class="menu-label">{item.label}</span>
            {item.keys && <Kbd keys={item.keys} />}
          </button>
        ))}
      </div>
    </div>
  );
}
