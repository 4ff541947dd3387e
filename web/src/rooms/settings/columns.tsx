// The columns of the board: their order, names, kinds and limits, and the ways between them.
import { useState } from "preact/hooks";
import { boardApi, type Column, type ColumnChange, type ColumnKind } from "../../api/board";
import { arrange } from "../../commands/arrange";
import { explain } from "../../live/pending";
import { columns, doneHidden, idsOf } from "../../store/board";
import { ColorPicker } from "../../ui/color";
import { plural } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { InlineText } from "../../ui/inline";
import { Menu } from "../../ui/menu";
import { Picker } from "../../ui/picker";
import { Sortable } from "../../ui/sortable";
import { toast } from "../../ui/toast";
import { AddColumn, DeleteColumn } from "./column-forms";
import { KINDS, kindName } from "./kinds";
import { AddButton, Bar, mayArrange, OnlyAdmins, useTotal, WithBoard } from "./parts";
import { Templates } from "./templates";
import { Ways } from "./ways";

const change = (column: Column, what: ColumnChange, label: string) =>
  arrange("column", label, () => boardApi.changeColumn(column.key, { ...what, version: column.version }));

/** For what is chosen rather than typed: there is no field to show a refusal at. */
function chosen(column: Column, what: ColumnChange, label: string): void {
  change(column, what, label).catch((cause) =>
    toast({
      kind: "bad",
      title: `Refused: ${label.charAt(0).toLowerCase()}${label.slice(1)}`,
      detail: explain(cause),
    }),
  );
}

const move = (key: string, to: number) => {
  const column = columns.value.find((each) => each.key === key);
  if (!column) return Promise.resolve();
  return arrange("column", `Moved the column ${column.name}`, () =>
    boardApi.changeColumn(key, { position: to }),
  ).catch((cause) => toast({ kind: "bad", title: "Not moved", detail: explain(cause) }));
};

function Count({ column }: { column: Column }) {
  const here = idsOf(column.key).length;
  // What was done long ago is not on the board, and still in the column.
  const all = useTotal(column.kind === "done" && doneHidden.value > 0 ? { status: column.key } : null);
  const total = Math.max(all ?? 0, here);
  const over = column.wip_limit !== null && here > column.wip_limit;
  return (
    <a class={over ? "col-count num bad" : "col-count num"} href={`/board?layout=list&status=${column.key}`}>
      {plural(total, "card")}
    </a>
  );
}

function ColumnRow({
  column,
  handle,
  index,
  onDelete,
}: {
  column: Column;
  handle: preact.ComponentChildren;
  index: number;
  onDelete: () => void;
}) {
  const can = mayArrange();
  const last = columns.value.length - 1;
  return (
    <div class="set-row col-row">
      {handle}
      <ColorPicker
        label={`Colour of ${column.name}`}
        value={column.color}
        disabled={!can}
        onChoose={(color) => chosen(column, { color }, `Recoloured ${column.name}`)}
      />
      <InlineText
        strong
        label={`Name of ${column.name}`}
        value={column.name}
        maxLength={60}
        disabled={!can}
        onKeep={(name) => change(column, { name }, `Renamed ${column.name} to ${name}`)}
      />
      <Picker
        label={`Kind of ${column.name}: ${kindName(column.kind)}`}
        class="picker col-kind"
        disabled={!can}
        button={kindName(column.kind)}
        chosen={[column.kind]}
        choices={KINDS}
        onChoose={([kind]) =>
          kind && chosen(column, { kind: kind as ColumnKind }, `${column.name} now means ${kindName(kind)}`)
        }
      />
      <span class="col-limit">
        <span class="col-limit-word" aria-hidden="true">
          Limit
        </span>
        <InlineText
          type="number"
          min={1}
          emptiable
          label={`Limit of ${column.name}`}
          placeholder="None"
          value={column.wip_limit === null ? "" : String(column.wip_limit)}
          disabled={!can}
          onKeep={(text) =>
            change(
              column,
              { wip_limit: text === "" ? null : Number(text) },
              text === "" ? `${column.name} has no limit` : `${column.name} holds ${text} at most`,
            )
          }
        />
      </span>
      <Count column={column} />
      {can && (
        <Menu
          label={`Actions for the column ${column.name}`}
          class="icon-btn"
          align="end"
          button={<Icon name="more" />}
          items={[
            {
              label: "Move up",
              icon: "up",
              disabled: index === 0,
              run: () => void move(column.key, index - 1),
            },
            {
              label: "Move down",
              icon: "down",
              disabled: index === last,
              run: () => void move(column.key, index + 1),
            },
            { label: "Delete…", icon: "trash", danger: true, run: onDelete },
          ]}
        />
      )}
    </div>
  );
}

function List() {
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<Column | null>(null);
  const list = columns.value;
  const cards = list.reduce((sum, each) => sum + idsOf(each.key).length, 0);
  return (
    <>
      <OnlyAdmins what="Columns" />
      <Bar says={`${plural(list.length, "column")}, ${plural(cards, "card")} on the board`}>
        {mayArrange() && <AddButton label="Add column" onClick={() => setAdding(true)} />}
      </Bar>
      <div class="set-list">
        <Sortable
          label="Columns, from left to right"
          items={list}
          keyOf={(each) => each.key}
          nameOf={(each) => each.name}
          disabled={!mayArrange()}
          onMove={move}
        >
          {(column, handle, index) => (
            <ColumnRow column={column} handle={handle} index={index} onDelete={() => setLeaving(column)} />
          )}
        </Sortable>
      </div>
      <p class="set-foot faint">
        A limit is how many cards a column shall hold. Whether a full one warns or refuses is set under{" "}
        <a href="/settings/general">General</a>.
      </p>
      <Ways />
      <Templates />
      {adding && <AddColumn onClose={() => setAdding(false)} />}
      {leaving && <DeleteColumn column={leaving} onClose={() => setLeaving(null)} />}
    </>
  );
}

export default function Columns() {
  return <WithBoard>{() => <List />}</WithBoard>;
}
