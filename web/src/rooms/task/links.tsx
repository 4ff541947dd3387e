// What a card waits for, and what waits for it.
import { boardApi, type Task, type TaskRef } from "../../api/board";
import { changeTasks } from "../../commands";
import { explain } from "../../live/pending";
import { openTask } from "../../overlay";
import { Icon } from "../../ui/icon";
import { Picker } from "../../ui/picker";
import { toast } from "../../ui/toast";
import { findCards } from "./fields";
import type { OpenTask } from "./open-task";
import { Part } from "./part";
import { isDone, Stands } from "./subtasks";

interface RowProps {
  to: TaskRef;
  off: string;
  onOff: () => void;
}

function Linked({ to, off, onOff }: RowProps) {
  return (
    <li class="link-row">
      <Icon name={isDone(to) ? "check" : "clock"} size={14} />
      <button
        type="button"
        class={isDone(to) ? "link-title is-done" : "link-title"}
        onClick={() => openTask(to.id)}
      >
        {to.title}
      </button>
      <Stands part={to} />
      <button type="button" class="icon-btn link-off" aria-label={off} title={off} onClick={onOff}>
        <Icon name="x" size={13} />
      </button>
    </li>
  );
}

/** Changes what another card waits for. Its own list is read first: this one does not know it. */
async function otherWaits(id: string, label: string, how: (ids: string[]) => string[]): Promise<void> {
  try {
    const { data } = await boardApi.task(id);
    const held = (data.depends_on ?? []).map((each) => each.id);
    await changeTasks(
      [id],
      { depends_on: how(held) },
      { label, before: { depends_on: held as unknown as TaskRef[] }, version: data.version },
    );
  } catch (cause) {
    toast({ kind: "bad", title: "The dependency was not changed", detail: explain(cause) });
  }
}

export function Links({ open, task }: { open: OpenTask; task: Task }) {
  const waits = task.depends_on ?? [];
  const blocks = task.blocks ?? [];
  const setWaits = (ids: string[], label: string) =>
    void open.change({ depends_on: ids }, label, {
      before: { depends_on: waits.map((each) => each.id) as unknown as TaskRef[] },
      guess: { depends_on: waits.filter((each) => ids.includes(each.id)) },
    });
  const setBlocks = (id: string, on: boolean) => {
    const label = on ? `Made a card wait for #${task.number}` : `A card no longer waits for #${task.number}`;
    const how = (held: string[]) => (on ? [...held, task.id] : held.filter((each) => each !== task.id));
    void otherWaits(id, label, how).then(() => open.reload());
  };
  const ids = waits.map((each) => each.id);
  const taken = [task.id, ...ids, ...blocks.map((each) => each.id)];
  const pick = (label: string, icon: "clock" | "lock", onChoose: (id: string) => void) => (
    <Picker
      class="part-add"
      label={label}
      button={
        <>
          <Icon name="plus" size={14} />
          <span>{label}</span>
        </>
      }
      chosen={[]}
      search={(query, signal) => findCards(query, taken, signal)}
      placeholder={icon === "clock" ? "Which card must be done first?" : "Which card has to wait?"}
      onChoose={([value]) => value && onChoose(value)}
    />
  );
  const unmet = waits.filter((each) => !isDone(each)).length;
  return (
    <Part title="Dependencies" count={unmet > 0 ? `waits for ${unmet}` : undefined}>
      {waits.length > 0 && <h4 class="links-name">Waits for</h4>}
      <ul class="links">
        {waits.map((each) => (
          <Linked
            key={each.id}
            to={each}
            off={`No longer wait for #${each.number}`}
            onOff={() =>
              setWaits(
                ids.filter((id) => id !== each.id),
                `#${task.number} no longer waits for #${each.number}`,
              )
            }
          />
        ))}
      </ul>
      {blocks.length > 0 && <h4 class="links-name">Blocks</h4>}
      <ul class="links">
        {blocks.map((each) => (
          <Linked
            key={each.id}
            to={each}
            off={`#${each.number} no longer waits for this`}
            onOff={() => setBlocks(each.id, false)}
          />
        ))}
      </ul>
      <div class="part-adds">
        {pick("Wait for a card", "clock", (id) =>
          setWaits([...ids, id], `#${task.number} waits for another card`),
        )}
        {pick("Block a card", "lock", (id) => setBlocks(id, true))}
      </div>
    </Part>
  );
}
