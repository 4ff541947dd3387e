// The facts of a card, each changed in its place.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Priority, Task, TaskChange } from "../../api/board";
import { type Effect, taskApi } from "../../api/task";
import { boardSettings, categories, columns, customFields, people, roster, sprints } from "../../store/board";
import { Icon } from "../../ui/icon";
import { type Choice, Mark, Picker } from "../../ui/picker";
import { AgentFace, PriorityMark } from "../board/marks";
import { CustomFieldRow } from "./custom";
import type { OpenTask } from "./open-task";

const PRIORITIES: Record<Priority, string> = { p1: "P1 · High", p2: "P2 · Medium", p3: "P3 · Low" };

export function Row({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <span class="fact-name">{label}</span>
      <div class="fact-value">{children}</div>
    </div>
  );
}

/** What would be set off by the choice the cursor is on, asked once for each. */
function Wakes({ task, change }: { task: Task; change: { status?: string; assigned_agent_id?: string } }) {
  const [effects, setEffects] = useState<Effect[]>([]);
  useEffect(() => {
    let current = true;
    const timer = window.setTimeout(() => {
      taskApi.preview(task.id, change).then(
        ({ data }) => current && setEffects(data.effects),
        () => {},
      );
    }, 200);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [task.id, change.status, change.assigned_agent_id]);
  const told = effects.filter((each) => each.kind !== "nothing");
  if (told.length === 0) return null;
  return (
    <p class="wakes">
      <Icon name="spark" size={14} />
      {told.map((each) => each.text).join(" ")}
    </p>
  );
}

function Reason({ open, task }: { open: OpenTask; task: Task }) {
  const [to, setTo] = useState<string | null>(null);
  const [text, setText] = useState("");
  const column = columns.value.find((each) => each.key === task.status);
  const choices: Choice[] = columns.value.map((each) => ({
    value: each.key,
    label: each.name,
    color: each.color,
  }));
  const choose = (status: string) => {
    const kind = columns.value.find((each) => each.key === status)?.kind;
    if (kind === "blocked") setTo(status);
    else void open.move(status);
  };
  return (
    <>
      <Picker
        label={`Column: ${column?.name ?? task.status}`}
        button={
          <>
            <Mark choice={{ ...(column ? { color: column.color } : {}) }} />
            {column?.name ?? task.status}
          </>
        }
        chosen={[task.status]}
        choices={choices}
        foot={(value) =>
          value && value !== task.status ? <Wakes task={task} change={{ status: value }} /> : null
        }
        onChoose={([value]) => value && choose(value)}
      />
      {to && (
        <form
          class="inline-form"
          onSubmit={(event) => {
            event.preventDefault();
            const reason = text.trim();
            if (reason) void open.move(to, reason).then(() => setTo(null));
          }}
        >
          <input
            class="input"
            autofocus
            aria-label="Why is it blocked?"
            placeholder="Why is it blocked?"
            maxLength={2000}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <button type="submit" class="btn btn-s btn-primary" disabled={!text.trim()}>
            Block
          </button>
          <button type="button" class="btn btn-s" onClick={() => setTo(null)}>
            Cancel
          </button>
        </form>
      )}
      {task.blocked_reason && <p class="blocked-reason">{task.blocked_reason}</p>}
    </>
  );
}

interface Plain {
  label: string;
  value: string;
  type?: "text" | "number" | "date" | "url";
  step?: string;
  onKeep: (value: string) => void;
}

/** An input that is kept when it is left; Escape puts the old value back. */
export function PlainInput({ label, value, type = "text", step, onKeep }: Plain) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const keep = () => {
    if (text.trim() !== value) onKeep(text.trim());
  };
  // The types know inputs one by one; here one stands for four.
  const kind = { type, step };
  return (
    <input
      class="input input-quiet"
      {...(kind as { type: "text" })}
      aria-label={label}
      value={text}
      onInput={(event) => setText(event.currentTarget.value)}
      onChange={type === "date" ? keep : undefined}
      onBlur={keep}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
        else if (event.key === "Escape" && text !== value) {
          setText(value);
          event.preventDefault();
        }
      }}
    />
  );
}

const some = (value: string): string | null => value || null;

export function Fields({ open, task }: { open: OpenTask; task: Task }) {
  const set = (change: TaskChange) => void open.change(change);
  const [confirming, setConfirming] = useState(false);
  const agents: Choice[] = roster.value
    .filter((each) => !each.retired)
    .map((each) => ({
      value: each.id,
      label: each.name,
      mark: each.emoji,
      hint: each.skills.slice(0, 3).join(", "),
    }));
  const members: Choice[] = people.value.map((each) => ({ value: each.id, label: each.name }));
  const kinds: Choice[] = categories.value.map((each) => ({
    value: each.id,
    label: each.name,
    color: each.color,
  }));
  const spans: Choice[] = sprints.value
    .filter((each) => each.status !== "completed" || each.id === task.sprint_id)
    .map((each) => ({ value: each.id, label: each.name, hint: `${each.start_date} – ${each.end_date}` }));
  const sprint = sprints.value.find((each) => each.id === task.sprint_id);
  return (
    <section class="facts" aria-label="Facts">
      <Row label="Column">
        <Reason open={open} task={task} />
      </Row>
      <Row label="Agent">
        <Picker
          label={`Agent: ${task.assigned_agent?.name ?? "nobody"}`}
          none="Nobody"
          button={
            task.assigned_agent_id ? (
              <>
                <AgentFace id={task.assigned_agent_id} size={20} /> {task.assigned_agent?.name}
              </>
            ) : (
              <span class="faint">Nobody</span>
            )
          }
          chosen={task.assigned_agent_id ? [task.assigned_agent_id] : []}
          choices={agents}
          foot={(value) =>
            value && value !== task.assigned_agent_id ? (
              <Wakes task={task} change={{ assigned_agent_id: value }} />
            ) : null
          }
          onChoose={([value]) => set({ assigned_agent_id: value ?? null })}
        />
      </Row>
      <Row label="Accountable">
        <Picker
          label={`Accountable: ${task.accountable?.name ?? "nobody"}`}
          none="Nobody"
          button={task.accountable?.name ?? <span class="faint">Nobody</span>}
          chosen={task.accountable_id ? [task.accountable_id] : []}
          choices={members}
          onChoose={([value]) => set({ accountable_id: value ?? null })}
        />
      </Row>
      <Row label="Priority">
        <Picker
          label={`Priority: ${PRIORITIES[task.priority]}`}
          button={
            <>
              <PriorityMark priority={task.priority} /> {PRIORITIES[task.priority]}
            </>
          }
          chosen={[task.priority]}
          choices={(["p1", "p2", "p3"] as const).map((value) => ({ value, label: PRIORITIES[value] }))}
          onChoose={([value]) => value && set({ priority: value as Priority })}
        />
      </Row>
      <Row label="Category">
        <Picker
          label={`Category: ${task.category?.name ?? "none"}`}
          none="No category"
          button={
            task.category ? (
              <>
                <Mark choice={{ color: task.category.color }} /> {task.category.name}
              </>
            ) : (
              <span class="faint">None</span>
            )
          }
          chosen={task.category_id ? [task.category_id] : []}
          choices={kinds}
          onChoose={([value]) => set({ category_id: value ?? null })}
        />
      </Row>
      <Row label="Sprint">
        <Picker
          label={`Sprint: ${sprint?.name ?? "backlog"}`}
          none="Backlog"
          button={sprint?.name ?? <span class="faint">Backlog</span>}
          chosen={task.sprint_id ? [task.sprint_id] : []}
          choices={spans}
          onChoose={([value]) => set({ sprint_id: value ?? null })}
        />
      </Row>
      <Row label="Start">
        <PlainInput
          label="Start date"
          type="date"
          value={task.start_date ?? ""}
          onKeep={(value) => set({ start_date: some(value) })}
        />
      </Row>
      <Row label="Due">
        <PlainInput
          label={`Due date${boardSettings.value ? `, ${boardSettings.value.time_zone}` : ""}`}
          type="date"
          value={task.due_date ?? ""}
          onKeep={(value) => set({ due_date: some(value) })}
        />
      </Row>
      <Row label="Estimate">
        <PlainInput
          label="Estimate"
          type="number"
          step="any"
          value={task.estimate === null ? "" : String(task.estimate)}
          onKeep={(value) => set({ estimate: value === "" ? null : Number(value) })}
        />
      </Row>
      <Row label="Labels">
        <Picker
          label={`Labels: ${task.labels.join(", ") || "none"}`}
          several
          button={
            task.labels.length > 0 ? (
              <span class="labels">
                {task.labels.map((each) => (
                  <span class="tag" key={each}>
                    {each}
                  </span>
                ))}
              </span>
            ) : (
              <span class="faint">None</span>
            )
          }
          chosen={task.labels}
          choices={task.labels.map((value) => ({ value, label: value }))}
          make={(text) => ({ value: text, label: text, hint: "new" })}
          placeholder="Type a label"
          onChoose={(labels) => set({ labels })}
        />
      </Row>
      <Row label="Client">
        <PlainInput
          label="Client"
          value={task.client_id ?? ""}
          onKeep={(value) => set({ client_id: some(value) })}
        />
      </Row>
      <Row label="Brand">
        <PlainInput label="Brand" value={task.brand ?? ""} onKeep={(value) => set({ brand: some(value) })} />
      </Row>
      <Row label="Client sees it">
        {confirming ? (
          <span class="inline-form">
            <span>The client will see this card. Your name stands beside the decision.</span>
            <button
              type="button"
              class="btn btn-s btn-primary"
              onClick={() => {
                setConfirming(false);
                set({ client_visible: true });
              }}
            >
              Show it
            </button>
            <button type="button" class="btn btn-s" onClick={() => setConfirming(false)}>
              Cancel
            </button>
          </span>
        ) : (
          <button
            type="button"
            class="picker"
            aria-pressed={task.client_visible}
            onClick={() => (task.client_visible ? set({ client_visible: false }) : setConfirming(true))}
          >
            <Icon name={task.client_visible ? "eye" : "lock"} size={14} />
            {task.client_visible ? "Yes" : "Private"}
          </button>
        )}
      </Row>
      {customFields.value.map((field) => (
        <CustomFieldRow key={field.key} field={field} open={open} task={task} />
      ))}
    </section>
  );
}
