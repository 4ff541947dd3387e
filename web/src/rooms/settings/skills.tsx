// Who can do what, at a glance. A cell is pressed to give a skill or take it away.
import { useState } from "preact/hooks";
import { boardApi, type RosterAgent } from "../../api/board";
import { arrange } from "../../commands/arrange";
import { explain } from "../../live/pending";
import { Icon } from "../../ui/icon";
import { toast } from "../../ui/toast";
import { AgentFace } from "../board/marks";
import { allSkills } from "./agent-forms";
import { Block, mayArrange } from "./parts";

function toggle(agent: RosterAgent, skill: string): Promise<unknown> {
  const has = agent.skills.includes(skill);
  const skills = has ? agent.skills.filter((each) => each !== skill) : [...agent.skills, skill];
  const label = has ? `${agent.name} has no ${skill} any more` : `${agent.name} can do ${skill}`;
  return arrange("agent", label, () =>
    boardApi.changeAgent(agent.id, { skills, version: agent.version }),
  ).catch((cause) => toast({ kind: "bad", title: "Skills not changed", detail: explain(cause) }));
}

export function SkillMatrix({ agents }: { agents: readonly RosterAgent[] }) {
  const [busy, setBusy] = useState<string | null>(null);
  const skills = allSkills();
  if (skills.length === 0) return null;
  const can = mayArrange();
  return (
    <Block
      title="Skills"
      about={`What assignment looks at.${can ? " Press a cell to give a skill or to take it away." : ""}`}
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
                {skills.map((skill) => {
                  const has = agent.skills.includes(skill);
                  const mark = has && <Icon name="check" size={12} />;
                  return (
                    <td key={skill}>
                      {can ? (
                        <button
                          type="button"
                          class="matrix-cell"
                          aria-pressed={has}
                          aria-label={`${agent.name}: ${skill}`}
                          title={`${agent.name}: ${skill}`}
                          disabled={busy === agent.id}
                          style={{ "--own": agent.color }}
                          onClick={() => {
                            setBusy(agent.id);
                            void toggle(agent, skill).finally(() => setBusy(null));
                          }}
                        >
                          {mark}
                        </button>
                      ) : (
                        <span
                          class="matrix-cell"
                          data-has={has || undefined}
                          style={{ "--own": agent.color }}
                        >
                          {mark}
                          <span class="sr-only">{has ? "yes" : "no"}</span>
                        </span>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Block>
  );
}
