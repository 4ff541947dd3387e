// An import on its way, and what became of it.
import "../../../styles/feed.css";
import { useEffect, useRef, useState } from "preact/hooks";

import { exchangeApi, type Import, type Misfit } from "../../../api/exchange";
import { explain } from "../../../live/pending";
import { count, plural } from "../../../ui/format";
import { Icon } from "../../../ui/icon";
import { Empty, Meter, Skeleton } from "../../../ui/parts";
import { Length } from "../../../ui/time";
import { toast } from "../../../ui/toast";
import { SOURCES } from "./choose";
import { Misfits } from "./misfits";
import { PutAway } from "./put-away";

const POLL_MS = 600;
const PAGE = 200;
const MOST = 1000;

const STATUS: Record<Import["status"], [tone: string, label: string]> = {
  queued: ["idle", "Waits"],
  running: ["active", "On its way"],
  done: ["good", "Done"],
  failed: ["bad", "Failed"],
};

export function StatusOf({ of }: { of: Import }) {
  const [tone, label] = STATUS[of.status];
  return <span class={`mini tone-${tone}`}>{label}</span>;
}

const cell = (text: string) => (/[",\n\r;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
/** A spreadsheet must not take a text for a formula. */
const safe = (text: string) => cell(/^[=+\-@\t]/.test(text) ? `'${text}` : text);

async function allMisfits(id: string): Promise<Misfit[]> {
  const found: Misfit[] = [];
  for (;;) {
    const { data } = await exchangeApi.report(id, found.length, MOST);
    found.push(...data.misfits);
    if (data.misfits.length < MOST) return found;
  }
}

async function download(order: Import): Promise<void> {
  const list = await allMisfits(order.id);
  const rows = list.map((each) => [each.place, each.source_id ?? "", each.field, each.value, each.message]);
  const lines = [["where", "id", "what", "value", "why"], ...rows].map((row) => row.map(safe).join(","));
  const blob = new Blob([`\ufeff${lines.join("\r\n")}\r\n`], { type: "text/csv" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `import-${order.name || order.source}-report.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function Figures({ order }: { order: Import }) {
  const facts: [string, number][] = [
    ["Created", order.created],
    ["Updated", order.updated],
    ["Left as they were", order.skipped],
    ["Failed", order.failed],
  ];
  return (
    <dl class="sum-facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class={name === "Failed" && value > 0 ? "num bad" : "num"}>{count(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Report({ id, onAgain }: { id: string; onAgain: () => void }) {
  const [found, setFound] = useState<{ order: Import; misfits: Misfit[] } | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    let timer = 0;
    let current = true;
    const look = () =>
      exchangeApi.report(id, 0, PAGE).then(
        ({ data }) => {
          if (!current) return;
          setFound(data);
          setFailed(null);
          if (["queued", "running"].includes(data.order.status)) timer = window.setTimeout(look, POLL_MS);
        },
        (cause) => {
          if (!current) return;
          setFailed(cause);
          // A short outage is no reason to stop looking.
          timer = window.setTimeout(look, POLL_MS * 5);
        },
      );
    void look();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [id]);
  useEffect(() => title.current?.focus(), [found === null]);
  if (!found) {
    if (failed === null) return <Skeleton rows={4} />;
    return (
      <Empty icon="alert" title="This import could not be read">
        <p class="pre">{explain(failed)}</p>
        <button type="button" class="btn" onClick={onAgain}>
          All imports
        </button>
      </Empty>
    );
  }
  const { order, misfits } = found;
  const over = order.status === "done" || order.status === "failed";
  return (
    <section aria-label="Import">
      <div class="entry-bar">
        <h3 ref={title} tabIndex={-1} class="bring-title">
          {order.name || SOURCES[order.source].name} <StatusOf of={order} />
        </h3>
        <button type="button" class="btn btn-s" onClick={onAgain}>
          All imports
        </button>
      </div>
      <div class="card import-card">
        <p role="status">
          {over ? (
            <>
              {plural(order.total, "card")} from {SOURCES[order.source].name} in{" "}
              <Length from={order.started_at} to={order.finished_at} />
            </>
          ) : (
            <>
              {count(order.landed)} of {plural(order.total, "card")}; it goes on by itself, also when you
              leave.
            </>
          )}
        </p>
        {!over && (
          <Meter
            value={order.landed}
            max={order.total + 1}
            label={`${order.landed} of ${order.total} cards`}
          />
        )}
        {order.error && (
          <p class="form-error" role="alert">
            <Icon name="alert" />
            <span class="pre">{order.error}</span>
          </p>
        )}
        <Figures order={order} />
        {order.status === "done" && (
          <a class="btn btn-primary" href="/board?layout=list">
            Look at the cards
          </a>
        )}
        <PutAway order={order} />
      </div>
      {over && order.misfits === 0 && order.status === "done" && (
        <p class="import-fine">
          <Icon name="check" size={15} />
          Everything fit.
        </p>
      )}
      <Misfits title="What did not fit" list={misfits} total={order.misfits}>
        <button
          type="button"
          class="btn btn-s"
          onClick={() =>
            void download(order).catch((cause) =>
              toast({ kind: "bad", title: "The report could not be written", detail: explain(cause) }),
            )
          }
        >
          <Icon name="download" size={13} />
          Download as CSV
        </button>
      </Misfits>
    </section>
  );
}
