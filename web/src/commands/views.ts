// What one does with saved views, each with its way back.
import { boardApi, type NewView, type SavedView, type ViewChange } from "../api/board";
import { explain } from "../live/pending";
import { readViews } from "../live/views";
import { views } from "../store/views";
import { toast } from "../ui/toast";
import { remember } from "./history";

const current = (id: string) => views.value?.find((each) => each.id === id);

/** Shown at once, then as the server has them: a place among all of them is the server's to say. */
function lay(view: SavedView): void {
  const known = views.value ?? [];
  views.value = known.some((each) => each.id === view.id)
    ? known.map((each) => (each.id === view.id ? view : each))
    : [...known, view];
}

async function takeAway(id: string): Promise<void> {
  await boardApi.deleteView(id);
  views.value = (views.value ?? []).filter((each) => each.id !== id);
}

async function bringBack(id: string): Promise<void> {
  await boardApi.restoreView(id);
  await readViews();
}

/** Throws what the server says, for the form that asked. */
export async function saveView(view: NewView): Promise<SavedView> {
  const { data } = await boardApi.addView(view);
  lay(data);
  remember({
    label: `Saved the view ${data.name}`,
    back: () => takeAway(data.id),
    again: () => bringBack(data.id),
  });
  return data;
}

/** Changes a view on the version that is seen. Throws what the server says. */
export async function changeView(view: SavedView, change: ViewChange, label: string): Promise<void> {
  const fields = Object.keys(change) as (keyof NewView)[];
  const before = Object.fromEntries(fields.map((field) => [field, view[field]])) as ViewChange;
  const send = async (values: ViewChange) => {
    const { data } = await boardApi.changeView(view.id, {
      ...values,
      version: current(view.id)?.version ?? view.version,
    });
    lay(data);
    if ("position" in values) await readViews();
  };
  await send(change);
  remember({ label, back: () => send(before), again: () => send(change) });
}

export async function tryChangeView(view: SavedView, change: ViewChange, label: string): Promise<boolean> {
  try {
    await changeView(view, change, label);
    return true;
  } catch (cause) {
    toast({ kind: "bad", title: `${view.name} was not changed`, detail: explain(cause) });
    void readViews().catch(() => {});
    return false;
  }
}

export async function deleteView(view: SavedView): Promise<boolean> {
  try {
    await takeAway(view.id);
  } catch (cause) {
    toast({ kind: "bad", title: `${view.name} was not deleted`, detail: explain(cause) });
    return false;
  }
  remember({
    label: `Deleted the view ${view.name}`,
    back: () => bringBack(view.id),
    again: () => takeAway(view.id),
  });
  return true;
}

/** Puts a view before or behind another one. */
export async function placeView(view: SavedView, position: number): Promise<void> {
  const list = views.value ?? [];
  const rest = list.filter((each) => each.id !== view.id);
  // Where it stands now is not its `position`: that counts the views of others too.
  const from = list.indexOf(view);
  if (position === from || position < 0 || position > rest.length) return;
  views.value = [...rest.slice(0, position), view, ...rest.slice(position)];
  const placed = { ...view, position: from };
  if (!(await tryChangeView(placed, { position }, `Moved the view ${view.name}`))) views.value = list;
}
