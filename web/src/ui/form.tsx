// Forms: their fields, switches, what was refused of them, and the question before something goes.
import "../styles/form.css";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Dialog } from "./dialog";
import { Below } from "./fields";
import { Icon } from "./icon";
import type { Saving } from "./saving";

export {
  AreaField,
  ChoiceField,
  Field,
  type FieldProps,
  SeveralField,
  TextField,
  type Wiring,
} from "./fields";
export { type Saving, useSaving } from "./saving";

interface SwitchProps {
  label: string;
  hint?: ComponentChildren;
  error?: string | undefined;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  /** The switch alone, its label for screen readers. */
  bare?: boolean;
}

export function Switch({
  label,
  hint,
  error,
  checked,
  onChange,
  disabled = false,
  bare = false,
}: SwitchProps) {
  const id = useId();
  const knob = (
    <button
      type="button"
      role="switch"
      id={id}
      class="switch"
      aria-checked={checked}
      aria-label={label}
      aria-describedby={hint ? `${id}-hint` : undefined}
      disabled={disabled}
      onClick={() => onChange(!checked)}
    >
      <span class="switch-knob" />
    </button>
  );
  if (bare) return knob;
  return (
    <div class="switch-row" data-invalid={error ? "" : undefined}>
      <div class="switch-words">
        <label class="switch-label" for={id}>
          {label}
        </label>
        <Below id={id} hint={hint} error={error} />
      </div>
      {knob}
    </div>
  );
}

interface FormProps {
  label: string;
  saving: Saving;
  onSubmit: () => void;
  /** Sends it once more on the version that stands now, over what somebody else changed. */
  onForce?: (version: number) => void;
  class?: string;
  children: ComponentChildren;
}

/** A form whose refusal leads to the first field that is wrong. */
export function Form({ label, saving, onSubmit, onForce, class: name = "form", children }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  const { refused } = saving;
  useEffect(() => {
    const wrong = form.current?.querySelector<HTMLElement>(
      "[data-invalid] :is(input, textarea, button), [aria-invalid]",
    );
    wrong?.focus();
  }, [refused]);
  return (
    <form
      ref={form}
      class={name}
      aria-label={label}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <Refused saving={saving} {...(onForce ? { onForce } : {})} />
      {children}
    </form>
  );
}

/** What was refused and concerns no field in sight. */
export function Refused({ saving, onForce }: { saving: Saving; onForce?: (version: number) => void }) {
  const { rest, stale } = saving.refused;
  if (rest.length === 0) return null;
  return (
    <div class="form-error" role="alert">
      <Icon name="alert" />
      <div class="form-error-text">
        {rest.map((line) => (
          <p key={line} class="pre">
            {line}
          </p>
        ))}
        {stale !== null && onForce && (
          <button type="button" class="btn btn-s" onClick={() => onForce(stale)}>
            Save mine all the same
          </button>
        )}
      </div>
    </div>
  );
}

interface FootProps {
  saving: Saving;
  save: string;
  onCancel?: () => void;
  danger?: boolean;
  disabled?: boolean;
  children?: ComponentChildren;
}

/** The buttons at the end of a form. */
export function FormFoot({ saving, save, onCancel, danger = false, disabled = false, children }: FootProps) {
  return (
    <div class="form-foot">
      {children && <div class="form-foot-side">{children}</div>}
      {onCancel && (
        <button type="button" class="btn" onClick={onCancel}>
          Cancel
        </button>
      )}
      <button
        type="submit"
        class={danger ? "btn btn-danger" : "btn btn-primary"}
        disabled={saving.busy || disabled}
      >
        {save}
      </button>
    </div>
  );
}

interface ConfirmProps {
  title: string;
  action: string;
  saving: Saving;
  onConfirm: () => void;
  onClose: () => void;
  children: ComponentChildren;
  disabled?: boolean;
}

/** Asks before something goes; what is refused of it stands in the question. */
export function Confirm({ title, action, saving, onConfirm, onClose, children, disabled }: ConfirmProps) {
  return (
    <Dialog title={title} size="s" onClose={onClose}>
      <Form label={title} saving={saving} onSubmit={onConfirm}>
        {children}
        <FormFoot saving={saving} save={action} danger onCancel={onClose} disabled={disabled ?? false} />
      </Form>
    </Dialog>
  );
}
