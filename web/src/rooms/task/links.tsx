// What a card is made of and what it waits for.
import { useState } from "preact/hooks";
import { boardApi, type Task, type TaskRef } from "../../api/board";
import { changeTasks, createTask } from "../../commands";
import { openTask } from "../../overlay";
import { columnByKey, columns } from "../../store/board";
import { Icon } from "../../ui/icon";
import { type Choice, Picker } from "../../ui/picker";
import type { OpenTask } from "./open-task";

const isDone = (each: TaskRef) => columnByKey.value.get(each.status)?.kind === "done";

function Link({ to, children }: { to: TaskRef; children?: preact.ComponentChildren }) {
  return (
    <li class="link-row">
      {children}
      <button
        type="button"
        class={`link-title${isDone(to) ? " is-done" : ""}`}
        onClick={() => openTask(to.id)}
      >
        <span class="faint">#{to.number}</span> {to.title}
      </button>
    </li>
  );
}

function NewPart({ open, task }: { open: OpenTask; task: Task }) {
  const [title, setTitle] = useState("");
  return (
    <form
      class="inline-form"
      onSubmit={(event) => {
        event.preventDefault();
        const wanted = title.trim();
        if (!wanted) return;
        setTitle("");
        void createTask({ title: wanted, parent_id: task.id }).then(() => open.reload());
      }}
    >
      <input
        class="input"
        aria-label="New sub-task"
        placeholder="Add a sub-task"
        maxLength={500}
        value={title}
        onInput={(event) => setTitle(event.currentTarget.value)}
      />
    </form>
  );
}

async function find(query: string, but: readonly string[], signal: AbortSignal): Promise<Choice[]> {
  const { data } = await boardApi.tasks(query ? { search: query, limit: 10 } : { limit: 10 }, signal);
  return data
    .filter((each) => !but.includes(each.id))
    .map((each) => ({ value: each.id, label: each.title, hint: `#${each.number}` }));
}

export function Links({ open, task }: { open: OpenTask; task: Task }) {
  const parts = task.subtasks ?? [];
  const waits = task.depends_on ?? [];
  const blocks = task.blocks ?? [];
  const setWaits = (list: readonly { id: string }[]) =>
    void open.change({ depends_on: list.map((each) => each.id) }, `Changed what #${task.number} waits for`, {
      before: { depends_on: waits.map((each) => each.id) as unknown as TaskRef[] },
    });
  const toggle = async (part: TaskRef) => {
    const kind = isDone(part) ? "todo" : "done";
    const to = columns.value.find((each) => each.kind === kind);
    if (!to) return;
    await changeTasks(
      [part.id],
      { status: to.key },
      { before: { status: part.status }, label: `${isDone(part) ? "Reopened" : "Finished"} #${part.number}` },
    );
    await open.reload();
  };
  return (
    <section class="part" aria-label="Sub-tasks and dependencies">
      <h3>
        Sub-tasks
        {parts.length > 0 && (
          <span class="count">
            {parts.filter(isDone).length} of {parts.length}
          </span>
        )}
      </h3>
      <ul class="links">
        {parts.map((part) => (
          <Link key={part.id} to={part}>
            <input
              type="checkbox"
              aria-label={`${part.title} is done`}
              checked={isDone(part)}
              onChange={() => void toggle(part)}
            />
          </Link>
        ))}
      </ul>
      <NewPart open={open} task={task} />
      <h3>Waits for</h3>
      <ul class="links">
        {waits.map((each) => (
          <Link key={each.id} to={each}>
            <button
              type="button"
              class="icon-btn"
              aria-label={`No longer wait for #${each.number}`}
              onClick={() => setWaits(waits.filter((other) => other.id !== each.id))}
            >
              <Icon name="x" size={13} />
            </button>
          </Link>
        ))}
      </ul>
      <Picker
        label="Wait for another card"
        button={
          <>
            <Icon name="plus" size={14} /> Wait for another card
          </>
        }
        chosen={[]}
        search={(query, signal) => find(query, [task.id, ...waits.map((each) => each.id)], signal)}
        placeholder="Search cards"
        onChoose={([value]) => value && setWaits([...waits, { id: value }])}
      />
      {blocks.length > 0 && (
        <>
          <h3>Is waited for by</h3>
          <ul class="links">
            {blocks.map((each) => (
              <Link key={each.id} to={each} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
