// A text field that offers words while one types: mentions, categories, whatever the caller knows.
import "../styles/writing.css";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useImperativeHandle, useLayoutEffect, useRef, useState } from "preact/hooks";

export interface Offer {
  insert: string;
  label: string;
  hint: string;
  mark?: string;
}

export interface Completion {
  from: number;
  to: number;
  offers: Offer[];
}

export interface CompletingHandle {
  node: HTMLTextAreaElement | null;
  /** Puts a text in as if it had been typed: the browser's own undo knows it. */
  edit: (edit: { from: number; to: number; insert: string; select: [number, number] }) => void;
}

interface Props {
  id?: string;
  class?: string;
  label: string;
  value: string;
  placeholder?: string;
  rows?: number;
  autofocus?: boolean;
  describedBy?: string;
  invalid?: boolean;
  maxLength?: number;
  complete?: ((text: string, caret: number) => Completion | null) | undefined;
  onInput: (value: string) => void;
  onKeyDown?: (event: KeyboardEvent) => void;
  onPaste?: (event: ClipboardEvent) => void;
  onBlur?: (event: FocusEvent) => void;
  onFocus?: () => void;
  handle?: { current: CompletingHandle | null };
  children?: ComponentChildren;
}

/** The height of a line and a little air, when the list stands above it. */
const LINE = 28;

/** Where the caret stands in the field, found by setting the same text in a copy of it. */
function caretPoint(node: HTMLTextAreaElement, at: number): { left: number; top: number } {
  const copy = document.createElement("div");
  const style = getComputedStyle(node);
  for (const name of ["font", "letterSpacing", "lineHeight", "padding", "border", "boxSizing"] as const) {
    copy.style[name] = style[name];
  }
  Object.assign(copy.style, {
    position: "absolute",
    visibility: "hidden",
    whiteSpace: "pre-wrap",
    overflowWrap: "break-word",
    width: `${node.offsetWidth}px`,
  });
  copy.textContent = node.value.slice(0, at);
  const mark = document.createElement("span");
  mark.textContent = "\u200b";
  copy.append(mark);
  node.parentElement?.append(copy);
  const point = { left: mark.offsetLeft, top: mark.offsetTop + mark.offsetHeight - node.scrollTop };
  copy.remove();
  return point;
}

/** Grows with its text, so that nobody scrolls in a box of three lines. */
function fit(node: HTMLTextAreaElement): void {
  if (CSS.supports("field-sizing", "content")) return;
  node.style.height = "auto";
  node.style.height = `${node.scrollHeight + 2}px`;
}

export function Completing(props: Props) {
  const node = useRef<HTMLTextAreaElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [found, setFound] = useState<Completion | null>(null);
  const [at, setAt] = useState(0);
  const [point, setPoint] = useState({ left: 0, top: 0 });
  const id = useId();

  const look = () => {
    const field = node.current;
    if (!field || !props.complete) return;
    const caret = field.selectionStart;
    const next = field.selectionEnd === caret ? props.complete(field.value, caret) : null;
    setFound(next);
    setAt(0);
    if (next) setPoint(caretPoint(field, next.from));
  };

  const edit: CompletingHandle["edit"] = ({ from, to, insert, select }) => {
    const field = node.current;
    if (!field) return;
    field.focus();
    field.setSelectionRange(from, to);
    // Deprecated, and still the only way that keeps the browser's undo.
    const typed = insert
      ? document.execCommand("insertText", false, insert)
      : from === to || document.execCommand("delete");
    if (!typed) {
      field.setRangeText(insert, from, to, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    field.setSelectionRange(select[0], select[1]);
  };
  const choose = (offer: Offer | undefined) => {
    const field = node.current;
    if (!offer || !found || !field) return;
    // A sign that waits for more, such as `#`, gets no space after it.
    const open = /[#:@]$/.test(offer.insert);
    const space = open || field.value[found.to] === " " ? "" : " ";
    const insert = offer.insert + space;
    const caret = found.from + insert.length + (open || space ? 0 : 1);
    edit({ from: found.from, to: found.to, insert, select: [caret, caret] });
    setFound(null);
  };

  useImperativeHandle(props.handle ?? null, () => ({ node: node.current, edit }));
  useLayoutEffect(() => {
    if (node.current) fit(node.current);
  }, [props.value]);
  // In the top layer, where no scrolling box cuts it off; above the line where there is no room below.
  useLayoutEffect(() => {
    const box = list.current;
    const field = node.current?.getBoundingClientRect();
    if (!found || !box || !field) return;
    if (!box.matches(":popover-open")) box.showPopover?.();
    const line = field.top + point.top;
    const below = line + 4 + box.offsetHeight < innerHeight - 8;
    const left = Math.min(field.left + point.left, innerWidth - box.offsetWidth - 8);
    box.style.left = `${Math.max(8, left)}px`;
    box.style.top = `${Math.max(8, below ? line + 4 : line - LINE - box.offsetHeight)}px`;
  }, [found, point]);
  useEffect(() => {
    if (!props.autofocus) return;
    const field = node.current;
    field?.focus();
    field?.setSelectionRange(field.value.length, field.value.length);
  }, []);

  const onKey = (event: KeyboardEvent) => {
    if (found && !event.isComposing) {
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      if (step) {
        const next = (at + step + found.offers.length) % found.offers.length;
        setAt(next);
        list.current?.children[next]?.scrollIntoView({ block: "nearest" });
      } else if ((event.key === "Enter" && !event.metaKey && !event.ctrlKey) || event.key === "Tab") {
        choose(found.offers[at]);
      } else if (event.key === "Escape") setFound(null);
      else return props.onKeyDown?.(event);
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    props.onKeyDown?.(event);
  };

  return (
    <div class="completing">
      <textarea
        ref={node}
        id={props.id}
        class={props.class ?? "input"}
        rows={props.rows ?? 1}
        value={props.value}
        placeholder={props.placeholder}
        maxLength={props.maxLength}
        aria-label={props.label}
        aria-autocomplete={props.complete ? "list" : undefined}
        aria-controls={found ? id : undefined}
        aria-activedescendant={found ? `${id}-${at}` : undefined}
        aria-describedby={props.describedBy}
        aria-invalid={props.invalid || undefined}
        onInput={(event) => {
          fit(event.currentTarget);
          props.onInput(event.currentTarget.value);
          look();
        }}
        onKeyDown={onKey}
        onKeyUp={(event) => /^(Arrow(Left|Right)|Home|End)$/.test(event.key) && look()}
        onClick={look}
        onPaste={props.onPaste}
        onFocus={props.onFocus}
        onBlur={(event) => {
          setFound(null);
          props.onBlur?.(event);
        }}
      />
      {found && (
        <div
          ref={list}
          id={id}
          role="listbox"
          aria-label={`Offers for ${props.label}`}
          class="completing-list"
          popover="manual"
        >
          {found.offers.map((offer, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard is in the field, which owns this list.
            <div
              key={offer.insert}
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              class="completing-item"
              // The field keeps the focus: a press on an offer must not take it.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => choose(offer)}
              onPointerMove={() => setAt(index)}
            >
              <span class="completing-mark" aria-hidden="true">
                {offer.mark ?? offer.insert[0]}
              </span>
              <span class="completing-label">{offer.label}</span>
              <span class="completing-hint">{offer.hint}</span>
            </div>
          ))}
        </div>
      )}
      <span class="sr-only" role="status">
        {found ? `${found.offers.length} offered, ${found.offers[at]?.label} chosen` : ""}
      </span>
      {props.children}
    </div>
  );
}
