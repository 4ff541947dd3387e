// What the kinds of a column mean, in plain words.
import type { ColumnKind } from "../../api/board";
import type { Choice } from "../../ui/picker";

export const KINDS: (Choice & { value: ColumnKind })[] = [
  { value: "todo", label: "To do", hint: "Waits to begin" },
  { value: "active", label: "In progress", hint: "Work has begun" },
  { value: "review", label: "Review", hint: "Somebody looks at it" },
  { value: "done", label: "Done", hint: "The card is finished" },
  { value: "blocked", label: "Blocked", hint: "Asks for a reason" },
  { value: "error", label: "Error", hint: "Something went wrong" },
];

export const kindName = (kind: string): string => KINDS.find((each) => each.value === kind)?.label ?? kind;
