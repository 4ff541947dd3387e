// Tasks as rows: what one looks for in a list, changed in its place.
import type { Priority, Task } from "../../api/board";
import { changeTasks, moveTasks } from "../../commands";
import { openTask } from "../../overlay";
import { columns, peekCard, roster } from "../../store/board";
import { AgentFace, PriorityMark } from "../board/marks";

const named: Record<Priority, string> = { p1: "P1 · High", p2: "P2 · Medium", p3: "P3 · Low" };

function moveTo(task: Task, status: string): void {
  if (peekCard(task.id)) void moveTasks([task.id], { status });
  else void changeTasks([task.id], { status }, { before: task, version: task.version });
}

export function Row({ task }: { task: Task }) {
  const set = (change: Parameters<typeof changeTasks>[1]) =>
    void changeTasks([task.id], change, { before: task, version: task.version });
  const kind = columns.value.find((each) => each.key === task.status)?.kind;
  return (
    <tr class={kind === "done" ? "row-done" : undefined}>
      <td class="faint num">#{task.number}</td>
      <td class="t-title">
        <button type="button" class="t-open" onClick={() => openTask(task.id)}>
          {task.title}
        </button>
        {task.blocked_reason && <span class="t-note">{task.blocked_reason}</span>}
        {task.highlights?.slice(0, 1).map((each) => (
          <span class="t-note" key={each}>
            {each}
          </span>
        ))}
      </td>
      <td>
        <select
          class="t-select"
          aria-label={`Column of #${task.number}`}
          value={task.status}
          onChange={(event) => moveTo(task, event.currentTarget.value)}
        >
          {columns.value
            .filter((each) => each.kind !== "blocked" || each.key === task.status)
            .map((each) => (
              <option key={each.key} value={each.key}>
                {each.name}
              </option>
            ))}
        </select>
      </td>
      <td>
        <span class="t-cell">
          <PriorityMark priority={task.priority} />
          <select
            class="t-select"
            aria-label={`Priority of #${task.number}`}
            value={task.priority}
            onChange={(event) => set({ priority: event.currentTarget.value as Priority })}
          >
            {(["p1", "p2", "p3"] as const).map((each) => (
              <option key={each} value={each}>
                {named[each]}
              </option>
            ))}
          </select>
        </span>
      </td>
      <td>
        <span class="t-cell">
          {task.assigned_agent_id && <AgentFace id={task.assigned_agent_id} size={20} />}
          <select
            class="t-select"
            aria-label={`Agent of #${task.number}`}
            value={task.assigned_agent_id ?? ""}
            onChange={(event) => set({ assigned_agent_id: event.currentTarget.value || null })}
          >
            <option value="">Nobody</option>
            {roster.value
              .filter((each) => !each.retired || each.id === task.assigned_agent_id)
              .map((each) => (
                <option key={each.id} value={each.id}>
                  {each.name}
                </option>
              ))}
          </select>
        </span>
      </td>
      <td>
        <input
          type="date"
          class="t-select"
          aria-label={`Due date of #${task.number}`}
          value={task.due_date ?? ""}
          onChange={(event) => set({ due_date: event.currentTarget.value || null })}
        />
      </td>
    </tr>
  );
}
