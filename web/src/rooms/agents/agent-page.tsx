import "./agents.css";
import { useEffect, useState } from "preact/hooks";
import { api } from "../../api/calls";
import { ApiError } from "../../api/client";
import type { AgentDetail } from "../../api/types";
import { useShortcuts } from "../../keys/use";
import { explain, perform } from "../../live/pending";
import { startRun } from "../../overlay";
import { go } from "../../router";
import { money, plural } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { PageHead } from "../../ui/page-head";
import { Copy, Empty, Problems, Skeleton } from "../../ui/parts";
import { Ago } from "../../ui/time";
import { useTitle } from "../../ui/title";
import { Channels, engineName, Triggers } from "./facts";

const TOKEN =
  /("(?:\\.|[^"\\])*")(\s*:)?|(\b-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)|(\btrue\b|\bfalse\b|\bnull\b)/g;

/** The file as it stands, tinted; built as elements, so that whatever it holds stays text. */
function Source({ text }: { text: string }) {
  const parts: preact.ComponentChildren[] = [];
  let from = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > from) parts.push(text.slice(from, match.index));
    const name = match[1]
      ? match[2]
        ? "json-key"
        : "json-string"
      : match[3]
        ? "json-number"
        : "json-boolean";
    parts.push(
      <span key={match.index} class={name}>
        {match[1] ?? match[0]}
      </span>,
    );
    if (match[2]) parts.push(match[2]);
    from = match.index + match[0].length;
  }
  parts.push(text.slice(from));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable to be scrolled by keys.
    <pre class="source" tabIndex={0} role="region" aria-label="Text of the agent file">
      {parts}
    </pre>
  );
}

function Side({ agent, onRollBack }: { agent: AgentDetail; onRollBack: (version: number) => void }) {
  return (
    <div class="agent-side">
      <section class="card" aria-labelledby="limits-title">
        <header class="card-head">
          <h2 id="limits-title">Limits</h2>
        </header>
        <dl class="facts">
          <div>
            <dt>Budget</dt>
            <dd class="num">{agent.limits?.max_cost_usd ? money(agent.limits?.max_cost_usd) : "none"}</dd>
          </div>
          <div>
            <dt>Alert at</dt>
            <dd class="num">{agent.limits?.alert_usd ? money(agent.limits?.alert_usd) : "none"}</dd>
          </div>
          <div>
            <dt>Time limit</dt>
            <dd class="num">{agent.limits?.max_minutes ? `${agent.limits?.max_minutes} min` : "none"}</dd>
          </div>
          <div>
            <dt>Engine</dt>
            <dd>{engineName(agent.engine)}</dd>
          </div>
          <div>
            <dt>Triggers</dt>
            <dd>
              <Triggers list={agent.enabled_triggers} />
            </dd>
          </div>
          <div>
            <dt>Delivers to</dt>
            <dd>{agent.channels.length > 0 ? <Channels list={agent.channels} /> : "nowhere"}</dd>
          </div>
        </dl>
      </section>
      <section class="card" aria-labelledby="versions-title">
        <header class="card-head">
          <h2 id="versions-title">Versions</h2>
          <span class="page-note num">{agent.versions.length}</span>
        </header>
        <ul class="versions">
          {agent.versions.map((each) => (
            <li key={each.version}>
              <span class="num">v{each.version}</span>
              {each.current && <span class="mini tone-good">current</span>}
              <code title={`SHA-256 ${each.sha256}`}>{each.sha256.slice(0, 10)}</code>
              <span class="faint">
                <Ago at={each.created_at} />
              </span>
              {!each.current && (
                <button
                  type="button"
                  class="icon-btn"
                  aria-label={`Let version ${each.version} serve again`}
                  title="Let this version serve again"
                  onClick={() => onRollBack(each.version)}
                >
                  <Icon name="rerun" size={14} />
                </button>
              )}
            </li>
          ))}
        </ul>
        <p class="card-none">A run keeps the version it began with.</p>
      </section>
    </div>
  );
}

export default function AgentPage({ name }: { name: string }) {
  const [agent, setAgent] = useState<AgentDetail | null>(null);
  const [error, setError] = useState<unknown>(null);
  useTitle(agent?.display_name ?? "Agent");
  useShortcuts([{ keys: "u", label: "Back to the agents", group: "Agent", run: () => go("/agents") }]);
  const load = () =>
    api.agent(name).then(
      ({ data }) => setAgent(data),
      (cause) => setError(cause),
    );
  useEffect(() => void load(), []);

  if (error !== null) {
    const missing = error instanceof ApiError && error.status === 404;
    return (
      <Empty alone icon="alert" title={missing ? "There is no such agent" : "The agent could not be read"}>
        <p class="pre">{explain(error)}</p>
        <a class="btn" href="/agents">
          All agents
        </a>
      </Empty>
    );
  }
  if (!agent) return <Skeleton rows={8} class="page-skeleton" />;

  const broken = agent.problems.length > 0;
  const rollBack = (version: number) =>
    void perform({
      show: () => {
        setAgent({
          ...agent,
          versions: agent.versions.map((each) => ({ ...each, current: each.version === version })),
        });
        return () => setAgent(agent);
      },
      send: () => api.rollBack(name, version),
      done: ({ data }) => setAgent(data),
      saying: `Version ${version} serves again`,
      refused: "The version was not changed",
    });
  return (
    <div class="page scroll">
      <PageHead
        title={agent.display_name}
        note={agent.version > 0 ? `v${agent.file_version ?? agent.version}` : "never loaded"}
        back={{ href: "/agents", label: "All agents" }}
      >
        <a class="btn" href={`/runs?agent=${encodeURIComponent(agent.name)}`}>
          Runs
        </a>
        <button type="button" class="btn btn-primary" onClick={() => startRun(agent.name)} disabled={broken}>
          <Icon name="plus" size={15} />
          Start<span class="wide">a run</span>
        </button>
      </PageHead>
      <div class="agent-body">
        <div class="agent-main">
          {agent.description && <p class="agent-lead">{agent.description}</p>}
          {broken && (
            <section class="trouble" role="alert">
              <Icon name="alert" size={18} />
              <div>
                <h2>{plural(agent.problems.length, "mistake")} in the newest file</h2>
                <p class="trouble-todo">The last good version keeps serving until all are mended.</p>
                <Problems list={agent.problems} />
              </div>
            </section>
          )}
          <section class="card" aria-labelledby="file-title">
            <header class="card-head">
              <h2 id="file-title">Agent file</h2>
              <Copy text={agent.file} label="Copy the file">
                <span>Copy</span>
              </Copy>
            </header>
            <Source text={agent.file} />
          </section>
        </div>
        <Side agent={agent} onRollBack={rollBack} />
      </div>
    </div>
  );
}
