// Files on their way to a card: from the list of files, from a text they were put into, from anywhere on
// the panel. Whoever shows them reads the signal.
import { signal } from "@preact/signals";
import { type Attachment, upload } from "../../api/task";
import { explain } from "../../live/pending";
import { toast } from "../../ui/toast";

export interface Sending {
  id: number;
  taskId: string;
  name: string;
  share: number;
  stop: () => void;
}

export const sending = signal<Sending[]>([]);
/** Counts files that arrived. */
export const arrived = signal(0);
let next = 1;

export async function attach(taskId: string, files: File[]): Promise<Attachment[]> {
  if (files.length === 0) return [];
  const id = next++;
  const abort = new AbortController();
  const [first] = files;
  const name = files.length === 1 && first ? first.name || "pasted.png" : `${files.length} files`;
  const mine: Sending = { id, taskId, name, share: 0, stop: () => abort.abort() };
  sending.value = [...sending.value, mine];
  const progress = (share: number) => {
    sending.value = sending.value.map((each) => (each.id === id ? { ...each, share } : each));
  };
  try {
    const kept = await upload(taskId, files, progress, abort.signal);
    arrived.value += 1;
    return kept;
  } catch (cause) {
    if (!abort.signal.aborted) toast({ kind: "bad", title: `Not attached: ${name}`, detail: explain(cause) });
    return [];
  } finally {
    sending.value = sending.value.filter((each) => each.id !== id);
  }
}

/** What stands in a text for the files put into it. */
export async function attachInText(taskId: string, files: File[]): Promise<string[]> {
  const kept = await attach(taskId, files);
  return kept.map(
    (each) =>
      `${each.inline ? "!" : ""}[${each.name.replace(/[[\]]/g, "")}](attachments/${encodeURIComponent(each.name).replace(/[()]/g, (sign) => (sign === "(" ? "%28" : "%29"))})`,
  );
}
