// What went to a webhook: every delivery with its attempts, what was sent and what was answered.
import { useEffect, useRef, useState } from "preact/hooks";
import { type Attempt, type DeliveryStatus, type HookDelivery, hooksApi } from "../../../api/hooks";
import type { Json } from "../../../api/types";
import { explain } from "../../../live/pending";
import { count, duration, exactTime, plural } from "../../../ui/format";
import { Icon } from "../../../ui/icon";
import { JsonTree } from "../../../ui/json";
import { Segmented, Skeleton } from "../../../ui/parts";
import { Ago } from "../../../ui/time";
import { toast } from "../../../ui/toast";
import { kindName } from "./kinds";

const PAGE = 25;
const POLL_MS = 1500;
const IDLE_MS = 12_000;

const TONE: Record<DeliveryStatus, [tone: string, label: string]> = {
  waiting: ["active", "On its way"],
  delivered: ["good", "Delivered"],
  failed: ["bad", "Failed"],
  dropped: ["idle", "Dropped"],
};
const OUTCOME: Record<Attempt["outcome"], string> = {
  sending: "being sent",
  delivered: "taken",
  refused: "refused",
  unreachable: "not reached",
  not_allowed: "not allowed",
  gone: "gone",
};

function asJson(text: string): Json | null {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

function Tried({ attempt }: { attempt: Attempt }) {
  const took = attempt.ended_at ? Date.parse(attempt.ended_at) - Date.parse(attempt.started_at) : null;
  const good = attempt.outcome === "delivered";
  return (
    <li class="hook-try">
      <p>
        <strong>Attempt {attempt.number}</strong>
        <span class={`mini tone-${good ? "good" : attempt.outcome === "sending" ? "active" : "bad"}`}>
          {attempt.response_status ? `HTTP ${attempt.response_status}` : OUTCOME[attempt.outcome]}
        </span>
        <span class="faint num" title={exactTime(attempt.started_at)}>
          <Ago at={attempt.started_at} />
          {took !== null && `, answered after ${duration(took / 1000)}`}
        </span>
      </p>
      {attempt.error && !attempt.response_excerpt && <p class="bad">{attempt.error}</p>}
      {attempt.response_excerpt && (
        <>
          <h4>Answer</h4>
          <pre class="hook-text">{attempt.response_excerpt}</pre>
        </>
      )}
      <details>
        <summary>Headers sent</summary>
        <pre class="hook-text">
          {Object.entries(attempt.request_headers)
            .map(([name, value]) => `${name}: ${String(value)}`)
            .join("\n")}
        </pre>
      </details>
    </li>
  );
}

interface LineProps {
  of: HookDelivery;
  open: boolean;
  onOpen: () => void;
  onResend: () => void;
}

function Line({ of, open, onOpen, onResend }: LineProps) {
  const [tone, label] = of.status === "waiting" && of.attempts > 0 ? ["wait", "Retrying"] : TONE[of.status];
  const last = of.tried.at(-1);
  const body = asJson(of.request_excerpt);
  return (
    <li class="hook-line">
      <div class="hook-line-head">
        <button type="button" class="hook-open" aria-expanded={open} onClick={onOpen}>
          <Icon name={open ? "chevron" : "right"} size={12} />
          <span class={`mini tone-${tone}`}>{label}</span>
          <strong>{kindName(of.kind)}</strong>
          <span class="faint num">
            {last?.response_status && `HTTP ${last.response_status} · `}
            {of.attempts !== 1 && `${plural(of.attempts, "attempt")} · `}
            <Ago at={of.created_at} />
          </span>
        </button>
        {of.status === "waiting" && of.next_at && of.attempts > 0 && (
          <span class="faint num hook-next">
            again <Ago at={of.next_at} />
          </span>
        )}
        {(of.status !== "waiting" || of.attempts > 0) && (
          <button type="button" class="btn btn-s btn-ghost" onClick={onResend}>
            <Icon name="rerun" size={13} />
            {of.status === "waiting" ? "Send now" : "Send again"}
          </button>
        )}
      </div>
      {open && (
        <div class="hook-more">
          {of.tried.length > 0 ? (
            <ol>
              {of.tried.map((each) => (
                <Tried key={`${each.number}:${each.started_at}`} attempt={each} />
              ))}
            </ol>
          ) : (
            <p class="faint">It has not been tried yet.</p>
          )}
          <h4>Body</h4>
          {body ? <JsonTree value={body} /> : <pre class="hook-text">{of.request_excerpt}</pre>}
          <p class="faint">
            <code>{of.id}</code> is the <code>webhook-id</code> of every attempt.
          </p>
        </div>
      )}
    </li>
  );
}

type Which = DeliveryStatus | "all";
const WHICH: { value: Which; label: string }[] = [
  { value: "all", label: "All" },
  { value: "waiting", label: "On their way" },
  { value: "delivered", label: "Delivered" },
  { value: "failed", label: "Failed" },
];

interface Props {
  hookId: string;
  /** Changes when something was just sent: the log is looked at at once, and that delivery stands open. */
  sent: { id: string; turn: number } | null;
  /** Something was tried: what is told of the hook itself may have changed. */
  onSettled: () => void;
}

export function Deliveries({ hookId, sent, onSettled }: Props) {
  const [which, setWhich] = useState<Which>("all");
  const [list, setList] = useState<HookDelivery[] | null>(null);
  const [total, setTotal] = useState(0);
  const [failed, setFailed] = useState<unknown>(null);
  const [open, setOpen] = useState<string | null>(null);
  const wanted = useRef(PAGE);
  const [turn, setTurn] = useState(0);
  const known = useRef<string | null>(null);

  useEffect(() => {
    if (sent) setOpen(sent.id);
  }, [sent?.id]);
  useEffect(() => {
    let timer = 0;
    let current = true;
    const read = async () => {
      try {
        const status = which === "all" ? undefined : which;
        const { data, meta } = await hooksApi.deliveries(hookId, { status, limit: wanted.current });
        if (!current) return;
        setList(data);
        setTotal(meta.total ?? data.length);
        setFailed(null);
        const moving = data.some((each) => each.status === "waiting" && each.attempts < 2);
        const told = data.map((each) => `${each.id}:${each.status}:${each.attempts}`).join();
        if (known.current !== null && known.current !== told) onSettled();
        known.current = told;
        timer = window.setTimeout(() => void read(), moving ? POLL_MS : IDLE_MS);
      } catch (cause) {
        if (current) setFailed(cause);
      }
    };
    void read();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [hookId, which, turn, sent?.turn]);

  const resend = (of: HookDelivery) =>
    hooksApi.resend(of.id).then(
      () => {
        setOpen(of.id);
        setTurn(turn + 1);
      },
      (cause) => toast({ kind: "bad", title: "Not sent again", detail: explain(cause) }),
    );
  return (
    <section class="entry-part" aria-label="Deliveries">
      <div class="entry-bar">
        <h3>
          Deliveries <span class="faint num">{list ? count(total) : ""}</span>
        </h3>
        <Segmented<Which> label="Which deliveries" value={which} choices={WHICH} onChange={setWhich} />
      </div>
      {failed !== null && <p class="bad pre">{explain(failed)}</p>}
      {!list && failed === null && <Skeleton rows={3} />}
      {list?.length === 0 && (
        <p class="faint">
          {which === "all"
            ? "Nothing was sent yet. Send a test, or change a card: what happens is listed here for a month."
            : "None of these."}
        </p>
      )}
      <ul class="entry-list" aria-live="polite">
        {list?.map((each) => (
          <Line
            key={each.id}
            of={each}
            open={open === each.id}
            onOpen={() => setOpen(open === each.id ? null : each.id)}
            onResend={() => void resend(each)}
          />
        ))}
      </ul>
      {list && total > list.length && (
        <button
          type="button"
          class="btn btn-s"
          onClick={() => {
            wanted.current = Math.min(200, wanted.current + 50);
            setTurn(turn + 1);
          }}
        >
          Show earlier
        </button>
      )}
    </section>
  );
}
