// A project's own fields, each by its kind.
import type { CustomField, Task } from "../../api/board";
import { people } from "../../store/board";
import { Picker } from "../../ui/picker";
import { PlainInput, Row } from "./fields";
import type { OpenTask } from "./open-task";

const INPUT: Partial<Record<CustomField["kind"], "number" | "date" | "url">> = {
  number: "number",
  date: "date",
  url: "url",
};

export function CustomFieldRow({ field, open, task }: { field: CustomField; open: OpenTask; task: Task }) {
  const value = task.custom[field.key] ?? null;
  const set = (next: string | number | boolean | null) =>
    void open.change({ custom: { [field.key]: next } }, `Changed ${field.name} of #${task.number}`, {
      before: { custom: { [field.key]: value } },
    });
  if (field.kind === "checkbox") {
    return (
      <Row label={field.name}>
        <input
          type="checkbox"
          aria-label={field.name}
          checked={value === true}
          onChange={(event) => set(event.currentTarget.checked)}
        />
      </Row>
    );
  }
  if (field.kind === "choice" || field.kind === "person") {
    const choices =
      field.kind === "choice"
        ? field.options.map((each) => ({ value: each, label: each }))
        : people.value.map((each) => ({ value: each.id, label: each.name }));
    const shown = choices.find((each) => each.value === value);
    return (
      <Row label={field.name}>
        <Picker
          label={`${field.name}: ${shown?.label ?? "none"}`}
          none="None"
          button={shown?.label ?? <span class="faint">None</span>}
          chosen={typeof value === "string" ? [value] : []}
          choices={choices}
          onChoose={([next]) => set(next ?? null)}
        />
      </Row>
    );
  }
  return (
    <Row label={field.name}>
      <PlainInput
        label={field.name}
        type={INPUT[field.kind] ?? "text"}
        step="any"
        value={value === null ? "" : String(value)}
        onKeep={(next) => set(next === "" ? null : field.kind === "number" ? Number(next) : next)}
      />
    </Row>
  );
}
