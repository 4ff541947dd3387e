// What a custom field is asked, as a sentence on a button; pressed, it opens the fields it is written in.
import "../../styles/field-ask.css";
import type { TargetedInputEvent } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { params, withParams } from "../../router";
import { Icon } from "../../ui/icon";
import { Segmented } from "../../ui/parts";
import { usePlace } from "../../ui/picker";
import { type Ask, type Asked, type AskKind, NOTHING } from "./field-filters";
import type { Filter } from "./filters";

const TYPING_MS = 250;
const MOST = 1e15;

interface Props {
  filter: Filter;
  ask: Ask;
  class: string;
  /** It stands on the sheet of a phone: a row with its name and its value. */
  row?: boolean;
  opened?: boolean;
  onClose?: () => void;
}

export function AskPicker({ filter, ask, class: name, row = false, opened = false, onClose }: Props) {
  const [open, setOpen] = useState(opened);
  const button = useRef<HTMLButtonElement>(null);
  const words = ask.words(params.value);
  const close = (refocus: boolean) => {
    setOpen(false);
    if (refocus) button.current?.focus();
    onClose?.();
  };
  return (
    <>
      <button
        type="button"
        ref={button}
        class={name}
        aria-label={`${filter.label} ${words || (row ? "Any" : "…")}`}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <span class={row ? "fsheet-label" : "filter-name"}>{filter.label}</span>{" "}
        <span class={row ? "fsheet-value" : "filter-text"}>{words || (row ? "Any" : "…")}</span>
        {row && <Icon name="right" size={12} />}
      </button>
      {open && <Sheet label={filter.label} ask={ask} anchor={button} close={close} />}
    </>
  );
}

const WRITTEN: Record<AskKind, string> = { text: "Contains", number: "Between", date: "Between" };

/** A number as the server reads it; "" for one that it would refuse. */
function plain(kind: AskKind, text: string): string {
  if (kind !== "number" || text === "") return text;
  const number = Number(text);
  return Number.isFinite(number) && Math.abs(number) < MOST ? text : "";
}

/** The address follows what is typed a moment later, and at once when the sheet closes. */
function useAsked(ask: Ask): [Asked, (change: Partial<Asked>) => void, write: () => void] {
  const [asked, setAsked] = useState(() => ask.read(params.peek()));
  const latest = useRef(asked);
  const timer = useRef(0);
  const write = () => {
    if (timer.current === 0) return;
    clearTimeout(timer.current);
    timer.current = 0;
    const { text, ...rest } = latest.current;
    withParams(ask.write({ ...rest, text: text.map((each) => each.trim()) }));
  };
  useEffect(() => write, []);
  const change = (part: Partial<Asked>) => {
    latest.current = { ...latest.current, values: [], ...part };
    setAsked(latest.current);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(write, TYPING_MS);
  };
  return [asked, change, write];
}

interface SheetProps {
  label: string;
  ask: Ask;
  anchor: { current: HTMLElement | null };
  close: (refocus: boolean) => void;
}

function Sheet({ label, ask, anchor, close: closed }: SheetProps) {
  const { kind } = ask;
  const [asked, change, write] = useAsked(ask);
  const close = (refocus: boolean) => {
    write();
    closed(refocus);
  };
  const box = useRef<HTMLDivElement>(null);
  usePlace(anchor, box, asked.held);

  useLayoutEffect(() => {
    (box.current?.querySelector<HTMLElement>("input") ?? box.current?.querySelector("button"))?.focus();
  }, []);
  useEffect(() => {
    const outside = (event: Event) => {
      const target = event.target as Node;
      if (!box.current?.contains(target) && !anchor.current?.contains(target)) close(false);
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, []);

  const field = (name: "text" | "from" | "to", told: string) => {
    const wire = {
      class: "input",
      "aria-label": `${label}: ${told}`,
      value: name === "text" ? (asked.text[0] ?? "") : asked[name],
      onInput: (event: TargetedInputEvent<HTMLInputElement>) => {
        const value = plain(kind, event.currentTarget.value);
        change(name === "text" ? { text: value.trim() ? [value] : [] } : { [name]: value });
      },
    };
    if (kind === "date") return <input {...wire} type="date" />;
    if (kind === "number") return <input {...wire} type="number" step="any" placeholder={told} />;
    return (
      <input {...wire} type="text" maxLength={200} autocomplete="off" spellcheck={false} placeholder={told} />
    );
  };
  return (
    <div
      ref={box}
      class="picker-pop ask"
      popover="manual"
      role="dialog"
      aria-label={label}
      onKeyDown={(event) => {
        if (event.isComposing) return;
        const done = event.key === "Enter" && event.target instanceof HTMLInputElement;
        if (event.key !== "Escape" && !done) return;
        event.preventDefault();
        event.stopPropagation();
        close(true);
      }}
    >
      <Segmented
        label={label}
        value={asked.held || "written"}
        choices={[
          { value: "written", label: WRITTEN[kind] },
          { value: "any", label: "Filled" },
          { value: "none", label: "Empty" },
        ]}
        onChange={(held) => change({ ...NOTHING, held: held === "written" ? "" : held })}
      />
      {!asked.held && (
        <div class="ask-fields">
          {kind === "text" ? (
            field("text", "contains")
          ) : (
            <>
              {field("from", "from")}
              <span aria-hidden="true">–</span>
              {field("to", kind === "date" ? "until" : "up to")}
            </>
          )}
        </div>
      )}
    </div>
  );
}
