import { useRef, useState } from "preact/hooks";
import type { Task } from "../../api/board";
import { type Attachment, attachmentUrl, taskApi } from "../../api/task";
import { remember } from "../../commands";
import { explain } from "../../live/pending";
import { Dialog } from "../../ui/dialog";
import { bytes } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { Ago } from "../../ui/time";
import { toast } from "../../ui/toast";
import { arrived, attach, type Sending, sending } from "./attaching";
import { Part } from "./part";
import { useRead } from "./use-read";

const ending = (name: string) => (/\.([a-z0-9]{1,4})$/i.exec(name)?.[1] ?? "file").toUpperCase();

function Preview({ task, files, at, show }: Shown) {
  const file = files[at];
  if (!file) return null;
  const step = (by: number) => show((at + by + files.length) % files.length);
  return (
    <Dialog
      title={file.name}
      size="l"
      onClose={() => show(null)}
      actions={
        <>
          {files.length > 1 && (
            <>
              <button type="button" class="icon-btn" aria-label="The picture before" onClick={() => step(-1)}>
                <Icon name="left" />
              </button>
              <button type="button" class="icon-btn" aria-label="The next picture" onClick={() => step(1)}>
                <Icon name="right" />
              </button>
            </>
          )}
          <a
            class="icon-btn"
            href={attachmentUrl(task.id, file.name, true)}
            download={file.name}
            aria-label={`Download ${file.name}`}
          >
            <Icon name="download" />
          </a>
        </>
      }
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrows walk over the pictures from anywhere in it. */}
      <div
        class="picture"
        role="presentation"
        onKeyDown={(event) => {
          if (event.key === "ArrowLeft") step(-1);
          else if (event.key === "ArrowRight") step(1);
        }}
      >
        <img src={attachmentUrl(task.id, file.name)} alt={file.name} />
      </div>
    </Dialog>
  );
}

interface Shown {
  task: Task;
  files: Attachment[];
  at: number;
  show: (at: number | null) => void;
}

function OnItsWay({ each }: { each: Sending }) {
  return (
    <li class="file">
      <span class="file-kind">
        <Icon name="clip" size={14} />
      </span>
      <span class="file-text">
        <span class="cut">{each.name}</span>
        <progress max={1} value={each.share} aria-label={`Uploading ${each.name}`} />
      </span>
      <button type="button" class="icon-btn" aria-label={`Stop uploading ${each.name}`} onClick={each.stop}>
        <Icon name="x" size={14} />
      </button>
    </li>
  );
}

export function Files({ task, stamp }: { task: Task; stamp: number }) {
  const { value, again } = useRead(
    () => taskApi.attachments(task.id),
    [task.id, stamp, arrived.value, task.attachment_count],
  );
  const [shown, setShown] = useState<number | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const list = value ?? [];
  const pictures = list.filter((file) => file.inline);
  const coming = sending.value.filter((each) => each.taskId === task.id);
  const remove = async (name: string) => {
    try {
      await taskApi.deleteAttachment(task.id, name);
      again();
      remember({
        label: `Took ${name} away`,
        back: async () => void (await taskApi.restoreAttachment(task.id, name).then(again)),
        again: async () => void (await taskApi.deleteAttachment(task.id, name).then(again)),
      });
    } catch (cause) {
      toast({ kind: "bad", title: `${name} was not taken away`, detail: explain(cause) });
    }
  };
  return (
    <Part
      title="Files"
      count={list.length || undefined}
      action={
        <button
          type="button"
          class="icon-btn"
          aria-label="Attach files"
          title="Attach files"
          onClick={() => input.current?.click()}
        >
          <Icon name="plus" size={15} />
        </button>
      }
    >
      <input
        ref={input}
        type="file"
        multiple
        hidden
        data-files
        onChange={(event) => {
          void attach(task.id, [...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
      {list.length + coming.length === 0 && (
        <p class="part-none">Drop files anywhere on the card, or paste them.</p>
      )}
      <ul class="task-files">
        {list.map((file) => (
          <li class="file" key={file.name}>
            {file.inline ? (
              <button
                type="button"
                class="file-kind"
                aria-label={`Look at ${file.name}`}
                onClick={() => setShown(pictures.indexOf(file))}
              >
                <img src={attachmentUrl(task.id, file.name)} alt="" loading="lazy" decoding="async" />
              </button>
            ) : (
              <span class="file-kind" aria-hidden="true">
                {ending(file.name)}
              </span>
            )}
            <span class="file-text">
              <a href={attachmentUrl(task.id, file.name, true)} download={file.name} class="cut">
                {file.name}
              </a>
              <span class="faint">
                {bytes(file.size_bytes)} · <Ago at={file.added_at} />
                {file.status === "pending" && " · being written"}
              </span>
            </span>
            <button
              type="button"
              class="icon-btn link-off"
              aria-label={`Take ${file.name} away`}
              title="Take it away"
              onClick={() => void remove(file.name)}
            >
              <Icon name="trash" size={14} />
            </button>
          </li>
        ))}
        {coming.map((each) => (
          <OnItsWay key={each.id} each={each} />
        ))}
      </ul>
      {shown !== null && <Preview task={task} files={pictures} at={shown} show={setShown} />}
    </Part>
  );
}
