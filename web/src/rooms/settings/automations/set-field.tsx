// A field that a rule sets, and the value it gives it.
import type { Action, SetValue } from "../../../api/automations";
import type { CustomField } from "../../../api/board";
import { customFields, people } from "../../../store/board";
import { ChoiceField, TextField } from "../../../ui/form";
import { SETTABLE, upper } from "./known";
import { DayField } from "./values";

type SetAction = Extract<Action, { do: "set" }>;

interface Props {
  action: SetAction;
  onChange: (action: Action) => void;
  error: string | undefined;
}

const CHOICES = Object.entries(SETTABLE).map(([value, each]) => ({ value, label: upper(each.label) }));
const YES_NO = [
  { value: "yes", label: "Yes" },
  { value: "no", label: "No" },
];

function freshValue(field: string): SetValue {
  const known = SETTABLE[field];
  if (known?.kind === "yes") return true;
  if (known?.kind === "custom") {
    const first = customFields.value[0];
    return first ? { [first.key]: null } : {};
  }
  return known?.kind === "one" && !known.none ? (known.choices?.()[0]?.value ?? null) : null;
}

interface ValueProps {
  kind: string;
  value: SetValue;
  choices: { value: string; label: string }[];
  none: string | undefined;
  onChange: (value: SetValue) => void;
  error: string | undefined;
}

function Value({ kind, value, choices, none, onChange, error }: ValueProps) {
  const text = value === null || typeof value === "object" ? "" : String(value);
  if (kind === "yes") {
    return (
      <ChoiceField
        label="To"
        value={value === true ? "yes" : "no"}
        choices={YES_NO}
        onChoose={(next) => onChange(next === "yes")}
        error={error}
      />
    );
  }
  if (kind === "day") {
    return (
      <DayField
        label="To"
        none="No day"
        value={text}
        onChange={(next) => onChange(next || null)}
        error={error}
      />
    );
  }
  if (kind === "one") {
    return (
      <ChoiceField
        label="To"
        value={text}
        choices={choices}
        onChoose={(next) => onChange(next || null)}
        error={error}
        {...(none ? { none } : {})}
      />
    );
  }
  return (
    <TextField
      label="To"
      type={kind === "number" ? "number" : "text"}
      value={text}
      placeholder="Nothing"
      onInput={(next) => onChange(next === "" ? null : kind === "number" ? Number(next) : next)}
      error={error}
    />
  );
}

const CUSTOM_KIND: Record<CustomField["kind"], string> = {
  text: "text",
  url: "text",
  number: "number",
  date: "text",
  choice: "one",
  person: "one",
  checkbox: "yes",
};

function Custom({ action, onChange, error }: Props) {
  const held = action.value && typeof action.value === "object" ? action.value : {};
  const key = Object.keys(held)[0] ?? "";
  const field = customFields.value.find((each) => each.key === key);
  const set = (name: string, value: SetValue) =>
    onChange({ ...action, value: name ? { [name]: value as string | number | boolean | null } : {} });
  const one = held[key];
  const choices =
    field?.kind === "person"
      ? people.value.map((each) => ({ value: each.id, label: each.name }))
      : (field?.options ?? []).map((each) => ({ value: each, label: each }));
  return (
    <>
      <ChoiceField
        label="Which field"
        value={key}
        choices={customFields.value.map((each) => ({ value: each.key, label: each.name }))}
        onChoose={(name) => set(name, null)}
        error={field ? undefined : error}
      />
      {field && (
        <Value
          kind={CUSTOM_KIND[field.kind]}
          value={one === undefined || typeof one === "object" ? null : one}
          choices={choices}
          none="Nothing"
          onChange={(value) => set(key, value)}
          error={error}
        />
      )}
    </>
  );
}

export function SetPart({ action, onChange, error }: Props) {
  const known = SETTABLE[action.field];
  return (
    <>
      <ChoiceField
        label="Field"
        value={action.field}
        choices={CHOICES}
        onChoose={(field) => onChange({ do: "set", field, value: freshValue(field) })}
      />
      {known?.kind === "custom" ? (
        <Custom action={action} onChange={onChange} error={error} />
      ) : (
        <Value
          kind={known?.kind ?? "text"}
          value={action.value ?? null}
          choices={known?.choices?.() ?? []}
          none={known?.none}
          onChange={(value) => onChange({ ...action, value })}
          error={error}
        />
      )}
    </>
  );
}
