// Planning a sprint, ending one, and taking one away.
import { useEffect, useState } from "preact/hooks";
import { boardApi, type Sprint, type Task } from "../../api/board";
import { arrange } from "../../commands/arrange";
import { explain } from "../../live/pending";
import { columnByKey, columns } from "../../store/board";
import { Dialog } from "../../ui/dialog";
import { AreaField, ChoiceField, Confirm, Form, FormFoot, TextField, useSaving } from "../../ui/form";
import { plural } from "../../ui/format";
import { Skeleton } from "../../ui/parts";
import { daysTo, today } from "../board/days";
import { addDays, weekdayOf } from "../task/quick-dates";
import { span } from "./sprints";

const LENGTHS = [7, 14, 21, 28];

/** After the last one, as long as it; else two weeks from the next Monday. */
function proposal(all: readonly Sprint[]): { name: string; start: string; end: string } {
  const last = [...all].sort((a, b) => (a.end_date < b.end_date ? 1 : -1))[0];
  const monday = addDays(today(), (7 - weekdayOf(today())) % 7);
  if (!last) return { name: "Sprint 1", start: monday, end: addDays(monday, 13) };
  const start = last.end_date < today() ? monday : addDays(last.end_date, 1);
  const number = /^(.*?)(\d+)$/.exec(last.name);
  const name = number ? `${number[1]}${Number(number[2]) + 1}` : "";
  return { name, start, end: addDays(start, daysTo(last.end_date, last.start_date)) };
}

interface EditProps {
  sprint: Sprint | null;
  all: readonly Sprint[];
  onClose: () => void;
}

export function EditSprint({ sprint, all, onClose }: EditProps) {
  const saving = useSaving(["name", "goal", "start_date", "end_date"]);
  const [first] = useState(() => proposal(all));
  const [name, setName] = useState(sprint?.name ?? first.name);
  const [goal, setGoal] = useState(sprint?.goal ?? "");
  const [start, setStart] = useState(sprint?.start_date ?? first.start);
  const [end, setEnd] = useState(sprint?.end_date ?? first.end);
  const over = sprint?.status === "completed";
  const length = start && end ? daysTo(end, start) + 1 : 0;
  const send = async (version: number | undefined) => {
    const days = over ? {} : { start_date: start, end_date: end };
    const done = await saving.run(() =>
      sprint
        ? arrange("sprint", `Changed ${name.trim()}`, () =>
            boardApi.changeSprint(sprint.id, { name, goal, ...days, ...(version ? { version } : {}) }),
          )
        : arrange("sprint", `Planned ${name.trim()}`, () =>
            boardApi.addSprint({ name, goal, start_date: start, end_date: end }),
          ),
    );
    if (done) onClose();
  };
  const title = sprint ? `Change ${sprint.name}` : "Plan a sprint";
  return (
    <Dialog title={title} size="s" onClose={onClose}>
      <Form
        label={title}
        saving={saving}
        onSubmit={() => void send(sprint?.version)}
        onForce={(version) => void send(version)}
      >
        <TextField
          label="Name"
          value={name}
          onInput={setName}
          maxLength={120}
          autofocus
          placeholder="Sprint 12"
          error={saving.refused.of("name")}
        />
        <AreaField
          label="Goal"
          aside="optional"
          value={goal}
          onInput={setGoal}
          maxLength={5000}
          placeholder="What is true when it is over?"
          error={saving.refused.of("goal")}
        />
        <div class="fields">
          <TextField
            label="First day"
            type="date"
            value={start}
            disabled={over}
            onInput={(day) => {
              // It keeps its length when it begins on another day.
              if (day && length > 0) setEnd(addDays(day, length - 1));
              setStart(day);
            }}
            error={saving.refused.of("start_date")}
          />
          <TextField
            label="Last day"
            type="date"
            value={end}
            disabled={over}
            onInput={setEnd}
            error={saving.refused.of("end_date")}
          />
        </div>
        {over ? (
          <p class="field-hint">It is completed: its days are history.</p>
        ) : (
          <div class="lengths" role="group" aria-label="How long">
            {LENGTHS.map((each) => (
              <button
                key={each}
                type="button"
                class={length === each ? "chip chip-on" : "chip"}
                aria-pressed={length === each}
                disabled={!start}
                onClick={() => setEnd(addDays(start, each - 1))}
              >
                {plural(each / 7, "week")}
              </button>
            ))}
            <span class="faint num">{length > 0 && plural(length, "day")}</span>
          </div>
        )}
        <FormFoot saving={saving} save={sprint ? "Save" : "Plan sprint"} onCancel={onClose} />
      </Form>
    </Dialog>
  );
}

const SHOWN = 8;

/** What is not done of it, as the server will carry it over. */
function useOpen(sprint: Sprint): { tasks: Task[] | null; total: number; failed: unknown } {
  const [found, setFound] = useState<{ tasks: Task[] | null; total: number; failed: unknown }>({
    tasks: null,
    total: 0,
    failed: null,
  });
  useEffect(() => {
    const keys = columns.value.filter((each) => each.kind !== "done").map((each) => each.key);
    boardApi.tasks({ sprint: sprint.id, status: keys.join(","), limit: SHOWN }).then(
      ({ data, meta }) => setFound({ tasks: data, total: meta.total ?? data.length, failed: null }),
      (failed) => setFound({ tasks: [], total: 0, failed }),
    );
  }, []);
  return found;
}

interface CompleteProps {
  sprint: Sprint;
  planned: readonly Sprint[];
  onClose: () => void;
}

export function CompleteSprint({ sprint, planned, onClose }: CompleteProps) {
  const saving = useSaving(["carry_to"]);
  const next = [...planned].sort((a, b) => (a.start_date < b.start_date ? -1 : 1));
  const [target, setTarget] = useState(next[0]?.id ?? "backlog");
  const { tasks, total, failed } = useOpen(sprint);
  const submit = async () => {
    const done = await saving.run(() =>
      arrange("sprint", `Completed ${sprint.name}`, () => boardApi.completeSprint(sprint.id, target)),
    );
    if (done) onClose();
  };
  return (
    <Dialog title={`Complete ${sprint.name}`} size="s" onClose={onClose}>
      <Form label={`Complete ${sprint.name}`} saving={saving} onSubmit={() => void submit()}>
        <p class="dialog-text num">
          {plural(sprint.done_count ?? 0, "card is", "cards are")} done
          {tasks ? `, ${total} ${total === 1 ? "is" : "are"} not.` : "…"}
        </p>
        {failed !== null && <p class="bad pre">{explain(failed)}</p>}
        {!tasks && <Skeleton rows={3} />}
        {tasks && total > 0 && (
          <>
            <ul class="open-cards" aria-label="Not done">
              {tasks.map((each) => (
                <li key={each.id}>
                  <span class="faint num">#{each.number}</span>
                  <span class="cut">{each.title}</span>
                  <span class="faint">{columnByKey.value.get(each.status)?.name ?? each.status}</span>
                </li>
              ))}
              {total > tasks.length && <li class="faint">and {total - tasks.length} more</li>}
            </ul>
            <ChoiceField
              label="What is not done goes to"
              value={target}
              choices={[
                ...next.map((each) => ({ value: each.id, label: each.name, hint: span(each) })),
                { value: "backlog", label: "The backlog", hint: "No sprint" },
              ]}
              onChoose={setTarget}
              error={saving.refused.of("carry_to")}
            />
          </>
        )}
        <FormFoot saving={saving} save="Complete sprint" onCancel={onClose} disabled={!tasks} />
      </Form>
    </Dialog>
  );
}

export function DeleteSprint({ sprint, onClose }: { sprint: Sprint; onClose: () => void }) {
  const saving = useSaving([]);
  const count = sprint.task_count ?? 0;
  const submit = async () => {
    const done = await saving.run(() =>
      arrange("sprint", `Deleted ${sprint.name}`, () => boardApi.deleteSprint(sprint.id)),
    );
    if (done) onClose();
  };
  return (
    <Confirm
      title={`Delete ${sprint.name}?`}
      action="Delete sprint"
      saving={saving}
      onConfirm={() => void submit()}
      onClose={onClose}
    >
      <p class="dialog-text">
        {count > 0
          ? `${plural(count, "card goes", "cards go")} back to the backlog. None is deleted.`
          : "No card is in it."}
      </p>
    </Confirm>
  );
}
