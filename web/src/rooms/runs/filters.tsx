import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../../api/calls";
import { agents } from "../../store/agents";
import { recentRuns } from "../../store/runs";
import { words } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { Menu, type MenuItem } from "../../ui/menu";
import { Kbd, Segmented } from "../../ui/parts";
import type { Filter } from "./list";
import { GROUPS } from "./status";
import { triggerIcon } from "./trigger";

interface Props {
  filter: Filter;
  onChange: (change: Partial<Filter>) => void;
}

function options(
  values: [string, string][],
  chosen: string,
  any: string,
  pick: (value: string) => void,
): MenuItem[] {
  const seen = new Map(values);
  if (chosen && !seen.has(chosen)) seen.set(chosen, chosen);
  return [
    { label: any, checked: chosen === "", run: () => pick("") },
    ...[...seen]
      .sort((a, b) => a[1].localeCompare(b[1]))
      .map(([value, label]) => ({ label, checked: value === chosen, run: () => pick(value) })),
  ];
}

function Chip({ name, value, items }: { name: string; value: string; items: MenuItem[] }) {
  return (
    <Menu
      label={`${name}: ${value || "any"}`}
      class={value ? "chip chip-on" : "chip"}
      items={items}
      button={
        <>
          <span>{value ? `${name}: ${value}` : name}</span>
          <Icon name="chevron" size={12} />
        </>
      }
    />
  );
}

function Search({ filter, onChange }: Props) {
  const [text, setText] = useState(filter.search);
  const timer = useRef(0);
  useEffect(() => setText(filter.search), [filter.search]);
  const type = (value: string) => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => onChange({ search: value.trim() }), 180);
  };
  return (
    <label class="searchbox">
      <Icon name="search" size={15} />
      <input
        type="search"
        id="runs-search"
        aria-label="Search runs"
        placeholder="Search client, agent, task or id"
        value={text}
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          if (text) type("");
          else event.currentTarget.blur();
          event.preventDefault();
        }}
      />
      {!text && <Kbd keys="/" />}
    </label>
  );
}

export function Filters({ filter, onChange }: Props) {
  useEffect(() => {
    if (agents.value !== null) return;
    api.agents().then(
      (answer) => {
        agents.value = answer.data;
      },
      () => {},
    );
  }, []);
  const known = recentRuns(500);
  const agentNames: [string, string][] = (agents.value ?? []).map((each) => [each.name, each.display_name]);
  const clients: [string, string][] = known.flatMap((run) =>
    run.client_id ? [[run.client_id, run.client_name ?? run.client_id] as [string, string]] : [],
  );
  const triggers: [string, string][] = known.map((run) => [run.trigger_source, words(run.trigger_source)]);
  const named = (list: [string, string][], value: string) => list.find(([id]) => id === value)?.[1] ?? value;

  return (
    <div class="run-filters">
      <Search filter={filter} onChange={onChange} />
      <div class="filter-row">
        <Segmented
          label="Status"
          value={filter.group}
          choices={GROUPS.map((group) => ({ value: group.id, label: group.label }))}
          onChange={(group) => onChange({ group })}
        />
        <div class="filter-chips">
          <Chip
            name="Agent"
            value={named(agentNames, filter.agent)}
            items={options(agentNames, filter.agent, "Any agent", (agent) => onChange({ agent }))}
          />
          <Chip
            name="Client"
            value={named(clients, filter.client)}
            items={options(clients, filter.client, "Any client", (client) => onChange({ client }))}
          />
          <Chip
            name="Trigger"
            value={filter.trigger ? words(filter.trigger) : ""}
            items={options(triggers, filter.trigger, "Any trigger", (trigger) => onChange({ trigger })).map(
              (item, index) =>
                index === 0 ? item : { ...item, icon: triggerIcon(item.label.toLowerCase()) },
            )}
          />
        </div>
      </div>
    </div>
  );
}
