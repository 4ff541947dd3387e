// Which days and which tasks: chosen here, kept in the address.
import "../../styles/filters.css";
import { useEffect, useState } from "preact/hooks";
import { params, withParams } from "../../router";
import { categories, roster, sprints } from "../../store/board";
import { Icon } from "../../ui/icon";
import { Segmented } from "../../ui/parts";
import { type Choice, Picker } from "../../ui/picker";
import { today } from "../board/days";
import { chooseUnit, range, unit } from "./asked";
import { AMONG, RANGES, USUAL } from "./range";

const NONE: Choice = { value: "none", label: "None" };

function fields(): { name: (typeof AMONG)[number]; label: string; choices: Choice[]; several: boolean }[] {
  return [
    {
      name: "sprint",
      label: "Sprint",
      several: false,
      choices: [...sprints.value].reverse().map(({ id, name, status }) => ({
        value: id,
        label: name,
        hint: status === "active" ? "going on" : status,
      })),
    },
    {
      name: "category",
      label: "Category",
      several: true,
      choices: [NONE, ...categories.value.map(({ id, name, color }) => ({ value: id, label: name, color }))],
    },
    {
      name: "assigned",
      label: "Agent",
      several: true,
      choices: [
        NONE,
        ...roster.value.map(({ id, name, emoji }) => ({ value: id, label: name, mark: emoji })),
      ],
    },
  ];
}

/** From a day to a day, typed: taken when both are there and in their order. */
function Days() {
  const [typed, setTyped] = useState(range.value);
  const { from, to } = range.value;
  useEffect(() => setTyped({ from, to }), [from, to]);
  const wrong = typed.from > typed.to;
  const set = (name: "from" | "to", value: string) => {
    const next = { ...typed, [name]: value };
    setTyped(next);
    if (next.from && next.to && next.from <= next.to) withParams({ ...next, range: null });
  };
  return (
    <span class="ana-days">
      {(["from", "to"] as const).map((name) => (
        <input
          key={name}
          class="input"
          type="date"
          aria-label={name === "from" ? "From" : "To"}
          aria-invalid={wrong ? "true" : undefined}
          aria-describedby={wrong ? "ana-wrong" : undefined}
          max={today()}
          value={typed[name]}
          onChange={(event) => set(name, event.currentTarget.value)}
        />
      ))}
      {wrong && (
        <span class="bad" id="ana-wrong" role="alert">
          ends before it begins
        </span>
      )}
    </span>
  );
}

const CUSTOM = "days";

export function Filters() {
  const own = params.value.has("from");
  const [asking, setAsking] = useState(own);
  const now = own || asking ? CUSTOM : (params.value.get("range") ?? USUAL);
  const any = [...AMONG, "from", "range"].some((name) => params.value.has(name));
  return (
    <div class="ana-filters" role="search" aria-label="Figures">
      <Segmented
        label="Days"
        value={now}
        choices={[...RANGES, { value: CUSTOM, label: "Days…" }]}
        onChange={(value) => {
          setAsking(value === CUSTOM);
          if (value !== CUSTOM) withParams({ range: value === USUAL ? null : value, from: null, to: null });
        }}
      />
      {now === CUSTOM && <Days />}
      {fields().map((each) => {
        const chosen = (params.value.get(each.name) ?? "").split(",").filter(Boolean);
        const names = chosen.map((value) => each.choices.find((one) => one.value === value)?.label ?? value);
        const shown = names.length > 0 ? `${each.label}: ${names.join(", ")}` : each.label;
        return (
          <Picker
            key={each.name}
            label={shown}
            class={chosen.length > 0 ? "filter filter-on" : "filter"}
            several={each.several}
            {...(each.several ? {} : { none: "Any" })}
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
      {any && (
        <button
          type="button"
          class="btn btn-s btn-ghost"
          onClick={() => {
            setAsking(false);
            withParams(Object.fromEntries([...AMONG, "from", "to", "range"].map((name) => [name, null])));
          }}
        >
          Clear
        </button>
      )}
      <span class="ana-unit">
        <Segmented
          label="Counted in"
          value={unit.value}
          choices={[
            { value: "tasks", label: "Tasks" },
            { value: "estimate", label: "Estimate" },
          ]}
          onChange={chooseUnit}
        />
      </span>
    </div>
  );
}
