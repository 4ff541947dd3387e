// Who does it and who answers for it, when, and in which span of work.
import type { Priority, Task, TaskChange } from "../../api/board";
import { boardSettings, categories, people, roster, sprints } from "../../store/board";
import { me } from "../../store/session";
import { type Choice, Mark, Picker } from "../../ui/picker";
import { AgentFace, PriorityMark } from "../board/marks";
import { PersonFace } from "./faces";
import { PlainInput, Row } from "./inputs";
import { dayText, todayIn } from "./quick-dates";
import { Wakes } from "./status";

const PRIORITIES: Record<Priority, string> = { p1: "P1 · High", p2: "P2 · Medium", p3: "P3 · Low" };

export interface Facts {
  task: Task;
  set: (change: TaskChange, madeOn?: number) => void;
}

const some = (value: string): string | null => value || null;
const nobody = <span class="faint">Nobody</span>;

export function AgentFact({ task, set }: Facts) {
  const choices: Choice[] = roster.value
    .filter((each) => !each.retired || each.id === task.assigned_agent_id)
    .map((each) => ({
      value: each.id,
      label: each.name,
      mark: each.emoji,
      hint: each.skills.slice(0, 2).join(", "),
    }));
  return (
    <Row label="Agent" name="agent" second={false}>
      <Picker
        label={`Agent: ${task.assigned_agent?.name ?? "Nobody"}`}
        none="Nobody"
        button={
          task.assigned_agent_id ? (
            <>
              <AgentFace id={task.assigned_agent_id} size={20} />
              <span class="cut">{task.assigned_agent?.name ?? task.assigned_agent_id}</span>
            </>
          ) : (
            nobody
          )
        }
        chosen={task.assigned_agent_id ? [task.assigned_agent_id] : []}
        choices={choices}
        foot={(value) =>
          value && value !== task.assigned_agent_id ? (
            <Wakes task={task} change={{ assigned_agent_id: value }} />
          ) : null
        }
        onChoose={([value]) => set({ assigned_agent_id: value ?? null })}
      />
    </Row>
  );
}

export function AccountableFact({ task, set }: Facts) {
  const choices: Choice[] = people.value.map((each) => ({
    value: each.id,
    label: each.name,
    ...(each.id === me.value?.actor.id ? { hint: "you" } : {}),
  }));
  return (
    <Row label="Accountable" name="accountable" second={false}>
      <Picker
        label={`Accountable: ${task.accountable?.name ?? "Nobody"}`}
        none="Nobody"
        button={
          task.accountable ? (
            <>
              <PersonFace name={task.accountable.name} size={20} />
              <span class="cut">{task.accountable.name}</span>
            </>
          ) : (
            nobody
          )
        }
        chosen={task.accountable_id ? [task.accountable_id] : []}
        choices={choices}
        onChoose={([value]) => set({ accountable_id: value ?? null })}
      />
    </Row>
  );
}

export function PriorityFact({ task, set }: Facts) {
  return (
    <Row label="Priority" name="priority" second={false}>
      <Picker
        label={`Priority: ${PRIORITIES[task.priority]}`}
        button={
          <>
            <PriorityMark priority={task.priority} />
            <span class="cut">{PRIORITIES[task.priority]}</span>
          </>
        }
        chosen={[task.priority]}
        choices={(["p1", "p2", "p3"] as const).map((value) => ({ value, label: PRIORITIES[value] }))}
        onChoose={([value]) => value && set({ priority: value as Priority })}
      />
    </Row>
  );
}

export function CategoryFact({ task, set }: Facts) {
  return (
    <Row label="Category" name="category" extra={!task.category_id}>
      <Picker
        label={`Category: ${task.category?.name ?? "None"}`}
        none="None"
        button={
          task.category ? (
            <>
              <Mark choice={{ color: task.category.color }} />
              <span class="cut">{task.category.name}</span>
            </>
          ) : (
            <span class="faint">None</span>
          )
        }
        chosen={task.category_id ? [task.category_id] : []}
        choices={categories.value.map((each) => ({
          value: each.id,
          label: each.name,
          color: each.color,
        }))}
        onChoose={([value]) => set({ category_id: value ?? null })}
      />
    </Row>
  );
}

export function SprintFact({ task, set }: Facts) {
  const today = todayIn(boardSettings.value?.time_zone);
  const sprint = sprints.value.find((each) => each.id === task.sprint_id);
  const choices: Choice[] = sprints.value
    .filter((each) => each.status !== "completed" || each.id === task.sprint_id)
    .map((each) => ({
      value: each.id,
      label: each.name,
      hint: each.status === "active" ? "running" : `until ${dayText(each.end_date, today)}`,
    }));
  return (
    <Row label="Sprint" name="sprint" extra={!task.sprint_id}>
      <Picker
        label={`Sprint: ${sprint?.name ?? "Backlog"}`}
        none="Backlog"
        button={sprint ? <span class="cut">{sprint.name}</span> : <span class="faint">Backlog</span>}
        chosen={task.sprint_id ? [task.sprint_id] : []}
        choices={choices}
        onChoose={([value]) => set({ sprint_id: value ?? null })}
      />
    </Row>
  );
}

export function DateFacts({ task, set }: Facts) {
  return (
    <>
      <Row label="Due" name="due" second={false}>
        <PlainInput
          label="Due date"
          type="date"
          value={task.due_date ?? ""}
          version={task.version}
          onKeep={(value, madeOn) => set({ due_date: some(value) }, madeOn)}
        />
      </Row>
      <Row label="Start" name="start" extra={!task.start_date}>
        <PlainInput
          label="Start date"
          type="date"
          value={task.start_date ?? ""}
          version={task.version}
          onKeep={(value, madeOn) => set({ start_date: some(value) }, madeOn)}
        />
      </Row>
      <Row label="Estimate" name="estimate" extra={task.estimate === null}>
        <PlainInput
          label="Estimate"
          type="number"
          step="any"
          placeholder="None"
          value={task.estimate === null ? "" : String(task.estimate)}
          version={task.version}
          onKeep={(value, madeOn) => set({ estimate: value === "" ? null : Number(value) }, madeOn)}
        />
      </Row>
    </>
  );
}
