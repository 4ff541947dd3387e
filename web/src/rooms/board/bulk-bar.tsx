import { anyCard, cardsStamp } from "../../store/board";
import { plural } from "../../ui/format";
import { Icon, type IconName } from "../../ui/icon";
import { putAway, remove, selection } from "./actions";
import { type Choice, choose, select, selected } from "./state";

const CHOICES: [Choice, string, IconName][] = [
  ["move", "Move", "right"],
  ["assign", "Assign", "agents"],
  ["priority", "Priority", "flag"],
  ["sprint", "Sprint", "rerun"],
  ["category", "Category", "tag"],
];

/** What can be done to all the selected cards at once. */
export function BulkBar() {
  cardsStamp.value;
  const count = [...selected.value].filter((id) => anyCard(id)).length;
  if (count === 0) return null;
  return (
    <div class="kbulk" role="toolbar" aria-label="Selected cards">
      <strong class="num">{plural(count, "card")}</strong>
      <span class="kbulk-line" />
      {CHOICES.map(([what, label, icon]) => (
        <button
          type="button"
          key={what}
          class="btn btn-ghost btn-s"
          aria-label={label}
          onClick={() => choose(what, selection())}
        >
          <Icon name={icon} size={14} />
          <span>{label}</span>
        </button>
      ))}
      <button
        type="button"
        class="btn btn-ghost btn-s"
        aria-label="Archive"
        onClick={() => void putAway(selection())}
      >
        <Icon name="archive" size={14} />
        <span>Archive</span>
      </button>
      <button
        type="button"
        class="btn btn-ghost btn-s danger"
        aria-label="Delete"
        onClick={() => void remove(selection())}
      >
        <Icon name="trash" size={14} />
        <span>Delete</span>
      </button>
      <button type="button" class="icon-btn" aria-label="Drop the selection" onClick={() => select([])}>
        <Icon name="x" size={14} />
      </button>
    </div>
  );
}
