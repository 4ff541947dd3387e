// The filters that are on, each changed in its place and taken away by its cross, and a way to further ones.
import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import { useShortcuts } from "../../keys/use";
import { params, withParams } from "../../router";
import { Icon } from "../../ui/icon";
import { Picker } from "../../ui/picker";
import { AskPicker } from "./field-ask";
import { type Filter, filters, inWords, plainFilters } from "./filters";

function Cross({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button
      type="button"
      class="filter-x"
      aria-label={`Remove filter ${label}`}
      title="Remove"
      onClick={onClick}
    >
      <Icon name="x" size={11} />
    </button>
  );
}

/** Two days, either of which may be left open. */
export function Between({ filter }: { filter: Filter }) {
  const [from, to] = filter.range ?? ["", ""];
  const day = (name: string, label: string) => (
    <input
      type="date"
      aria-label={`${filter.label}: ${label}`}
      value={params.value.get(name) ?? ""}
      onChange={(event) => withParams({ [name]: event.currentTarget.value || null })}
    />
  );
  return (
    <span class="filter-days">
      {day(from, "from")}
      <span aria-hidden="true">–</span>
      {day(to, "until")}
    </span>
  );
}

interface ChipProps {
  filter: Filter;
  chosen: string[];
  opened: boolean;
  onClose: () => void;
  /** It goes, and with it what had the focus. */
  onGone: () => void;
}

function Chip({ filter, chosen, opened, onClose, onGone }: ChipProps) {
  const shown = chosen.length > 0 ? inWords(filter, chosen) : "…";
  const clear = () => {
    onClose();
    withParams(filter.change([]));
    onGone();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of its buttons, heard in one place.
    <span
      class="filter-chip"
      onKeyDown={(event) => {
        if (event.key !== "Delete" && event.key !== "Backspace") return;
        if (!(event.target as Element).matches(".filter-pick, .filter-x")) return;
        event.preventDefault();
        clear();
      }}
    >
      {filter.ask ? (
        <AskPicker filter={filter} ask={filter.ask} opened={opened} onClose={onClose} class="filter-pick" />
      ) : filter.range ? (
        <>
          <span class="filter-name">{filter.label}:</span>
          <Between filter={filter} />
        </>
      ) : (
        <Picker
          label={`${filter.label}: ${shown}`}
          class="filter-pick"
          opened={opened}
          onClose={onClose}
          several={!filter.single}
          button={
            <>
              <span class="filter-name">{filter.label}:</span> <span class="filter-text">{shown}</span>
            </>
          }
          chosen={chosen}
          choices={filter.choices()}
          onChoose={(values) => withParams(filter.change(values))}
        />
      )}
      <Cross label={filter.label} onClick={clear} />
    </span>
  );
}

export function FilterChips(): VNode {
  /** One that was asked for and has no value yet. */
  const [fresh, setFresh] = useState<string | null>(null);
  const [asked, setAsked] = useState(0);
  const add = useRef<HTMLSpanElement>(null);
  const toAdd = () => add.current?.querySelector("button")?.focus();
  useShortcuts([{ keys: "f", label: "Add a filter", group: "Board", run: () => setAsked(asked + 1) }]);
  const all = filters();
  const query = params.value;
  const on = all.filter((each) => each.id === fresh || each.chosen(query).length > 0);
  const rest = all.filter((each) => !on.includes(each));
  return (
    <>
      {on.map((each) => (
        <Chip
          key={each.id}
          filter={each}
          chosen={each.chosen(query)}
          opened={each.id === fresh && !each.range}
          onGone={toAdd}
          onClose={() => {
            if (each.id !== fresh) return;
            setFresh(null);
            // The chip that had the focus goes with its list where nothing was chosen.
            if (each.chosen(params.peek()).length === 0) toAdd();
          }}
        />
      ))}
      {plainFilters(query).map((each) => (
        <span key={each.name} class="filter-chip">
          <span class="filter-text">{each.text}</span>
          <Cross
            label={each.text}
            onClick={() => {
              withParams({ [each.name]: null });
              toAdd();
            }}
          />
        </span>
      ))}
      <span ref={add}>
        <Picker
          key={asked}
          opened={asked > 0}
          label="Add a filter"
          class="filter"
          placeholder="Filter by"
          button={
            <>
              <Icon name="filter" size={13} />
              <span>Filter</span>
            </>
          }
          chosen={[]}
          choices={rest.map((each) => ({ value: each.id, label: each.label }))}
          onChoose={([id]) => setFresh(id ?? null)}
        />
      </span>
    </>
  );
}
