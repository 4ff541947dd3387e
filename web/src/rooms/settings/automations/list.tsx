// The rules in the order in which they act, and examples to begin from.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { type Automation, automationsApi, type Rule } from "../../../api/automations";
import { arrange } from "../../../commands/arrange";
import { explain } from "../../../live/pending";
import { openTask } from "../../../overlay";
import { Confirm, Switch, useSaving } from "../../../ui/form";
import { plural } from "../../../ui/format";
import { Icon } from "../../../ui/icon";
import { Menu } from "../../../ui/menu";
import { Sortable } from "../../../ui/sortable";
import { Ago } from "../../../ui/time";
import { toast } from "../../../ui/toast";
import { AddButton, Bar, Block, Nothing } from "../parts";
import { blank, examples } from "./examples";
import { OUTCOME } from "./log";
import { sentence } from "./words";

function Lately({ rule, onLog }: { rule: Automation; onLog: () => void }) {
  const { record } = rule;
  if (!record) return <p class="rule-lately faint">Has not acted yet</p>;
  const outcome = OUTCOME[record.last_outcome];
  const troubled = record.failed > 0 || record.stopped > 0;
  return (
    <div class="rule-lately">
      <span class={`pill ${outcome.tone}`}>
        <Icon name={outcome.icon} size={13} />
        {outcome.label}
      </span>
      <span class="faint">
        <Ago at={record.last_at} />
      </span>
      {record.last_task && (
        <button
          type="button"
          class="link"
          title={record.last_task.title}
          onClick={() => record.last_task && openTask(record.last_task.id)}
        >
          #{record.last_task.number}
        </button>
      )}
      {record.last_reason && (
        <span class={record.last_outcome === "failed" ? "bad rule-why" : "faint rule-why"}>
          {record.last_reason}
        </span>
      )}
      <button type="button" class="rule-week faint num" onClick={onLog}>
        {record.done} done
        {troubled && <span class="bad">{record.failed > 0 && `, ${record.failed} failed`}</span>}
        {record.stopped > 0 && <span>, {record.stopped} stopped</span>} in 7 days
      </button>
    </div>
  );
}

interface RowProps {
  rule: Automation;
  handle: ComponentChildren;
  again: () => Promise<void>;
  onOpen: (id: string, view?: string) => void;
  onCopy: () => void;
  onDelete: () => void;
}

function Row({ rule, handle, again, onOpen, onCopy, onDelete }: RowProps) {
  const [wish, setWish] = useState<boolean | null>(null);
  const turn = async (on: boolean) => {
    setWish(on);
    try {
      const label = on ? `Switched ${rule.name} on` : `Switched ${rule.name} off`;
      await arrange("automation", label, () => automationsApi.change(rule.id, { enabled: on }));
      await again();
    } catch (cause) {
      toast({ kind: "bad", title: `${rule.name} was not switched`, detail: explain(cause) });
    } finally {
      setWish(null);
    }
  };
  const on = wish ?? rule.enabled;
  return (
    <div class={on ? "set-row rule-row" : "set-row rule-row rule-off"}>
      {handle}
      <div class="rule-words">
        <button type="button" class="rule-name" onClick={() => onOpen(rule.id)}>
          {rule.name}
        </button>
        <p class="rule-says">{sentence(rule)}</p>
        <Lately rule={rule} onLog={() => onOpen(rule.id, "log")} />
      </div>
      <Switch bare label={`${rule.name} is on`} checked={on} onChange={(next) => void turn(next)} />
      <Menu
        label={`Actions for ${rule.name}`}
        class="icon-btn"
        align="end"
        button={<Icon name="more" />}
        items={[
          { label: "Change…", icon: "pencil", run: () => onOpen(rule.id) },
          { label: "Log", icon: "list", run: () => onOpen(rule.id, "log") },
          { label: "Duplicate…", icon: "copy", run: onCopy },
          { label: "Delete…", icon: "trash", danger: true, run: onDelete },
        ]}
      />
    </div>
  );
}

function Remove({
  rule,
  again,
  onClose,
}: {
  rule: Automation;
  again: () => Promise<void>;
  onClose: () => void;
}) {
  const saving = useSaving([]);
  const submit = async () => {
    const done = await saving.run(() =>
      arrange("automation", `Deleted ${rule.name}`, () => automationsApi.remove(rule.id)),
    );
    if (!done) return;
    void again();
    onClose();
  };
  return (
    <Confirm
      title={`Delete ${rule.name}?`}
      action="Delete rule"
      saving={saving}
      onConfirm={() => void submit()}
      onClose={onClose}
    >
      <p class="dialog-text">It acts no more. What it did stays; undo brings it back with its log.</p>
    </Confirm>
  );
}

function Examples({ onNew }: { onNew: (rule: Rule) => void }) {
  return (
    <Block
      title="Examples"
      about="Made for this board. Each opens as a rule you can change before it is kept."
    >
      <ul class="examples">
        {examples().map(({ icon, rule }) => (
          <li key={rule.name}>
            <button type="button" class="card example" onClick={() => onNew(rule)}>
              <span class="field-mark">
                <Icon name={icon} size={15} />
              </span>
              <span class="example-name">{rule.name}</span>
              <span class="faint example-says">{sentence(rule)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Block>
  );
}

interface ListProps {
  rules: Automation[];
  again: () => Promise<void>;
  onNew: (rule: Rule) => void;
  onOpen: (id: string, view?: string) => void;
}

export function RuleList({ rules, again, onNew, onOpen }: ListProps) {
  const [leaving, setLeaving] = useState<Automation | null>(null);
  const on = rules.filter((each) => each.enabled).length;
  const move = (id: string, to: number) => {
    const name = rules.find((each) => each.id === id)?.name ?? id;
    return arrange("automation", `Moved ${name}`, () => automationsApi.change(id, { position: to }))
      .then(again)
      .catch((cause) => toast({ kind: "bad", title: "Not moved", detail: explain(cause) }));
  };
  return (
    <>
      <Bar says={rules.length === 0 ? "" : `${plural(rules.length, "rule")}, ${on} on`}>
        <AddButton label="New rule" onClick={() => onNew(blank())} />
      </Bar>
      {rules.length === 0 ? (
        <Nothing icon="bolt" title="No rules yet">
          <p>
            A rule does by itself what you would do by hand: when something happens to a card, and the card
            fits, it moves, assigns, comments or tells somebody.
          </p>
        </Nothing>
      ) : (
        <>
          <div class="set-list">
            <Sortable
              label="Rules, in the order in which they act"
              items={rules}
              keyOf={(each) => each.id}
              nameOf={(each) => each.name}
              onMove={move}
            >
              {(rule, handle) => (
                <Row
                  rule={rule}
                  handle={handle}
                  again={again}
                  onOpen={onOpen}
                  onCopy={() => onNew({ ...rule, name: `${rule.name} (copy)`.slice(0, 120) })}
                  onDelete={() => setLeaving(rule)}
                />
              )}
            </Sortable>
          </div>
          <p class="set-foot faint">
            Rules that fit one event act in this order. They cannot run in circles: a chain ends after five
            steps, and a rule acts on a card once in it.
          </p>
        </>
      )}
      <Examples onNew={onNew} />
      {leaving && <Remove rule={leaving} again={again} onClose={() => setLeaving(null)} />}
    </>
  );
}
