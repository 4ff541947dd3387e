// Two people changed the same fields: both versions side by side, chosen field by field.
import { useState } from "preact/hooks";
import type { ApiError } from "../../api/client";
import type { Resolve } from "../../overlay";
import { Dialog } from "../../ui/dialog";
import { words } from "../../ui/format";

const LONG = new Set(["description", "title", "blocked_reason"]);

function shown(value: unknown): string {
  if (value === null || value === undefined || value === "") return "nothing";
  if (Array.isArray(value)) return value.join(", ") || "nothing";
  return typeof value === "object" ? JSON.stringify(value, null, 1) : String(value);
}

export default function ConflictDialog({ error, onResolve }: { error: ApiError; onResolve: Resolve }) {
  const theirs = (error.current ?? {}) as Record<string, unknown>;
  const yours = (error.yours ?? {}) as Record<string, unknown>;
  const fields = Object.keys(yours).filter((each) => each !== "version" && each !== "updated_at");
  const [chosen, setChosen] = useState<Record<string, unknown>>(() =>
    Object.fromEntries(fields.map((field) => [field, yours[field]])),
  );
  const set = (field: string, value: unknown) => setChosen({ ...chosen, [field]: value });
  const keep = () => {
    const differ = fields.filter((field) => shown(chosen[field]) !== shown(theirs[field]));
    onResolve(differ.length > 0 ? Object.fromEntries(differ.map((field) => [field, chosen[field]])) : null);
  };
  return (
    <Dialog title="Somebody else changed this too" size="l" onClose={() => onResolve(null)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          keep();
        }}
      >
        <p class="dialog-text">Choose what shall stand for each field. Nothing is lost until you do.</p>
        {fields.map((field, index) => (
          <fieldset class="conflict" key={field}>
            <legend>{words(field.replace(/_id$/, ""))}</legend>
            <label class="conflict-side">
              <span>
                <input
                  type="radio"
                  name={field}
                  checked={chosen[field] === theirs[field]}
                  onChange={() => set(field, theirs[field])}
                />{" "}
                Theirs
              </span>
              <pre>{shown(theirs[field])}</pre>
            </label>
            <label class="conflict-side">
              <span>
                <input
                  type="radio"
                  name={field}
                  autofocus={index === 0}
                  checked={chosen[field] === yours[field]}
                  onChange={() => set(field, yours[field])}
                />{" "}
                Yours
              </span>
              <pre>{shown(yours[field])}</pre>
            </label>
            {LONG.has(field) && (
              <label class="conflict-own">
                <span>Or put it together by hand</span>
                <textarea
                  class="input"
                  rows={field === "description" ? 6 : 2}
                  value={shown(chosen[field]) === "nothing" ? "" : shown(chosen[field])}
                  onInput={(event) => set(field, event.currentTarget.value)}
                />
              </label>
            )}
          </fieldset>
        ))}
        <footer class="dialog-foot">
          <button type="button" class="btn" onClick={() => onResolve(null)}>
            Keep theirs
          </button>
          <button type="submit" class="btn btn-primary">
            Save what is chosen
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
