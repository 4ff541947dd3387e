// The heads of a list: a click sorts by one, with Shift by several.
import { params, withParams } from "../../router";
import { Icon } from "../../ui/icon";
import { select, selected } from "../board/state";
import type { ListColumn } from "./list-columns";

type Way = "asc" | "desc";
export type Sorting = [name: string, way: Way][];

export function sortingOf(text: string | null): Sorting {
  return (text ?? "")
    .split(",")
    .filter(Boolean)
    .map((part) => {
      const [name = "", way] = part.split(":");
      return [name, way === "desc" ? "desc" : "asc"];
    });
}

export const asText = (sorting: Sorting): string => sorting.map(([name, way]) => `${name}:${way}`).join(",");

/** Up, down, not at all; `more` leaves the others in their order. */
export function turned(sorting: Sorting, name: string, more: boolean): Sorting {
  const now = sorting.find((each) => each[0] === name)?.[1];
  const next: Way | null = now === undefined ? "asc" : now === "asc" ? "desc" : null;
  if (!more) return next ? [[name, next]] : [];
  if (now === undefined) return [...sorting, [name, "asc"]];
  return sorting.flatMap((each) => (each[0] !== name ? [each] : next ? [[name, next]] : []));
}

interface HeadProps {
  id: string;
  label: string;
  sort: string | undefined;
  sorting: Sorting;
}

function Head({ id, label, sort, sorting }: HeadProps) {
  const at = sort ? sorting.findIndex((each) => each[0] === sort) : -1;
  const way = sorting[at]?.[1];
  if (!sort) {
    return (
      <span role="columnheader" class={`l-cell l-head-${id}`}>
        {label}
      </span>
    );
  }
  return (
    <span
      role="columnheader"
      class={`l-cell l-head-${id}`}
      aria-sort={way === "asc" ? "ascending" : way === "desc" ? "descending" : "none"}
    >
      <button
        type="button"
        class={way ? "l-sort l-sorted" : "l-sort"}
        title="Sort; with Shift after the others"
        onClick={(event) => withParams({ sort: asText(turned(sorting, sort, event.shiftKey)) || null })}
      >
        {label}
        {way && <Icon name={way === "asc" ? "up" : "down"} size={12} />}
        {way && sorting.length > 1 && <span class="l-place num">{at + 1}</span>}
      </button>
    </span>
  );
}

export function ListHead({ columns, ids }: { columns: ListColumn[]; ids: string[] }) {
  const sorting = sortingOf(params.value.get("sort"));
  const on = ids.filter((id) => selected.value.has(id)).length;
  return (
    <div role="row" aria-rowindex={1} class="l-row l-head">
      <span role="columnheader" class="l-cell l-first" aria-label="Selected">
        <label class="l-tick">
          <input
            type="checkbox"
            aria-label="Select all that are listed"
            checked={on > 0 && on === ids.length}
            ref={(box) => {
              if (box) box.indeterminate = on > 0 && on < ids.length;
            }}
            onChange={() => select(on === ids.length ? [] : ids)}
          />
        </label>
      </span>
      <Head id="number" label="#" sort="number" sorting={sorting} />
      <Head id="title" label="Title" sort="title" sorting={sorting} />
      {columns.map((each) => (
        <Head key={each.id} id={each.id} label={each.label} sort={each.sort} sorting={sorting} />
      ))}
    </div>
  );
}
