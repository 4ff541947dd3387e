// Cards that come again: the list with what comes next, and one of them to change. The address says which.
import "../../../styles/automations.css";
import "../../../styles/recurring.css";
import { useEffect, useState } from "preact/hooks";
import { type Recurring, recurringApi } from "../../../api/recurring";
import { arrange } from "../../../commands/arrange";
import { onBoardFrame, onReturn } from "../../../live/board";
import { explain } from "../../../live/pending";
import { params, withParams } from "../../../router";
import { boardSettings } from "../../../store/board";
import { Confirm, Switch, useSaving } from "../../../ui/form";
import { plural } from "../../../ui/format";
import { Icon } from "../../../ui/icon";
import { Menu } from "../../../ui/menu";
import { Empty, Skeleton } from "../../../ui/parts";
import { toast } from "../../../ui/toast";
import { AddButton, Bar, Nothing, WithBoard } from "../parts";
import { Editor } from "./editor";
import { wallDay } from "./preview";
import { ruleWords } from "./rule";

const open = (recurring: string | null) => withParams({ recurring }, "push");

interface Found {
  list: Recurring[] | null;
  failed: unknown;
  again: () => Promise<void>;
}

/** Read again when one is changed by anybody, and when a card is made: it may be one of theirs. */
function useRecurring(): Found {
  const [list, setList] = useState<Recurring[] | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const again = () =>
    recurringApi.list().then(({ data }) => {
      setList(data);
      setFailed(null);
    }, setFailed);
  useEffect(() => {
    void again();
    let timer = 0;
    const soon = () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => void again(), 150);
    };
    const stops = [
      onBoardFrame((frame) => {
        if (frame.type === "board_update" && frame.noun === "recurring task") soon();
        else if (frame.type === "task_update" && frame.action === "created") soon();
        else if (frame.type === "board_event") soon();
      }),
      onReturn(soon),
    ];
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }, []);
  return { list, failed, again };
}

function Next({ task }: { task: Recurring }) {
  if (task.paused) return <span class="tag tag-quiet">Paused</span>;
  if (!task.next_occurrence) return <span class="tag tag-quiet">Ended</span>;
  const away = task.time_zone !== boardSettings.value?.time_zone;
  return (
    <span class="num">
      {wallDay(task.next_occurrence)}, {task.next_occurrence.slice(11, 16)}
      {away && <span class="faint recurring-zone">{task.time_zone.replaceAll("_", " ")}</span>}
    </span>
  );
}

function Row({
  task,
  again,
  onDelete,
}: {
  task: Recurring;
  again: () => Promise<void>;
  onDelete: () => void;
}) {
  const [wish, setWish] = useState<boolean | null>(null);
  const turn = async (on: boolean) => {
    setWish(on);
    try {
      const label = on ? `${task.name} comes again` : `Paused ${task.name}`;
      await arrange("recurring task", label, () => recurringApi.change(task.id, { paused: !on }));
      await again();
    } catch (cause) {
      toast({ kind: "bad", title: `${task.name} was not changed`, detail: explain(cause) });
    } finally {
      setWish(null);
    }
  };
  const on = wish ?? !task.paused;
  const words = ruleWords(task.rule);
  return (
    <li class={on ? "set-row recurring-row" : "set-row recurring-row rule-off"}>
      <div class="rule-words">
        <button type="button" class="rule-name" onClick={() => open(task.id)}>
          {task.name}
        </button>
        <p class="rule-says">
          {words.charAt(0).toUpperCase() + words.slice(1)} at {task.starts.slice(11, 16)}
        </p>
        {task.last_error && (
          <p class="bad rule-lately">
            <Icon name="alert" size={13} /> The last one was not made: {task.last_error}
          </p>
        )}
      </div>
      <div class="recurring-next">
        <Next task={task} />
        <span class="faint num">
          {task.made === 0 ? "none made yet" : `${plural(task.made, "card")} made`}
        </span>
      </div>
      <Switch bare label={`${task.name} comes`} checked={on} onChange={(next) => void turn(next)} />
      <Menu
        label={`Actions for ${task.name}`}
        class="icon-btn"
        align="end"
        button={<Icon name="more" />}
        items={[
          { label: "Change…", icon: "pencil", run: () => open(task.id) },
          { label: "Delete…", icon: "trash", danger: true, run: onDelete },
        ]}
      />
    </li>
  );
}

function Remove({
  task,
  again,
  onClose,
}: {
  task: Recurring;
  again: () => Promise<void>;
  onClose: () => void;
}) {
  const saving = useSaving([]);
  const submit = async () => {
    const done = await saving.run(() =>
      arrange("recurring task", `Deleted ${task.name}`, () => recurringApi.end(task.id)),
    );
    if (!done) return;
    void again();
    onClose();
  };
  return (
    <Confirm
      title={`Delete ${task.name}?`}
      action="Delete"
      saving={saving}
      onConfirm={() => void submit()}
      onClose={onClose}
    >
      <p class="dialog-text">
        It comes no more.{" "}
        {task.made > 0
          ? `The ${plural(task.made, "card")} it made ${task.made === 1 ? "stays" : "stay"}.`
          : ""}
      </p>
    </Confirm>
  );
}

function List({ list, again }: { list: Recurring[]; again: () => Promise<void> }) {
  const [leaving, setLeaving] = useState<Recurring | null>(null);
  // What comes first stands first; what is paused or over, last.
  const ordered = [...list].sort((a, b) => (a.next_at ?? "9").localeCompare(b.next_at ?? "9"));
  return (
    <>
      <Bar says={list.length === 0 ? "" : plural(list.length, "recurring task")}>
        <AddButton label="New recurring task" onClick={() => open("new")} />
      </Bar>
      {list.length === 0 ? (
        <Nothing icon="repeat" title="Nothing comes again yet">
          <p>A weekly report, the invoice on the last Friday, a check every morning: set it up once.</p>
        </Nothing>
      ) : (
        <ul class="set-list">
          {ordered.map((each) => (
            <Row key={each.id} task={each} again={again} onDelete={() => setLeaving(each)} />
          ))}
        </ul>
      )}
      {leaving && <Remove task={leaving} again={again} onClose={() => setLeaving(null)} />}
    </>
  );
}

function Body() {
  const { list, failed, again } = useRecurring();
  const id = params.value.get("recurring");
  if (failed !== null && !list) {
    return (
      <Empty icon="alert" title="The recurring tasks could not be read">
        <p class="pre">{explain(failed)}</p>
        <button type="button" class="btn" onClick={() => void again()}>
          Try again
        </button>
      </Empty>
    );
  }
  if (!list) return <Skeleton rows={6} />;
  if (!id) return <List list={list} again={again} />;
  const task = list.find((each) => each.id === id) ?? null;
  const done = () => {
    void again();
    open(null);
  };
  return (
    <>
      <div class="set-bar">
        <button type="button" class="btn btn-s btn-ghost rule-back" onClick={() => open(null)}>
          <Icon name="left" size={13} />
          All recurring tasks
        </button>
      </div>
      {id === "new" || task ? (
        <Editor key={id} kept={task} onDone={done} onCancel={() => open(null)} />
      ) : (
        <Empty icon="help" title="There is no such recurring task">
          <p>It may have been deleted.</p>
        </Empty>
      )}
    </>
  );
}

export default function RecurringTasks() {
  return <WithBoard>{() => <Body />}</WithBoard>;
}
