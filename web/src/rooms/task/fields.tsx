// The facts of a card, each changed in its place.
import { useState } from "preact/hooks";
import { boardApi, type Task, type TaskChange } from "../../api/board";
import { openTask } from "../../overlay";
import { allCards, customFields, peekCard } from "../../store/board";
import { Icon } from "../../ui/icon";
import { type Choice, Picker } from "../../ui/picker";
import { Ago } from "../../ui/time";
import { CustomFieldRow } from "./custom";
import { PlainInput, Row } from "./inputs";
import { afterConflict, type OpenTask } from "./open-task";
import {
  AccountableFact,
  AgentFact,
  CategoryFact,
  DateFacts,
  type Facts,
  PriorityFact,
  SprintFact,
} from "./people-facts";
import { ColumnFact } from "./status";

const some = (value: string): string | null => value || null;

/** Every value the cards of the board have, to be chosen again instead of typed differently. */
function known(of: (card: ReturnType<typeof allCards>[number]) => (string | null)[]): string[] {
  const found = new Set(allCards().flatMap(of));
  return [...found].filter((each) => each !== null && each !== "").sort() as string[];
}

function LabelsFact({ task, set }: Facts) {
  const all = [...new Set([...task.labels, ...known((card) => card.labels)])];
  const shown = task.labels.length > 0;
  return (
    <Row label="Labels" name="labels" extra={!shown}>
      <Picker
        label={`Labels: ${task.labels.join(" ") || "None"}`}
        several
        button={
          shown ? (
            <span class="tags">
              {task.labels.flatMap((each) => [
                <span class="tag" key={each}>
                  {each}
                </span>,
                " ",
              ])}
            </span>
          ) : (
            <span class="faint">None</span>
          )
        }
        chosen={task.labels}
        choices={all.map((value) => ({ value, label: value }))}
        make={(text) => ({ value: text.slice(0, 60), label: text.slice(0, 60), hint: "new" })}
        placeholder="Find or make a label"
        onChoose={(labels) => set({ labels })}
      />
    </Row>
  );
}

/** Cards by number or words, the ones named in `but` left out. */
export async function findCards(
  query: string,
  but: readonly string[],
  signal: AbortSignal,
): Promise<Choice[]> {
  const { data } = await boardApi.tasks(query ? { search: query, limit: 12 } : { limit: 12 }, signal);
  return data
    .filter((each) => !but.includes(each.id))
    .map((each) => ({ value: each.id, label: each.title, hint: `#${each.number}` }));
}

function ParentFact({ task, set }: Facts) {
  const parent = task.parent_id ? peekCard(task.parent_id) : undefined;
  const name = parent ? `#${parent.number} ${parent.title}` : "another card";
  return (
    <Row label="Part of" name="parent" extra={!task.parent_id}>
      <Picker
        label={task.parent_id ? `Part of: ${name}` : "Part of: Nothing"}
        none="Nothing"
        button={task.parent_id ? <span class="cut">{name}</span> : <span class="faint">Nothing</span>}
        chosen={task.parent_id ? [task.parent_id] : []}
        search={(query, signal) => findCards(query, [task.id], signal)}
        placeholder="Search cards"
        onChoose={([value]) => set({ parent_id: value ?? null })}
      />
      {task.parent_id && (
        <button
          type="button"
          class="icon-btn fact-go"
          aria-label={`Open ${name}`}
          onClick={() => openTask(task.parent_id ?? "")}
        >
          <Icon name="external" size={13} />
        </button>
      )}
    </Row>
  );
}

const CLIENT = [
  { field: "client_id", label: "Client", of: (card: { client_id: string | null }) => card.client_id },
  { field: "brand", label: "Brand", of: (card: { brand: string | null }) => card.brand },
  { field: "subscription", label: "Subscription", of: () => null },
] as const;

function ClientFacts({ task, set }: Facts) {
  return (
    <>
      {CLIENT.map(({ field, label, of }) => (
        <Row key={field} label={label} name={field} extra={!task[field]}>
          <PlainInput
            label={label}
            placeholder="None"
            maxLength={field === "client_id" ? 80 : 120}
            list={known((card) => [of(card)])}
            value={task[field] ?? ""}
            version={task.version}
            onKeep={(value, madeOn) => set({ [field]: some(value) } as TaskChange, madeOn)}
          />
        </Row>
      ))}
    </>
  );
}

/** What a client may see is a decision: asked once more, and kept with who took it. */
function VisibleFact({ task, set }: Facts) {
  const [asking, setAsking] = useState(false);
  return (
    <Row label="Visibility" name="visible" extra={!task.client_visible}>
      <button
        type="button"
        class={task.client_visible ? "picker picker-seen" : "picker"}
        aria-pressed={task.client_visible}
        aria-label={task.client_visible ? "The client sees this card" : "Private: the client does not see it"}
        onClick={() => (task.client_visible ? set({ client_visible: false }) : setAsking(!asking))}
      >
        <Icon name={task.client_visible ? "eye" : "lock"} size={14} />
        <span class="cut" aria-hidden="true">
          {task.client_visible ? "Client sees it" : "Private"}
        </span>
      </button>
      {asking && (
        <div class="decide" role="group" aria-label="Show this card to the client?">
          <p>
            The client will see the title, the description and where it stands. The decision is kept with your
            name.
          </p>
          <div class="part-foot">
            <button
              type="button"
              class="btn btn-s btn-primary"
              ref={(node) => node?.focus()}
              onClick={() => {
                setAsking(false);
                set({ client_visible: true });
              }}
            >
              Show it
            </button>
            <button type="button" class="btn btn-s" onClick={() => setAsking(false)}>
              Keep it private
            </button>
          </div>
        </div>
      )}
    </Row>
  );
}

export function Fields({ open, task }: { open: OpenTask; task: Task }) {
  const [all, setAll] = useState(false);
  const set = (change: TaskChange, madeOn?: number) => {
    void open.change(change, undefined, { madeOn }).then((kept) => kept || afterConflict(() => {}));
  };
  const facts = { task, set };
  return (
    <section class={all ? "task-facts facts-all" : "task-facts"} aria-label="Facts">
      <ColumnFact open={open} task={task} />
      <AgentFact {...facts} />
      <AccountableFact {...facts} />
      <PriorityFact {...facts} />
      <DateFacts {...facts} />
      <SprintFact {...facts} />
      <CategoryFact {...facts} />
      <LabelsFact {...facts} />
      <ParentFact {...facts} />
      <ClientFacts {...facts} />
      <VisibleFact {...facts} />
      {customFields.value.map((field) => (
        <CustomFieldRow key={field.key} field={field} open={open} task={task} />
      ))}
      <button type="button" class="facts-more" aria-expanded={all} onClick={() => setAll(!all)}>
        <Icon name="chevron" size={12} />
        {all ? "Fewer facts" : "All facts"}
      </button>
      <p class="facts-foot">
        Created by {task.created_by_name} <Ago at={task.created_at} />
        {task.completed_at && (
          <>
            {" · done "}
            <Ago at={task.completed_at} />
          </>
        )}
      </p>
    </section>
  );
}
