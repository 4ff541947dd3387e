// A rule as it is written: when, if, then. It reads as a sentence, and is tried before it is kept.
import { useState } from "preact/hooks";
import { type Automation, automationsApi, type Rule, ruleOf } from "../../../api/automations";
import { arrange } from "../../../commands/arrange";
import { Form, FormFoot, TextField, useSaving } from "../../../ui/form";
import { ActionsPart, type Step, stepOf } from "./actions";
import { ConditionsPart } from "./conditions";
import { Trial } from "./trial";
import { WhenPart } from "./when";
import { sentence } from "./words";

interface Props {
  /** What it begins from: a rule that is kept, an example, or nothing much. */
  start: Rule;
  kept: Automation | null;
  onDone: () => void;
  onCancel: () => void;
}

export function Editor({ start, kept, onDone, onCancel }: Props) {
  const saving = useSaving(["name", "when", "only_if", "then", "hourly_limit"]);
  const [name, setName] = useState(start.name);
  const [when, setWhen] = useState(start.when);
  const [filter, setFilter] = useState(start.only_if);
  const [steps, setSteps] = useState<Step[]>(() => start.then.map(stepOf));
  const [limit, setLimit] = useState(String(start.hourly_limit));
  const [made] = useState(kept?.version);
  const rule = ruleOf(
    name,
    when,
    filter,
    steps.map((each) => each.action),
    Number(limit),
  );
  const { of } = saving.refused;

  const send = async (version: number | undefined) => {
    const title = name.trim() || "the rule";
    const done = await saving.run(() =>
      kept
        ? arrange("automation", `Changed ${title}`, () =>
            automationsApi.change(kept.id, { ...rule, ...(version ? { version } : {}) }),
          )
        : arrange("automation", `Added ${title}`, () => automationsApi.add({ ...rule, enabled: true })),
    );
    if (done) onDone();
  };
  return (
    <Form
      label="Rule"
      class="form rule"
      saving={saving}
      onSubmit={() => void send(made)}
      onForce={(version) => void send(version)}
    >
      <TextField
        label="Name"
        value={name}
        onInput={setName}
        maxLength={120}
        placeholder="What it is for, in a few words"
        error={of("name")}
      />
      <p class="rule-sentence" aria-live="polite">
        {sentence(rule)}
      </p>
      <div class="rule-parts">
        <fieldset class="rule-part">
          <legend>When</legend>
          <WhenPart when={when} onChange={setWhen} of={of} />
        </fieldset>
        <fieldset class="rule-part">
          <legend>If</legend>
          <ConditionsPart filter={filter} onChange={setFilter} of={of} />
        </fieldset>
        <fieldset class="rule-part">
          <legend>Then</legend>
          <ActionsPart steps={steps} onChange={setSteps} of={of} />
        </fieldset>
      </div>
      <Trial rule={rule} />
      <TextField
        class="rule-limit"
        label="At most this often within an hour"
        type="number"
        min={1}
        max={1000}
        value={limit}
        onInput={setLimit}
        hint="A ceiling against floods. What is above it is stopped and stands in the log."
        error={of("hourly_limit")}
      />
      <FormFoot saving={saving} save={kept ? "Save" : "Save and switch on"} onCancel={onCancel} />
    </Form>
  );
}
