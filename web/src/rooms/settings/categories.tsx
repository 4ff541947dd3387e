// What kinds of work there are.
import { useState } from "preact/hooks";
import { boardApi, type Category } from "../../api/board";
import { arrange } from "../../commands/arrange";
import { remember } from "../../commands/history";
import { rereadNow } from "../../live/board";
import { explain } from "../../live/pending";
import { allCards, categories, columnByKey } from "../../store/board";
import { ColorPicker } from "../../ui/color";
import { Dialog } from "../../ui/dialog";
import { ChoiceField, Confirm, Form, FormFoot, TextField, useSaving } from "../../ui/form";
import { plural } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { reordered } from "../../ui/order";
import { Sortable } from "../../ui/sortable";
import { toast } from "../../ui/toast";
import { CATEGORY_ICONS, CategoryIcon } from "./category-icons";
import { AddButton, Bar, mayArrange, Nothing, OnlyAdmins, useTotal, WithBoard } from "./parts";

function IconChoice({
  value,
  color,
  onChoose,
}: {
  value: string | null;
  color: string;
  onChoose: (icon: string | null) => void;
}) {
  return (
    <fieldset class="icons">
      <legend class="field-label">Icon</legend>
      <div class="icons-grid">
        {[null, ...CATEGORY_ICONS].map((each) => (
          <label key={each ?? ""} class="icons-one" title={each ?? "A dot"} style={{ "--own": color }}>
            <input
              type="radio"
              name="icon"
              class="sr-only"
              aria-label={each?.replaceAll("-", " ") ?? "No icon"}
              checked={value === each}
              onChange={() => onChoose(each)}
            />
            <CategoryIcon name={each} />
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Edit({ category, onClose }: { category: Category | null; onClose: () => void }) {
  const saving = useSaving(["name", "color", "icon"]);
  const [name, setName] = useState(category?.name ?? "");
  const [color, setColor] = useState(category?.color ?? "#6366f1");
  const [icon, setIcon] = useState<string | null>(category?.icon ?? null);
  const send = async (version: number | undefined) => {
    const done = await saving.run(() =>
      category
        ? arrange("category", `Changed the category ${name.trim()}`, () =>
            boardApi.changeCategory(category.id, { name, color, icon, ...(version ? { version } : {}) }),
          )
        : arrange("category", `Added the category ${name.trim()}`, () =>
            boardApi.addCategory({ name, color, icon }),
          ),
    );
    if (done) onClose();
  };
  const title = category ? `Change ${category.name}` : "Add a category";
  return (
    <Dialog title={title} size="s" onClose={onClose}>
      <Form
        label={title}
        saving={saving}
        onSubmit={() => void send(category?.version)}
        onForce={(version) => void send(version)}
      >
        <TextField
          label="Name"
          value={name}
          onInput={setName}
          maxLength={80}
          autofocus
          placeholder="Client work"
          error={saving.refused.of("name")}
        />
        <div class="field">
          <span class="field-label" aria-hidden="true">
            Colour
          </span>
          <ColorPicker wide label="Colour" value={color} onChoose={setColor} />
        </div>
        <IconChoice value={icon} color={color} onChoose={setIcon} />
        <FormFoot saving={saving} save={category ? "Save" : "Add category"} onCancel={onClose} />
      </Form>
    </Dialog>
  );
}

function Remove({ category, onClose }: { category: Category; onClose: () => void }) {
  const saving = useSaving(["move_to"]);
  const total = useTotal({ category: category.id, archived: "include" });
  const [target, setTarget] = useState("none");
  const others = categories.value.filter((each) => each.id !== category.id);
  const submit = async () => {
    const done = await saving.run(() =>
      arrange("category", `Deleted the category ${category.name}`, () =>
        boardApi.deleteCategory(category.id, total ? target : undefined),
      ),
    );
    if (done) onClose();
  };
  return (
    <Confirm
      title={`Delete ${category.name}?`}
      action="Delete category"
      saving={saving}
      onConfirm={() => void submit()}
      onClose={onClose}
      disabled={total === null}
    >
      {total === null && <p class="dialog-text">Counting its cards…</p>}
      {total === 0 && <p class="dialog-text">No card is in it.</p>}
      {total !== null && total > 0 && (
        <>
          <p class="dialog-text">{plural(total, "card is", "cards are")} in it.</p>
          <ChoiceField
            label="Where its cards go"
            value={target}
            choices={[
              { value: "none", label: "No category" },
              ...others.map((each) => ({ value: each.id, label: each.name, color: each.color })),
            ]}
            onChoose={setTarget}
            error={saving.refused.of("move_to")}
          />
        </>
      )}
    </Confirm>
  );
}

/** A place is a number; those between are numbered anew where they differ. */
async function move(id: string, to: number): Promise<void> {
  const list = categories.value;
  const name = list.find((each) => each.id === id)?.name ?? id;
  const order = reordered(
    list.map((each) => each.id),
    id,
    to,
  );
  const before = new Map(list.map((each) => [each.id, each.sort_order]));
  const after = new Map(order.map((each, at) => [each, at + 1]));
  const put = async (places: Map<string, number>) => {
    const now = new Map(categories.value.map((each) => [each.id, each.sort_order]));
    for (const [each, place] of places) {
      if (now.get(each) !== place) await boardApi.changeCategory(each, { sort_order: place });
    }
    await rereadNow("category");
  };
  try {
    await put(after);
    remember({ label: `Moved the category ${name}`, back: () => put(before), again: () => put(after) });
  } catch (cause) {
    toast({ kind: "bad", title: "Not moved", detail: explain(cause) });
  }
}

function openCounts(): Map<string, number> {
  const found = new Map<string, number>();
  for (const card of allCards()) {
    if (!card.category_id || columnByKey.value.get(card.status)?.kind === "done") continue;
    found.set(card.category_id, (found.get(card.category_id) ?? 0) + 1);
  }
  return found;
}

function List() {
  const [editing, setEditing] = useState<Category | "new" | null>(null);
  const [leaving, setLeaving] = useState<Category | null>(null);
  const can = mayArrange();
  const list = categories.value;
  const open = openCounts();
  return (
    <>
      <OnlyAdmins what="Categories" />
      <Bar says={plural(list.length, "category", "categories")}>
        {can && <AddButton label="Add category" onClick={() => setEditing("new")} />}
      </Bar>
      {list.length === 0 && (
        <Nothing icon="tag" title="No categories">
          <p>A category says what kind of work a card is. Filters, analytics and assignment look at it.</p>
        </Nothing>
      )}
      {list.length > 0 && (
        <div class="set-list">
          <Sortable
            label="Categories"
            items={list}
            keyOf={(each) => each.id}
            nameOf={(each) => each.name}
            disabled={!can}
            onMove={move}
          >
            {(each, handle) => (
              <div class="set-row">
                {handle}
                <span class="cat-face" style={{ "--own": each.color }}>
                  <CategoryIcon name={each.icon} />
                </span>
                <span class="set-name">{each.name}</span>
                <a class="set-side faint num" href={`/board?layout=list&category=${each.id}`}>
                  {open.get(each.id) ?? 0} open
                </a>
                {can && (
                  <span class="set-acts">
                    <button
                      type="button"
                      class="icon-btn"
                      aria-label={`Change ${each.name}`}
                      title="Change"
                      onClick={() => setEditing(each)}
                    >
                      <Icon name="pencil" size={14} />
                    </button>
                    <button
                      type="button"
                      class="icon-btn"
                      aria-label={`Delete ${each.name}`}
                      title="Delete"
                      onClick={() => setLeaving(each)}
                    >
                      <Icon name="trash" size={14} />
                    </button>
                  </span>
                )}
              </div>
            )}
          </Sortable>
        </div>
      )}
      {editing && <Edit category={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
      {leaving && <Remove category={leaving} onClose={() => setLeaving(null)} />}
    </>
  );
}

export default function Categories() {
  return <WithBoard>{() => <List />}</WithBoard>;
}
