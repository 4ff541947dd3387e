import { useRef, useState } from "preact/hooks";
import { type Comment, onceKey, type Task } from "../../api/board";
import { ApiError } from "../../api/client";
import { taskApi } from "../../api/task";
import { remember } from "../../commands";
import { explain } from "../../live/pending";
import { offerConflict } from "../../overlay";
import { agentById } from "../../store/board";
import { me } from "../../store/session";
import { Icon } from "../../ui/icon";
import { Markdown } from "../../ui/markdown";
import { MarkdownEditor } from "../../ui/markdown-editor";
import { Menu } from "../../ui/menu";
import { Ago } from "../../ui/time";
import { toast } from "../../ui/toast";
import { AgentFace } from "../board/marks";
import { aroundOf, mentions } from "./around";
import { attachInText } from "./attaching";
import { keepDraft, readDraft, useLatest } from "./drafts";
import { PersonFace } from "./faces";
import { Part } from "./part";
import { useRead } from "./use-read";

const MOST = 20_000;
const refused = (title: string) => (cause: unknown) => toast({ kind: "bad", title, detail: explain(cause) });

interface OneProps {
  said: Comment;
  taskId: string;
  pending: boolean;
  changed: () => void;
  show: (comment: Comment) => void;
}

function Editing({
  said,
  taskId,
  done,
  show,
}: { said: Comment; taskId: string; done: () => void } & Pick<OneProps, "show">) {
  const [text, setText] = useState(said.content);
  // The one the edit was begun on: what somebody else wrote since is shown beside it.
  const madeOn = useRef(said.version);
  const typed = useLatest(text);
  const [busy, setBusy] = useState(false);
  const save = async (content: string, version: number): Promise<void> => {
    if (busy) return;
    if (content.trim() === said.content) return done();
    setBusy(true);
    try {
      const { data } = await taskApi.editComment(said.id, content, version);
      remember(
        {
          label: "Edited a comment",
          back: async () => show((await taskApi.editComment(said.id, said.content)).data),
          again: async () => show((await taskApi.editComment(said.id, content)).data),
        },
        true,
      );
      show(data);
      madeOn.current = data.version;
      if (typed.current === text) done();
    } catch (cause) {
      const current = cause instanceof ApiError && cause.status === 409 ? cause.current : null;
      if (!(cause instanceof ApiError) || !current) {
        refused("The comment was not changed")(cause);
        return;
      }
      offerConflict(cause, (chosen) => {
        if (chosen && "content" in chosen) void save(String(chosen.content), Number(current.version));
        else if (chosen) done();
      });
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <MarkdownEditor
        label="Edit the comment"
        value={text}
        autofocus
        rows={3}
        maxLength={MOST}
        around={aroundOf(taskId)}
        complete={mentions}
        onInput={setText}
        onFiles={(files) => attachInText(taskId, files)}
        onSubmit={() => text.trim() && void save(text, madeOn.current)}
        onCancel={() => text === said.content && done()}
      />
      <div class="part-foot">
        <button
          type="button"
          class="btn btn-s btn-primary"
          disabled={!text.trim() || busy}
          onClick={() => void save(text, madeOn.current)}
        >
          {busy ? "Saving…" : "Save"}
        </button>
        <button type="button" class="btn btn-s" onClick={done}>
          Cancel
        </button>
      </div>
    </>
  );
}

function One({ said, taskId, pending, changed, show }: OneProps) {
  const [editing, setEditing] = useState(false);
  const mine = said.author.id === me.value?.actor.id || me.value?.actor.role !== "user";
  const agent = said.agent_id ? agentById.value.get(said.agent_id) : undefined;
  const name = agent?.name ?? said.author.name;
  const remove = async () => {
    show({ ...said, deleted: true });
    try {
      await taskApi.deleteComment(said.id);
      remember({
        label: "Deleted a comment",
        back: async () => void (await taskApi.restoreComment(said.id).then(changed)),
        again: async () => void (await taskApi.deleteComment(said.id).then(changed)),
      });
    } catch (cause) {
      show(said);
      refused("The comment was not deleted")(cause);
    }
  };
  return (
    <li class={pending ? "comment comment-pending" : "comment"}>
      {agent ? <AgentFace id={agent.id} size={26} /> : <PersonFace name={name} size={26} />}
      <div class="comment-body">
        <div class="comment-head">
          <strong>{name}</strong>
          <span class="faint">
            {pending ? "being sent…" : <Ago at={said.created_at} />}
            {said.edited_at && " · edited"}
          </span>
          <span class="grow" />
          {mine && !pending && !editing && (
            <Menu
              label={`More about the comment of ${name}`}
              class="icon-btn link-off"
              align="end"
              button={<Icon name="more" size={14} />}
              items={[
                { label: "Edit", icon: "pencil", run: () => setEditing(true) },
                { label: "Delete", icon: "trash", danger: true, run: () => void remove() },
              ]}
            />
          )}
        </div>
        {editing ? (
          <Editing said={said} taskId={taskId} show={show} done={() => setEditing(false)} />
        ) : (
          <Markdown text={said.content} around={aroundOf(taskId)} />
        )}
      </div>
    </li>
  );
}

/** As it will be, until the server says its own. */
function guess(task: Task, content: string, id: string): Comment {
  const author = { id: me.peek()?.actor.id ?? "", name: me.peek()?.actor.name ?? "You" };
  const now = new Date().toISOString();
  return {
    id,
    task_id: task.id,
    author,
    author_kind: "person",
    agent_id: null,
    content,
    mentions: [],
    created_at: now,
    edited_at: null,
    deleted: false,
    version: 0,
  };
}

export function Comments({ task, stamp }: { task: Task; stamp: number }) {
  const key = `comment.${task.id}`;
  const [text, setText] = useState(() => readDraft(key)?.text ?? "");
  const [coming, setComing] = useState<Comment[]>([]);
  const { value, failed, again, set } = useRead(
    () => taskApi.comments(task.id),
    [task.id, stamp, task.comment_count],
  );
  const known = useRef<Comment[]>([]);
  known.current = value ?? [];
  const list = [...known.current.filter((each) => !each.deleted), ...coming].sort((a, b) =>
    a.created_at.localeCompare(b.created_at),
  );
  const write = (next: string) => {
    setText(next);
    keepDraft(key, next ? { text: next, base: "" } : null);
  };
  const show = (comment: Comment) =>
    set([...known.current.filter((each) => each.id !== comment.id), comment]);
  const send = async () => {
    const content = text.trim();
    if (!content) return;
    const once = onceKey();
    setComing((now) => [...now, guess(task, content, once)]);
    write("");
    try {
      const { data } = await taskApi.comment(task.id, content, once);
      show(data);
      remember(
        {
          label: `Commented on #${task.number}`,
          back: async () => void (await taskApi.deleteComment(data.id).then(again)),
          again: async () => void (await taskApi.restoreComment(data.id).then(again)),
        },
        true,
      );
    } catch (cause) {
      refused("The comment was not sent")(cause);
      // Nothing that was written is lost: it stands in the field again, before what came after it.
      const since = readDraft(key)?.text;
      write(since ? `${content}\n\n${since}` : content);
    } finally {
      setComing((now) => now.filter((each) => each.id !== once));
    }
  };
  return (
    <Part title="Comments" count={list.length || undefined}>
      {failed !== null && (
        <p class="notice">
          <span>{explain(failed)}</span>
          <button type="button" class="btn btn-s" onClick={again}>
            Try again
          </button>
        </p>
      )}
      <ul class="comments">
        {list.map((said) => (
          <One
            key={said.id}
            said={said}
            taskId={task.id}
            pending={coming.includes(said)}
            changed={again}
            show={show}
          />
        ))}
      </ul>
      <div class="comment comment-new">
        <PersonFace name={me.value?.actor.name ?? "?"} size={26} />
        <div class="comment-body">
          <MarkdownEditor
            label="Write a comment"
            quiet
            value={text}
            rows={1}
            maxLength={MOST}
            placeholder="Write a comment; @ tells somebody"
            around={aroundOf(task.id)}
            complete={mentions}
            onInput={write}
            onFiles={(files) => attachInText(task.id, files)}
            onSubmit={() => void send()}
          />
          {text.trim() && (
            <div class="part-foot">
              <button type="button" class="btn btn-s btn-primary" onClick={() => void send()}>
                Comment
              </button>
              <span class="faint part-hint">Ctrl Enter sends</span>
            </div>
          )}
        </div>
      </div>
    </Part>
  );
}
