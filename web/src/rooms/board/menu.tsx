// The card's menu, one for the whole board: it stands over everything, whatever the column clips.
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { openTask } from "../../overlay";
import { anyCard } from "../../store/board";
import { Icon, type IconName } from "../../ui/icon";
import { Kbd } from "../../ui/parts";
import { copyLink, duplicate, liftCards, putAway, remove } from "./actions";
import { walking } from "./cells";
import { choose, focusCard, menuOpen, type Point, toggle, withSelection } from "./state";

interface Item {
  label: string;
  icon: IconName;
  keys?: string;
  danger?: boolean;
  line?: boolean;
  run: () => void;
}

function itemsFor(id: string): Item[] {
  const ids = withSelection(id);
  const one: Item[] = [
    { label: "Duplicate", icon: "copy", keys: "D", run: () => void duplicate(id) },
    { label: "Copy link", icon: "link", run: () => void copyLink(id) },
  ];
  return [
    { label: "Open", icon: "external", keys: "↵", run: () => openTask(id) },
    { label: "Move to…", icon: "right", keys: "M", line: true, run: () => choose("move", ids) },
    { label: "Assign…", icon: "agents", keys: "A", run: () => choose("assign", ids) },
    { label: "Priority…", icon: "flag", keys: "P", run: () => choose("priority", ids) },
    { label: "Sprint…", icon: "rerun", keys: "S", run: () => choose("sprint", ids) },
    { label: "Category…", icon: "tag", keys: "T", run: () => choose("category", ids) },
    ...(walking.carries
      ? [
          {
            label: "Move with the keys",
            icon: "hand" as const,
            keys: "Space",
            line: true,
            run: () => liftCards(id),
          },
        ]
      : []),
    { label: "Select", icon: "check", keys: "X", line: !walking.carries, run: () => toggle(id) },
    ...(ids.length === 1 ? one : []),
    { label: "Archive", icon: "archive", keys: "E", line: true, run: () => void putAway(ids) },
    { label: "Delete", icon: "trash", keys: "Del", danger: true, run: () => void remove(ids) },
  ];
}

function Open({ id, at }: { id: string; at: Point }) {
  const box = useRef<HTMLDivElement>(null);
  const entries = () => [...(box.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
  const close = () => {
    menuOpen.value = null;
  };

  useLayoutEffect(() => {
    const node = box.current;
    if (!node) return;
    const { offsetWidth: width, offsetHeight: height } = node;
    const left = at.end ? at.x - width : at.x;
    node.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
    node.style.top = `${Math.max(8, Math.min(at.y, innerHeight - height - 8))}px`;
    entries()[0]?.focus({ preventScroll: true });
  }, [id, at]);

  useEffect(() => {
    const outside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) close();
    };
    document.addEventListener("pointerdown", outside);
    addEventListener("resize", close);
    return () => {
      document.removeEventListener("pointerdown", outside);
      removeEventListener("resize", close);
    };
  }, []);

  const onKey = (event: KeyboardEvent) => {
    const all = entries();
    const here = all.indexOf(document.activeElement as HTMLElement);
    const move = (index: number) => all[(index + all.length) % all.length]?.focus();
    if (event.key === "Escape" || event.key === "Tab") {
      close();
      focusCard(id);
    } else if (event.key === "ArrowDown") move(here + 1);
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
      <div
        class="menu-list"
        role="menu"
        tabIndex={-1}
        aria-label={`Actions for ${anyCard(id)?.title ?? "the card"}`}
        onKeyDown={onKey}
      >
        {itemsFor(id).map((item) => (
          <button
            type="button"
            key={item.label}
            role="menuitem"
            tabIndex={-1}
            class={`menu-item${item.danger ? " danger" : ""}${item.line ? " menu-line" : ""}`}
            onClick={() => {
              close();
              focusCard(id);
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

export function CardMenu() {
  const now = menuOpen.value;
  return now && anyCard(now.id) ? <Open id={now.id} at={now.at} /> : null;
}
