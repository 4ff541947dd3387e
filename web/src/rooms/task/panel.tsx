// The panel of one card: a sheet over any view, a page on phones. One file for each part of it.
import "../../styles/task.css";
import "../../styles/task-parts.css";
import "../../styles/task-talk.css";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Task } from "../../api/board";
import { TYPING } from "../../keys/shortcuts";
import { lazy } from "../../lazy";
import { nowViewing } from "../../live/board";
import { explain } from "../../live/pending";
import { overlay } from "../../overlay";
import { Empty, Skeleton } from "../../ui/parts";
import { attach } from "./attaching";
import { Description } from "./description";
import { Head } from "./head";
import { OpenTask } from "./open-task";

interface Parts {
  open: OpenTask;
  task: Task;
}

// The card's words are there first; both halves of the rest are asked for while they are drawn.
const Fields = lazy<Parts>(() => import("./fields").then((part) => ({ default: part.Fields })));
const Below = lazy<Parts>(() => import("./below"));

const ABOVE = "dialog[open], [role=menu], :popover-open";

/** Files dropped or pasted anywhere on the sheet are attached, unless a text takes them. */
function useFiles(id: string): [boolean, Record<string, (event: never) => void>] {
  const [over, setOver] = useState(false);
  const depth = useRef(0);
  const leave = () => {
    depth.current = 0;
    setOver(false);
  };
  const handlers = {
    onDragEnter: (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      depth.current += 1;
      setOver(true);
    },
    onDragLeave: () => {
      depth.current -= 1;
      if (depth.current <= 0) leave();
    },
    onDragOver: (event: DragEvent) => {
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
    },
    onDropCapture: leave,
    onDrop: (event: DragEvent) => {
      const files = [...(event.dataTransfer?.files ?? [])];
      if (event.defaultPrevented || files.length === 0) return;
      event.preventDefault();
      void attach(id, files);
    },
    onPaste: (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (event.defaultPrevented || files.length === 0) return;
      if ((event.target as Element).closest?.(TYPING)) return;
      event.preventDefault();
      void attach(id, files);
    },
  };
  return [over, handlers];
}

function useFocusHere(box: { current: HTMLElement | null }): void {
  useLayoutEffect(() => {
    const before = document.activeElement;
    box.current?.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
}

/** Also when a button that has just gone took the focus with it: the view below must not hear it first. */
function useEscape(box: { current: HTMLElement | null }, onClose: () => void): void {
  useEffect(() => {
    const outside = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || box.current?.contains(event.target as Node)) return;
      if (overlay.peek() || document.querySelector(ABOVE)) return;
      event.preventDefault();
      event.stopPropagation();
      onClose();
    };
    document.addEventListener("keydown", outside, true);
    return () => document.removeEventListener("keydown", outside, true);
  }, [onClose]);
}

function NotThere({ open, onClose }: { open: OpenTask; onClose: () => void }) {
  if (open.state.value === "missing") {
    return (
      <Empty icon="help" title="There is no such card">
        <p>It may belong to another project, or its link was cut short.</p>
        <button type="button" class="btn" onClick={onClose}>
          Close
        </button>
      </Empty>
    );
  }
  return (
    <Empty icon="alert" title="The card did not load">
      <p class="pre">{explain(open.error)}</p>
      <div class="empty-or">
        <button type="button" class="btn btn-primary" onClick={() => void open.reload()}>
          Try again
        </button>
        <button type="button" class="btn" onClick={onClose}>
          Close
        </button>
      </div>
    </Empty>
  );
}

export default function TaskPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const [open] = useState(() => new OpenTask(id));
  const box = useRef<HTMLElement>(null);
  const [over, files] = useFiles(id);
  const task = open.task.value;
  const state = open.state.value;

  useEffect(() => {
    nowViewing(id);
    return () => {
      nowViewing(null);
      open.close();
    };
  }, [id]);
  useFocusHere(box);
  useEscape(box, onClose);

  return (
    <section
      class={over ? "sheet sheet-over" : "sheet"}
      role="dialog"
      aria-label={task ? `#${task.number} ${task.title}` : "Card"}
      aria-busy={state === "loading"}
      tabIndex={-1}
      ref={box}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.defaultPrevented) return;
        // A dialog over the sheet closes itself.
        if ((event.target as Element).closest("dialog")) return;
        event.preventDefault();
        // A field gives the focus back to the sheet first: one Escape never loses what is being typed.
        if ((event.target as Element).matches(TYPING)) box.current?.focus({ preventScroll: true });
        else onClose();
      }}
      {...files}
    >
      {(state === "missing" || state === "failed") && <NotThere open={open} onClose={onClose} />}
      {state === "loading" && <Skeleton rows={9} class="sheet-skeleton" />}
      {state === "ready" && task && (
        <>
          <Head open={open} task={task} onClose={onClose} />
          <div class="sheet-body">
            <div class="sheet-side">
              <Fields open={open} task={task} />
            </div>
            <div class="sheet-main">
              <Description open={open} task={task} />
              <Below open={open} task={task} />
            </div>
          </div>
          {over && (
            <div class="sheet-drop" aria-hidden="true">
              Drop to attach to #{task.number}
            </div>
          )}
        </>
      )}
    </section>
  );
}
