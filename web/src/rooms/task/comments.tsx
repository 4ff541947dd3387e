import { useState } from "preact/hooks";
import { type Comment, onceKey, type Task } from "../../api/board";
import { taskApi } from "../../api/task";
import { remember } from "../../commands";
import { explain } from "../../live/pending";
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
import { keepDraft, readDraft } from "./drafts";
import { useRead } from "./use-read";

const refused = (title: string) => (cause: unknown) => toast({ kind: "bad", title, detail: explain(cause) });

function One({ said, taskId, changed }: { said: Comment; taskId: string; changed: () => void }) {
  const [text, setText] = useState<string | null>(null);
  const mine = said.author.id === me.value?.actor.id || me.value?.actor.role !== "user";
  const agent = said.agent_id ? agentById.value.get(said.agent_id) : undefined;
  const remove = async () => {
    try {
      await taskApi.deleteComment(said.id);
      remember({
        label: "Deleted a comment",
        back: async () => void (await taskApi.restoreComment(said.id).then(changed)),
        again: async () => void (await taskApi.deleteComment(said.id).then(changed)),
      });
      changed();
    } catch (cause) {
      refused("Not deleted")(cause);
    }
  };
  const save = () => {
    if (text === null) return;
    taskApi.editComment(said.id, text, said.version).then(() => {
      setText(null);
      changed();
    }, refused("Not changed"));
  };
  return (
    <li class="comment">
      <div class="comment-head">
        {agent ? <AgentFace id={agent.id} size={22} /> : <Icon name="person" size={16} />}
        <strong>{agent?.name ?? said.author.name}</strong>
        <span class="faint">
          <Ago at={said.created_at} />
          {said.edited_at && " · edited"}
        </span>
        <span class="grow" />
        {mine && (
          <Menu
            label={`More about the comment of ${agent?.name ?? said.author.name}`}
            class="icon-btn"
            align="end"
            button={<Icon name="more" size={14} />}
            items={[
              { label: "Edit", icon: "tool", run: () => setText(said.content) },
              { label: "Delete", icon: "trash", danger: true, run: () => void remove() },
            ]}
          />
        )}
      </div>
      {text === null ? (
        <Markdown text={said.content} around={aroundOf(taskId)} />
      ) : (
        <>
          <MarkdownEditor
            label="Comment"
            value={text}
            autofocus
            rows={3}
            maxLength={20_000}
            onInput={setText}
            complete={mentions}
            onSubmit={save}
            onCancel={() => setText(null)}
          />
          <div class="part-foot">
            <button type="button" class="btn btn-s btn-primary" onClick={save} disabled={!text.trim()}>
              Save
            </button>
            <button type="button" class="btn btn-s" onClick={() => setText(null)}>
              Cancel
            </button>
          </div>
        </>
      )}
    </li>
  );
}

export function Comments({ task, stamp }: { task: Task; stamp: number }) {
  const key = `comment.${task.id}`;
  const [text, setText] = useState(() => readDraft(key)?.text ?? "");
  const { value, failed, again, set } = useRead(() => taskApi.comments(task.id), [task.id, stamp]);
  const list = [...(value ?? [])].sort((a, b) => a.created_at.localeCompare(b.created_at));
  const write = (next: string) => {
    setText(next);
    keepDraft(key, next ? { text: next, base: "" } : null);
  };
  const send = () => {
    const content = text.trim();
    if (!content) return;
    taskApi.comment(task.id, content, onceKey()).then(({ data }) => {
      write("");
      if (!list.some((each) => each.id === data.id)) set([...list, data]);
    }, refused("Not said"));
  };
  return (
    <section class="part" aria-label="Comments">
      <h3>Comments {list.length > 0 && <span class="count">{list.length}</span>}</h3>
      {failed !== null && (
        <p class="notice">
          {explain(failed)}{" "}
          <button type="button" class="btn btn-s" onClick={again}>
            Try again
          </button>
        </p>
      )}
      <ul class="comments">
        {list.map((said) => (
          <One key={said.id} said={said} taskId={task.id} changed={again} />
        ))}
      </ul>
      <MarkdownEditor
        label="Write a comment"
        quiet
        value={text}
        rows={2}
        maxLength={20_000}
        placeholder="Write a comment; @ tells somebody"
        around={aroundOf(task.id)}
        complete={mentions}
        onInput={write}
        onFiles={(files) => attachInText(task.id, files)}
        onSubmit={send}
      />
      <div class="part-foot">
        <button type="button" class="btn btn-s btn-primary" disabled={!text.trim()} onClick={send}>
          Comment
        </button>
      </div>
    </section>
  );
}
