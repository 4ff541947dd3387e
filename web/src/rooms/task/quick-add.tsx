// A card from one line: what was understood is shown while one types, Enter puts it on the board.
import "../../styles/picker.css";
import "../../styles/quick-add.css";
import { useState } from "preact/hooks";
import type { NewTask } from "../../api/board";
import { taskApi } from "../../api/task";
import { createTask } from "../../commands";
import { explain } from "../../live/pending";
import {
  allCards,
  boardSettings,
  categories,
  columnByKey,
  columns,
  firstColumn,
  people,
  roster,
  sprints,
} from "../../store/board";
import { me } from "../../store/session";
import { Completing } from "../../ui/completing";
import { Dialog } from "../../ui/dialog";
import { Icon, type IconName } from "../../ui/icon";
import { Kbd } from "../../ui/parts";
import { completionAt } from "./quick-complete";
import { todayIn } from "./quick-dates";
import { type Chip, type ChipKind, type Choices, parseQuick } from "./quick-parse";

function choices(): Choices {
  return {
    today: todayIn(boardSettings.value?.time_zone),
    me: me.value?.actor.id ?? null,
    agents: roster.value,
    people: people.value,
    categories: categories.value,
    sprints: sprints.value,
    columns: columns.value,
    labels: [...new Set(allCards().flatMap((each) => each.labels))].sort(),
  };
}

/** Cards are named by number as one types, and by id to the server. */
async function idsOf(numbers: number[]): Promise<string[]> {
  const known = new Map(allCards().map((each) => [each.number, each.id]));
  return Promise.all(
    numbers.map(async (number) => {
      const here = known.get(number);
      if (here) return here;
      const { data } = await taskApi.byNumber(number);
      const found = data.find((each) => each.number === number);
      if (!found) throw new Error(`There is no card #${number}. Take it out, or name another one.`);
      return found.id;
    }),
  );
}

const ICON: Record<ChipKind, IconName> = {
  priority: "flag",
  agent: "agents",
  person: "person",
  category: "folder",
  due: "calendar",
  start: "calendar",
  estimate: "clock",
  label: "tag",
  sprint: "timeline",
  status: "board",
  "blocked-by": "lock",
  parent: "subtasks",
  client: "person",
  brand: "spark",
};
const SAYS: Record<ChipKind, string> = {
  priority: "Priority",
  agent: "Agent",
  person: "Accountable",
  category: "Category",
  due: "Due",
  start: "Start",
  estimate: "Estimate",
  label: "Label",
  sprint: "Sprint",
  status: "Column",
  "blocked-by": "Waits for",
  parent: "Part of",
  client: "Client",
  brand: "Brand",
};

const EXAMPLES = ["p1", "@kenji", "#content", "friday", "~3h", "+label", "sprint:next", "!blocked-by #12"];

function Understood({ chips, onText }: { chips: Chip[]; onText: (source: string) => void }) {
  return (
    <ul class="quick-chips" aria-label="Understood" aria-live="polite">
      {chips.map((chip) => (
        <li
          key={`${chip.kind}-${chip.from}-${chip.label}`}
          class={`quick-chip quick-${chip.kind}${chip.value ? ` quick-is-${chip.value}` : ""}${chip.problem ? " quick-bad" : ""}`}
        >
          <Icon name={chip.problem ? "alert" : ICON[chip.kind]} size={13} />
          <span class="sr-only">{SAYS[chip.kind]}: </span>
          <span>{chip.problem ?? chip.label}</span>
          {!chip.problem && (
            <button
              type="button"
              aria-label={`“${chip.source}” is only a word`}
              title="It is only a word"
              onClick={() => onText(chip.source)}
            >
              <Icon name="x" size={11} />
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

export default function QuickAdd({ onClose, status }: { onClose: () => void; status?: string }) {
  const [text, setText] = useState("");
  const [asText, setAsText] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState(false);
  const [added, setAdded] = useState(0);
  const [error, setError] = useState("");
  /** The line that was sent with something in it not understood: sent again, those are words. */
  const [warned, setWarned] = useState<string | null>(null);
  const known = choices();
  const read = parseQuick(text, known, asText);
  const troubled = read.chips.filter((each) => each.problem);
  const column = columnByKey.value.get(read.task.status ?? status ?? "") ?? firstColumn.value;

  const send = async (more: boolean) => {
    if (!read.title || busy) return;
    if (troubled.length > 0 && warned !== text) {
      setWarned(text);
      return;
    }
    setBusy(true);
    setError("");
    try {
      const waits = await idsOf(read.dependsOn);
      const [parent] = read.parent === null ? [] : await idsOf([read.parent]);
      const task: NewTask = { ...(status ? { status } : {}), ...read.task, title: read.title };
      if (waits.length > 0) task.depends_on = waits;
      if (parent) task.parent_id = parent;
      const made = createTask(task);
      if (more) {
        setText("");
        setAsText(new Set());
        setAdded(added + 1);
      } else onClose();
      await made;
    } catch (cause) {
      setError(explain(cause));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog title="New card" onClose={onClose} size="m">
      <form
        class="quick"
        onSubmit={(event) => {
          event.preventDefault();
          void send(false);
        }}
      >
        <Completing
          label="What is to be done"
          class="quick-input"
          autofocus
          rows={1}
          maxLength={20_000}
          value={text}
          placeholder="Fix sitemap p1 @kenji #infrastructure friday"
          describedBy="quick-help"
          complete={(line, caret) => completionAt(line, caret, known)}
          onInput={(next) => {
            setText(next);
            setError("");
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            void send(event.metaKey || event.ctrlKey);
          }}
        />
        {read.chips.length > 0 ? (
          <Understood
            chips={read.chips}
            onText={(source) => setAsText(new Set([...asText, source.toLowerCase()]))}
          />
        ) : (
          <p class="quick-help" id="quick-help">
            {EXAMPLES.map((each) => (
              <code key={each}>{each}</code>
            ))}
            <span class="sr-only">
              are understood anywhere in the line. Shift Enter begins a description.
            </span>
          </p>
        )}
        {read.title && (
          <p class="quick-title">
            <span class="swatch" style={{ background: column?.color }} aria-hidden="true" />
            <strong>{read.title}</strong>
            <span class="faint">
              in {column?.name ?? "the first column"}
              {read.description && ", described"}
            </span>
          </p>
        )}
        {warned === text && troubled.length > 0 && (
          <p class="notice" role="alert">
            <Icon name="alert" size={15} />
            <span>What was not understood stays in the title. Enter once more adds the card like that.</span>
          </p>
        )}
        {error && (
          <p class="form-error" role="alert">
            <Icon name="alert" size={15} />
            <span class="pre">{error}</span>
          </p>
        )}
        <footer class="dialog-foot">
          <span class="faint quick-hint" role="status">
            {added > 0 ? (
              `${added} added`
            ) : (
              <>
                <Kbd keys="Ctrl Enter" /> adds and stays
              </>
            )}
          </span>
          <button type="button" class="btn" onClick={onClose}>
            {added > 0 ? "Close" : "Cancel"}
          </button>
          <button type="submit" class="btn btn-primary" disabled={!read.title || busy}>
            Add the card
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
