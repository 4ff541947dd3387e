// Source words on the left, ours on the right: columns, people, fields, sprints, categories, labels, headings.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Mapping, Preview } from "../../../api/exchange";
import { people, roster } from "../../../store/board";
import { plural } from "../../../ui/format";
import { Icon } from "../../../ui/icon";
import { type Choice, Picker } from "../../../ui/picker";
import {
  categoryRows,
  columnRows,
  fieldRows,
  headingRows,
  type MapRow,
  peopleRows,
  sprintRows,
} from "./rows";

export type Say = <K extends keyof Mapping>(part: K, value: Mapping[K]) => void;
export interface PartProps {
  seen: Preview;
  said: Partial<Mapping>;
  say: Say;
}

function Line({ row }: { row: MapRow }) {
  const shown = row.choices.find((each) => each.value === row.value);
  return (
    <li class={row.doubtful ? "map-row map-doubt" : "map-row"}>
      <span class="map-from">
        <strong>{row.name}</strong>
        {row.note && <span class="faint">{row.note}</span>}
      </span>
      <Icon name="right" size={13} />
      <span class="map-to">
        <Picker
          label={`${row.name} becomes: ${shown?.label ?? row.value}`}
          class="input input-pick"
          button={
            <>
              <span class={row.doubtful ? "input-pick-text map-none" : "input-pick-text"}>
                {shown?.label ?? row.value}
              </span>
              <Icon name="chevron" size={12} />
            </>
          }
          chosen={[row.value]}
          choices={row.choices}
          onChoose={([next]) => next !== undefined && row.set(next)}
        />
        {row.extra}
      </span>
    </li>
  );
}

interface MapPartProps {
  title: string;
  about: string;
  rows: MapRow[];
  children?: ComponentChildren;
}

function MapPart({ title, about, rows, children }: MapPartProps) {
  const doubtful = rows.filter((each) => each.doubtful).length;
  const [open, setOpen] = useState(rows.length <= 12 || doubtful > 0);
  if (rows.length === 0) return null;
  return (
    <section class="map" aria-label={title}>
      <button type="button" class="map-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? "chevron" : "right"} size={12} />
        <strong>{title}</strong>
        <span class="faint num">{rows.length}</span>
        {doubtful > 0 && (
          <span class="mini tone-wait">
            {plural(doubtful, "is", "are").replace(/^(\S+) (\S+)$/, "$1")} without a match
          </span>
        )}
        <span class="faint map-about">{about}</span>
      </button>
      {open && (
        <>
          {children}
          <ul class="map-rows">
            {rows.map((each) => (
              <Line key={each.key} row={each} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Labels({ seen, said, say }: PartProps) {
  const all = Object.entries(seen.mapping.labels);
  if (all.length === 0) return null;
  const kept = all.filter(([, choice]) => choice.label).map(([name]) => name);
  const toggle = (name: string) => {
    const now = seen.mapping.labels[name]?.label;
    say("labels", {
      ...said.labels,
      [name]: { label: now ? null : name.replace(/\s+/g, " ").trim().slice(0, 60) },
    });
  };
  return (
    <section class="map" aria-label="Labels">
      <div class="map-head">
        <Icon name="tag" size={12} />
        <strong>Labels</strong>
        <span class="faint num">
          {kept.length} of {all.length} come along
        </span>
      </div>
      <div class="map-labels">
        {all.slice(0, 200).map(([name, choice]) => (
          <button
            type="button"
            key={name}
            class={choice.label ? "map-label map-kept" : "map-label"}
            aria-pressed={Boolean(choice.label)}
            onClick={() => toggle(name)}
          >
            {choice.label && <Icon name="check" size={11} />}
            {choice.label ?? name}
          </button>
        ))}
        {all.length > 200 && <span class="faint">and {all.length - 200} more, which come along</span>}
      </div>
    </section>
  );
}

const DAYS: Choice[] = [
  { value: "", label: "As the values suggest" },
  { value: "true", label: "Day first: 31/12" },
  { value: "false", label: "Month first: 12/31" },
];

export function Mappings(props: PartProps) {
  const { seen, said, say } = props;
  const headings = headingRows(props);
  const order = said.days_first === undefined || said.days_first === null ? "" : String(said.days_first);
  return (
    <div class="maps">
      <MapPart title="Headings" about="What each column of the table means" rows={headings}>
        <p class="map-days">
          <span>Days written with strokes:</span>
          <Picker
            label={`Days: ${DAYS.find((each) => each.value === order)?.label ?? ""}`}
            class="btn btn-s"
            button={<span>{DAYS.find((each) => each.value === order)?.label}</span>}
            chosen={[order]}
            choices={DAYS}
            onChoose={([next]) => say("days_first", next ? next === "true" : null)}
          />
        </p>
      </MapPart>
      <MapPart title="Columns" about="Where the cards go" rows={columnRows(props)} />
      <MapPart
        title="People"
        about="Who somebody is here"
        rows={peopleRows(props, roster.value, people.value)}
      />
      <MapPart title="Fields" about="What takes their values" rows={fieldRows(props)} />
      <MapPart title="Sprints" about="Which sprint a cycle is" rows={sprintRows(props)} />
      <MapPart title="Categories" about="What a project or type becomes" rows={categoryRows(props)} />
      <Labels seen={seen} said={said} say={say} />
    </div>
  );
}
