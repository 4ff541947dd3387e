// The panel of one card: a sheet over any view, a page on phones. One file for each part of it.
import "../../styles/task.css";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Task } from "../../api/board";
import { lazy } from "../../lazy";
import { nowViewing, onBoardFrame } from "../../live/board";
import { explain } from "../../live/pending";
import { overlay } from "../../overlay";
import { Empty, Skeleton } from "../../ui/parts";
import { Description } from "./description";
import { Fields } from "./fields";
import { Head } from "./head";
import { Links } from "./links";
import { OpenTask } from "./open-task";
import { Runs } from "./runs";

// The card itself comes first; what hangs on it follows.
interface Hanging {
  task: Task;
  stamp: number;
}
const Files = lazy<Hanging>(() => import("./files").then((part) => ({ default: part.Files })));
const Documents = lazy<Hanging>(() => import("./documents").then((part) => ({ default: part.Documents })));
const Comments = lazy<Hanging>(() => import("./comments").then((part) => ({ default: part.Comments })));
const ActivityPart = lazy<Hanging & { onUndone: () => void }>(() =>
  import("./activity").then((part) => ({ default: part.ActivityPart })),
);

/** Counts the news about what hangs on the card: comments, documents, files. */
function useNews(id: string): number {
  const [stamp, setStamp] = useState(0);
  useEffect(
    () =>
      onBoardFrame((frame) => {
        const about =
          (frame.type === "comment" && frame.taskId === id) ||
          (frame.type === "task_update" && frame.task.id === id) ||
          (frame.type === "document_update" && frame.task?.id === id);
        if (about) setStamp((now) => now + 1);
      }),
    [id],
  );
  return stamp;
}

export default function TaskPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const [open] = useState(() => new OpenTask(id));
  const box = useRef<HTMLElement>(null);
  const news = useNews(id);
  const task = open.task.value;

  useEffect(() => {
    nowViewing(id);
    return () => {
      nowViewing(null);
      open.close();
    };
  }, [id]);

  useLayoutEffect(() => {
    const before = document.activeElement;
    box.current?.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);

  // Also when a button that has just gone took the focus with it: the view below must not hear it first.
  useEffect(() => {
    const outside = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || box.current?.contains(event.target as Node)) return;
      if (overlay.peek() || document.querySelector("dialog[open], [role=menu], :popover-open")) return;
      event.preventDefault();
      event.stopPropagation();
      onClose();
    };
    document.addEventListener("keydown", outside, true);
    return () => document.removeEventListener("keydown", outside, true);
  }, [onClose]);

  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    onClose();
  };

  return (
    <section
      class="sheet"
      role="dialog"
      aria-label={task ? task.title : "Card"}
      tabIndex={-1}
      ref={box}
      onKeyDown={onKey}
    >
      {open.state.value === "missing" && (
        <Empty icon="help" title="There is no such card">
          <p>It may belong to another project.</p>
          <button type="button" class="btn" onClick={onClose}>
            Close
          </button>
        </Empty>
      )}
      {open.state.value === "failed" && (
        <Empty icon="alert" title="The card did not load">
          <p>{explain(open.error)}</p>
          <button type="button" class="btn btn-primary" onClick={() => void open.reload()}>
            Try again
          </button>
        </Empty>
      )}
      {open.state.value === "loading" && <Skeleton rows={8} />}
      {open.state.value === "ready" && task && (
        <>
          <Head open={open} task={task} onClose={onClose} />
          <div class="sheet-body">
            <Fields open={open} task={task} />
            <Runs task={task} />
            <Description open={open} task={task} />
            <Links open={open} task={task} />
            <Files task={task} stamp={news} />
            <Documents task={task} stamp={news} />
            <Comments task={task} stamp={news} />
            <ActivityPart task={task} stamp={news} onUndone={() => void open.reload()} />
          </div>
        </>
      )}
    </section>
  );
}
