// The roster: the agents one can assign, what they are good at, and who is busy.
import "../../styles/settings-agents.css";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { boardApi, type RosterAgent } from "../../api/board";
import { arrange } from "../../commands/arrange";
import { explain } from "../../live/pending";
import { allCards, columnByKey, roster } from "../../store/board";
import { plural } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { Menu } from "../../ui/menu";
import { Meter } from "../../ui/parts";
import { Sortable } from "../../ui/sortable";
import { toast } from "../../ui/toast";
import { AgentFace } from "../board/marks";
import { EditAgent, RetireAgent } from "./agent-forms";
import { AddButton, Bar, Block, mayArrange, Nothing, OnlyAdmins, WithBoard } from "./parts";
import { SkillMatrix } from "./skills";

interface Load {
  open: number;
  active: number;
  running: number;
}

const SAID: Record<number, string> = { 1: " (learning)", 3: " (expert)" };
const NONE: Load = { open: 0, active: 0, running: 0 };
const AT_WORK = new Set([
  "CREATED",
  "SENDING_KICKOFF",
  "STREAMING",
  "REQUIRES_ACTION",
  "FETCHING_OUTPUTS",
  "DELIVERING",
]);

/** Counted from the cards that are here, so that it changes as they move. */
function loads(): Map<string, Load> {
  const found = new Map<string, Load>();
  for (const card of allCards()) {
    const kind = columnByKey.value.get(card.status)?.kind;
    if (!card.assigned_agent_id || kind === "done") continue;
    const load = found.get(card.assigned_agent_id) ?? { ...NONE };
    load.open += 1;
    if (kind === "active" || kind === "review") load.active += 1;
    if (card.run_status && AT_WORK.has(card.run_status)) load.running += 1;
    found.set(card.assigned_agent_id, load);
  }
  return found;
}

function LoadOf({ agent, load }: { agent: RosterAgent; load: Load }) {
  const room = agent.capacity;
  const full = room !== null && load.open >= room;
  return (
    <a class="agent-load" href={`/board?layout=list&assigned=${agent.id}`}>
      <span class={full ? "num bad" : "num"}>
        {room === null ? plural(load.open, "card") : `${load.open} of ${plural(room, "card")}`}
      </span>
      {room !== null && <Meter value={load.open} max={Math.max(room, 1)} label={`${load.open} of ${room}`} />}
      {load.running > 0 ? (
        <span class="agent-now tone-active">
          <span class="dot" /> at work now
        </span>
      ) : (
        <span class="faint agent-now">
          {load.active > 0 ? `${load.active} in progress` : load.open ? "" : "Free"}
        </span>
      )}
    </a>
  );
}

const move = (id: string, to: number) => {
  const name = roster.value.find((each) => each.id === id)?.name ?? id;
  return arrange("agent", `Moved ${name}`, () => boardApi.changeAgent(id, { position: to })).catch((cause) =>
    toast({ kind: "bad", title: "Not moved", detail: explain(cause) }),
  );
};

interface RowProps {
  agent: RosterAgent;
  handle: ComponentChildren;
  load: Load;
  onEdit: () => void;
  onRetire: () => void;
}

function Row({ agent, handle, load, onEdit, onRetire }: RowProps) {
  return (
    <div class="set-row agent-row">
      {handle}
      <AgentFace id={agent.id} size={30} />
      <div class="agent-words">
        <span class="set-name">
          {agent.name} <span class="faint agent-handle">@{agent.id}</span>
        </span>
        <span class="faint cut">
          {agent.skills.map((each) => each + (SAID[agent.skill_levels[each] ?? 2] ?? "")).join(", ") ||
            "No skills yet"}
        </span>
      </div>
      <span class="agent-file">
        {agent.agent_name ? (
          <a
            href={`/agents/${encodeURIComponent(agent.agent_name)}`}
            title="Its agent file: this is what wakes"
          >
            <Icon name="agents" size={13} /> {agent.agent_name}
          </a>
        ) : (
          <span class="faint" title="No agent file: assigning it wakes nobody">
            wakes nobody
          </span>
        )}
      </span>
      <LoadOf agent={agent} load={load} />
      {mayArrange() && (
        <Menu
          label={`Actions for ${agent.name}`}
          class="icon-btn"
          align="end"
          button={<Icon name="more" />}
          items={[
            { label: "Change…", icon: "pencil", run: onEdit },
            { label: "Take off the roster…", icon: "archive", danger: true, run: onRetire },
          ]}
        />
      )}
    </div>
  );
}

function Retired() {
  const [list, setList] = useState<RosterAgent[]>([]);
  const here = roster.value;
  useEffect(() => {
    boardApi.roster({ retired: true, limit: 200 }).then(
      ({ data }) => setList(data.filter((each) => each.retired)),
      () => {},
    );
  }, [here]);
  if (list.length === 0) return null;
  const back = (agent: RosterAgent) =>
    arrange("agent", `${agent.name} is back on the roster`, () =>
      boardApi.changeAgent(agent.id, { retired: false }),
    ).catch((cause) => toast({ kind: "bad", title: "Not brought back", detail: explain(cause) }));
  return (
    <Block
      title="Off the roster"
      about="Nobody assigns them any more; the cards they worked on still name them."
    >
      <ul class="set-list">
        {list.map((each) => (
          <li key={each.id} class="set-row">
            <span class="face face-off" aria-hidden="true">
              {each.emoji}
            </span>
            <span class="set-name">{each.name}</span>
            <span class="set-side faint">{each.open_tasks ? `${each.open_tasks} open still` : ""}</span>
            {mayArrange() && (
              <button type="button" class="btn btn-s" onClick={() => void back(each)}>
                Bring back
              </button>
            )}
          </li>
        ))}
      </ul>
    </Block>
  );
}

function List() {
  const [editing, setEditing] = useState<RosterAgent | "new" | null>(null);
  const [leaving, setLeaving] = useState<RosterAgent | null>(null);
  const list = roster.value.filter((each) => !each.retired);
  const load = loads();
  const busy = list.filter((each) => (load.get(each.id)?.open ?? 0) > 0).length;
  return (
    <>
      <OnlyAdmins what="Agents" />
      <Bar says={`${plural(list.length, "agent")}, ${busy} with open cards`}>
        {mayArrange() && <AddButton label="Add agent" onClick={() => setEditing("new")} />}
      </Bar>
      {list.length === 0 ? (
        <Nothing icon="agents" title="Nobody on the roster">
          <p>An agent here is a seat one can assign. Tied to an agent file, getting a card wakes it.</p>
        </Nothing>
      ) : (
        <div class="set-list">
          <Sortable
            label="Agents"
            items={list}
            keyOf={(each) => each.id}
            nameOf={(each) => each.name}
            disabled={!mayArrange()}
            onMove={move}
          >
            {(agent, handle) => (
              <Row
                agent={agent}
                handle={handle}
                load={load.get(agent.id) ?? NONE}
                onEdit={() => setEditing(agent)}
                onRetire={() => setLeaving(agent)}
              />
            )}
          </Sortable>
        </div>
      )}
      {list.length > 0 && <SkillMatrix agents={list} />}
      <Retired />
      {editing && <EditAgent agent={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
      {leaving && (
        <RetireAgent
          agent={leaving}
          open={load.get(leaving.id)?.open ?? 0}
          onClose={() => setLeaving(null)}
        />
      )}
    </>
  );
}

export default function BoardAgents() {
  return <WithBoard>{() => <List />}</WithBoard>;
}
