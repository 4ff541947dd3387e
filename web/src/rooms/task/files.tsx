import { useRef, useState } from "preact/hooks";
import type { Task } from "../../api/board";
import { attachmentUrl, taskApi, upload } from "../../api/task";
import { remember } from "../../commands";
import { explain } from "../../live/pending";
import { bytes } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { toast } from "../../ui/toast";
import { useRead } from "./use-read";

export function Files({ task, stamp }: { task: Task; stamp: number }) {
  const { value, again } = useRead(() => taskApi.attachments(task.id), [task.id, stamp]);
  const [share, setShare] = useState<number | null>(null);
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const list = value ?? [];
  const add = async (files: File[]) => {
    if (files.length === 0) return;
    setShare(0);
    try {
      await upload(task.id, files, setShare);
      again();
    } catch (cause) {
      toast({ kind: "bad", title: "Not attached", detail: explain(cause) });
    } finally {
      setShare(null);
    }
  };
  const remove = async (name: string) => {
    try {
      await taskApi.deleteAttachment(task.id, name);
      remember({
        label: `Took ${name} away`,
        back: async () => void (await taskApi.restoreAttachment(task.id, name).then(again)),
        again: async () => void (await taskApi.deleteAttachment(task.id, name).then(again)),
      });
      again();
    } catch (cause) {
      toast({ kind: "bad", title: "Not taken away", detail: explain(cause) });
    }
  };
  return (
    <section
      class={`part${over ? " part-over" : ""}`}
      aria-label="Files"
      onDragOver={(event) => {
        if (!event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void add([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <h3>
        Files {list.length > 0 && <span class="count">{list.length}</span>}
        <button
          type="button"
          class="icon-btn"
          aria-label="Attach files"
          onClick={() => input.current?.click()}
        >
          <Icon name="clip" size={15} />
        </button>
      </h3>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          void add([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
      {share !== null && <progress class="upload" max={1} value={share} aria-label="Uploading" />}
      <ul class="files">
        {list.map((file) => (
          <li key={file.name}>
            {file.inline ? (
              <img class="thumb" src={attachmentUrl(task.id, file.name)} alt="" loading="lazy" />
            ) : (
              <Icon name="file" size={18} />
            )}
            <a href={attachmentUrl(task.id, file.name, true)} download={file.name}>
              {file.name}
            </a>
            <span class="faint">
              {bytes(file.size_bytes)}
              {file.status === "pending" && " · being written"}
            </span>
            <button
              type="button"
              class="icon-btn"
              aria-label={`Take ${file.name} away`}
              onClick={() => void remove(file.name)}
            >
              <Icon name="trash" size={14} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
