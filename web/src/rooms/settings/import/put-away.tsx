// Taking an import back: everything it made goes into the archive, and can come out again.
import { useState } from "preact/hooks";
import { boardApi } from "../../../api/board";
import { exchangeApi, type Import } from "../../../api/exchange";
import { remember } from "../../../commands";
import { explain } from "../../../live/pending";
import { plural } from "../../../ui/format";
import { Icon } from "../../../ui/icon";
import { toast } from "../../../ui/toast";

const AT_ONCE = 500;

async function putAway(id: string): Promise<string[]> {
  const gone: string[] = [];
  for (;;) {
    const { data } = await exchangeApi.putAway(id);
    gone.push(...data.archived);
    if (data.left === 0 || data.archived.length === 0) return gone;
  }
}

async function bringOut(ids: string[]): Promise<void> {
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    await boardApi.bulk({ ids: ids.slice(start, start + AT_ONCE), action: "restore" });
  }
}

export function PutAway({ order }: { order: Import }) {
  const [busy, setBusy] = useState(false);
  if (order.created === 0 || !["done", "failed"].includes(order.status)) return null;
  const name = order.name || order.source;
  const work = async () => {
    let gone = await putAway(order.id);
    if (gone.length === 0) {
      toast({ kind: "good", title: "All its cards are in the archive already" });
      return;
    }
    remember({
      label: `Archived ${plural(gone.length, "card")} of ${name}`,
      back: () => bringOut(gone),
      again: async () => {
        gone = await putAway(order.id);
      },
    });
  };
  const run = () => {
    setBusy(true);
    work()
      .catch((cause) =>
        toast({ kind: "bad", title: "Its cards could not be archived", detail: explain(cause) }),
      )
      .finally(() => setBusy(false));
  };
  return (
    <button type="button" class="btn btn-s" disabled={busy} onClick={run}>
      <Icon name="archive" size={13} />
      {busy ? "Archiving…" : "Archive its cards"}
      <span class="sr-only"> ({name})</span>
    </button>
  );
}
