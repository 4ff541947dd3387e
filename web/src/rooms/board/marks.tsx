// The small drawings of a card, which lists and choosers show too.
import "../../styles/board-marks.css";
import type { Priority } from "../../api/board";
import { agentById } from "../../store/board";

/** Three bars, as many filled as the work is urgent: told by form as well as by colour. */
export function PriorityMark({ priority, size = 14 }: { priority: Priority; size?: number }) {
  const level = priority === "p1" ? 3 : priority === "p2" ? 2 : 1;
  return (
    <svg class={`prio prio-${priority}`} width={size} height={size} viewBox="0 0 14 14" aria-hidden="true">
      {[0, 1, 2].map((bar) => (
        <rect
          key={bar}
          x={1.5 + bar * 4}
          y={8.5 - bar * 3.2}
          width="3"
          height={4 + bar * 3.2}
          rx="1"
          class={bar < level ? "on" : "off"}
        />
      ))}
    </svg>
  );
}

export function AgentFace({ id, size = 22 }: { id: string; size?: number }) {
  const agent = agentById.value.get(id);
  return (
    <span
      class="face"
      style={{ "--own": agent?.color ?? "var(--idle)", width: `${size}px`, height: `${size}px` }}
      title={agent?.name ?? id}
    >
      <span aria-hidden="true">{agent?.emoji ?? "?"}</span>
    </span>
  );
}
