// Events by what they are about, called as people call them.
import { words } from "../../../ui/format";

/** `board.task_due_soon.v1` → "Task due soon". */
export const kindName = (kind: string): string => words(kind.replace(/^board\./, "").replace(/\.v\d+$/, ""));
