// Two people changed the same fields: both versions side by side, chosen field by field.
import "../../styles/conflict.css";
import { useRef, useState } from "preact/hooks";
import type { ApiError } from "../../api/client";
import type { Resolve } from "../../overlay";
import { agentById, categoryById, columnByKey, peekCard, personById, sprintById } from "../../store/board";
import { Dialog } from "../../ui/dialog";
import { diffLines, joined, type Side } from "../../ui/diff";
import { words } from "../../ui/format";

type Choice = "theirs" | "yours" | "own";

const HIDDEN = new Set(["version", "updated_at", "revision"]);
/** Texts that can be put together by hand. */
const TEXTS = new Set(["description", "title", "blocked_reason", "content", "text"]);
const NAMES: Record<string, string> = {
  assigned_agent_id: "Agent",
  accountable_id: "Accountable",
  category_id: "Category",
  sprint_id: "Sprint",
  parent_id: "Part of",
  depends_on: "Waits for",
  content: "Comment",
  text: "Text",
  status: "Column",
  client_visible: "Client sees it",
};

/** Ids are told by what they are called. */
function called(field: string, value: unknown): string {
  const id = String(value);
  if (field === "assigned_agent_id") return agentById.peek().get(id)?.name ?? id;
  if (field === "accountable_id" || field === "watchers") return personById.peek().get(id)?.name ?? id;
  if (field === "category_id") return categoryById.peek().get(id)?.name ?? id;
  if (field === "sprint_id") return sprintById.peek().get(id)?.name ?? id;
  if (field === "status") return columnByKey.peek().get(id)?.name ?? id;
  if (field === "parent_id" || field === "depends_on") {
    const card = peekCard(id);
    return card ? `#${card.number} ${card.title}` : id;
  }
  return id;
}

function shown(field: string, value: unknown): string {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (Array.isArray(value)) return value.map((each) => called(field, each)).join(", ");
  if (typeof value !== "object") return called(field, value);
  return Object.entries(value)
    .map(([name, each]) => `${words(name)}: ${shown("", each)}`)
    .join("\n");
}

interface SideProps {
  field: string;
  side: "theirs" | "yours";
  theirs: string;
  yours: string;
  chosen: boolean;
  focus: boolean;
  onChoose: () => void;
}

const SIDES: Record<"theirs" | "yours", Side> = { theirs: "first", yours: "second" };

function OneSide({ field, side, theirs, yours, chosen, focus, onChoose }: SideProps) {
  const text = side === "theirs" ? theirs : yours;
  const long = TEXTS.has(field);
  return (
    <label class={chosen ? "conflict-side conflict-on" : "conflict-side"}>
      <span class="conflict-who">
        <input
          type="radio"
          name={`conflict-${field}`}
          autofocus={focus}
          checked={chosen}
          onChange={onChoose}
        />
        {side === "theirs" ? "Theirs" : "Yours"}
      </span>
      <span class="conflict-text">
        {!text && <span class="faint">Nothing</span>}
        {text && !long && text}
        {text &&
          long &&
          diffLines(theirs, yours)
            .filter((part) => part.side === "both" || part.side === SIDES[side])
            .map((part, at) =>
              part.side === "both" ? (
                <span key={at}>{`${part.lines.join("\n")}\n`}</span>
              ) : (
                <mark key={at}>{`${part.lines.join("\n")}\n`}</mark>
              ),
            )}
      </span>
    </label>
  );
}

interface FieldProps {
  field: string;
  theirs: unknown;
  yours: unknown;
  first: boolean;
  onValue: (value: unknown, choice: Choice) => void;
}

function Field({ field, theirs, yours, first, onValue }: FieldProps) {
  const [choice, setChoice] = useState<Choice>("yours");
  const [own, setOwn] = useState("");
  const hand = useRef<HTMLTextAreaElement>(null);
  const texts = { theirs: shown(field, theirs), yours: shown(field, yours) };
  const name = NAMES[field] ?? words(field.replace(/_id$/, ""));
  const choose = (side: "theirs" | "yours") => {
    setChoice(side);
    onValue(side === "theirs" ? theirs : yours, side);
  };
  const write = (text: string) => {
    setOwn(text);
    setChoice("own");
    onValue(text, "own");
  };
  return (
    <fieldset class="conflict" aria-label={name}>
      <legend>{name}</legend>
      {(["theirs", "yours"] as const).map((side) => (
        <OneSide
          key={side}
          field={field}
          side={side}
          {...texts}
          chosen={choice === side}
          focus={first && side === "yours"}
          onChoose={() => choose(side)}
        />
      ))}
      {TEXTS.has(field) && choice !== "own" && (
        <button
          type="button"
          class="btn btn-s conflict-join"
          onClick={() => {
            const single = field === "title";
            write(own || (single ? texts.yours : joined(texts.theirs, texts.yours)));
            requestAnimationFrame(() => hand.current?.focus());
          }}
        >
          Put together by hand
        </button>
      )}
      {choice === "own" && (
        <label class="conflict-own">
          <span class="conflict-who">
            Put together
            {field !== "title" && (
              <span class="faint"> · begins with every line of both; take away what is not needed</span>
            )}
          </span>
          <textarea
            ref={hand}
            class="input"
            rows={field === "title" ? 2 : 9}
            value={own}
            onInput={(event) => write(event.currentTarget.value)}
          />
        </label>
      )}
    </fieldset>
  );
}

export default function ConflictDialog({ error, onResolve }: { error: ApiError; onResolve: Resolve }) {
  const theirs = (error.current ?? {}) as Record<string, unknown>;
  const yours = (error.yours ?? {}) as Record<string, unknown>;
  const fields = Object.keys(yours).filter((each) => !HIDDEN.has(each));
  const form = useRef<HTMLFormElement>(null);
  const chosen = useRef(new Map(fields.map((field) => [field, yours[field]])));
  const [mine, setMine] = useState(() => new Set(fields));
  const keep = () => {
    // Nothing of one's own is left to send: an empty choice, which is not the same as none.
    onResolve(Object.fromEntries([...mine].map((field) => [field, chosen.current.get(field)])));
  };
  return (
    <Dialog title="Somebody else changed this too" size="l" onClose={() => onResolve(null)}>
      <form
        ref={form}
        class="conflicts"
        onSubmit={(event) => {
          event.preventDefault();
          keep();
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.current?.requestSubmit();
        }}
      >
        <p class="dialog-text">
          Choose what shall stand. Arrow keys change sides, Tab goes on to the next field, Ctrl Enter saves.
        </p>
        {fields.map((field, index) => (
          <Field
            key={field}
            field={field}
            theirs={theirs[field]}
            yours={yours[field]}
            first={index === 0}
            onValue={(value, choice) => {
              chosen.current.set(field, value);
              const next = new Set(mine);
              if (choice === "theirs") next.delete(field);
              else next.add(field);
              setMine(next);
            }}
          />
        ))}
        <footer class="dialog-foot">
          <button type="button" class="btn" onClick={() => onResolve(null)}>
            Decide later
          </button>
          <button type="submit" class="btn btn-primary">
            {mine.size === 0 ? "Keep theirs" : "Save what is chosen"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
