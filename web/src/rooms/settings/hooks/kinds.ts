// Events by what they are about, called as people call them.
import { words } from "../../../ui/format";

/** `board.task_due_soon.v1` → "Task due soon". */
export function kindName(kind: string): string {
  const name = kind.replace(/^board\./, "").replace(/\.v\d+$/, "");
  return name === "hook_pinged" ? "Test" : words(name);
}
