// What the workflow allows, as far as it can be told before the server is asked.
import { anyCard, boardSettings, columnByKey, idsOf } from "../../store/board";

/** Whether the workflow lets cards go from where they are to a column, and whether there is room. */
export function mayGo(ids: Iterable<string>, column: string): boolean {
  const settings = boardSettings.value;
  const limit = columnByKey.value.get(column)?.wip_limit ?? null;
  let coming = 0;
  for (const id of ids) {
    const status = anyCard(id)?.status;
    if (status === undefined || status === column) continue;
    coming += 1;
    const ways = settings?.transitions[status];
    if (ways && !ways.includes(column)) return false;
  }
  if (coming === 0 || limit === null || settings?.wip_policy !== "refuse") return true;
  return idsOf(column).length + coming <= limit;
}
