// Everything one can do or go to, by typing a part of its name.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { boardApi, type Task } from "../api/board";
import { api } from "../api/calls";
import { viewsReady } from "../live/views";
import { openTask } from "../overlay";
import { go } from "../router";
import { agents } from "../store/agents";
import { recentRuns } from "../store/runs";
import { addressOf, views } from "../store/views";
import { Dialog } from "../ui/dialog";
import { Icon, type IconName } from "../ui/icon";
import { Kbd } from "../ui/parts";
import { keyName } from "./shortcuts";

export interface Command {
  id: string;
  label: string;
  group: string;
  icon: IconName;
  run: () => void;
  keys?: string;
  also?: string;
}

/** Letters in order, adjacent ones and word beginnings worth more; 0 is no match. */
export function score(query: string, text: string): number {
  const want = query.toLowerCase();
  const have = text.toLowerCase();
  if (!want) return 1;
  const at = have.indexOf(want);
  if (at >= 0) return 100 - at + (at === 0 || have[at - 1] === " " ? 40 : 0);
  let from = 0;
  let points = 10;
  for (const letter of want) {
    const found = have.indexOf(letter, from);
    if (found < 0) return 0;
    if (found !== from) points -= 0.5;
    from = found + 1;
  }
  return Math.max(1, points);
}

function places(): Command[] {
  const found: Command[] = [];
  for (const view of views.value ?? []) {
    found.push({
      id: view.id,
      label: view.name,
      group: "View",
      icon: view.layout,
      also: `view ${view.name}`,
      run: () => go(addressOf(view)),
    });
  }
  for (const agent of agents.value ?? []) {
    found.push({
      id: `agent-${agent.name}`,
      label: agent.display_name,
      group: "Agents",
      icon: "agents",
      also: agent.name,
      run: () => go(`/agents/${encodeURIComponent(agent.name)}`),
    });
  }
  for (const run of recentRuns(40)) {
    found.push({
      id: run.id,
      label: `${run.display_name} · ${run.client_name ?? run.client_id ?? "no client"}`,
      group: "Recent runs",
      icon: "runs",
      also: run.id,
      run: () => go(`/runs/${run.id}`),
    });
  }
  return found;
}

const ASK_MS = 130;

/** Cards by number or by any of their words; the server looks, as it knows all of them. */
function useCards(query: string): Command[] {
  const [found, setFound] = useState<Task[]>([]);
  const asked = query.trim();
  useEffect(() => {
    if (asked.length < 2) {
      setFound([]);
      return;
    }
    const stop = new AbortController();
    const timer = window.setTimeout(() => {
      boardApi.tasks({ search: asked, limit: 7 }, stop.signal).then(
        (answer) => setFound(answer.data),
        () => {},
      );
    }, ASK_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [asked]);
  return found.map((task) => ({
    id: task.id,
    label: `#${task.number} ${task.title}`,
    group: "Card",
    icon: "board",
    run: () => openTask(task.id),
  }));
}

export default function Palette({ commands, onClose }: { commands: Command[]; onClose: () => void }) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  useMemo(() => {
    void viewsReady();
    if (agents.value === null) {
      api.agents().then(
        (answer) => {
          agents.value = answer.data;
        },
        () => {},
      );
    }
  }, []);

  const cards = useCards(query);
  const known = [...commands, ...places()]
    .map((command) => ({
      command,
      points: Math.max(score(query, command.label), score(query, command.also ?? "") - 20),
    }))
    .filter((each) => (query ? each.points > 0 && (each.command.also || each.points > 0) : true))
    .sort((a, b) => (query ? b.points - a.points : 0))
    .slice(0, query ? 12 : 16)
    .map((each) => each.command);
  // What somebody types beyond the name of a command is most likely the name of a card.
  const sure = known.filter((each) => score(query, each.label) >= 100);
  const found = query ? [...sure, ...cards, ...known.filter((each) => !sure.includes(each))] : known;
  const current = Math.min(at, found.length - 1);

  const choose = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      const next = (current + step + found.length) % Math.max(1, found.length);
      setAt(next);
      list.current?.children[next]?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") choose(found[current]);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog title="Command palette" onClose={onClose} size="m" bare>
      <div class="palette">
        <label class="palette-input">
          <Icon name="search" size={18} />
          <input
            autofocus
            type="text"
            role="combobox"
            aria-expanded="true"
            aria-controls="palette-list"
            aria-activedescendant={found[current] ? `palette-${current}` : undefined}
            aria-autocomplete="list"
            aria-label="Search cards, commands, runs and agents"
            placeholder="Where to, or what to do?"
            value={query}
            onInput={(event) => {
              setQuery(event.currentTarget.value);
              setAt(0);
            }}
            onKeyDown={onKey}
          />
        </label>
        <div id="palette-list" role="listbox" aria-label="Commands" ref={list} class="palette-list">
          {found.map((command, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard is in the combobox, which owns this list.
            <div
              key={command.id}
              id={`palette-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === current}
              class="palette-item"
              onClick={() => choose(command)}
              onPointerMove={() => setAt(index)}
            >
              <Icon name={command.icon} />
              <span class="palette-label">{command.label}</span>
              <span class="palette-group">{command.group}</span>
              {command.keys && <Kbd keys={keyName(command.keys)} />}
            </div>
          ))}
        </div>
        {found.length === 0 && (
          <p class="palette-none">Nothing is called that. Try a card, an agent, a client or a run id.</p>
        )}
      </div>
    </Dialog>
  );
}
