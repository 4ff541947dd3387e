// What hangs on a card. Its code comes after the card itself.
import { useEffect, useState } from "preact/hooks";
import type { Task } from "../../api/board";
import { onBoardFrame } from "../../live/board";
import { ActivityPart } from "./activity";
import { Comments } from "./comments";
import { Documents } from "./documents";
import { Files } from "./files";
import { Links } from "./links";
import type { OpenTask } from "./open-task";
import { Runs } from "./runs";
import { Subtasks } from "./subtasks";

/** Counts the news about what hangs on the card: comments, documents, files. */
function useNews(id: string): { comments: number; files: number; all: number } {
  const [news, setNews] = useState({ comments: 0, files: 0, all: 0 });
  useEffect(
    () =>
      onBoardFrame((frame) => {
        const comment = frame.type === "comment" && frame.taskId === id;
        const file = frame.type === "document_update" && (frame.subject === id || frame.task?.id === id);
        // After a gap nobody knows what was missed.
        const gap = frame.type === "snapshot_needed";
        if (!comment && !file && !gap) return;
        setNews((now) => ({
          comments: now.comments + (comment || gap ? 1 : 0),
          files: now.files + (file || gap ? 1 : 0),
          all: now.all + 1,
        }));
      }),
    [id],
  );
  return news;
}

export default function Below({ open, task }: { open: OpenTask; task: Task }) {
  const news = useNews(task.id);
  // A part that is taken apart moves: parts of it changed without the card itself.
  useEffect(
    () =>
      onBoardFrame((frame) => {
        if (frame.type !== "task_update" || frame.task.id === task.id) return;
        const near = [task.subtasks, task.depends_on, task.blocks].some((list) =>
          list?.some((each) => each.id === frame.task.id),
        );
        if (near || ("parent_id" in frame.task && frame.task.parent_id === task.id)) void open.reload();
      }),
    [task],
  );
  return (
    <>
      <Runs task={task} />
      <Subtasks open={open} task={task} />
      <Links open={open} task={task} />
      <Files task={task} stamp={news.files} />
      <Documents task={task} stamp={news.files} />
      <Comments task={task} stamp={news.comments} />
      <ActivityPart task={task} stamp={news.all} onUndone={() => void open.reload()} />
    </>
  );
}
