// What of the board is shown: kept in the address, so that it can be shared and gone back to.
import "../../styles/filters.css";
import "../../styles/planning.css";
import { useState } from "preact/hooks";
import { params } from "../../router";
import { allCards } from "../../store/board";
import { narrow } from "../../store/screen";
import { count, plural } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { filtering } from "../board/seen";
import { FilterChips } from "./filter-chips";
import { FilterSheet } from "./filter-sheet";
import { clearFilters, howMany } from "./filters";
import { ListOptions } from "./list-options";
import { Search } from "./search";
import { shownCards } from "./shown";
import { SaveView, useViewForm, Views } from "./views";

function Found() {
  if (!filtering.value) return null;
  const all = allCards().length;
  return (
    <span class="filter-count num" role="status">
      {count(shownCards.value)} of {plural(all, "card")}
    </span>
  );
}

function OnAPhone() {
  const [open, setOpen] = useState(false);
  const { ask, form } = useViewForm();
  const on = howMany(params.value);
  return (
    <div class="fbar fbar-phone" role="search" aria-label="Cards">
      <Views ask={ask} />
      <button
        type="button"
        class={on > 0 ? "filter filter-on" : "filter"}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        <Icon name="filter" size={14} />
        <span>Filter</span>
        {on > 0 && <span class="badge">{on}</span>}
      </button>
      {on > 0 && (
        <button type="button" class="icon-btn" aria-label="Clear the filters" onClick={clearFilters}>
          <Icon name="x" size={15} />
        </button>
      )}
      {open && <FilterSheet ask={ask} onClose={() => setOpen(false)} />}
      {form}
    </div>
  );
}

function OnADesk() {
  const { ask, form } = useViewForm();
  return (
    <>
      <Views ask={ask} />
      <div class="fbar" role="search" aria-label="Cards">
        <Search />
        <FilterChips />
        <Found />
        {params.value.get("layout") === "list" && <ListOptions />}
        <SaveView ask={ask} />
      </div>
      {form}
    </>
  );
}

export default function FilterBar() {
  return narrow.value ? <OnAPhone /> : <OnADesk />;
}
