// What a project wants to know of its cards beyond the usual.
import { useEffect, useState } from "preact/hooks";
import { boardApi, type CustomField, type FieldKind } from "../../api/board";
import { arrange } from "../../commands/arrange";
import { explain } from "../../live/pending";
import { customFields } from "../../store/board";
import { Dialog } from "../../ui/dialog";
import { ChoiceField, Confirm, Field, Form, FormFoot, TextField, useSaving } from "../../ui/form";
import { plural } from "../../ui/format";
import { Icon, type IconName } from "../../ui/icon";
import { InlineText } from "../../ui/inline";
import { Sortable } from "../../ui/sortable";
import { toast } from "../../ui/toast";
import { BLANK, type Option, Options } from "./options";
import { AddButton, Bar, mayArrange, Nothing, OnlyAdmins, WithBoard } from "./parts";

const KINDS: { value: FieldKind; label: string; hint: string; icon: IconName }[] = [
  { value: "text", label: "Text", hint: "A line of words", icon: "file" },
  { value: "number", label: "Number", hint: "Hours, an amount, a score", icon: "chart" },
  { value: "date", label: "Date", hint: "A day of the calendar", icon: "calendar" },
  { value: "choice", label: "Choice", hint: "One of a list", icon: "list" },
  { value: "person", label: "Person", hint: "Somebody of the project", icon: "person" },
  { value: "url", label: "URL", hint: "An address that opens", icon: "link" },
  { value: "checkbox", label: "Checkbox", hint: "Yes or no", icon: "check" },
];
const kindOf = (kind: FieldKind) => KINDS.find((each) => each.value === kind);

/** What is sent of the options: their words, and the colours of those that have one. */
function optionsSent(options: readonly Option[]): {
  options: string[];
  option_colors: Record<string, string>;
} {
  const filled = options.map((each) => ({ ...each, text: each.text.trim() })).filter((each) => each.text);
  return {
    options: filled.map((each) => each.text),
    option_colors: Object.fromEntries(
      filled.flatMap((each) => (each.color ? [[each.text, each.color]] : [])),
    ),
  };
}

const optionsOf = (field: CustomField): Option[] =>
  field.options.map((text) => ({ text, color: field.option_colors[text] ?? null }));

function Edit({ field, onClose }: { field: CustomField | null; onClose: () => void }) {
  const saving = useSaving(["name", "kind", "options", "option_colors"]);
  const [name, setName] = useState(field?.name ?? "");
  const [kind, setKind] = useState<FieldKind>(field?.kind ?? "text");
  const [options, setOptions] = useState<Option[]>(field ? optionsOf(field) : [BLANK, BLANK]);
  const choices = kind === "choice" ? optionsSent(options) : {};
  const send = async (version: number | undefined) => {
    const done = await saving.run(() =>
      field
        ? arrange("field", `Changed the field ${name.trim()}`, () =>
            boardApi.changeField(field.key, { name, ...choices, ...(version ? { version } : {}) }),
          )
        : arrange("field", `Added the field ${name.trim()}`, () =>
            boardApi.addField({ name, kind, ...choices }),
          ),
    );
    if (done) onClose();
  };
  const title = field ? `Change ${field.name}` : "Add a field";
  return (
    <Dialog title={title} size="s" onClose={onClose}>
      <Form
        label={title}
        saving={saving}
        onSubmit={() => void send(field?.version)}
        onForce={(version) => void send(version)}
      >
        <TextField
          label="Name"
          value={name}
          onInput={setName}
          maxLength={80}
          autofocus
          placeholder="Go-live date"
          error={saving.refused.of("name")}
        />
        {field ? (
          <Field label="Kind" hint="The kind stands: cards hold values of it.">
            {(wire) => <input {...wire} class="input" disabled value={kindOf(kind)?.label ?? kind} />}
          </Field>
        ) : (
          <ChoiceField
            label="Kind"
            value={kind}
            choices={KINDS}
            onChoose={(next) => setKind(next as FieldKind)}
            hint="It cannot be changed later."
            error={saving.refused.of("kind")}
          />
        )}
        {kind === "choice" && (
          <Options
            options={options}
            onChange={setOptions}
            error={saving.refused.of("options")}
            {...(field ? { before: field.options } : {})}
          />
        )}
        <FormFoot saving={saving} save={field ? "Save" : "Add field"} onCancel={onClose} />
      </Form>
    </Dialog>
  );
}

function Remove({ field, onClose }: { field: CustomField; onClose: () => void }) {
  const saving = useSaving([]);
  const [count, setCount] = useState<number | null>(null);
  useEffect(() => {
    boardApi.field(field.key).then(
      ({ data }) => setCount(data.task_count ?? 0),
      () => setCount(-1),
    );
  }, []);
  const submit = async () => {
    const done = await saving.run(() =>
      arrange("field", `Deleted the field ${field.name}`, () => boardApi.deleteField(field.key)),
    );
    if (done) onClose();
  };
  return (
    <Confirm
      title={`Delete ${field.name}?`}
      action="Delete field"
      saving={saving}
      onConfirm={() => void submit()}
      onClose={onClose}
      disabled={count === null}
    >
      <p class="dialog-text">
        {count === null && "Counting the cards that hold a value…"}
        {count === 0 && "No card holds a value of it."}
        {count !== null && count > 0 && (
          <>
            <strong>{plural(count, "card holds", "cards hold")} a value of it.</strong> The values are hidden,
            not lost: bringing the field back shows them again.
          </>
        )}
      </p>
    </Confirm>
  );
}

const rename = (field: CustomField, name: string) =>
  arrange("field", `Renamed ${field.name} to ${name}`, () =>
    boardApi.changeField(field.key, { name, version: field.version }),
  );

const move = (key: string, to: number) => {
  const name = customFields.value.find((each) => each.key === key)?.name ?? key;
  return arrange("field", `Moved the field ${name}`, () => boardApi.changeField(key, { position: to })).catch(
    (cause) => toast({ kind: "bad", title: "Not moved", detail: explain(cause) }),
  );
};

function List() {
  const [editing, setEditing] = useState<CustomField | "new" | null>(null);
  const [leaving, setLeaving] = useState<CustomField | null>(null);
  const can = mayArrange();
  const list = customFields.value;
  return (
    <>
      <OnlyAdmins what="Custom fields" />
      <Bar says={plural(list.length, "field")}>
        {can && <AddButton label="Add field" onClick={() => setEditing("new")} />}
      </Bar>
      {list.length === 0 && (
        <Nothing icon="list" title="No custom fields yet">
          <p>
            A budget, a go-live day, the channel, a link to the brief: what your cards should say besides.
          </p>
        </Nothing>
      )}
      {list.length > 0 && (
        <div class="set-list">
          <Sortable
            label="Custom fields"
            items={list}
            keyOf={(each) => each.key}
            nameOf={(each) => each.name}
            disabled={!can}
            onMove={move}
          >
            {(field, handle) => (
              <div class="set-row field-row-of">
                {handle}
                <span class="field-mark">
                  <Icon name={kindOf(field.kind)?.icon ?? "file"} size={15} />
                </span>
                <InlineText
                  strong
                  label={`Name of ${field.name}`}
                  value={field.name}
                  maxLength={80}
                  disabled={!can}
                  onKeep={(name) => rename(field, name)}
                />
                <span class="set-side faint cut">
                  {kindOf(field.kind)?.label}
                  {field.kind === "choice" && `: ${field.options.join(", ")}`}
                </span>
                {can && (
                  <span class="set-acts">
                    <button
                      type="button"
                      class="icon-btn"
                      aria-label={`Change ${field.name}`}
                      title="Change"
                      onClick={() => setEditing(field)}
                    >
                      <Icon name="pencil" size={14} />
                    </button>
                    <button
                      type="button"
                      class="icon-btn"
                      aria-label={`Delete ${field.name}`}
                      title="Delete"
                      onClick={() => setLeaving(field)}
                    >
                      <Icon name="trash" size={14} />
                    </button>
                  </span>
                )}
              </div>
            )}
          </Sortable>
        </div>
      )}
      {editing && <Edit field={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
      {leaving && <Remove field={leaving} onClose={() => setLeaving(null)} />}
    </>
  );
}

export default function Fields() {
  return <WithBoard>{() => <List />}</WithBoard>;
}
