import { useEffect, useState } from "preact/hooks";
import type { Task } from "../../api/board";
import { archiveTasks, deleteTasks, duplicateTask, restoreTasks } from "../../commands";
import { openTask } from "../../overlay";
import { viewersByTask } from "../../store/board";
import { me } from "../../store/session";
import { Icon } from "../../ui/icon";
import { Menu, type MenuItem } from "../../ui/menu";
import { Copy } from "../../ui/parts";
import type { OpenTask } from "./open-task";

function Title({ open, task }: { open: OpenTask; task: Task }) {
  const [text, setText] = useState(task.title);
  const [editing, setEditing] = useState(false);
  // What somebody else wrote shows unless one is at it oneself.
  useEffect(() => {
    if (!editing) setText(task.title);
  }, [task.title, editing]);
  const keep = () => {
    setEditing(false);
    const title = text.trim();
    if (title && title !== task.title) void open.change({ title }, `Renamed #${task.number}`);
    else setText(task.title);
  };
  return (
    <textarea
      class="sheet-title"
      aria-label="Title"
      rows={1}
      maxLength={500}
      value={text}
      onFocus={() => setEditing(true)}
      onInput={(event) => setText(event.currentTarget.value.replaceAll("\n", " "))}
      onBlur={keep}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
        else if (event.key === "Escape" && text !== task.title) {
          setText(task.title);
          event.preventDefault();
        } else return;
        event.preventDefault();
      }}
    />
  );
}

export function Head({ open, task, onClose }: { open: OpenTask; task: Task; onClose: () => void }) {
  const others = (viewersByTask.value.get(task.id) ?? []).filter(
    (each) => each.agentId !== me.value?.actor.id,
  );
  const items: MenuItem[] = [
    {
      label: "Duplicate",
      icon: "copy",
      run: () => void duplicateTask(task.id).then((copy) => copy && openTask(copy.id)),
    },
    task.archived_at || task.deleted_at
      ? {
          label: "Restore",
          icon: "undo",
          run: () => void restoreTasks([task.id], task.deleted_at ? "delete" : "archive"),
        }
      : {
          label: "Archive",
          icon: "archive",
          run: () => void archiveTasks([task.id]).then((done) => done && onClose()),
        },
    {
      label: "Delete",
      icon: "trash",
      danger: true,
      run: () => void deleteTasks([task.id]).then((done) => done && onClose()),
    },
  ];
  return (
    <header class="sheet-head">
      <div class="sheet-bar">
        <span class="faint">#{task.number}</span>
        {task.archived_at && <span class="tag">archived</span>}
        {others.length > 0 && (
          <span class="sheet-viewers">
            <Icon name="eye" size={14} />
            {others.map((each) => each.name).join(", ")} here too
          </span>
        )}
        <span class="grow" />
        <Copy text={`${location.origin}/board?task=${encodeURIComponent(task.id)}`} label="Copy link">
          <Icon name="link" size={15} />
        </Copy>
        <Menu label="More" class="icon-btn" align="end" button={<Icon name="more" />} items={items} />
        <button type="button" class="icon-btn" aria-label="Close the card" onClick={onClose}>
          <Icon name="x" />
        </button>
      </div>
      <Title open={open} task={task} />
    </header>
  );
}
