// Where cards may go from each column. What says nothing lets them go anywhere.
import { useState } from "preact/hooks";
import { boardApi, type Column } from "../../api/board";
import { arrange } from "../../commands/arrange";
import { boardSettings, columnByKey, columns } from "../../store/board";
import { Form, FormFoot, SeveralField, useSaving } from "../../ui/form";
import { Icon } from "../../ui/icon";
import { Block, mayArrange } from "./parts";

type Transitions = Record<string, string[]>;

function Shown({ from, ways }: { from: Column; ways: string[] | undefined }) {
  const names = (ways ?? []).map((key) => columnByKey.value.get(key)?.name ?? key);
  return (
    <li class="way">
      <span class="way-from">
        <span class="color-dot" style={{ background: from.color }} aria-hidden="true" />
        {from.name}
      </span>
      <Icon name="right" size={13} label="to" />
      <span class={ways ? "" : "faint"}>{ways ? names.join(", ") || "Nowhere: cards stay" : "Anywhere"}</span>
    </li>
  );
}

function Edit({ start, version, onClose }: { start: Transitions; version: number; onClose: () => void }) {
  const saving = useSaving(columns.value.map((each) => `transitions.${each.key}`));
  const [ways, setWays] = useState<Transitions>(start);
  const set = (key: string, values: string[]) => {
    const { [key]: _gone, ...rest } = ways;
    setWays(values.length > 0 ? { ...rest, [key]: values } : rest);
  };
  const send = async (made: number) => {
    const done = await saving.run(() =>
      arrange("settings", "Changed where cards may go", () =>
        boardApi.changeSettings({ transitions: ways, version: made }),
      ),
    );
    if (done) onClose();
  };
  return (
    <Form
      label="Where cards may go"
      saving={saving}
      onSubmit={() => void send(version)}
      onForce={(made) => void send(made)}
    >
      {columns.value.map((from) => (
        <SeveralField
          key={from.key}
          label={`From ${from.name}`}
          empty={
            ways[from.key] ? "Nowhere; add a column to open it" : "Anywhere; add a column to restrict it"
          }
          values={ways[from.key] ?? []}
          choices={columns.value
            .filter((each) => each.key !== from.key)
            .map((each) => ({ value: each.key, label: each.name, color: each.color }))}
          onChoose={(values) => set(from.key, values)}
          error={saving.refused.of(`transitions.${from.key}`)}
        />
      ))}
      <FormFoot saving={saving} save="Save" onCancel={onClose} />
    </Form>
  );
}

export function Ways() {
  const [editing, setEditing] = useState<{ start: Transitions; version: number } | null>(null);
  const settings = boardSettings.value;
  if (!settings) return null;
  const open = Object.keys(settings.transitions).length === 0;
  return (
    <Block
      title="Where cards may go"
      about={
        open
          ? "From any column to any other. Restrict it where work must not skip a step."
          : "A move outside these ways is refused, whoever makes it."
      }
      side={
        mayArrange() &&
        !editing && (
          <button
            type="button"
            class="btn btn-s"
            onClick={() => setEditing({ start: settings.transitions, version: settings.version })}
          >
            {open ? "Restrict" : "Change"}
          </button>
        )
      }
    >
      {editing ? (
        <div class="set-panel">
          <Edit {...editing} onClose={() => setEditing(null)} />
        </div>
      ) : (
        !open && (
          <ul class="set-list ways">
            {columns.value.map((from) => (
              <Shown key={from.key} from={from} ways={settings.transitions[from.key]} />
            ))}
          </ul>
        )
      )}
    </Block>
  );
}
