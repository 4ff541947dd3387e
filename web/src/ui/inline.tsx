// A value changed where it stands: kept when one leaves it, and what is refused of it told right there.
import "../styles/form.css";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { problemText } from "./saving";

interface Props {
  label: string;
  value: string;
  onKeep: (value: string) => Promise<unknown>;
  type?: "text" | "number";
  placeholder?: string;
  maxLength?: number;
  min?: number;
  disabled?: boolean;
  /** Nothing is a value too; otherwise leaving it empty puts the old one back. */
  emptiable?: boolean;
  strong?: boolean;
}

export function InlineText(props: Props) {
  const { label, value, onKeep, type = "text", emptiable = false, disabled = false } = props;
  const [text, setText] = useState(value);
  const [editing, setEditing] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const sent = useRef<string | null>(null);
  const id = useId();
  // News do not write over what is being typed, nor over what was refused.
  useEffect(() => {
    if (!editing && problem === null) setText(value);
  }, [value, editing, problem]);

  const keep = async (input: HTMLInputElement) => {
    const next = text.trim();
    // What a browser cannot read as a number it gives as nothing, which would be kept as that.
    if (input.validity.badInput) {
      setProblem("Must be a number");
      return;
    }
    if (next === value || (next === "" && !emptiable)) {
      setProblem(null);
      setText(value);
      setEditing(false);
      return;
    }
    if (sent.current === next) return;
    sent.current = next;
    try {
      await onKeep(next);
      setProblem(null);
    } catch (cause) {
      setProblem(problemText(cause));
    } finally {
      sent.current = null;
      setEditing(false);
    }
  };
  const kind = { type, min: props.min };
  return (
    <span class={props.strong ? "inline inline-strong" : "inline"} data-invalid={problem ? "" : undefined}>
      <input
        {...(kind as { type: "text" })}
        class="inline-input"
        aria-label={label}
        aria-invalid={problem ? true : undefined}
        aria-describedby={problem ? id : undefined}
        placeholder={props.placeholder}
        maxLength={props.maxLength}
        autocomplete="off"
        disabled={disabled}
        value={text}
        onFocus={() => setEditing(true)}
        onInput={(event) => {
          setEditing(true);
          setText(event.currentTarget.value);
        }}
        onBlur={(event) => void keep(event.currentTarget)}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          if (event.key === "Enter") {
            event.preventDefault();
            void keep(event.currentTarget);
          } else if (event.key === "Escape") {
            setText(value);
            setProblem(null);
            event.preventDefault();
          }
        }}
      />
      {problem && (
        <span class="field-error" id={id} role="alert">
          {problem}
        </span>
      )}
    </span>
  );
}
