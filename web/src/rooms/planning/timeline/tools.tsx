// Over the timeline: how it is cut, how close one looks, where in time one is, and what is wrong.
import "../../../styles/filters.css";
import { useMemo, useRef } from "preact/hooks";
import type { Card } from "../../../api/board";
import { columnByKey, peekCard } from "../../../store/board";
import { narrow } from "../../../store/screen";
import { plural } from "../../../ui/format";
import { Icon } from "../../../ui/icon";
import { Menu } from "../../../ui/menu";
import { Segmented } from "../../../ui/parts";
import { spans } from "../spans";
import { conflictsOf, GROUPINGS, type Laid } from "./rows";
import { by, chooseBy, chooseZoom, focusBar, scrollPage, scrollToDay, ZOOMS, zoom } from "./state";

interface Props {
  laid: Laid;
  today: string;
  tray: boolean;
  onTray: () => void;
}

function Conflicts({ laid }: { laid: Laid }) {
  const at = useRef(-1);
  const columns = columnByKey.value;
  const all = spans.value;
  const found = useMemo(() => {
    const isDone = (card: Card) => columns.get(card.status)?.kind === "done";
    return laid.lines
      .filter((line) => line.kind === "card")
      .filter(({ card }) => conflictsOf(card, all.get(card.id), peekCard, isDone).length > 0)
      .map(({ card }) => card.id);
  }, [laid, all, columns]);
  if (found.length === 0) return null;
  return (
    <button
      type="button"
      class="tl-conflicts"
      title="Due before a card it waits for. Goes to the next one."
      onClick={() => {
        at.current = (at.current + 1) % found.length;
        const next = found[at.current];
        if (next) focusBar(next);
      }}
    >
      <Icon name="alert" size={13} />
      {narrow.value ? found.length : plural(found.length, "conflict")}
      {narrow.value && <span class="sr-only">conflicts</span>}
    </button>
  );
}

export function Tools({ laid, today, tray, onTray }: Props) {
  const now = GROUPINGS.find((each) => each.value === by.value);
  return (
    <div class="tl-tools" role="toolbar" aria-label="Timeline">
      <Menu
        label={`Grouped by: ${now?.label ?? ""}`}
        class="btn btn-s"
        button={
          <>
            <Icon name="lanes" size={14} />
            <span>{now?.label}</span>
          </>
        }
        items={GROUPINGS.map((each) => ({
          label: each.label,
          checked: each.value === by.value,
          run: () => chooseBy(each.value),
        }))}
      />
      <Segmented label="Zoom" value={zoom.value} choices={ZOOMS} onChange={chooseZoom} />
      <span class="tl-when">
        <button type="button" class="icon-btn" aria-label="Earlier" onClick={() => scrollPage(-1)}>
          <Icon name="left" />
        </button>
        <button type="button" class="btn btn-s" onClick={() => scrollToDay(today)}>
          Today
        </button>
        <button type="button" class="icon-btn" aria-label="Later" onClick={() => scrollPage(1)}>
          <Icon name="right" />
        </button>
      </span>
      <Conflicts laid={laid} />
      <button
        type="button"
        class={tray ? "filter filter-on tl-tray-toggle" : "filter tl-tray-toggle"}
        aria-pressed={tray}
        onClick={onTray}
      >
        Without dates <span class="num">{laid.undated.length}</span>
      </button>
    </div>
  );
}
