import "../../styles/board.css";
import "../../styles/board-card.css";
import "../../styles/board-more.css";
import { useEffect } from "preact/hooks";
import type { Layout } from "../../api/board";
import { readWaiting } from "../../commands/waiting";
import { lazy } from "../../lazy";
import { boardError, boardReady, boardState, offline } from "../../live/board";
import { explain } from "../../live/pending";
import { quickAdd } from "../../overlay";
import { params, withParams } from "../../router";
import { boardLoaded } from "../../store/board";
import { narrow } from "../../store/screen";
import { Icon, type IconName } from "../../ui/icon";
import { Menu } from "../../ui/menu";
import { PageHead } from "../../ui/page-head";
import { Empty, Kbd, Segmented } from "../../ui/parts";
import { useTitle } from "../../ui/title";
import { Board } from "./board";
import { GROUPS, group } from "./lanes";
import { OfflineStrip } from "./offline";

const Presence = lazy(() => import("./presence"), true);
const List = lazy(() => import("../planning/list"));
const Calendar = lazy(() => import("../planning/calendar"));
const Timeline = lazy(() => import("../planning/timeline"));
const loadFilterBar = () => import("../planning/filter-bar");
const FilterBar = lazy(loadFilterBar, true);

const LAYOUTS: { value: Layout; label: string; icon: IconName }[] = [
  { value: "board", label: "Board", icon: "board" },
  { value: "list", label: "List", icon: "list" },
  { value: "timeline", label: "Timeline", icon: "timeline" },
  { value: "calendar", label: "Calendar", icon: "calendar" },
];

const STATES = {
  open: "Live",
  retrying: "Reconnecting",
  connecting: "Connecting",
  paused: "Paused",
  closed: "",
};

function Live() {
  const state = boardState.value;
  if (offline.value || state === "closed") return null;
  return (
    <span class={`live live-${state}`}>
      <span class="live-dot" />
      <span class="live-word">{STATES[state]}</span>
    </span>
  );
}

function LanesMenu() {
  const now = GROUPS.find((each) => each.value === group.value);
  return (
    <Menu
      label={`Swim-lanes: ${now?.label ?? ""}`}
      align="end"
      class="btn btn-ghost kpage-lanes"
      button={
        <>
          <Icon name="lanes" />
          <span>{group.value === "none" ? "Lanes" : now?.label}</span>
        </>
      }
      items={GROUPS.map((each) => ({
        label: each.label,
        checked: each.value === group.value,
        run: () => withParams({ group: each.value === "none" ? null : each.value }),
      }))}
    />
  );
}

function Bones() {
  return (
    <div class="kscroll" role="status" aria-label="Loading the board">
      {[4, 3, 2, 5].map((count, column) => (
        <div class="kcol" key={column}>
          <div class="kcol-head">
            <span class="bone" style={{ width: "90px" }} />
          </div>
          <div class="kcol-body">
            {Array.from({ length: count }, (_, row) => (
              <div key={row} class="kbone">
                <span class="bone" style={{ width: `${88 - ((row * 23 + column * 11) % 40)}%` }} />
                <span class="bone" style={{ width: `${52 - ((row * 13) % 24)}%` }} />
              </div>
            ))}
          </div>
        </div>
      ))}
    </div>
  );
}

/** The tasks of the project, in one of four layouts; the address says which, and what is filtered. */
export default function BoardPage() {
  const asked = params.value.get("layout");
  const layout = LAYOUTS.find((each) => each.value === asked)?.value ?? "board";
  useTitle(LAYOUTS.find((each) => each.value === layout)?.label ?? "Board");
  useEffect(() => {
    void boardReady().then(readWaiting);
    void loadFilterBar(); // While the cards are on their way.
  }, []);

  const choose = (value: Layout) => withParams({ layout: value === "board" ? null : value }, "push");
  const failed = boardError.value !== null && !boardLoaded.value;
  return (
    <div class="page kpage">
      <PageHead title="Board" side={<Live />}>
        <Presence />
        {layout === "board" && !narrow.value && <LanesMenu />}
        <Segmented
          label="Layout"
          value={layout}
          choices={LAYOUTS}
          onChange={choose}
          iconsOnly={narrow.value}
        />
        <button
          type="button"
          class="btn btn-primary"
          onClick={() => quickAdd()}
          aria-label={narrow.value ? "New card" : undefined}
        >
          <Icon name="plus" />
          <span class="wide">New card</span>
          <Kbd keys="C" />
        </button>
      </PageHead>
      <OfflineStrip />
      <div class="kbars">{boardLoaded.value && <FilterBar />}</div>
      {failed ? (
        <Empty icon="alert" title="The board could not be read">
          <p class="pre">{explain(boardError.value)}</p>
          <button type="button" class="btn btn-primary" onClick={() => void boardReady()}>
            Try again
          </button>
        </Empty>
      ) : !boardLoaded.value ? (
        <Bones />
      ) : layout === "list" ? (
        <List />
      ) : layout === "timeline" ? (
        <Timeline />
      ) : layout === "calendar" ? (
        <Calendar />
      ) : (
        <Board />
      )}
    </div>
  );
}
