// Choosing one of a list by typing a part of its name: columns, agents, priorities, sprints, categories.
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import type { TaskChange } from "../../api/board";
import { score } from "../../keys/palette";
import { anyCard, categories, columns, idsOf, people, roster, sprints } from "../../store/board";
import { Dialog } from "../../ui/dialog";
import { plural } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { change, moveTo } from "./actions";
import { AgentFace, PriorityMark } from "./marks";
import { mayGo } from "./rules";
import { type Choice, choosing, focusIfLost } from "./state";

interface Option {
  key: string;
  name: string;
  mark: ComponentChildren;
  note?: string;
  here: boolean;
  off?: boolean;
  run: () => void;
}

const TITLE: Record<Choice, string> = {
  move: "Move to",
  assign: "Assign to",
  accountable: "Accountable person",
  priority: "Priority",
  sprint: "Sprint",
  category: "Category",
};

const dot = (color: string) => <span class="kdot" style={{ "--own": color }} />;

function optionsFor(what: Choice, ids: string[]): Option[] {
  const set = (field: keyof TaskChange, value: string | null) => () =>
    void change(ids, { [field]: value } as TaskChange);
  const all = (test: (card: NonNullable<ReturnType<typeof anyCard>>) => boolean) =>
    ids.every((id) => {
      const card = anyCard(id);
      return card ? test(card) : false;
    });
  if (what === "move") {
    return columns.value.map((each) => ({
      key: each.key,
      name: each.name,
      mark: dot(each.color),
      note: each.wip_limit
        ? `${idsOf(each.key).length} of ${each.wip_limit}`
        : String(idsOf(each.key).length),
      here: all((card) => card.status === each.key),
      off: !mayGo(ids, each.key),
      run: () => void moveTo(ids, each.key).then(() => ids[0] && focusIfLost(ids[0])),
    }));
  }
  if (what === "priority") {
    const names = { p1: "P1 · High", p2: "P2 · Medium", p3: "P3 · Low" } as const;
    return (["p1", "p2", "p3"] as const).map((each) => ({
      key: each,
      name: names[each],
      mark: <PriorityMark priority={each} />,
      here: all((card) => card.priority === each),
      run: set("priority", each),
    }));
  }
  const nobody = (
    field: "assigned_agent_id" | "accountable_id" | "sprint_id" | "category_id",
    name: string,
  ) => ({
    key: "",
    name,
    mark: <Icon name="x" size={14} />,
    here: all((card) => card[field] === null),
    run: set(field, null),
  });
  if (what === "assign") {
    const found = roster.value
      .filter((each) => !each.retired)
      .map((each) => ({
        key: each.id,
        name: each.name,
        mark: <AgentFace id={each.id} size={20} />,
        note: each.skills.slice(0, 3).join(", "),
        here: all((card) => card.assigned_agent_id === each.id),
        run: set("assigned_agent_id", each.id),
      }));
    return [...found, nobody("assigned_agent_id", "Nobody")];
  }
  if (what === "accountable") {
    const found = people.value.map((each) => ({
      key: each.id,
      name: each.name,
      mark: <Icon name="person" size={15} />,
      here: all((card) => card.accountable_id === each.id),
      run: set("accountable_id", each.id),
    }));
    return [...found, nobody("accountable_id", "Nobody")];
  }
  if (what === "sprint") {
    const found = sprints.value
      .filter((each) => each.status !== "completed")
      .map((each) => ({
        key: each.id,
        name: each.name,
        mark: <Icon name="rerun" size={14} />,
        note: `${each.start_date} – ${each.end_date}`,
        here: all((card) => card.sprint_id === each.id),
        run: set("sprint_id", each.id),
      }));
    return [...found, nobody("sprint_id", "Backlog, no sprint")];
  }
  const found = categories.value.map((each) => ({
    key: each.id,
    name: each.name,
    mark: dot(each.color),
    here: all((card) => card.category_id === each.id),
    run: set("category_id", each.id),
  }));
  return [...found, nobody("category_id", "No category")];
}

function Open({ what, ids }: { what: Choice; ids: string[] }) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const close = () => {
    choosing.value = null;
  };
  const found = optionsFor(what, ids)
    .map((option) => ({
      option,
      points: Math.max(score(query, option.name), score(query, option.note ?? "") - 30),
    }))
    .filter((each) => !query || each.points > 0)
    .sort((a, b) => (query ? b.points - a.points : 0))
    .map((each) => each.option);
  const current = Math.min(at, found.length - 1);
  const take = (option: Option | undefined) => {
    if (!option || option.off) return;
    close();
    option.run();
  };
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      const next = (current + step + found.length) % Math.max(1, found.length);
      setAt(next);
      list.current?.children[next]?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") take(found[current]);
    else return;
    event.preventDefault();
  };
  const [only] = ids;
  const who = ids.length === 1 && only ? anyCard(only)?.title : plural(ids.length, "card");
  return (
    <Dialog title={TITLE[what]} onClose={close} size="s" bare>
      <div class="palette">
        <p class="kchoose">
          <strong>{TITLE[what]}</strong>
          <span>{who}</span>
        </p>
        <label class="palette-input">
          <Icon name="search" size={16} />
          <input
            autofocus
            type="text"
            role="combobox"
            aria-expanded="true"
            aria-controls="kchoose-list"
            aria-activedescendant={found[current] ? `kchoose-${current}` : undefined}
            aria-autocomplete="list"
            aria-label={TITLE[what]}
            placeholder="Type to find"
            value={query}
            onInput={(event) => {
              setQuery(event.currentTarget.value);
              setAt(0);
            }}
            onKeyDown={onKey}
          />
        </label>
        <div id="kchoose-list" role="listbox" aria-label={TITLE[what]} ref={list} class="palette-list">
          {found.map((option, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard is in the combobox, which owns this list.
            <div
              key={option.key}
              id={`kchoose-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === current}
              aria-disabled={option.off || undefined}
              class="palette-item"
              onClick={() => take(option)}
              onPointerMove={() => setAt(index)}
            >
              <span class="kmark">{option.mark}</span>
              <span class="palette-label">{option.name}</span>
              {option.off ? (
                <span class="palette-group">not allowed from here</span>
              ) : (
                option.note && <span class="palette-group">{option.note}</span>
              )}
              {option.here && <Icon name="check" size={14} label="now" />}
            </div>
          ))}
        </div>
        {found.length === 0 && <p class="palette-none">Nothing is called that.</p>}
      </div>
    </Dialog>
  );
}

export function Chooser() {
  const now = choosing.value;
  return now ? <Open key={now.what} what={now.what} ids={now.ids} /> : null;
}
