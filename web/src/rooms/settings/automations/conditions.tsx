// Which cards a rule is about. Every condition has to hold.
import type { TaskFilter } from "../../../api/automations";
import { Field } from "../../../ui/form";
import { Icon } from "../../../ui/icon";
import { Segmented } from "../../../ui/parts";
import { Picker } from "../../../ui/picker";
import { CONDITIONS, upper } from "./known";
import { ValuesField } from "./values";

interface Props {
  filter: TaskFilter;
  onChange: (filter: TaskFilter) => void;
  of: (path: string) => string | undefined;
}

export function ConditionsPart({ filter, onChange, of }: Props) {
  const used = Object.keys(filter).filter((name) => filter[name] !== null && filter[name] !== undefined);
  const free = Object.entries(CONDITIONS)
    .filter(([name]) => !used.includes(name))
    .map(([value, each]) => ({ value, label: upper(each.label) }));
  const drop = (name: string) => {
    const { [name]: _gone, ...rest } = filter;
    onChange(rest);
  };
  return (
    <div class="rule-list">
      {used.map((name) => {
        const known = CONDITIONS[name];
        const label = upper(known?.label ?? name);
        const value = filter[name];
        return (
          <div key={name} class="rule-condition">
            {name === "search" ? (
              <Field label={label} error={of(`only_if.${name}`)}>
                {(wire) => (
                  <input
                    {...wire}
                    class="input"
                    value={String(value)}
                    onInput={(event) => onChange({ ...filter, [name]: event.currentTarget.value })}
                  />
                )}
              </Field>
            ) : known?.kind === "yes" ? (
              <div class="field">
                <span class="field-label" aria-hidden="true">
                  {label}
                </span>
                <Segmented
                  label={label}
                  value={value === false ? "no" : "yes"}
                  choices={[
                    { value: "yes", label: "Yes" },
                    { value: "no", label: "No" },
                  ]}
                  onChange={(next) => onChange({ ...filter, [name]: next === "yes" })}
                />
              </div>
            ) : (
              <ValuesField
                label={label}
                known={known}
                value={String(value)}
                empty="Choose"
                onChange={(next) => onChange({ ...filter, [name]: next })}
                error={of(`only_if.${name}`)}
              />
            )}
            <button
              type="button"
              class="icon-btn"
              aria-label={`Take off the condition ${label}`}
              title="Take off"
              onClick={() => drop(name)}
            >
              <Icon name="x" size={13} />
            </button>
          </div>
        );
      })}
      <Picker
        label={`${used.length === 0 ? "Only if…" : "And only if…"}: add a condition`}
        class="btn btn-s btn-ghost rule-add"
        button={
          <>
            <Icon name="plus" size={13} />
            {used.length === 0 ? "Only if…" : "And only if…"}
          </>
        }
        chosen={[]}
        choices={free}
        onChoose={([name]) => {
          if (name) onChange({ ...filter, [name]: CONDITIONS[name]?.kind === "yes" ? true : "" });
        }}
      />
    </div>
  );
}
