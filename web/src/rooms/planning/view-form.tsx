// Saving what is shown under a name, and giving a view another one.
import { useState } from "preact/hooks";
import type { SavedView } from "../../api/board";
import { ApiError } from "../../api/client";
import { changeView, saveView } from "../../commands/views";
import { explain } from "../../live/pending";
import { params, withParams } from "../../router";
import { shownNow } from "../../store/views";
import { Dialog } from "../../ui/dialog";
import { plural } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { Segmented } from "../../ui/parts";
import { howMany } from "./filters";

type For = "me" | "all";

function saying(): string {
  const filters = howMany(params.value);
  const { layout, query } = shownNow.value;
  const parts = [
    `${layout.charAt(0).toUpperCase()}${layout.slice(1)}`,
    filters > 0 ? plural(filters, "filter") : "no filter",
    query.sort ? "an order" : "",
    query.group ? `grouped by ${query.group}` : "",
    query.columns ? "its columns" : "",
  ];
  return parts.filter(Boolean).join(", ");
}

/** `view` is the one to rename; without it what is shown now is saved as a further one. */
export function ViewForm({ view, onClose }: { view: SavedView | null; onClose: () => void }) {
  const [name, setName] = useState(view?.name ?? "");
  const [whose, setWhose] = useState<For>("me");
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<unknown>(null);
  const problems = failed instanceof ApiError ? failed.problems : [];
  const ofName = problems.find((each) => each.path === "name");

  const send = async () => {
    setBusy(true);
    setFailed(null);
    try {
      if (view)
        await changeView(view, { name: name.trim() }, `Renamed the view ${view.name} to ${name.trim()}`);
      else {
        const made = await saveView({ name: name.trim(), shared: whose === "all", ...shownNow.value });
        withParams({ view: made.id });
      }
      onClose();
    } catch (cause) {
      setFailed(cause);
      setBusy(false);
    }
  };

  return (
    <Dialog title={view ? `Rename ${view.name}` : "Save this view"} onClose={onClose} size="s">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() && !busy) void send();
        }}
      >
        <label class="field">
          <span>Name</span>
          <input
            class="input"
            required
            maxLength={80}
            value={name}
            placeholder="Due this week, by agent"
            aria-invalid={ofName ? true : undefined}
            aria-describedby={ofName ? "view-name-problem" : undefined}
            onInput={(event) => setName(event.currentTarget.value)}
          />
          {ofName && (
            <span class="bad" id="view-name-problem">
              {ofName.message}
            </span>
          )}
        </label>
        {!view && (
          <div class="field">
            <span>Who sees it</span>
            <Segmented<For>
              label="Who sees it"
              value={whose}
              choices={[
                { value: "me", label: "Only me", icon: "lock" },
                { value: "all", label: "The project", icon: "person" },
              ]}
              onChange={setWhose}
            />
          </div>
        )}
        {!view && <p class="faint">Kept: {saying()}.</p>}
        {failed !== null && !ofName && (
          <p class="form-error" role="alert">
            <Icon name="alert" />
            <span class="pre">{explain(failed)}</span>
          </p>
        )}
        <footer class="dialog-foot">
          <button type="button" class="btn" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="btn btn-primary" disabled={!name.trim() || busy}>
            {view ? "Rename" : "Save"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
