// What one was told, read again when something happens on the board, and marked at once when it is marked.
import { useEffect, useRef, useState } from "preact/hooks";
import { planningApi, type Told } from "../../api/planning";
import { remember } from "../../commands";
import { boardReady, onBoardFrame } from "../../live/board";
import { explain } from "../../live/pending";
import { unread } from "../../store/notifications";
import { plural } from "../../ui/format";
import { toast } from "../../ui/toast";

const PAGE = 100;
const SOON_MS = 1200;

export interface Inbox {
  list: Told[] | null;
  failed: unknown;
  more: (() => void) | null;
  mark: (ids: string[], read: boolean) => void;
  markAll: () => void;
}

export function useTold(onlyUnread: boolean): Inbox {
  const [list, setList] = useState<Told[] | null>(null);
  const [total, setTotal] = useState(0);
  const [failed, setFailed] = useState<unknown>(null);
  const wanted = useRef(PAGE);
  // What was read here stays where it is until one goes elsewhere: a list must not shrink under the hand.
  const kept = useRef(new Map<string, Told>());

  const read = async () => {
    try {
      const found: Told[] = [];
      let all = 0;
      for (let offset = 0; offset < wanted.current; offset += PAGE) {
        const { data, meta } = await planningApi.told(onlyUnread, offset, PAGE);
        found.push(...data.notifications);
        unread.value = data.unread;
        all = meta.total ?? found.length;
        if (data.notifications.length < PAGE) break;
      }
      const ids = new Set(found.map((each) => each.id));
      const stays = onlyUnread ? [...kept.current.values()].filter((each) => !ids.has(each.id)) : [];
      setList([...found, ...stays].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)));
      setTotal(all);
      setFailed(null);
    } catch (cause) {
      setFailed(cause);
    }
  };

  useEffect(() => {
    kept.current.clear();
    wanted.current = PAGE;
    setList(null);
    void boardReady();
    void read();
    let timer = 0;
    const stop = onBoardFrame((frame) => {
      if (!("seq" in frame)) return;
      clearTimeout(timer);
      timer = window.setTimeout(() => void read(), SOON_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [onlyUnread]);

  const send = async (ids: string[], isRead: boolean): Promise<void> => {
    const { data } = await planningApi.markRead({ ids, read: isRead });
    unread.value = data.unread;
    await read();
  };
  const mark = (ids: string[], isRead: boolean) => {
    const at = isRead ? new Date().toISOString() : null;
    const next = (list ?? []).map((each) => (ids.includes(each.id) ? { ...each, read_at: at } : each));
    for (const each of next) if (ids.includes(each.id)) kept.current.set(each.id, each);
    setList(next);
    send(ids, isRead).catch((cause) => {
      for (const id of ids) kept.current.delete(id);
      void read();
      toast({ kind: "bad", title: "Not marked", detail: explain(cause) });
    });
  };
  const markAll = () => {
    const ids = (list ?? []).filter((each) => !each.read_at).map((each) => each.id);
    const all = async () => {
      const { data } = await planningApi.markRead({ all: true });
      unread.value = data.unread;
      kept.current.clear();
      await read();
      return data.changed;
    };
    all().then(
      (changed) => {
        const label = `Marked ${plural(changed, "notification")} read`;
        // What the page has not read yet cannot be named, so it cannot be taken back either.
        if (ids.length === changed) {
          remember({ label, back: () => send(ids, false), again: async () => void (await all()) });
        } else toast({ kind: "good", title: label });
      },
      (cause) => toast({ kind: "bad", title: "Not marked", detail: explain(cause) }),
    );
  };
  const more =
    list && total > wanted.current
      ? () => {
          wanted.current += PAGE;
          void read();
        }
      : null;
  return { list, failed, more, mark, markAll };
}
