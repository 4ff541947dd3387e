import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icon";

export interface MenuItem {
  label: string;
  run: () => void;
  icon?: IconName;
  hint?: string;
  checked?: boolean;
  danger?: boolean;
  disabled?: boolean;
}

interface Props {
  label: string;
  class?: string;
  button: ComponentChildren;
  items: MenuItem[];
  head?: ComponentChildren;
  align?: "start" | "end";
  up?: boolean;
}

/** A menu button: arrows, Home, End and first letters move; Escape closes and gives focus back. */
export function Menu({
  label,
  class: name = "btn",
  button,
  items,
  head,
  align = "start",
  up = false,
}: Props) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  const id = useId();

  const entries = () => [
    ...(list.current?.querySelectorAll<HTMLElement>("[role^=menuitem]:not([disabled])") ?? []),
  ];
  const close = (refocus: boolean) => {
    setOpen(false);
    if (refocus) trigger.current?.focus();
  };

  useLayoutEffect(() => {
    if (!open) return;
    const box = list.current;
    if (box) {
      // Never wider than the screen, whatever edge the button stands at.
      const rect = box.getBoundingClientRect();
      const over = rect.right - (innerWidth - 8);
      if (over > 0) box.style.translate = `${-over}px 0`;
      else if (rect.left < 8) box.style.translate = `${8 - rect.left}px 0`;
    }
    (entries().find((each) => each.getAttribute("aria-checked") === "true") ?? entries()[0])?.focus();
  }, [open]);

  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) close(false);
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, [open]);

  const onKey = (event: KeyboardEvent) => {
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const move = (index: number) => all[(index + all.length) % all.length]?.focus();
    if (event.key === "Escape") close(true);
    else if (event.key === "ArrowDown") move(at + 1);
    else if (event.key === "ArrowUp") move(at - 1);
    else if (event.key === "Home") move(0);
    else if (event.key === "End") move(-1);
    else if (event.key.length === 1 && event.key !== " ") {
      const letter = event.key.toLowerCase();
      const rest = [...all.slice(at + 1), ...all.slice(0, at + 1)];
      rest.find((each) => each.textContent?.trim().toLowerCase().startsWith(letter))?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div class="menu" ref={root}>
      <button
        type="button"
        ref={trigger}
        class={name}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown" && !open) {
            event.preventDefault();
            setOpen(true);
          }
        }}
      >
        {button}
      </button>
      {open && (
        <div class={`menu-pop menu-${align}${up ? " menu-up" : ""}`}>
          {head}
          <div
            id={id}
            ref={list}
            role="menu"
            tabIndex={-1}
            aria-label={label}
            class="menu-list"
            onKeyDown={onKey}
          >
            {items.map((item) => (
              <button
                type="button"
                key={item.label}
                role={item.checked === undefined ? "menuitem" : "menuitemradio"}
                {...(item.checked === undefined ? {} : { "aria-checked": item.checked })}
                disabled={item.disabled}
                tabIndex={-1}
                class={item.danger ? "menu-item danger" : "menu-item"}
                onClick={() => {
                  close(true);
                  item.run();
                }}
              >
                {item.icon && <Icon name={item.icon} size={15} />}
                <span class="menu-label">{item.label}</span>
                {item.hint && <span class="menu-hint">{item.hint}</span>}
                {item.checked && <Icon name="check" size={14} />}
              </button>
            ))}
          </div>
        </div>
      )}
    </div>
  );
}
