// What each of the cards begins as.
import { useState } from "preact/hooks";
import type { Priority } from "../../../api/board";
import type { TaskTemplate } from "../../../api/recurring";
import { categories, columns, customFields, people, roster, sprints } from "../../../store/board";
import { AreaField, ChoiceField, SeveralField, Switch, TextField } from "../../../ui/form";
import { Icon } from "../../../ui/icon";
import { PRIORITIES } from "../automations/known";

export const EMPTY: TaskTemplate = {
  title: "",
  description: "",
  status: null,
  priority: "p2",
  assigned_agent_id: null,
  accountable_id: null,
  category_id: null,
  sprint_id: null,
  parent_id: null,
  estimate: null,
  labels: [],
  custom: {},
  watchers: [],
  client_id: null,
  brand: null,
  subscription: null,
  client_visible: false,
};

interface Props {
  template: TaskTemplate;
  onChange: (template: TaskTemplate) => void;
  of: (path: string) => string | undefined;
}

const made = (text: string) => ({ value: text.replaceAll(",", " "), label: text });
const ofPeople = () => people.value.map((each) => ({ value: each.id, label: each.name }));

export function TemplatePart({ template, onChange, of }: Props) {
  const set = (change: Partial<TaskTemplate>) => onChange({ ...template, ...change });
  const said = (name: keyof TaskTemplate) => of(`template.${name}`);
  const held = Boolean(template.sprint_id || template.client_id || template.brand || template.subscription);
  const [more, setMore] = useState(
    held ||
      template.client_visible ||
      template.watchers.length > 0 ||
      Object.keys(template.custom).length > 0,
  );
  return (
    <div class="rule-list">
      <TextField
        label="Title of the card"
        value={template.title}
        onInput={(title) => set({ title })}
        maxLength={500}
        placeholder="Weekly report of {date}"
        hint="{date} becomes the day it comes."
        error={said("title")}
      />
      <AreaField
        label="Description"
        aside="optional"
        value={template.description}
        onInput={(description) => set({ description })}
        placeholder="Markdown; a list of what is to be done, say"
        error={said("description")}
      />
      <div class="rule-fields">
        <ChoiceField
          label="Column"
          value={template.status ?? ""}
          none="The first one"
          choices={columns.value
            .filter((each) => each.kind !== "blocked")
            .map((each) => ({ value: each.key, label: each.name, color: each.color }))}
          onChoose={(status) => set({ status: status || null })}
          error={said("status")}
        />
        <ChoiceField
          label="Priority"
          value={template.priority}
          choices={PRIORITIES}
          onChoose={(priority) => set({ priority: priority as Priority })}
        />
        <ChoiceField
          label="Agent"
          value={template.assigned_agent_id ?? ""}
          none="Nobody"
          choices={roster.value
            .filter((each) => !each.retired)
            .map((each) => ({ value: each.id, label: each.name, mark: each.emoji }))}
          onChoose={(agent) => set({ assigned_agent_id: agent || null })}
          error={said("assigned_agent_id")}
        />
        <ChoiceField
          label="Accountable"
          value={template.accountable_id ?? ""}
          none="Nobody"
          choices={ofPeople()}
          onChoose={(person) => set({ accountable_id: person || null })}
          error={said("accountable_id")}
        />
        <ChoiceField
          label="Category"
          value={template.category_id ?? ""}
          none="No category"
          choices={categories.value.map((each) => ({ value: each.id, label: each.name, color: each.color }))}
          onChoose={(category) => set({ category_id: category || null })}
          error={said("category_id")}
        />
        <TextField
          label="Estimate"
          aside="optional"
          type="number"
          min={0}
          value={template.estimate === null ? "" : String(template.estimate)}
          onInput={(text) => set({ estimate: text === "" ? null : Number(text) })}
          error={said("estimate")}
        />
      </div>
      <SeveralField
        label="Labels"
        values={template.labels}
        choices={[]}
        make={made}
        onChoose={(labels) => set({ labels })}
        error={said("labels")}
      />
      <button type="button" class="fold" aria-expanded={more} onClick={() => setMore(!more)}>
        <Icon name={more ? "chevron" : "right"} size={12} />
        More fields
      </button>
      {more && <More template={template} set={set} said={said} />}
    </div>
  );
}

interface MoreProps {
  template: TaskTemplate;
  set: (change: Partial<TaskTemplate>) => void;
  said: (name: keyof TaskTemplate) => string | undefined;
}

function More({ template, set, said }: MoreProps) {
  const words: [keyof TaskTemplate & ("client_id" | "brand" | "subscription"), string][] = [
    ["client_id", "Client"],
    ["brand", "Brand"],
    ["subscription", "Subscription"],
  ];
  return (
    <>
      <div class="rule-fields">
        <ChoiceField
          label="Sprint"
          value={template.sprint_id ?? ""}
          none="The backlog"
          choices={sprints.value
            .filter((each) => each.status !== "completed")
            .map((each) => ({ value: each.id, label: each.name }))}
          onChoose={(sprint) => set({ sprint_id: sprint || null })}
          error={said("sprint_id")}
        />
        {words.map(([name, label]) => (
          <TextField
            key={name}
            label={label}
            value={template[name] ?? ""}
            maxLength={120}
            onInput={(text) => set({ [name]: text || null })}
            error={said(name)}
          />
        ))}
      </div>
      <SeveralField
        label="Watchers"
        values={template.watchers}
        choices={ofPeople()}
        onChoose={(watchers) => set({ watchers })}
        error={said("watchers")}
      />
      <CustomFields template={template} set={set} said={said} />
      <Switch
        label="Visible to the client"
        checked={template.client_visible}
        onChange={(client_visible) => set({ client_visible })}
      />
    </>
  );
}

function CustomFields({ template, set, said }: MoreProps) {
  const fields = customFields.value;
  if (fields.length === 0) return null;
  const put = (key: string, value: string | number | boolean | null) => {
    const { [key]: _gone, ...rest } = template.custom;
    set({ custom: value === null || value === "" || value === false ? rest : { ...rest, [key]: value } });
  };
  return (
    <div class="rule-fields" role="group" aria-label="Custom fields">
      {fields.map((field) => {
        const value = template.custom[field.key] ?? null;
        const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
        if (field.kind === "checkbox") {
          return (
            <Switch
              key={field.key}
              label={field.name}
              checked={value === true}
              onChange={(on) => put(field.key, on)}
            />
          );
        }
        if (field.kind === "choice" || field.kind === "person") {
          return (
            <ChoiceField
              key={field.key}
              label={field.name}
              value={text}
              none="None"
              choices={
                field.kind === "person"
                  ? ofPeople()
                  : field.options.map((each) => ({ value: each, label: each }))
              }
              onChoose={(next) => put(field.key, next || null)}
            />
          );
        }
        return (
          <TextField
            key={field.key}
            label={field.name}
            type={field.kind === "number" ? "number" : field.kind === "date" ? "date" : "text"}
            value={text}
            onInput={(next) => put(field.key, field.kind === "number" && next !== "" ? Number(next) : next)}
          />
        );
      })}
      {said("custom") && <p class="field-error rule-wide">{said("custom")}</p>}
    </div>
  );
}
