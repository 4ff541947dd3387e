// On a phone the filters stand on a sheet of their own, one under the other.
import { params, withParams } from "../../router";
import { Dialog } from "../../ui/dialog";
import { plural } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { Picker } from "../../ui/picker";
import { AskPicker } from "./field-ask";
import { Between } from "./filter-chips";
import { clearFilters, filters, howMany, inWords, plainFilters } from "./filters";
import { SheetOptions } from "./list-options";
import { Search } from "./search";
import { shownCards } from "./shown";
import { type Ask, SaveView } from "./views";

interface Props {
  ask: (what: Ask) => void;
  onClose: () => void;
}

export function FilterSheet({ ask, onClose }: Props) {
  const query = params.value;
  const on = howMany(query);
  return (
    <Dialog title="Filter" onClose={onClose} size="m">
      <div class="fsheet">
        <Search />
        <ul class="fsheet-rows">
          {query.get("layout") === "list" && <SheetOptions />}
          {filters().map((each) => {
            const chosen = each.chosen(query);
            return (
              <li
                key={each.id}
                class={`fsheet-row${chosen.length > 0 ? " fsheet-on" : ""}${each.range ? " fsheet-days" : ""}`}
              >
                <Icon name={each.icon} size={15} />
                {each.ask ? (
                  <AskPicker filter={each} ask={each.ask} class="fsheet-pick" row />
                ) : each.range ? (
                  <>
                    <span class="fsheet-label">{each.label}</span>
                    <Between filter={each} />
                  </>
                ) : (
                  <Picker
                    label={`${each.label} ${chosen.length > 0 ? inWords(each, chosen) : "Any"}`}
                    class="fsheet-pick"
                    several={!each.single}
                    {...(each.single ? { none: "Any" } : {})}
                    button={
                      <>
                        <span class="fsheet-label">{each.label}</span>{" "}
                        <span class="fsheet-value">{chosen.length > 0 ? inWords(each, chosen) : "Any"}</span>
                        <Icon name="right" size={12} />
                      </>
                    }
                    chosen={chosen}
                    choices={each.choices()}
                    onChoose={(values) => withParams(each.change(values))}
                  />
                )}
              </li>
            );
          })}
          {plainFilters(query).map((each) => (
            <li key={each.name} class="fsheet-row fsheet-on">
              <Icon name="filter" size={15} />
              <span class="fsheet-label">{each.text}</span>
              <button
                type="button"
                class="icon-btn"
                aria-label={`Remove filter ${each.text}`}
                onClick={() => withParams({ [each.name]: null })}
              >
                <Icon name="x" size={14} />
              </button>
            </li>
          ))}
        </ul>
      </div>
      <SaveView
        ask={(what) => {
          onClose();
          ask(what);
        }}
      />
      <footer class="dialog-foot fsheet-foot">
        <button type="button" class="btn" disabled={on === 0} onClick={clearFilters}>
          Clear all
        </button>
        <button type="button" class="btn btn-primary" onClick={onClose}>
          Show {plural(shownCards.value, "card")}
        </button>
      </footer>
    </Dialog>
  );
}
