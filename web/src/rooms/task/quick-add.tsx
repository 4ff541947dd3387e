// A new card from one line: what is understood shows as chips while one types.
import "../../styles/task.css";
import { useState } from "preact/hooks";
import type { NewTask } from "../../api/board";
import { taskApi } from "../../api/task";
import { createTask } from "../../commands";
import { allCards, boardSettings, categories, columns, people, roster, sprints } from "../../store/board";
import { me } from "../../store/session";
import { Completing } from "../../ui/completing";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icon";
import { Kbd } from "../../ui/parts";
import { toast } from "../../ui/toast";
import { completionAt } from "./quick-complete";
import { todayIn } from "./quick-dates";
import { type Choices, parseQuick } from "./quick-parse";

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
      if (!found) throw new Error(`There is no card #${number}.`);
      return found.id;
    }),
  );
}

export default function QuickAdd({ onClose, status }: { onClose: () => void; status?: string }) {
  const [text, setText] = useState("");
  const [asText, setAsText] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState(false);
  const known = choices();
  const read = parseQuick(text, known, asText);
  const troubled = read.chips.filter((each) => each.problem);

  const send = async (more: boolean) => {
    if (!read.title || busy) return;
    setBusy(true);
    try {
      const waits = await idsOf(read.dependsOn);
      const [parent] = read.parent === null ? [] : await idsOf([read.parent]);
      const task: NewTask = { ...(status ? { status } : {}), ...read.task, title: read.title };
      if (waits.length > 0) task.depends_on = waits;
      if (parent) task.parent_id = parent;
      await createTask(task);
      if (more) setText("");
      else onClose();
    } catch (cause) {
      toast({
        kind: "bad",
        title: "Not created",
        detail: cause instanceof Error ? cause.message : String(cause),
      });
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
          class="input quick-input"
          autofocus
          rows={2}
          maxLength={20_000}
          value={text}
          placeholder="Fix sitemap p1 @kenji #infrastructure friday"
          complete={(line, caret) => completionAt(line, caret, known)}
          onInput={setText}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            void send(event.metaKey || event.ctrlKey);
          }}
        />
        <ul class="quick-chips" aria-label="Understood" aria-live="polite">
          {read.chips.map((chip) => (
            <li
              key={`${chip.kind}-${chip.from}`}
              class={`tag quick-${chip.kind}${chip.problem ? " tag-bad" : ""}`}
            >
              <span>{chip.problem ?? chip.label}</span>
              {!chip.problem && (
                <button
                  type="button"
                  aria-label={`“${chip.source}” is only a word`}
                  onClick={() => setAsText(new Set([...asText, chip.source.toLowerCase()]))}
                >
                  <Icon name="x" size={11} />
                </button>
              )}
            </li>
          ))}
        </ul>
        <p class="quick-title">
          {read.title ? <strong>{read.title}</strong> : <span class="faint">A title is all it needs.</span>}
        </p>
        {troubled.length > 0 && <p class="notice">What was not understood stays in the title.</p>}
        <footer class="dialog-foot">
          <span class="faint quick-hint">
            <Kbd keys="Ctrl Enter" /> adds and stays
          </span>
          <button type="button" class="btn" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="btn btn-primary" disabled={!read.title || busy}>
            Add the card
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
