// A recurring task as it is set up: what comes, how often, and what happens to times that were missed.
import { useState } from "preact/hooks";
import { type Missed, type Recurring, recurringApi, type TaskTemplate } from "../../../api/recurring";
import { arrange } from "../../../commands/arrange";
import { boardSettings } from "../../../store/board";
import { ChoiceField, Form, FormFoot, TextField, useSaving } from "../../../ui/form";
import { today } from "../../board/days";
import { clockIn, ZONES } from "../zones";
import { NextTimes } from "./preview";
import { type Recurrence, readRule, ruleWords, writeRule } from "./rule";
import { EMPTY, TemplatePart } from "./template";
import { OftenPart } from "./when";

interface Props {
  kept: Recurring | null;
  onDone: () => void;
  onCancel: () => void;
}

const MISSED: { value: Missed; label: string; hint: string }[] = [
  { value: "latest", label: "Make one card for the newest", hint: "Usual" },
  { value: "skip", label: "Forget them", hint: "Only what is on time" },
  { value: "all", label: "Make a card for each", hint: "Nothing is left out" },
];

const FIELDS = ["name", "template", "rule", "starts", "time_zone", "due_after_days", "missed"];

export function Editor({ kept, onDone, onCancel }: Props) {
  const saving = useSaving(FIELDS);
  const { of } = saving.refused;
  const [name, setName] = useState(kept?.name ?? "");
  const [template, setTemplate] = useState<TaskTemplate>(kept?.template ?? EMPTY);
  const [often, setOften] = useState<Recurrence>(() => readRule(kept?.rule ?? "FREQ=WEEKLY;BYDAY=MO"));
  const [day, setDay] = useState(kept?.starts.slice(0, 10) ?? today());
  const [time, setTime] = useState(kept?.starts.slice(11, 16) ?? "09:00");
  const [zone, setZone] = useState(kept?.time_zone ?? boardSettings.value?.time_zone ?? "UTC");
  const [due, setDue] = useState(kept?.due_after_days == null ? "" : String(kept.due_after_days));
  const [missed, setMissed] = useState<Missed>(kept?.missed ?? "latest");
  const [made] = useState(kept?.version);
  const rule = writeRule(often);
  const starts = `${day}T${time}`;

  const send = async (version: number | undefined) => {
    const body = {
      // Named for its cards where nobody gave it a name of its own.
      name: name.trim() || template.title.replaceAll("{date}", "").trim().slice(0, 120),
      template,
      rule,
      starts,
      time_zone: zone,
      due_after_days: due === "" ? null : Number(due),
      missed,
    };
    const done = await saving.run(() =>
      kept
        ? arrange("recurring task", `Changed ${body.name}`, () =>
            recurringApi.change(kept.id, { ...body, ...(version ? { version } : {}) }),
          )
        : arrange("recurring task", `Set up ${body.name}`, () => recurringApi.add(body)),
    );
    if (done) onDone();
  };
  return (
    <Form
      label="Recurring task"
      class="form rule"
      saving={saving}
      onSubmit={() => void send(made)}
      onForce={(version) => void send(version)}
    >
      <p class="rule-sentence" aria-live="polite">
        A card {template.title ? <strong>“{template.title}”</strong> : "…"} comes {ruleWords(rule)} at {time}
        {due !== "" &&
          (Number(due) === 0
            ? ", due on the same day"
            : `, due ${due} ${due === "1" ? "day" : "days"} later`)}
        .
      </p>
      <div class="recurring-parts">
        <div class="rule-parts">
          <fieldset class="rule-part">
            <legend>What</legend>
            <TemplatePart template={template} onChange={setTemplate} of={of} />
          </fieldset>
          <fieldset class="rule-part">
            <legend>When</legend>
            <div class="rule-list">
              <OftenPart value={often} start={day} onChange={setOften} error={of("rule")} />
              <div class="rule-fields">
                <TextField
                  label="From"
                  type="date"
                  value={day}
                  onInput={setDay}
                  hint="The first day it may come."
                  error={of("starts")}
                />
                <TextField label="At" type="time" value={time} onInput={setTime} />
                <ChoiceField
                  label="Time zone"
                  value={zone}
                  choices={ZONES}
                  onChoose={(next) => next && setZone(next)}
                  hint={`It is ${clockIn(zone)} there.`}
                  error={of("time_zone")}
                />
                <TextField
                  label="Due after so many days"
                  aside="optional"
                  type="number"
                  min={0}
                  placeholder="No due date"
                  value={due}
                  onInput={setDue}
                  error={of("due_after_days")}
                />
                <ChoiceField
                  label="Times that were missed"
                  value={missed}
                  choices={MISSED}
                  onChoose={(next) => setMissed(next as Missed)}
                  hint="While the server was off."
                  error={of("missed")}
                />
                <TextField
                  label="Name in the list"
                  aside="optional"
                  value={name}
                  onInput={setName}
                  maxLength={120}
                  placeholder="As its card"
                  error={of("name")}
                />
              </div>
            </div>
          </fieldset>
        </div>
        <NextTimes asked={{ rule, starts, time_zone: zone }} />
      </div>
      <FormFoot saving={saving} save={kept ? "Save" : "Set up"} onCancel={onCancel} />
    </Form>
  );
}
