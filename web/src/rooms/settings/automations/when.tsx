// The event a rule waits for.
import type { EventName, When } from "../../../api/automations";
import { columns } from "../../../store/board";
import { ChoiceField } from "../../../ui/form";
import { CHANGED, EVENTS, type Known, upper } from "./known";
import { ValuesField } from "./values";

interface Props {
  when: When;
  onChange: (when: When) => void;
  of: (path: string) => string | undefined;
}

const COLUMNS: Known = {
  label: "column",
  kind: "several",
  choices: () => columns.value.map((each) => ({ value: each.key, label: each.name, color: each.color })),
};

function without(when: When, name: "before" | "after", value: string): When {
  const { [name]: _gone, ...rest } = when;
  return value ? { ...rest, [name]: value } : rest;
}

export function WhenPart({ when, onChange, of }: Props) {
  const known = when.field ? CHANGED[when.field] : undefined;
  const moved = when.event === "task_moved";
  const [before, after] = known?.set ? ["Taken away", "Added"] : ["From", "To"];
  return (
    <div class="rule-fields">
      <ChoiceField
        bare
        class="rule-wide"
        label="When"
        value={when.event}
        choices={EVENTS}
        onChoose={(event) => onChange({ event: event as EventName })}
        error={of("when.event")}
      />
      {when.event === "task_changed" && (
        <ChoiceField
          label="Which field"
          value={when.field ?? ""}
          none="Any field"
          choices={Object.entries(CHANGED).map(([value, each]) => ({ value, label: upper(each.label) }))}
          onChoose={(field) => onChange(field ? { event: when.event, field } : { event: when.event })}
          error={of("when.field")}
        />
      )}
      {(moved || when.field) && (
        <>
          <ValuesField
            label={before ?? "From"}
            empty="Anything"
            known={moved ? COLUMNS : known}
            value={when.before ?? ""}
            onChange={(value) => onChange(without(when, "before", value))}
            error={of("when.before")}
          />
          <ValuesField
            label={after ?? "To"}
            empty="Anything"
            known={moved ? COLUMNS : known}
            value={when.after ?? ""}
            onChange={(value) => onChange(without(when, "after", value))}
            error={of("when.after")}
          />
        </>
      )}
    </div>
  );
}
