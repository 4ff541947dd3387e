// A fact and the quiet input that changes it.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

interface RowProps {
  label: string;
  name?: string;
  /** It says nothing: where there is little room it is out of sight. */
  extra?: boolean;
  /** Out of sight on phones whatever it says, so that the text of the card is in reach. */
  second?: boolean;
  children: ComponentChildren;
}

export function Row({ label, name, extra = false, second = true, children }: RowProps) {
  const kind = `fact${extra ? " fact-extra" : ""}${second ? " fact-second" : ""}`;
  return (
    <div class={kind} data-fact={name}>
      <span class="fact-name">{label}</span>
      <div class="fact-value">{children}</div>
    </div>
  );
}

interface Plain {
  label: string;
  value: string;
  type?: "text" | "number" | "date" | "url";
  step?: string;
  placeholder?: string;
  maxLength?: number;
  list?: string[];
  version: number;
  /** `madeOn` is the version that stood when one began to type. */
  onKeep: (value: string, madeOn: number) => void;
}

/** Kept when it is left; Escape puts the old value back. News do not write over what is being typed. */
export function PlainInput({
  label,
  value,
  type = "text",
  step,
  placeholder,
  maxLength,
  list,
  version,
  onKeep,
}: Plain) {
  const [text, setText] = useState(value);
  const [editing, setEditing] = useState(false);
  const madeOn = useRef(version);
  const id = list?.length ? `fact-${label.replace(/\W+/g, "-").toLowerCase()}` : undefined;
  useEffect(() => {
    if (!editing) setText(value);
  }, [value, editing]);
  const keep = () => {
    setEditing(false);
    if (text.trim() !== value) onKeep(text.trim(), madeOn.current);
  };
  // The types know inputs one by one; here one stands for four.
  const kind = { type, step, list: id };
  return (
    <>
      <input
        class={text ? "input-quiet" : "input-quiet input-empty"}
        {...(kind as { type: "text" })}
        aria-label={label}
        placeholder={placeholder}
        maxLength={maxLength}
        autocomplete="off"
        value={text}
        onFocus={() => {
          madeOn.current = version;
          setEditing(true);
        }}
        onInput={(event) => setText(event.currentTarget.value)}
        onBlur={keep}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          if (event.key === "Enter") event.currentTarget.blur();
          else if (event.key === "Escape" && text !== value) {
            setText(value);
            event.preventDefault();
          }
        }}
      />
      {id && (
        <datalist id={id}>
          {list?.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
    </>
  );
}
