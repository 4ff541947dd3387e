import { useEffect, useRef, useState } from "preact/hooks";
import type { Task } from "../../api/board";
import { archiveTasks, deleteTasks, duplicateTask, restoreTasks } from "../../commands";
import { openTask } from "../../overlay";
import { peekCard, viewersByTask } from "../../store/board";
import { me } from "../../store/session";
import { Icon } from "../../ui/icon";
import { Menu, type MenuItem } from "../../ui/menu";
import { copyText } from "../../ui/parts";
import { toast } from "../../ui/toast";
import { initials } from "./faces";
import { afterConflict, type OpenTask } from "./open-task";

function Title({ open, task }: { open: OpenTask; task: Task }) {
  const [text, setText] = useState(task.title);
  const [editing, setEditing] = useState(false);
  const madeOn = useRef(task.version);
  const field = useRef<HTMLTextAreaElement>(null);
  // What somebody else wrote shows unless one is at it oneself.
  useEffect(() => {
    if (!editing) setText(task.title);
  }, [task.title, editing]);
  useEffect(() => {
    const node = field.current;
    if (!node || CSS.supports("field-sizing", "content")) return;
    node.style.height = "auto";
    node.style.height = `${node.scrollHeight}px`;
  }, [text]);
  const keep = async () => {
    const title = text.trim();
    if (!title || title === task.title) {
      setText(task.title);
      setEditing(false);
      return;
    }
    const kept = await open.change({ title }, `Renamed #${task.number}`, { madeOn: madeOn.current });
    if (!kept) afterConflict(() => {});
    setEditing(false);
  };
  return (
    <textarea
      ref={field}
      class="sheet-title"
      aria-label="Title"
      rows={1}
      maxLength={500}
      value={text}
      spellcheck={editing}
      onFocus={() => {
        madeOn.current = task.version;
        setEditing(true);
      }}
      onInput={(event) => setText(event.currentTarget.value.replaceAll("\n", " "))}
      onBlur={() => void keep()}
      onKeyDown={(event) => {
        if (event.isComposing) return;
        if (event.key === "Enter") event.currentTarget.blur();
        else if (event.key === "Escape" && text !== task.title) setText(task.title);
        else return;
        event.preventDefault();
      }}
    />
  );
}

function Viewers({ task }: { task: Task }) {
  const seen = new Map(
    (viewersByTask.value.get(task.id) ?? [])
      .filter((each) => each.agentId !== me.value?.actor.id)
      .map((each) => [each.agentId, each.name]),
  );
  if (seen.size === 0) return null;
  const names = [...seen.values()].join(", ");
  return (
    <span class="sheet-viewers" role="img" aria-label={`${names} here too`} title={`${names} here too`}>
      {[...seen].slice(0, 3).map(([id, name]) => (
        <span key={id} class="avatar" data-initials={initials(name)} aria-hidden="true" />
      ))}
      {seen.size > 3 && <span class="faint">+{seen.size - 3}</span>}
    </span>
  );
}

function Parent({ task }: { task: Task }) {
  const parent = task.parent_id ? peekCard(task.parent_id) : undefined;
  if (!task.parent_id) return null;
  return (
    <button type="button" class="sheet-parent" onClick={() => openTask(task.parent_id ?? "")}>
      <Icon name="subtasks" size={13} />
      <span>{parent ? `#${parent.number} ${parent.title}` : "Parent"}</span>
    </button>
  );
}

async function copyLink(task: Task): Promise<void> {
  const address = `${location.origin}/board?task=${encodeURIComponent(task.id)}`;
  if (await copyText(address)) toast({ kind: "good", title: `Copied the link to #${task.number}` });
}

function items(task: Task, onClose: () => void): MenuItem[] {
  const gone = task.archived_at !== null || task.deleted_at !== null;
  return [
    {
      label: "Move to…",
      icon: "right",
      run: () => document.querySelector<HTMLElement>(".task-facts [data-fact=column] .picker")?.click(),
    },
    {
      label: "Duplicate",
      icon: "copy",
      run: () => void duplicateTask(task.id).then((copy) => copy && openTask(copy.id)),
    },
    { label: "Copy link", icon: "link", run: () => void copyLink(task) },
    gone
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
      disabled: task.deleted_at !== null,
      run: () => void deleteTasks([task.id]).then((done) => done && onClose()),
    },
  ];
}

export function Head({ open, task, onClose }: { open: OpenTask; task: Task; onClose: () => void }) {
  return (
    <header class="sheet-head">
      <div class="sheet-bar">
        <Parent task={task} />
        <span class="sheet-number num">#{task.number}</span>
        {task.archived_at && <span class="tag">Archived</span>}
        {task.deleted_at && <span class="tag tag-bad">Deleted</span>}
        <span class="grow" />
        <Viewers task={task} />
        <button
          type="button"
          class="icon-btn"
          aria-label="Copy link"
          title="Copy link"
          onClick={() => void copyLink(task)}
        >
          <Icon name="link" />
        </button>
        <Menu
          label="More"
          class="icon-btn"
          align="end"
          button={<Icon name="more" />}
          items={items(task, onClose)}
        />
        <button
          type="button"
          class="icon-btn"
          aria-label="Close the card"
          title="Close (Esc)"
          onClick={onClose}
        >
          <Icon name="x" />
        </button>
      </div>
      <h2 class="sr-only">{task.title}</h2>
      <Title open={open} task={task} />
    </header>
  );
}
