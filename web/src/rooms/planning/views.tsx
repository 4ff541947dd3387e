// The saved views as tabs, in front of the filters; on a phone as one list.
import { useEffect, useRef, useState } from "preact/hooks";
import type { SavedView } from "../../api/board";
import { deleteView, placeView, tryChangeView } from "../../commands/views";
import { useShortcuts } from "../../keys/use";
import { viewsReady } from "../../live/views";
import { go, params, withParams } from "../../router";
import { narrow } from "../../store/screen";
import { me } from "../../store/session";
import { addressOf, canSave, OF_VIEW, openView, shownNow, viewChanged, views } from "../../store/views";
import { Icon, type IconName } from "../../ui/icon";
import { Menu, type MenuItem } from "../../ui/menu";
import { copyText } from "../../ui/parts";
import { Picker } from "../../ui/picker";
import { toast } from "../../ui/toast";
import { clearFilters, howMany } from "./filters";
import { ViewForm } from "./view-form";

const DRAGGED = "application/x-view";
const LAYOUT: Record<SavedView["layout"], IconName> = {
  board: "board",
  list: "list",
  timeline: "timeline",
  calendar: "calendar",
};

const isMine = (view: SavedView) => view.owner_id === me.value?.actor.id;

function mayChange(view: SavedView): boolean {
  return isMine(view) || ["admin", "super_admin"].includes(me.value?.actor.role ?? "");
}

/** Everything that is not of the view is left: an open card stays open. */
function reset(view: SavedView | null): void {
  const change: Record<string, string | null> = Object.fromEntries(OF_VIEW.map((name) => [name, null]));
  if (view) {
    for (const [name, value] of Object.entries(view.query)) change[name] = String(value);
    change.layout = view.layout === "board" ? null : view.layout;
  }
  withParams(change);
}

function showAll(): void {
  const layout = params.value.get("layout");
  go(layout ? `/board?layout=${layout}` : "/board");
}

async function copyLink(view: SavedView): Promise<void> {
  if (await copyText(location.origin + addressOf(view))) toast({ kind: "good", title: "Link copied" });
}

export interface Ask {
  view: SavedView | null;
}

function itemsFor(view: SavedView, ask: (what: Ask) => void): MenuItem[] {
  const list = views.value ?? [];
  const at = list.indexOf(view);
  const link: MenuItem = { label: "Copy link", icon: "link", run: () => void copyLink(view) };
  const again: MenuItem = { label: "Save as a new view…", icon: "copy", run: () => ask({ view: null }) };
  if (!mayChange(view)) return [link, again];
  const share: MenuItem = view.shared
    ? {
        label: "Make private",
        icon: "lock",
        run: () => void tryChangeView(view, { shared: false }, `Made the view ${view.name} private`),
      }
    : {
        label: "Share with the project",
        icon: "person",
        run: () => void tryChangeView(view, { shared: true }, `Shared the view ${view.name}`),
      };
  return [
    { label: "Rename…", icon: "pencil", run: () => ask({ view }) },
    ...(view.shared && !isMine(view) ? [] : [share]),
    link,
    again,
    { label: "Move left", icon: "left", disabled: at <= 0, run: () => void placeView(view, at - 1) },
    {
      label: "Move right",
      icon: "right",
      disabled: at >= list.length - 1,
      run: () => void placeView(view, at + 1),
    },
    {
      label: "Delete",
      icon: "trash",
      danger: true,
      run: () => void deleteView(view).then((gone) => gone && withParams({ view: null })),
    },
  ];
}

function Tab({ view, index }: { view: SavedView; index: number }) {
  const open = openView.value?.id === view.id;
  const [over, setOver] = useState(false);
  const note = [view.shared ? "shared with the project" : "only yours", index < 9 ? `G ${index + 1}` : ""];
  return (
    <a
      class={`view-tab${over ? " view-over" : ""}`}
      href={addressOf(view)}
      aria-current={open ? "page" : undefined}
      title={`${view.name}: ${note.filter(Boolean).join(", ")}`}
      draggable={mayChange(view)}
      onDragStart={(event) => event.dataTransfer?.setData(DRAGGED, view.id)}
      onDragOver={(event) => {
        if (!event.dataTransfer?.types.includes(DRAGGED)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const id = event.dataTransfer?.getData(DRAGGED);
        const moved = views.value?.find((each) => each.id === id);
        if (moved && moved !== view) void placeView(moved, views.value?.indexOf(view) ?? 0);
      }}
    >
      <Icon name={LAYOUT[view.layout]} size={13} />
      <span class="view-name">{view.name}</span>
      {!view.shared && <Icon name="lock" size={11} label="only yours" />}
      {open && viewChanged.value && (
        <span class="view-dot" title="Changed, not saved">
          <span class="sr-only">changed</span>
        </span>
      )}
    </a>
  );
}

/** All of them to choose from by typing: on a phone instead of the tabs, else where they do not fit. */
function ViewList({ asked }: { asked: number }) {
  const now = openView.value;
  const name = now?.name ?? "All cards";
  return (
    <Picker
      key={asked}
      opened={asked > 0}
      label={`View: ${name}`}
      class={narrow.value ? "view-pick" : "icon-btn view-all"}
      button={
        narrow.value ? (
          <>
            <Icon name={LAYOUT[shownNow.value.layout]} size={14} />
            <span class="view-name">{name}</span>
            {viewChanged.value && <span class="view-dot" />}
            <Icon name="chevron" size={11} />
          </>
        ) : (
          <Icon name="chevron" size={13} />
        )
      }
      none="All cards"
      chosen={now ? [now.id] : []}
      choices={(views.value ?? []).map((each) => ({
        value: each.id,
        label: each.name,
        hint: each.shared ? "shared" : "only yours",
      }))}
      onChoose={([id]) => {
        const view = views.value?.find((each) => each.id === id);
        if (view) go(addressOf(view));
        else showAll();
      }}
    />
  );
}

/** What to do with filters that differ from what is saved. */
export function SaveView({ ask }: { ask: (what: Ask) => void }) {
  const view = openView.value;
  if (!canSave.value) return null;
  const save = () => {
    if (!view) ask({ view: null });
    else void tryChangeView(view, { ...shownNow.value }, `Updated the view ${view.name}`);
  };
  if (view && mayChange(view)) {
    return (
      <span class="view-save">
        <button type="button" class="btn btn-s btn-ghost" onClick={() => reset(view)}>
          Reset
        </button>
        <button type="button" class="btn btn-s btn-ghost" onClick={() => ask({ view: null })}>
          Save as new
        </button>
        <button type="button" class="btn btn-s btn-primary" onClick={save}>
          Update view
        </button>
      </span>
    );
  }
  return (
    <span class="view-save">
      {view && (
        <button type="button" class="btn btn-s btn-ghost" onClick={() => reset(view)}>
          Reset
        </button>
      )}
      {!view && !narrow.value && howMany(params.value) > 0 && (
        <button type="button" class="btn btn-s btn-ghost" onClick={clearFilters}>
          Clear
        </button>
      )}
      <button type="button" class="btn btn-s" onClick={() => ask({ view: null })}>
        <Icon name="plus" size={13} />
        {view ? "Save as new" : "Save view"}
      </button>
    </span>
  );
}

/** The form that stands open, and how to ask for it. */
export function useViewForm() {
  const [asked, ask] = useState<Ask | null>(null);
  const form = asked && <ViewForm view={asked.view} onClose={() => ask(null)} />;
  return { ask, form };
}

export function Views({ ask }: { ask: (what: Ask) => void }) {
  const [asked, setAsked] = useState(0);
  const strip = useRef<HTMLElement>(null);
  const list = views.value ?? [];
  const open = openView.value?.id;
  useEffect(() => {
    void viewsReady().then(() => {
      // An address that only names a view means everything the view says.
      const view = openView.value;
      if (view && Object.keys(shownNow.value.query).length === 0) reset(view);
    });
  }, []);
  useEffect(() => {
    strip.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [open]);
  useShortcuts([
    { keys: "v", label: "Choose a view", group: "Board", run: () => setAsked(asked + 1) },
    ...list.slice(0, 9).map((view, index) => ({
      keys: `g ${index + 1}`,
      label: `Go to the view ${view.name}`,
      group: "Go to",
      run: () => go(addressOf(view)),
    })),
  ]);
  if (narrow.value) {
    return (
      <>
        <ViewList asked={asked} />
        {openView.value && (
          <Menu
            label={`Actions for the view ${openView.value.name}`}
            class="icon-btn"
            button={<Icon name="dots" size={15} />}
            items={itemsFor(openView.value, ask)}
          />
        )}
      </>
    );
  }
  if (list.length === 0 && asked === 0) return null;
  return (
    <div class="views">
      <nav class="view-strip" aria-label="Views" ref={strip}>
        <a
          class="view-tab"
          href={shownNow.value.layout === "board" ? "/board" : `/board?layout=${shownNow.value.layout}`}
          aria-current={open ? undefined : "page"}
        >
          All cards
        </a>
        {list.map((view, index) => (
          <Tab key={view.id} view={view} index={index} />
        ))}
      </nav>
      {openView.value && (
        <Menu
          label={`Actions for the view ${openView.value.name}`}
          class="icon-btn view-more"
          button={<Icon name="dots" size={14} />}
          items={itemsFor(openView.value, ask)}
        />
      )}
      <ViewList asked={asked} />
    </div>
  );
}
