// By what a list is grouped and which columns it has: part of the address, and so of a saved view.
import { params, withParams } from "../../router";
import { narrow } from "../../store/screen";
import { Icon } from "../../ui/icon";
import { Menu } from "../../ui/menu";
import { type Choice, Picker } from "../../ui/picker";
import { GROUPS, groupOf, type ListGroup } from "./grouping";
import { chosenColumns, columnsAsText, everyColumn } from "./list-columns";

const BY: { value: ListGroup; label: string }[] = [
  { value: "none", label: "No groups" },
  ...Object.entries(GROUPS).map(([value, { label }]) => ({ value: value as ListGroup, label })),
];

/** On a phone, where there are no heads to sort by: rows of the sheet of filters. */
export function SheetOptions() {
  const group = groupOf(params.value.get("group"));
  const sort = (params.value.get("sort") ?? "").split(",")[0] ?? "";
  const orders: Choice[] = [
    { value: "number:desc", label: "Number, newest first" },
    { value: "title:asc", label: "Title" },
    ...everyColumn().flatMap((each) =>
      each.sort
        ? [
            { value: `${each.sort}:asc`, label: each.label },
            { value: `${each.sort}:desc`, label: `${each.label}, reversed` },
          ]
        : [],
    ),
  ];
  const row = (label: string, value: string, none: string, choices: Choice[], set: (to: string) => void) => {
    const shown = choices.find((each) => each.value === value)?.label ?? none;
    return (
      <li class="fsheet-row">
        <Icon name="sort" size={15} />
        <Picker
          label={`${label} ${shown}`}
          class="fsheet-pick"
          none={none}
          button={
            <>
              <span class="fsheet-label">{label}</span> <span class="fsheet-value">{shown}</span>
              <Icon name="right" size={12} />
            </>
          }
          chosen={value ? [value] : []}
          choices={choices}
          onChoose={([next]) => set(next ?? "")}
        />
      </li>
    );
  };
  return (
    <>
      {row("Sort by", sort, "Newest first", orders, (to) => withParams({ sort: to }))}
      {row(
        "Group by",
        group === "none" ? "" : group,
        "No groups",
        BY.filter((each) => each.value !== "none"),
        (to) => withParams({ group: to }),
      )}
    </>
  );
}

export function ListOptions() {
  const group = groupOf(params.value.get("group"));
  const label = BY.find((each) => each.value === group)?.label ?? "";
  return (
    <span class="l-options">
      <Menu
        label={`Group: ${label}`}
        align="end"
        class="btn btn-s btn-ghost"
        button={
          <>
            <Icon name="lanes" size={14} />
            <span>{group === "none" ? "Group" : label}</span>
          </>
        }
        items={BY.map((each) => ({
          label: each.label,
          checked: each.value === group,
          run: () => withParams({ group: each.value === "none" ? null : each.value }),
        }))}
      />
      {!narrow.value && (
        <Picker
          label="Columns of the list"
          class="btn btn-s btn-ghost"
          several
          button={
            <>
              <Icon name="board" size={14} />
              <span>Columns</span>
            </>
          }
          chosen={chosenColumns(params.value.get("columns"))}
          choices={everyColumn().map((each) => ({ value: each.id, label: each.label }))}
          onChoose={(ids) => withParams({ columns: columnsAsText(ids) })}
        />
      )}
    </span>
  );
}
