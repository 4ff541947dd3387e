// Who can do what, at a glance. A cell is pressed to give a skill or take it away.
import { useState } from "preact/hooks";
import { boardApi, type RosterAgent } from "../../api/board";
import { arrange } from "../../commands/arrange";
import { explain } from "../../live/pending";
import { Icon, type IconName } from "../../ui/icon";
import { toast } from "../../ui/toast";
import { AgentFace } from "../board/marks";
import { allSkills } from "./agent-forms";
import { Block, mayArrange } from "./parts";

const LEVELS: Record<number, { label: string; icon: IconName }> = {
  1: { label: "learning", icon: "clock" },
  2: { label: "can do it", icon: "check" },
  3: { label: "expert", icon: "star" },
};
/** Pressed again and again: has it, is an expert, is learning, has it not. */
const AFTER: Record<number, number> = { 0: 2, 2: 3, 3: 1, 1: 0 };

const levelOf = (agent: RosterAgent, skill: string): number =>
  agent.skills.includes(skill) ? (agent.skill_levels[skill] ?? 2) : 0;

function turn(agent: RosterAgent, skill: string): Promise<unknown> {
  const level = AFTER[levelOf(agent, skill)] ?? 0;
  const rest = agent.skills.filter((each) => each !== skill);
  // A skill it has keeps its place: the first ones are what it is known for.
  const skills = level === 0 ? rest : agent.skills.includes(skill) ? agent.skills : [...rest, skill];
  const { [skill]: _before, ...levels } = agent.skill_levels;
  const skill_levels = level === 0 || level === 2 ? levels : { ...levels, [skill]: level };
  const label =
    level === 0
      ? `${agent.name} has no ${skill} any more`
      : `${agent.name}, ${skill}: ${LEVELS[level]?.label}`;
  return arrange("agent", label, () =>
    boardApi.changeAgent(agent.id, { skills, skill_levels, version: agent.version }),
  ).catch((cause) => toast({ kind: "bad", title: "Skills not changed", detail: explain(cause) }));
}

interface CellProps {
  agent: RosterAgent;
  skill: string;
  can: boolean;
  busy: boolean;
  onTurn: () => void;
}

function Cell({ agent, skill, can, busy, onTurn }: CellProps) {
  const level = levelOf(agent, skill);
  const said = LEVELS[level];
  const own = { "--own": agent.color };
  const mark = said && <Icon name={said.icon} size={12} />;
  if (!can) {
    return (
      <span class="matrix-cell" data-level={level} style={own}>
        {mark}
        <span class="sr-only">{said?.label ?? "no"}</span>
      </span>
    );
  }
  const label = `${agent.name}, ${skill}: ${said?.label ?? "no"}`;
  return (
    <button
      type="button"
      class="matrix-cell"
      data-level={level}
      aria-label={label}
      aria-disabled={busy}
      title={label}
      style={own}
      onClick={() => !busy && onTurn()}
    >
      {mark}
    </button>
  );
}

export function SkillMatrix({ agents }: { agents: readonly RosterAgent[] }) {
  const [busy, setBusy] = useState<string | null>(null);
  const skills = allSkills();
  if (skills.length === 0) return null;
  const can = mayArrange();
  return (
    <Block
      title="Skills"
      about={`What assignment looks at: experts (star) first, then who can do it (tick), then who is learning (clock).${can ? " Press a cell to go through them." : ""}`}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys. */}
      <section class="set-list matrix" tabIndex={0} aria-label="Skills by agent">
        <table>
          <thead>
            <tr>
              <th scope="col">
                <span class="sr-only">Agent</span>
              </th>
              {skills.map((each) => (
                <th key={each} scope="col" class="matrix-skill">
                  <span>{each}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {agents.map((agent) => (
              <tr key={agent.id}>
                <th scope="row" class="matrix-who">
                  <span>
                    <AgentFace id={agent.id} size={20} />
                    {agent.name}
                  </span>
                </th>
                {skills.map((skill) => (
                  <td key={skill}>
                    <Cell
                      agent={agent}
                      skill={skill}
                      can={can}
                      busy={busy === agent.id}
                      onTurn={() => {
                        setBusy(agent.id);
                        void turn(agent, skill).finally(() => setBusy(null));
                      }}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Block>
  );
}
