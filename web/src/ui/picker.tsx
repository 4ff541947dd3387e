// A button that shows what is chosen and opens a list one can search by typing. One choice or several.
import "../styles/picker.css";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icon";

export interface Choice {
  value: string;
  label: string;
  hint?: string;
  /** An emoji, or nothing. */
  mark?: string;
  color?: string;
}

interface Props {
  label: string;
  button: ComponentChildren;
  class?: string;
  chosen: readonly string[];
  choices?: Choice[];
  /** Asked while typing, for more than one would list. */
  search?: (query: string, signal: AbortSignal) => Promise<Choice[]>;
  several?: boolean;
  /** The words of the choice of nothing; without them something must be chosen. */
  none?: string;
  /** What is typed and not there can be made. */
  make?: (text: string) => Choice | null;
  placeholder?: string;
  /** Shown below the list for the choice the cursor is on. */
  foot?: (value: string | null) => ComponentChildren;
  onChoose: (values: string[]) => void;
  disabled?: boolean;
  /** The list stands open from the first. */
  opened?: boolean;
  onClose?: () => void;
}

const NONE: Choice = { value: "", label: "" };
const FILTER_FROM = 7;
const TYPING_MS = 700;

function matches(choice: Choice, query: string): boolean {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${choice.label} ${choice.hint ?? ""} ${choice.value}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

export function Mark({ choice }: { choice: Pick<Choice, "mark" | "color"> }) {
  if (choice.mark) {
    return (
      <span class="mark-emoji" aria-hidden="true">
        {choice.mark}
      </span>
    );
  }
  if (!choice.color) return null;
  return <span class="swatch" style={{ background: choice.color }} aria-hidden="true" />;
}

export function Picker(props: Props) {
  const [open, setOpen] = useState(props.opened ?? false);
  const trigger = useRef<HTMLButtonElement>(null);
  const close = (refocus: boolean) => {
    setOpen(false);
    if (refocus) trigger.current?.focus();
    props.onClose?.();
  };
  return (
    <>
      <button
        type="button"
        ref={trigger}
        class={props.class ?? "picker"}
        aria-label={props.label}
        aria-haspopup="listbox"
        aria-expanded={open}
        disabled={props.disabled}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" || open) return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        {props.button}
      </button>
      {open && <List {...props} anchor={trigger} close={close} />}
    </>
  );
}

interface ListProps extends Props {
  anchor: { current: HTMLElement | null };
  close: (refocus: boolean) => void;
}

function useFound(props: ListProps, query: string): { found: Choice[]; busy: boolean } {
  const [asked, setAsked] = useState<Choice[]>([]);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (!props.search) return;
    const stop = new AbortController();
    setBusy(true);
    const timer = window.setTimeout(
      () => {
        props.search?.(query, stop.signal).then(
          (found) => {
            setAsked(found);
            setBusy(false);
          },
          () => setBusy(false),
        );
      },
      query ? 140 : 0,
    );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [query]);
  const list = props.search ? asked : (props.choices ?? []).filter((each) => matches(each, query));
  const none = props.none !== undefined && !query ? [{ ...NONE, label: props.none }] : [];
  const text = query.trim();
  const made =
    text && !list.some((each) => each.label.toLowerCase() === text.toLowerCase()) ? props.make?.(text) : null;
  return { found: [...none, ...list, ...(made ? [made] : [])], busy };
}

/** Letters typed one after the other look for a name that begins so; the same letter again goes on. */
class Typed {
  private text = "";
  private at = 0;

  find(letter: string, list: readonly Choice[], from: number): number {
    const now = performance.now();
    const again = now - this.at > TYPING_MS || this.text === letter.toLowerCase();
    this.text = again ? letter.toLowerCase() : this.text + letter.toLowerCase();
    this.at = now;
    const start = again ? from + 1 : from;
    for (let step = 0; step < list.length; step++) {
      const index = (start + step) % list.length;
      if (list[index]?.label.toLowerCase().startsWith(this.text)) return index;
    }
    return -1;
  }
}

/** In the top layer, at its button; above it where there is no room below. */
export function usePlace(
  anchor: { current: HTMLElement | null },
  box: { current: HTMLElement | null },
  stamp: unknown,
): void {
  useLayoutEffect(() => {
    const node = box.current;
    const from = anchor.current?.getBoundingClientRect();
    if (!node || !from) return;
    if (!node.matches(":popover-open")) node.showPopover?.();
    const { offsetWidth: width, offsetHeight: height } = node;
    const below = innerHeight - from.bottom - 12;
    const up = height > below && from.top > below;
    node.style.left = `${Math.max(8, Math.min(from.left, innerWidth - width - 8))}px`;
    node.style.top = `${Math.max(8, up ? from.top - height - 5 : Math.min(from.bottom + 5, innerHeight - height - 8))}px`;
  }, [stamp]);
}

function List(props: ListProps) {
  const { chosen, several, anchor, close } = props;
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(-1);
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const begun = useRef(new Typed());
  const id = useId();
  const { found, busy } = useFound(props, query);
  const typed = props.search !== undefined || props.make !== undefined;
  const filters = typed || (props.choices?.length ?? 0) >= FILTER_FROM;
  const first = Math.max(
    0,
    query ? 0 : found.findIndex((each) => (each.value ? chosen.includes(each.value) : chosen.length === 0)),
  );
  const current = Math.min(at < 0 ? first : at, found.length - 1);
  const under = found[current];
  usePlace(anchor, box, `${found.length}:${query}`);

  // Before the next key: what somebody types right after opening belongs in here.
  useLayoutEffect(() => {
    (box.current?.querySelector<HTMLElement>("input") ?? list.current)?.focus();
    list.current?.children[current]?.scrollIntoView({ block: "nearest" });
  }, []);
  useEffect(() => {
    const outside = (event: Event) => {
      const target = event.target as Node;
      if (!box.current?.contains(target) && !anchor.current?.contains(target)) close(false);
    };
    const moved = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) close(false);
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    document.addEventListener("scroll", moved, true);
    addEventListener("resize", moved);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
      document.removeEventListener("scroll", moved, true);
      removeEventListener("resize", moved);
    };
  }, []);

  const choose = (choice: Choice | undefined) => {
    if (!choice) return;
    if (!several || !choice.value) {
      close(true);
      props.onChoose(choice.value ? [choice.value] : []);
      return;
    }
    const has = chosen.includes(choice.value);
    props.onChoose(has ? chosen.filter((each) => each !== choice.value) : [...chosen, choice.value]);
    setQuery("");
    setAt(-1);
  };

  const onKey = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key] ?? 0;
    if (step && found.length > 0) {
      const next = (current + step + found.length) % found.length;
      setAt(next);
      list.current?.children[next]?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Home" && !filters) setAt(0);
    else if (event.key === "End" && !filters) setAt(found.length - 1);
    else if (event.key === "Enter" || (event.key === " " && !filters)) choose(under);
    else if (event.key === "Escape" || event.key === "Tab") close(true);
    else if (!filters && event.key.length === 1 && !event.metaKey && !event.ctrlKey) {
      const hit = begun.current.find(event.key, found, current);
      if (hit >= 0) setAt(hit);
    } else return;
    // Nothing behind the list hears of its keys: Escape closes the list, not the page's panel.
    event.stopPropagation();
    if (event.key !== "Tab") event.preventDefault();
  };

  const option = under ? `${id}-${current}` : undefined;
  const foot = under && props.foot?.(under.value || null);
  return (
    <section ref={box} class="picker-pop" popover="manual" aria-label={props.label} onKeyDown={onKey}>
      {filters && (
        <label class="picker-find">
          <Icon name="search" size={14} />
          <input
            type="text"
            role="combobox"
            aria-label={`Search: ${props.label}`}
            aria-expanded="true"
            aria-controls={id}
            aria-autocomplete="list"
            aria-activedescendant={option}
            placeholder={props.placeholder ?? "Search"}
            autocomplete="off"
            spellcheck={false}
            value={query}
            onInput={(event) => {
              setQuery(event.currentTarget.value);
              setAt(-1);
            }}
          />
        </label>
      )}
      <div
        ref={list}
        id={id}
        role="listbox"
        class="picker-list"
        aria-label={props.label}
        aria-multiselectable={several || undefined}
        {...(filters ? {} : { tabIndex: 0, "aria-activedescendant": option })}
      >
        {found.map((choice, index) => {
          const on = choice.value ? chosen.includes(choice.value) : chosen.length === 0;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the list hears the keys for its options.
            <div
              key={choice.value}
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={on}
              class={index === current ? "picker-item picker-at" : "picker-item"}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => choose(choice)}
              onPointerMove={() => index !== current && setAt(index)}
            >
              <Mark choice={choice} />
              <span class={choice.value ? "picker-label" : "picker-label faint"}>{choice.label}</span>
              {choice.hint && <span class="picker-hint">{choice.hint}</span>}
              {on && <Icon name="check" size={14} />}
            </div>
          );
        })}
      </div>
      {found.length === 0 && (
        <p class="picker-none" role="status">
          {busy ? "Looking…" : query ? "Nothing fits" : "Nothing to choose from yet"}
        </p>
      )}
      {foot && <div class="picker-foot">{foot}</div>}
    </section>
  );
}
