// Files put into a text: kept with the card, and named in the text.
import { upload } from "../../api/task";
import { explain } from "../../live/pending";
import { toast } from "../../ui/toast";

export async function attachInText(taskId: string, files: File[]): Promise<string[]> {
  try {
    const kept = await upload(taskId, files, () => {});
    return kept.map((each) => `${each.inline ? "!" : ""}[${each.name}](attachments/${each.name})`);
  } catch (cause) {
    toast({ kind: "bad", title: "Not attached", detail: explain(cause) });
    return [];
  }
}
