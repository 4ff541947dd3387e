// The card's menu, one for the whole board: it stands over everything, whatever the column clips.
import { openTask } from "../../overlay";
import { anyCard } from "../../store/board";
import { type PointItem, PointMenu } from "../../ui/point-menu";
import { copyLink, duplicate, liftCards, putAway, remove } from "./actions";
import { walking } from "./cells";
import { choose, focusCard, menuOpen, toggle, withSelection } from "./state";

function itemsFor(id: string): PointItem[] {
  const ids = withSelection(id);
  const one: PointItem[] = [
    { label: "Duplicate", icon: "copy", keys: "D", run: () => void duplicate(id) },
    { label: "Copy link", icon: "link", run: () => void copyLink(id) },
  ];
  return [
    { label: "Open", icon: "external", keys: "↵", run: () => openTask(id) },
    { label: "Move to…", icon: "right", keys: "M", line: true, run: () => choose("move", ids) },
    { label: "Assign…", icon: "agents", keys: "A", run: () => choose("assign", ids) },
    { label: "Priority…", icon: "flag", keys: "P", run: () => choose("priority", ids) },
    { label: "Sprint…", icon: "rerun", keys: "S", run: () => choose("sprint", ids) },
    { label: "Category…", icon: "tag", keys: "T", run: () => choose("category", ids) },
    ...(walking.carries
      ? [
          {
            label: "Move with the keys",
            icon: "hand" as const,
            keys: "Space",
            line: true,
            run: () => liftCards(id),
          },
        ]
      : []),
    { label: "Select", icon: "check", keys: "X", line: !walking.carries, run: () => toggle(id) },
    ...(ids.length === 1 ? one : []),
    { label: "Archive", icon: "archive", keys: "E", line: true, run: () => void putAway(ids) },
    { label: "Delete", icon: "trash", keys: "Del", danger: true, run: () => void remove(ids) },
  ];
}

export function CardMenu() {
  const now = menuOpen.value;
  const card = now && anyCard(now.id);
  if (!now || !card) return null;
  return (
    <PointMenu
      key={now.id}
      label={`Actions for ${card.title}`}
      at={now.at}
      items={itemsFor(now.id)}
      onClose={(back) => {
        menuOpen.value = null;
        if (back) focusCard(now.id);
      }}
    />
  );
}
