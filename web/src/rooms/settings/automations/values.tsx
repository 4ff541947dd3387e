// Choosing values of a rule: several of a list, words one writes, a day.

import { joined } from "../../../api/values";
import { ChoiceField, type FieldProps, SeveralField } from "../../../ui/form";
import type { Choice } from "../../../ui/picker";
import { DAYS, dayTyped, dayWords, type Known } from "./known";
import { split } from "./words";

interface ValuesProps extends FieldProps {
  known: Known | undefined;
  value: string;
  onChange: (value: string) => void;
  empty?: string;
}

/** As the server keeps them: parted by commas. */
export function ValuesField({ known, value, onChange, ...props }: ValuesProps) {
  if (known?.kind === "day") return <DayField {...props} value={value} onChange={onChange} />;
  const choices = known?.choices?.() ?? [];
  const written = known?.kind === "words";
  return (
    <SeveralField
      {...props}
      values={split(value)}
      choices={choices}
      onChoose={(values) => onChange(joined(values))}
      {...(written ? { make: (text: string) => ({ value: text, label: `“${text}”` }) } : {})}
    />
  );
}

interface DayProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  none?: string;
}

export function DayField({ value, onChange, ...props }: DayProps) {
  const choices: Choice[] = [...DAYS];
  if (value && !choices.some((each) => each.value === value)) choices.push({ value, label: dayWords(value) });
  return (
    <ChoiceField
      {...props}
      value={value}
      choices={choices}
      onChoose={onChange}
      placeholder="5 days, or 2026-12-31"
      make={dayTyped}
    />
  );
}
