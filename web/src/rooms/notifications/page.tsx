// What one was told: unread first seen, read by a click, all at once if wanted.
import "../../styles/planning.css";
import { useEffect, useState } from "preact/hooks";
import { planningApi, type Told } from "../../api/planning";
import { boardReady, onBoardFrame } from "../../live/board";
import { explain } from "../../live/pending";
import { openTask } from "../../overlay";
import { unread } from "../../store/notifications";
import { words } from "../../ui/format";
import { PageHead } from "../../ui/page-head";
import { Empty, Segmented, Skeleton } from "../../ui/parts";
import { Ago } from "../../ui/time";
import { useTitle } from "../../ui/title";
import { toast } from "../../ui/toast";

type Which = "unread" | "all";

export default function Notifications() {
  useTitle("Notifications");
  const [which, setWhich] = useState<Which>("unread");
  const [list, setList] = useState<Told[] | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const read = () =>
    planningApi.told(which === "unread").then(
      ({ data }) => {
        setList(data.notifications);
        unread.value = data.unread;
      },
      (cause) => setFailed(cause),
    );
  useEffect(() => {
    void boardReady();
    void read();
    let timer = 0;
    const stop = onBoardFrame((frame) => {
      if (!("seq" in frame)) return;
      clearTimeout(timer);
      timer = window.setTimeout(() => void read(), 1500);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [which]);
  const mark = (body: { ids?: string[]; all?: boolean; read?: boolean }) =>
    planningApi
      .markRead(body)
      .then(read, (cause) => toast({ kind: "bad", title: "Not marked", detail: explain(cause) }));
  return (
    <div class="page">
      <PageHead title="Notifications" note={unread.value > 0 ? `${unread.value} unread` : ""}>
        <Segmented
          label="Which"
          value={which}
          choices={[
            { value: "unread", label: "Unread" },
            { value: "all", label: "All" },
          ]}
          onChange={setWhich}
        />
        <button
          type="button"
          class="btn"
          disabled={unread.value === 0}
          onClick={() => void mark({ all: true })}
        >
          Mark all read
        </button>
      </PageHead>
      <div class="work">
        {failed !== null && (
          <Empty icon="alert" title="The notifications could not be read">
            <p class="pre">{explain(failed)}</p>
          </Empty>
        )}
        {!list && failed === null && <Skeleton rows={6} />}
        {list?.length === 0 && (
          <Empty icon="bell" title={which === "unread" ? "Nothing new" : "Nothing yet"}>
            <p>Mentions, assignments and changes of cards you watch arrive here.</p>
          </Empty>
        )}
        <ul class="told">
          {list?.map((each) => (
            <li key={each.id} class={each.read_at ? "told-one" : "told-one told-new"}>
              <button
                type="button"
                class="link-title"
                onClick={() => {
                  if (!each.read_at) void mark({ ids: [each.id] });
                  if (each.task) openTask(each.task.id);
                }}
              >
                <strong>{each.title}</strong>
                {each.text && <span class="t-note">{each.text}</span>}
                <span class="faint">
                  {words(each.kind)} · <Ago at={each.at} />
                </span>
              </button>
              <button
                type="button"
                class="btn btn-s btn-ghost"
                onClick={() => void mark({ ids: [each.id], read: each.read_at === null })}
              >
                {each.read_at ? "Mark unread" : "Mark read"}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
