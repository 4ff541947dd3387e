// What a rule does, one after the other.
import type { Action } from "../../../api/automations";
import { columnByKey, columns, firstColumn } from "../../../store/board";
import { AreaField, ChoiceField, SeveralField, TextField } from "../../../ui/form";
import { Icon, type IconName } from "../../../ui/icon";
import { reordered } from "../../../ui/order";
import { Picker } from "../../../ui/picker";
import { Sortable } from "../../../ui/sortable";
import { ofAgents, ofPeople, ROLES } from "./known";
import { SetPart } from "./set-field";
import { actionWords } from "./words";

/** An action with a number of its own: two may say the same, and order changes. */
export interface Step {
  id: string;
  action: Action;
}

const KINDS: { value: Action["do"]; label: string; icon: IconName; fresh: () => Action }[] = [
  {
    value: "move",
    label: "Move it",
    icon: "right",
    fresh: () => ({ do: "move", status: firstColumn.value?.key ?? "" }),
  },
  { value: "assign", label: "Assign it", icon: "agents", fresh: () => ({ do: "assign", agent: "auto" }) },
  {
    value: "set",
    label: "Set a field",
    icon: "pencil",
    fresh: () => ({ do: "set", field: "priority", value: "p1" }),
  },
  {
    value: "label",
    label: "Change its labels",
    icon: "tag",
    fresh: () => ({ do: "label", add: [], remove: [] }),
  },
  { value: "comment", label: "Comment on it", icon: "chat", fresh: () => ({ do: "comment", content: "" }) },
  {
    value: "notify",
    label: "Tell somebody",
    icon: "bell",
    fresh: () => ({ do: "notify", to: ["accountable"], message: "" }),
  },
  { value: "start_agent", label: "Start an agent", icon: "runs", fresh: () => ({ do: "start_agent" }) },
];

let made = 0;
export const stepOf = (action: Action): Step => ({ id: `step${made++}`, action });

interface OneProps {
  action: Action;
  onChange: (action: Action) => void;
  error: string | undefined;
}

const HOLES = "{title}, {number} and {status} become the card's.";

function Move({ action, onChange, error }: OneProps & { action: Extract<Action, { do: "move" }> }) {
  const blocked = columnByKey.value.get(action.status)?.kind === "blocked";
  return (
    <>
      <ChoiceField
        label="To the column"
        value={action.status}
        choices={columns.value.map((each) => ({ value: each.key, label: each.name, color: each.color }))}
        onChoose={(status) => onChange({ do: "move", status })}
        error={blocked ? undefined : error}
        hint="By the ways and limits of the board: where they refuse it, the log says so."
      />
      {blocked && (
        <TextField
          label="What is in the way"
          value={action.blocked_reason ?? ""}
          maxLength={2000}
          onInput={(reason) => onChange({ ...action, blocked_reason: reason || null })}
          error={error}
        />
      )}
    </>
  );
}

function labelled(text: string) {
  return { value: text, label: text };
}

function Fields({ action, onChange, error }: OneProps) {
  switch (action.do) {
    case "move":
      return <Move action={action} onChange={onChange} error={error} />;
    case "assign":
      return (
        <ChoiceField
          label="To"
          value={action.agent ?? ""}
          none="Nobody"
          choices={[{ value: "auto", label: "Who suits it best" }, ...ofAgents()]}
          onChoose={(agent) => onChange({ do: "assign", agent: agent || null })}
          error={error}
        />
      );
    case "set":
      return <SetPart action={action} onChange={onChange} error={error} />;
    case "label":
      return (
        <>
          <SeveralField
            label="Add"
            values={action.add ?? []}
            choices={[]}
            make={labelled}
            onChoose={(add) => onChange({ ...action, add })}
            error={error}
          />
          <SeveralField
            label="Take off"
            values={action.remove ?? []}
            choices={[]}
            make={labelled}
            onChoose={(remove) => onChange({ ...action, remove })}
          />
        </>
      );
    case "comment":
      return (
        <AreaField
          label="Text"
          value={action.content}
          rows={2}
          maxLength={5000}
          placeholder="Please check {title} before it goes out."
          onInput={(content) => onChange({ do: "comment", content })}
          error={error}
          hint={`Markdown; @name tells somebody. ${HOLES}`}
        />
      );
    case "notify":
      return (
        <>
          <SeveralField
            label="Whom"
            values={action.to}
            choices={[...ROLES, ...ofPeople()]}
            onChoose={(to) => onChange({ ...action, to })}
          />
          <AreaField
            label="Message"
            value={action.message}
            rows={2}
            maxLength={1000}
            placeholder="{title} waits for you"
            onInput={(message) => onChange({ ...action, message })}
            error={error}
            hint={HOLES}
          />
        </>
      );
    case "start_agent":
      return (
        <ChoiceField
          label="Which"
          value={action.agent ?? ""}
          none="The one it is assigned to"
          choices={ofAgents()}
          onChoose={(agent) => onChange(agent ? { do: "start_agent", agent } : { do: "start_agent" })}
          hint="A run begins, which may cost money. An agent without an agent file starts nothing."
          error={error}
        />
      );
  }
}

interface Props {
  steps: Step[];
  onChange: (steps: Step[]) => void;
  of: (path: string) => string | undefined;
}

export function ActionsPart({ steps, onChange, of }: Props) {
  const kind = (action: Action) => KINDS.find((each) => each.value === action.do);
  return (
    <div class="rule-list">
      <Sortable
        label="What is done, in this order"
        class="rule-steps"
        items={steps.map((step, at) => ({ ...step, at }))}
        keyOf={(each) => each.id}
        nameOf={(each) => actionWords(each.action)}
        onMove={(id, to) => {
          const by = new Map(steps.map((each) => [each.id, each]));
          const order = reordered([...by.keys()], id, to);
          onChange(order.flatMap((each) => by.get(each) ?? []));
          return Promise.resolve();
        }}
      >
        {({ id, action, at }, handle) => (
          <div class="rule-step" role="group" aria-label={`Action ${at + 1}: ${kind(action)?.label}`}>
            {handle}
            <div class="rule-step-body">
              <span class="rule-step-name">
                <Icon name={kind(action)?.icon ?? "bolt"} size={14} />
                {kind(action)?.label}
              </span>
              <div class="rule-fields">
                <Fields
                  action={action}
                  error={of(`then.${at}`)}
                  onChange={(next) =>
                    onChange(steps.map((each) => (each.id === id ? { id, action: next } : each)))
                  }
                />
              </div>
            </div>
            <button
              type="button"
              class="icon-btn"
              aria-label={`Take off: ${actionWords(action)}`}
              title="Take off"
              onClick={() => onChange(steps.filter((each) => each.id !== id))}
            >
              <Icon name="x" size={13} />
            </button>
          </div>
        )}
      </Sortable>
      <Picker
        label={`${steps.length === 0 ? "Do…" : "And then do…"}: add an action`}
        class="btn btn-s btn-ghost rule-add"
        button={
          <>
            <Icon name="plus" size={13} />
            {steps.length === 0 ? "Do…" : "And then do…"}
          </>
        }
        chosen={[]}
        choices={KINDS}
        onChoose={([value]) => {
          const fresh = KINDS.find((each) => each.value === value)?.fresh();
          if (fresh) onChange([...steps, stepOf(fresh)]);
        }}
      />
      {steps.length === 0 && of("then") && <p class="field-error">Say at least one thing to do.</p>}
    </div>
  );
}
