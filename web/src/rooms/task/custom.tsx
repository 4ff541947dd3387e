// A project's own fields, each by its kind.
import type { CustomField, Task } from "../../api/board";
import { people } from "../../store/board";
import { Icon } from "../../ui/icon";
import { isWeb } from "../../ui/markdown-inline";
import { type Choice, Mark, Picker } from "../../ui/picker";
import { PlainInput, Row } from "./inputs";
import type { OpenTask } from "./open-task";

const INPUT: Partial<Record<CustomField["kind"], "number" | "date" | "url">> = {
  number: "number",
  date: "date",
  url: "url",
};

function optionOf(field: CustomField, option: string): Choice {
  const color = field.option_colors[option];
  return { value: option, label: option, ...(color ? { color } : {}) };
}

export function CustomFieldRow({ field, open, task }: { field: CustomField; open: OpenTask; task: Task }) {
  const value = task.custom[field.key] ?? null;
  const empty = value === null || value === "" || value === false;
  const set = (next: string | number | boolean | null, madeOn?: number) =>
    void open.change({ custom: { [field.key]: next } }, `Changed ${field.name} of #${task.number}`, {
      before: { custom: { [field.key]: value } },
      madeOn,
    });
  if (field.kind === "checkbox") {
    return (
      <Row label={field.name} extra={empty}>
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
    const choices: Choice[] =
      field.kind === "choice"
        ? field.options.map((each) => optionOf(field, each))
        : people.value.map((each) => ({ value: each.id, label: each.name }));
    const shown = choices.find((each) => each.value === value);
    return (
      <Row label={field.name} extra={empty}>
        <Picker
          label={`${field.name}: ${shown?.label ?? "None"}`}
          none="None"
          button={
            <>
              {shown && <Mark choice={shown} />}
              <span class={shown ? "cut" : "faint"}>{shown?.label ?? "None"}</span>
            </>
          }
          chosen={typeof value === "string" ? [value] : []}
          choices={choices}
          onChoose={([next]) => set(next ?? null)}
        />
      </Row>
    );
  }
  return (
    <Row label={field.name} extra={empty}>
      <PlainInput
        label={field.name}
        type={INPUT[field.kind] ?? "text"}
        step="any"
        placeholder="None"
        value={value === null ? "" : String(value)}
        version={task.version}
        onKeep={(next, madeOn) =>
          set(next === "" ? null : field.kind === "number" ? Number(next) : next, madeOn)
        }
      />
      {field.kind === "url" && typeof value === "string" && isWeb(value) && (
        <a
          class="icon-btn fact-go"
          href={value}
          target="_blank"
          rel="noopener noreferrer nofollow"
          aria-label={`Open ${field.name}`}
        >
          <Icon name="external" size={13} />
        </a>
      )}
    </Row>
  );
}
