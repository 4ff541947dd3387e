// The options of a choice: written, put in order, taken off.
import { useRef } from "preact/hooks";
import { ColorPicker } from "../../ui/color";
import { Below } from "../../ui/fields";
import { Icon } from "../../ui/icon";
import { reordered } from "../../ui/order";
import { Sortable } from "../../ui/sortable";

export interface Option {
  text: string;
  color: string | null;
}

interface Props {
  options: Option[];
  onChange: (options: Option[]) => void;
  error: string | undefined;
  /** As they are kept now: what is taken off stays on the cards that have it. */
  before?: readonly string[];
}

export const BLANK: Option = { text: "", color: null };
const PLAIN = "#a7afbe";

export function Options({ options, onChange, error, before = [] }: Props) {
  const box = useRef<HTMLFieldSetElement>(null);
  // Rows are told apart by a number of their own: two may hold the same word while one types.
  const numbers = useRef<{ next: number; ids: string[] }>({ next: 0, ids: [] });
  const kept = numbers.current;
  while (kept.ids.length < options.length) kept.ids.push(String(kept.next++));
  kept.ids.length = options.length;

  const focus = (at: number) =>
    requestAnimationFrame(() => box.current?.querySelectorAll<HTMLInputElement>("input")[at]?.focus());
  const add = (at: number) => {
    kept.ids.splice(at, 0, String(kept.next++));
    onChange([...options.slice(0, at), BLANK, ...options.slice(at)]);
    focus(at);
  };
  const drop = (at: number) => {
    kept.ids.splice(at, 1);
    onChange(options.filter((_, index) => index !== at));
    focus(Math.max(0, at - 1));
  };
  const change = (at: number, what: Partial<Option>) =>
    onChange(options.map((each, index) => (index === at ? { ...each, ...what } : each)));
  const gone = before.filter((each) => !options.some((one) => one.text.trim() === each));
  return (
    <fieldset ref={box} class="field options" data-invalid={error ? "" : undefined}>
      <legend class="field-label">Options</legend>
      <Sortable
        label="Options"
        items={options.map((one, at) => ({ id: kept.ids[at] ?? "", one, at }))}
        keyOf={(each) => each.id}
        nameOf={(each) => each.one.text || `option ${each.at + 1}`}
        onMove={(id, to) => {
          const known = new Map(kept.ids.map((each, at) => [each, options[at] ?? BLANK]));
          kept.ids = reordered(kept.ids, id, to);
          onChange(kept.ids.map((each) => known.get(each) ?? BLANK));
          return Promise.resolve();
        }}
      >
        {({ one: { text, color }, at }, handle) => (
          <div class="option">
            {handle}
            <ColorPicker
              label={`Colour of ${text || `option ${at + 1}`}`}
              value={color ?? PLAIN}
              onChoose={(next) => change(at, { color: next })}
            />
            <input
              class="input"
              aria-label={`Option ${at + 1}`}
              aria-invalid={error ? true : undefined}
              maxLength={120}
              autocomplete="off"
              value={text}
              onInput={(event) => change(at, { text: event.currentTarget.value })}
              onKeyDown={(event) => {
                if (event.isComposing) return;
                if (event.key === "Enter" && !event.metaKey && !event.ctrlKey) {
                  event.preventDefault();
                  add(at + 1);
                } else if (event.key === "Backspace" && text === "" && options.length > 1) {
                  event.preventDefault();
                  drop(at);
                }
              }}
            />
            <button
              type="button"
              class="icon-btn"
              aria-label={`Take off ${text || `option ${at + 1}`}`}
              onClick={() => drop(at)}
            >
              <Icon name="x" size={13} />
            </button>
          </div>
        )}
      </Sortable>
      <button type="button" class="btn btn-s btn-ghost options-add" onClick={() => add(options.length)}>
        <Icon name="plus" size={13} />
        Add option
      </button>
      <Below
        id="options"
        error={error}
        hint={
          gone.length > 0 ? `Cards that hold ${gone.join(", ")} keep it until they are changed.` : undefined
        }
      />
    </fieldset>
  );
}
