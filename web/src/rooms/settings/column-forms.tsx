// A column that is added, and one that goes.
import { useState } from "preact/hooks";
import { boardApi, type Column, type ColumnKind } from "../../api/board";
import { arrange } from "../../commands/arrange";
import { columns } from "../../store/board";
import { ColorPicker } from "../../ui/color";
import { Dialog } from "../../ui/dialog";
import { ChoiceField, Confirm, Form, FormFoot, TextField, useSaving } from "../../ui/form";
import { plural } from "../../ui/format";
import { KINDS } from "./kinds";
import { useTotal } from "./parts";

const COLOR_OF: Record<ColumnKind, string> = {
  todo: "#a7afbe",
  active: "#0da6f2",
  review: "#14b8a6",
  done: "#22c365",
  blocked: "#dd3c3c",
  error: "#dd3c3c",
};

export function AddColumn({ onClose }: { onClose: () => void }) {
  const saving = useSaving(["name", "kind", "color", "wip_limit"]);
  const [name, setName] = useState("");
  const [kind, setKind] = useState<ColumnKind>("active");
  const [color, setColor] = useState<string | null>(null);
  const [limit, setLimit] = useState("");
  const shade = color ?? COLOR_OF[kind];
  const submit = async () => {
    const wip_limit = limit.trim() === "" ? null : Number(limit);
    const done = await saving.run(() =>
      arrange("column", `Added the column ${name.trim()}`, () =>
        boardApi.addColumn({ name, kind, color: shade, wip_limit }),
      ),
    );
    if (done) onClose();
  };
  return (
    <Dialog title="Add a column" size="s" onClose={onClose}>
      <Form label="Add a column" saving={saving} onSubmit={() => void submit()}>
        <TextField
          label="Name"
          value={name}
          onInput={setName}
          maxLength={60}
          autofocus
          placeholder="Client review"
          error={saving.refused.of("name")}
        />
        <ChoiceField
          label="Kind"
          value={kind}
          choices={KINDS}
          onChoose={(next) => setKind(next as ColumnKind)}
          hint="What it means for a card to stand here: it decides when work counts as begun, done or blocked."
          error={saving.refused.of("kind")}
        />
        <div class="fields">
          <div class="field">
            <span class="field-label" aria-hidden="true">
              Colour
            </span>
            <ColorPicker wide label="Colour" value={shade} onChoose={setColor} />
          </div>
          <TextField
            label="Limit"
            aside="optional"
            type="number"
            min={1}
            value={limit}
            onInput={setLimit}
            placeholder="None"
            error={saving.refused.of("wip_limit")}
          />
        </div>
        <FormFoot saving={saving} save="Add column" onCancel={onClose} />
      </Form>
    </Dialog>
  );
}

export function DeleteColumn({ column, onClose }: { column: Column; onClose: () => void }) {
  const saving = useSaving(["move_to"]);
  const total = useTotal({ status: column.key });
  const others = columns.value.filter((each) => each.key !== column.key);
  const near = others.find((each) => each.kind === column.kind) ?? others[0];
  const [target, setTarget] = useState(near?.key ?? "");
  const submit = async () => {
    const done = await saving.run(() =>
      arrange("column", `Deleted the column ${column.name}`, () =>
        boardApi.deleteColumn(column.key, total ? target : undefined),
      ),
    );
    if (done) onClose();
  };
  return (
    <Confirm
      title={`Delete ${column.name}?`}
      action="Delete column"
      saving={saving}
      onConfirm={() => void submit()}
      onClose={onClose}
      disabled={total === null}
    >
      {total === null && <p class="dialog-text">Counting its cards…</p>}
      {total === 0 && <p class="dialog-text">No card stands in it. Automations that name it will say so.</p>}
      {total !== null && total > 0 && (
        <>
          <p class="dialog-text">
            {plural(total, "card")} {total === 1 ? "stands" : "stand"} in it. They keep their order and go
            below what is in the other column.
          </p>
          <ChoiceField
            label="Where its cards go"
            value={target}
            choices={others.map((each) => ({ value: each.key, label: each.name, color: each.color }))}
            onChoose={setTarget}
            error={saving.refused.of("move_to")}
          />
        </>
      )}
    </Confirm>
  );
}
