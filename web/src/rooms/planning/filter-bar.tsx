// What of the board is shown: kept in the address, so that it can be shared and gone back to.
import "../../styles/planning.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { useShortcuts } from "../../keys/use";
import { params, withParams } from "../../router";
import { categories, columns, people, roster, sprints } from "../../store/board";
import { Icon } from "../../ui/icon";
import { type Choice, Picker } from "../../ui/picker";

interface Field {
  name: string;
  label: string;
  choices: Choice[];
}

const NONE: Choice = { value: "none", label: "None" };

function fields(): Field[] {
  return [
    {
      name: "status",
      label: "Column",
      choices: columns.value.map((each) => ({ value: each.key, label: each.name, color: each.color })),
    },
    {
      name: "assigned",
      label: "Agent",
      choices: [
        NONE,
        ...roster.value.map((each) => ({ value: each.id, label: each.name, mark: each.emoji })),
      ],
    },
    {
      name: "accountable",
      label: "Accountable",
      choices: [
        { value: "me", label: "Me" },
        NONE,
        ...people.value.map((each) => ({ value: each.id, label: each.name })),
      ],
    },
    {
      name: "priority",
      label: "Priority",
      choices: [
        { value: "p1", label: "P1 · High" },
        { value: "p2", label: "P2 · Medium" },
        { value: "p3", label: "P3 · Low" },
      ],
    },
    {
      name: "category",
      label: "Category",
      choices: [
        NONE,
        ...categories.value.map((each) => ({ value: each.id, label: each.name, color: each.color })),
      ],
    },
    {
      name: "sprint",
      label: "Sprint",
      choices: [
        { value: "none", label: "Backlog" },
        ...sprints.value.map((each) => ({ value: each.id, label: each.name })),
      ],
    },
  ];
}

const valuesOf = (name: string) => (params.value.get(name) ?? "").split(",").filter(Boolean);

export const FILTERS = [
  "status",
  "assigned",
  "accountable",
  "priority",
  "category",
  "sprint",
  "search",
  "overdue",
];

export default function FilterBar() {
  const asked = params.value.get("search") ?? "";
  const [text, setText] = useState(asked);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => setText(asked), [asked]);
  useEffect(() => {
    if (text === asked) return;
    const timer = window.setTimeout(() => withParams({ search: text || null }), 200);
    return () => clearTimeout(timer);
  }, [text]);
  useShortcuts([{ keys: "/", label: "Search the cards", group: "Board", run: () => field.current?.focus() }]);
  const any = FILTERS.some((name) => params.value.has(name));
  const late = params.value.get("overdue") === "true";
  return (
    <div class="filters" role="search" aria-label="Cards">
      <label class="filter-search">
        <Icon name="search" size={14} />
        <input
          ref={field}
          type="search"
          aria-label="Search the cards"
          placeholder="Search"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      {fields().map((each) => {
        const chosen = valuesOf(each.name);
        const names = chosen.map((value) => each.choices.find((one) => one.value === value)?.label ?? value);
        const shown = names.length > 0 ? `${each.label}: ${names.join(", ")}` : each.label;
        return (
          <Picker
            key={each.name}
            label={shown}
            class={chosen.length > 0 ? "filter filter-on" : "filter"}
            several
            button={
              <>
                <span class="filter-text">{shown}</span>
                <Icon name="chevron" size={11} />
              </>
            }
            chosen={chosen}
            choices={each.choices}
            onChoose={(values) => withParams({ [each.name]: values.join(",") || null })}
          />
        );
      })}
      <button
        type="button"
        class={late ? "filter filter-on" : "filter"}
        aria-pressed={late}
        onClick={() => withParams({ overdue: late ? null : "true" })}
      >
        Overdue
      </button>
      {any && (
        <button
          type="button"
          class="btn btn-s btn-ghost"
          onClick={() => withParams(Object.fromEntries(FILTERS.map((name) => [name, null])))}
        >
          Clear
        </button>
      )}
    </div>
  );
}
