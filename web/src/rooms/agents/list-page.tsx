import "./agents.css";
import { useEffect, useState } from "preact/hooks";
import { api } from "../../api/calls";
import type { Agent } from "../../api/types";
import { explain } from "../../live/pending";
import { startRun } from "../../overlay";
import { agents } from "../../store/agents";
import { money, plural } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { PageHead } from "../../ui/page-head";
import { Empty, Problems, Skeleton } from "../../ui/parts";
import { useTitle } from "../../ui/title";
import { Channels, engineName, Triggers } from "./facts";

function Card({ agent }: { agent: Agent }) {
  const broken = agent.problems.length > 0;
  return (
    <li class={broken ? "card agent broken" : "card agent"}>
      <div class="agent-head">
        <span class="agent-face" aria-hidden="true">
          {agent.display_name.slice(0, 1).toUpperCase()}
        </span>
        <div>
          <h2>
            <a class="card-link" href={`/agents/${encodeURIComponent(agent.name)}`}>
              {agent.display_name}
            </a>
          </h2>
          <p class="faint">
            {agent.version > 0
              ? `${engineName(agent.engine)} · v${agent.file_version ?? agent.version}`
              : "Never loaded"}
          </p>
        </div>
        {!broken && (
          <button
            type="button"
            class="icon-btn above"
            aria-label={`Start ${agent.display_name}`}
            title="Start a run"
            onClick={() => startRun(agent.name)}
          >
            <Icon name="runs" />
          </button>
        )}
      </div>
      {agent.description && <p class="agent-text">{agent.description}</p>}
      {broken ? (
        <div class="agent-problems">
          <p class="bad">
            <Icon name="alert" size={14} /> {plural(agent.problems.length, "mistake")} in its file
          </p>
          <Problems list={agent.problems.slice(0, 3)} />
          {agent.problems.length > 3 && <p class="faint">and {agent.problems.length - 3} more</p>}
        </div>
      ) : (
        <dl class="agent-limits">
          <div>
            <dt>Budget</dt>
            <dd class="num">{agent.limits?.max_cost_usd ? money(agent.limits?.max_cost_usd) : "–"}</dd>
          </div>
          <div>
            <dt>Alert at</dt>
            <dd class="num">{agent.limits?.alert_usd ? money(agent.limits?.alert_usd) : "–"}</dd>
          </div>
          <div>
            <dt>Time limit</dt>
            <dd class="num">{agent.limits?.max_minutes ? `${agent.limits?.max_minutes} min` : "–"}</dd>
          </div>
        </dl>
      )}
      <div class="agent-foot">
        <Triggers list={agent.enabled_triggers} />
        <Channels list={agent.channels} />
      </div>
    </li>
  );
}

export default function AgentsPage() {
  const [error, setError] = useState<unknown>(null);
  useTitle("Agents");
  const load = () =>
    api.agents().then(
      ({ data }) => {
        agents.value = data;
        setError(null);
      },
      (cause) => setError(cause),
    );
  useEffect(() => void load(), []);
  const list = agents.value;

  return (
    <div class="page scroll">
      <PageHead title="Agents" note={list ? plural(list.length, "agent") : ""} />
      {error !== null && !list && (
        <Empty icon="alert" title="The agents could not be read">
          <p class="pre">{explain(error)}</p>
          <button type="button" class="btn" onClick={() => void load()}>
            Try again
          </button>
        </Empty>
      )}
      {!list && error === null && <Skeleton rows={5} class="page-skeleton" />}
      {list?.length === 0 && (
        <Empty icon="agents" title="No agents yet">
          <p>
            An agent is one JSON file. Put it into the <code>agents/</code> folder: it is read at once,
            without a restart.
          </p>
          <p>
            <code>opsroom agents check</code> names every mistake in it.
          </p>
        </Empty>
      )}
      {list && list.length > 0 && (
        <ul class="agents">
          {list.map((agent) => (
            <Card key={agent.name} agent={agent} />
          ))}
        </ul>
      )}
    </div>
  );
}
