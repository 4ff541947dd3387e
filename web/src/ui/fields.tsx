// Fields of forms: an input with its label, what it is for and what is wrong with it.
import "../styles/form.css";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Icon } from "./icon";
import { type Choice, Mark, Picker } from "./picker";

/** What ties an input to its label, hint and error. */
export interface Wiring {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
}

export interface FieldProps {
  label: string;
  hint?: ComponentChildren;
  error?: string | undefined;
  /** Beside the label, quietly: what it is not, as "optional". */
  aside?: ComponentChildren;
  /** The label is for screen readers alone, where the place says it already. */
  bare?: boolean;
  class?: string;
}

export function Field(props: FieldProps & { children: (wire: Wiring) => ComponentChildren }) {
  const id = useId();
  const { label, hint, error, aside, bare = false } = props;
  const described = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  const wire: Wiring = { id };
  if (described) wire["aria-describedby"] = described;
  if (error) wire["aria-invalid"] = true;
  return (
    <div class={`field ${props.class ?? ""}`} data-invalid={error ? "" : undefined}>
      <label for={id} class={bare ? "sr-only" : "field-label"}>
        {label}
        {aside && <span class="field-aside">{aside}</span>}
      </label>
      {props.children(wire)}
      <Below id={id} hint={hint} error={error} />
    </div>
  );
}

export function Below({
  id,
  hint,
  error,
}: {
  id: string;
  hint: ComponentChildren;
  error: string | undefined;
}) {
  return (
    <>
      {error && (
        <p class="field-error" id={`${id}-error`}>
          <Icon name="alert" size={13} />
          <span>{error}</span>
        </p>
      )}
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </>
  );
}

interface TextProps extends FieldProps {
  value: string;
  onInput: (value: string) => void;
  type?: "text" | "number" | "date" | "time" | "url" | "email" | "password" | "search";
  placeholder?: string;
  maxLength?: number;
  min?: number | string;
  max?: number | string;
  step?: string;
  autofocus?: boolean;
  disabled?: boolean;
  mono?: boolean;
}

export function TextField({ value, onInput, type = "text", mono, ...props }: TextProps) {
  // The types know inputs one by one; here one stands for all of them.
  const kind = { type, min: props.min, max: props.max, step: props.step, maxLength: props.maxLength };
  return (
    <Field {...props}>
      {(wire) => (
        <input
          {...wire}
          {...(kind as { type: "text" })}
          class={mono ? "input mono" : "input"}
          placeholder={props.placeholder}
          autocomplete="off"
          autofocus={props.autofocus}
          disabled={props.disabled}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface AreaProps extends FieldProps {
  value: string;
  onInput: (value: string) => void;
  rows?: number;
  placeholder?: string;
  maxLength?: number;
  disabled?: boolean;
}

export function AreaField({ value, onInput, rows = 3, ...props }: AreaProps) {
  return (
    <Field {...props}>
      {(wire) => (
        <textarea
          {...wire}
          class="input"
          rows={rows}
          placeholder={props.placeholder}
          maxLength={props.maxLength}
          disabled={props.disabled}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface ChoiceProps extends FieldProps {
  value: string;
  choices: Choice[];
  onChoose: (value: string) => void;
  /** The words of the choice of nothing, whose value is "". */
  none?: string;
  make?: (text: string) => Choice | null;
  placeholder?: string;
  disabled?: boolean;
}

/** One of many, found by typing. */
export function ChoiceField({ value, choices, onChoose, ...props }: ChoiceProps) {
  const id = useId();
  const shown = choices.find((each) => each.value === value);
  const text = shown?.label ?? (value || props.none || "Choose…");
  return (
    <div class={`field ${props.class ?? ""}`} data-invalid={props.error ? "" : undefined}>
      <span class={props.bare ? "sr-only" : "field-label"} aria-hidden="true">
        {props.label}
        {props.aside && <span class="field-aside">{props.aside}</span>}
      </span>
      <Picker
        label={`${props.label}: ${text}`}
        class="input input-pick"
        button={
          <>
            {shown && <Mark choice={shown} />}
            <span class={shown || value ? "input-pick-text" : "input-pick-text faint"}>{text}</span>
            <Icon name="chevron" size={12} />
          </>
        }
        chosen={value ? [value] : []}
        choices={choices}
        onChoose={([next]) => onChoose(next ?? "")}
        {...(props.none === undefined ? {} : { none: props.none })}
        {...(props.make ? { make: props.make } : {})}
        {...(props.placeholder ? { placeholder: props.placeholder } : {})}
        disabled={props.disabled ?? false}
      />
      <Below id={id} hint={props.hint} error={props.error} />
    </div>
  );
}

interface SeveralProps extends FieldProps {
  values: readonly string[];
  choices: Choice[];
  onChoose: (values: string[]) => void;
  make?: (text: string) => Choice | null;
  empty?: string;
  disabled?: boolean;
}

/** Several of many, each shown with a way to take it off. */
export function SeveralField({ values, choices, onChoose, ...props }: SeveralProps) {
  const id = useId();
  const known = new Map(choices.map((each) => [each.value, each]));
  const all = [
    ...choices,
    ...values.filter((each) => !known.has(each)).map((each) => ({ value: each, label: each })),
  ];
  return (
    <div class={`field ${props.class ?? ""}`} data-invalid={props.error ? "" : undefined}>
      <span class={props.bare ? "sr-only" : "field-label"} aria-hidden="true">
        {props.label}
        {props.aside && <span class="field-aside">{props.aside}</span>}
      </span>
      <div class="several">
        {values.map((each) => (
          <span key={each} class="several-one">
            <Mark choice={known.get(each) ?? {}} />
            {known.get(each)?.label ?? each}
            {!props.disabled && (
              <button
                type="button"
                aria-label={`Take ${known.get(each)?.label ?? each} off ${props.label}`}
                onClick={() => onChoose(values.filter((other) => other !== each))}
              >
                <Icon name="x" size={11} />
              </button>
            )}
          </span>
        ))}
        {!props.disabled && (
          <Picker
            label={`${props.label}: ${values.length === 0 ? (props.empty ?? "Add") : "Add"}`}
            class="several-add"
            several
            button={
              <>
                <Icon name="plus" size={12} />
                <span>{values.length === 0 ? (props.empty ?? "Add") : "Add"}</span>
              </>
            }
            chosen={values}
            choices={all}
            onChoose={onChoose}
            {...(props.make ? { make: props.make } : {})}
          />
        )}
        {props.disabled && values.length === 0 && <span class="faint">None</span>}
      </div>
      <Below id={id} hint={props.hint} error={props.error} />
    </div>
  );
}
