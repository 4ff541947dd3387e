// Choosing a colour: those of the product by name, any other by its code.
import { Picker } from "./picker";

/** The colours of columns first, then those of categories and agents. */
export const COLORS: { value: string; label: string }[] = [
  { value: "#dd3c3c", label: "Red" },
  { value: "#f97316", label: "Orange" },
  { value: "#f49d25", label: "Amber" },
  { value: "#ca8a04", label: "Gold" },
  { value: "#22c365", label: "Green" },
  { value: "#14b8a6", label: "Teal" },
  { value: "#06b6d4", label: "Cyan" },
  { value: "#0da6f2", label: "Blue" },
  { value: "#6366f1", label: "Indigo" },
  { value: "#5c3df5", label: "Violet" },
  { value: "#d946ef", label: "Magenta" },
  { value: "#ec4899", label: "Pink" },
  { value: "#ef4444", label: "Coral" },
  { value: "#f59e0b", label: "Honey" },
  { value: "#84cc16", label: "Lime" },
  { value: "#10b981", label: "Emerald" },
  { value: "#3b82f6", label: "Sky" },
  { value: "#8b5cf6", label: "Purple" },
  { value: "#a855f7", label: "Orchid" },
  { value: "#a7afbe", label: "Grey" },
  { value: "#64748b", label: "Slate" },
];

const nameOf = (value: string) => COLORS.find((each) => each.value === value.toLowerCase())?.label ?? value;

interface Props {
  label: string;
  value: string;
  onChoose: (color: string) => void;
  disabled?: boolean;
  /** With its name beside it, as wide as a field. */
  wide?: boolean;
}

export function ColorPicker({ label, value, onChoose, disabled = false, wide = false }: Props) {
  const choices = COLORS.map((each) => ({ ...each, color: each.value }));
  const own = COLORS.some((each) => each.value === value.toLowerCase());
  if (!own) choices.push({ value, label: value, color: value });
  return (
    <Picker
      label={`${label}: ${nameOf(value)}`}
      class={wide ? "input input-pick" : "color-pick"}
      disabled={disabled}
      button={
        <>
          <span class="color-dot" style={{ background: value }} aria-hidden="true" />
          {wide && <span class="input-pick-text">{nameOf(value)}</span>}
        </>
      }
      chosen={[own ? value.toLowerCase() : value]}
      choices={choices}
      placeholder="A name, or #rrggbb"
      make={(text) => (/^#[0-9a-f]{6}$/i.test(text) ? { value: text, label: text, color: text } : null)}
      onChoose={([next]) => next && onChoose(next)}
    />
  );
}
