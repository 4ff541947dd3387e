import "./intake.css";
import { useEffect, useState } from "preact/hooks";
import { api } from "../../api/calls";
import type { Json, WebhookDelivery } from "../../api/types";
import { useShortcuts } from "../../keys/use";
import { explain, perform } from "../../live/pending";
import { go } from "../../router";
import { narrow } from "../../store/screen";
import { exactTime, plural, words } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { JsonTree } from "../../ui/json";
import { Menu } from "../../ui/menu";
import { PageHead } from "../../ui/page-head";
import { Copy, Empty, Skeleton } from "../../ui/parts";
import { Ago } from "../../ui/time";
import { useTitle } from "../../ui/title";

const PAGE = 50;

const TONES: Record<string, string> = {
  accepted: "good",
  duplicate: "stop",
  ignored: "stop",
  stale: "stop",
  refused: "bad",
  missing_fields: "bad",
  failed: "bad",
};

const tone = (delivery: WebhookDelivery) =>
  TONES[delivery.verdict] ?? (delivery.status_code >= 400 ? "bad" : "idle");

/** The body is kept as it came; when it is JSON it is shown as a tree. */
function readable(body: Json): Json {
  if (typeof body !== "string") return body;
  try {
    return JSON.parse(body) as Json;
  } catch {
    return body;
  }
}

function Detail({ id, onReplayed }: { id: string; onReplayed: () => void }) {
  const [delivery, setDelivery] = useState<WebhookDelivery | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const load = () =>
    api.webhook(id).then(
      ({ data }) => setDelivery(data),
      (cause) => setError(cause),
    );
  useEffect(() => void load(), []);
  if (error !== null) {
    return (
      <Empty icon="alert" title="The delivery could not be read">
        <p class="pre">{explain(error)}</p>
      </Empty>
    );
  }
  if (!delivery) return <Skeleton rows={7} />;

  const replay = async () => {
    setBusy(true);
    await perform({
      show: () => () => {},
      send: () => api.replayWebhook(id),
      done: ({ data }) => data?.id && data.id !== id && go(`/webhooks/${encodeURIComponent(data.id)}`),
      saying: "The delivery was taken in again",
      refused: "The delivery was not replayed",
    });
    setBusy(false);
    await load();
    onReplayed();
  };
  const refused = delivery.verdict === "refused";
  const { replays } = delivery;
  const body = readable(delivery.body);

  return (
    <section class="card intake-detail" aria-labelledby="detail-title">
      <header class="card-head">
        <h2 id="detail-title">{words(delivery.source)} delivery</h2>
        <button
          type="button"
          class="btn btn-s"
          onClick={() => void replay()}
          disabled={busy || refused}
          title={refused ? "What was refused as not genuine is not replayed" : undefined}
        >
          <Icon name="rerun" size={14} />
          {busy ? "Replaying…" : "Replay"}
        </button>
      </header>
      <p class={`verdict tone-${tone(delivery)}`}>
        <span class="mini">{words(delivery.verdict)}</span>
        <span class="num">answered {delivery.status_code}</span>
      </p>
      {delivery.reason && <p class="intake-reason">{delivery.reason}</p>}
      <dl class="facts">
        <div>
          <dt>Received</dt>
          <dd>{exactTime(delivery.received_at)}</dd>
        </div>
        {delivery.agent && (
          <div>
            <dt>Agent</dt>
            <dd>
              <a href={`/agents/${encodeURIComponent(delivery.agent)}`}>{delivery.agent}</a>
            </dd>
          </div>
        )}
        {delivery.run_id && (
          <div>
            <dt>Run</dt>
            <dd>
              <a href={`/runs/${delivery.run_id}`}>{delivery.run_id}</a>
            </dd>
          </div>
        )}
        <div>
          <dt>Delivery</dt>
          <dd>
            <Copy text={delivery.id} label="Copy the delivery id" />
          </dd>
        </div>
        {delivery.replay_of && (
          <div>
            <dt>Replay of</dt>
            <dd>
              <a href={`/webhooks/${encodeURIComponent(delivery.replay_of)}`}>{delivery.replay_of}</a>
            </dd>
          </div>
        )}
        {replays > 0 && (
          <div>
            <dt>Replayed</dt>
            <dd class="num">{plural(replays, "time")}</dd>
          </div>
        )}
      </dl>
      <h3>Body</h3>
      {typeof body === "string" ? <pre class="result">{body}</pre> : <JsonTree value={body} open={3} />}
      <h3>Headers</h3>
      <JsonTree value={delivery.headers} open={2} />
    </section>
  );
}

function useDeliveries() {
  const [list, setList] = useState<WebhookDelivery[] | null>(null);
  const [total, setTotal] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const [verdict, setVerdict] = useState("");
  const load = async (more: boolean) => {
    try {
      const offset = more ? (list?.length ?? 0) : 0;
      const { data, meta } = await api.webhooks({ verdict, limit: PAGE, offset });
      const known = new Set(more ? list?.map((each) => each.id) : []);
      setList(more ? [...(list ?? []), ...data.filter((each) => !known.has(each.id))] : data);
      setTotal(meta.total ?? data.length);
      setError(null);
    } catch (cause) {
      setError(cause);
    }
  };
  useEffect(() => void load(false), [verdict]);
  return { list, total, error, load, verdict, setVerdict };
}

export default function IntakePage({ id }: { id: string | null }) {
  const { list, total, error, load, verdict, setVerdict } = useDeliveries();
  const [verdicts, setVerdicts] = useState<string[]>([]);
  useTitle("Webhook deliveries");
  useEffect(() => {
    if (list) setVerdicts((known) => [...new Set([...known, ...list.map((each) => each.verdict)])].sort());
  }, [list]);

  const step = (by: number) => {
    const links = [...document.querySelectorAll<HTMLElement>(".intake-row a")];
    const at = links.findIndex(
      (each) => each === document.activeElement || each.getAttribute("aria-current") === "true",
    );
    links[Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
  };
  useShortcuts([
    { keys: "j", label: "Next delivery", group: "Webhook deliveries", run: () => step(1) },
    { keys: "k", label: "Previous delivery", group: "Webhook deliveries", run: () => step(-1) },
    { keys: "u", label: "Back to the list", group: "Webhook deliveries", run: () => go("/webhooks") },
  ]);
  const onlyDetail = narrow.value && id !== null;

  return (
    <div class="page scroll">
      <PageHead
        title="Webhook deliveries"
        note={list && !narrow.value ? plural(total, "delivery", "deliveries") : ""}
        {...(onlyDetail ? { back: { href: "/webhooks", label: "All deliveries" } } : {})}
      >
        {!onlyDetail && (
          <Menu
            label={verdict ? `Verdict: ${words(verdict)}` : "Any verdict"}
            class={verdict ? "chip chip-on" : "chip"}
            align="end"
            button={
              <>
                {verdict ? `Verdict: ${words(verdict)}` : "Any verdict"}
                <Icon name="chevron" size={12} />
              </>
            }
            items={[
              { label: "Any verdict", checked: verdict === "", run: () => setVerdict("") },
              ...verdicts.map((each) => ({
                label: words(each),
                checked: verdict === each,
                run: () => setVerdict(each),
              })),
            ]}
          />
        )}
      </PageHead>
      {error !== null && !list && (
        <Empty icon="alert" title="The deliveries could not be read">
          <p class="pre">{explain(error)}</p>
          <button type="button" class="btn" onClick={() => void load(false)}>
            Try again
          </button>
        </Empty>
      )}
      {!list && error === null && <Skeleton rows={7} class="page-skeleton" />}
      {list?.length === 0 && (
        <Empty icon="webhook" title="No webhook has called yet">
          <p>
            Every call is kept here with its headers, its body and what became of it. Point a ClickUp webhook
            at
          </p>
          <Copy text={`${location.origin}/webhook/sentinel`} label="Copy the address" />
        </Empty>
      )}
      {list && list.length > 0 && (
        <div class={id ? "intake intake-split" : "intake"}>
          {!onlyDetail && (
            <div class="card intake-list">
              <ul>
                {list.map((each) => (
                  <li key={each.id} class="intake-row">
                    <a
                      href={`/webhooks/${encodeURIComponent(each.id)}`}
                      aria-current={each.id === id ? "true" : undefined}
                    >
                      <span class={`dot tone-${tone(each)}`} aria-hidden="true" />
                      <span class="intake-what">
                        <strong>{words(each.verdict)}</strong>
                        <span class="intake-note">{each.reason ?? each.run_id ?? ""}</span>
                      </span>
                      <span class="intake-agent">{each.agent ?? words(each.source)}</span>
                      <span class="intake-code num">{each.status_code}</span>
                      <span class="intake-at num faint">
                        <Ago at={each.received_at} />
                      </span>
                    </a>
                  </li>
                ))}
              </ul>
              {list.length < total && (
                <button type="button" class="btn btn-wide" onClick={() => void load(true)}>
                  Show more
                </button>
              )}
            </div>
          )}
          {id && <Detail key={id} id={id} onReplayed={() => void load(false)} />}
        </div>
      )}
    </div>
  );
}
