// The small pieces: key caps, empty states, skeletons, meters, copy buttons, segmented controls.
import { type ComponentChildren, toChildArray } from "preact";
import { useState } from "preact/hooks";
import { Icon, type IconName } from "./icon";
import { toast } from "./toast";

export function Kbd({ keys }: { keys: string }) {
  return (
    <span class="keys">
      {keys.split(" ").map((key, index) => (
        <kbd key={index}>{key}</kbd>
      ))}
    </span>
  );
}

interface EmptyProps {
  /** It is all there is on the page, so its title is the page's heading. */
  alone?: boolean;
  icon: IconName;
  title: string;
  children?: ComponentChildren;
}

export function Empty({ icon, title, children, alone = false }: EmptyProps) {
  const Title = alone ? "h1" : "h2";
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} size={22} />
      </span>
      <Title class="empty-title">{title}</Title>
      {toChildArray(children).length > 0 && <div class="empty-text">{children}</div>}
    </div>
  );
}

export function Skeleton({ rows, class: name = "" }: { rows: number; class?: string }) {
  return (
    <div class={`skeleton ${name}`} role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        <span key={index} class="bone" style={{ width: `${92 - ((index * 17) % 40)}%` }} />
      ))}
    </div>
  );
}

interface MeterProps {
  value: number;
  max: number;
  alert?: number | null;
  label: string;
}

/** A share of a limit; changes its tone at the alert line and at the limit. */
export function Meter({ value, max, alert, label }: MeterProps) {
  const share = max > 0 ? Math.min(1, value / max) : 0;
  const tone = max > 0 && value >= max ? "over" : alert && value >= alert ? "warn" : "ok";
  return (
    <span class={`meter meter-${tone}`} role="img" aria-label={label} title={label}>
      <span class="meter-fill" style={{ transform: `scaleX(${share})` }} />
    </span>
  );
}

export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without a secure context the clipboard is closed: show the text so that it can be taken by hand.
    toast({ kind: "info", title: "Copy it from here", detail: text });
    return false;
  }
}

interface CopyProps {
  text: string;
  label: string;
  children?: ComponentChildren;
}

export function Copy({ text, label, children }: CopyProps) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await copyText(text))) return;
    setCopied(true);
    window.setTimeout(() => setCopied(false), 1400);
  };
  return (
    <button type="button" class="copy" onClick={copy} aria-label={`${label}: ${text}`} title={label}>
      {children ?? <code>{text}</code>}
      <Icon name={copied ? "check" : "copy"} size={13} />
    </button>
  );
}

interface Choice<T extends string> {
  value: T;
  label: string;
  icon?: IconName;
  badge?: number;
}

interface SegmentedProps<T extends string> {
  label: string;
  value: T;
  choices: Choice<T>[];
  onChange: (value: T) => void;
  iconsOnly?: boolean;
}

export function Segmented<T extends string>({
  label,
  value,
  choices,
  onChange,
  iconsOnly,
}: SegmentedProps<T>) {
  return (
    <fieldset class={iconsOnly ? "segmented segmented-icons" : "segmented"} aria-label={label}>
      {choices.map((choice) => (
        <button
          type="button"
          key={choice.value}
          aria-pressed={choice.value === value}
          aria-label={iconsOnly ? choice.label : undefined}
          title={iconsOnly ? choice.label : undefined}
          onClick={() => onChange(choice.value)}
        >
          {choice.icon && <Icon name={choice.icon} size={15} />}
          {!iconsOnly && <span>{choice.label}</span>}
          {choice.badge ? <span class="badge">{choice.badge}</span> : null}
        </button>
      ))}
    </fieldset>
  );
}

export function Problems({ list }: { list: { path: string; message: string }[] }) {
  return (
    <ul class="problems">
      {list.map((problem, index) => (
        <li key={index}>
          {problem.path && <code>{problem.path}</code>}
          <span>{problem.message}</span>
        </li>
      ))}
    </ul>
  );
}
