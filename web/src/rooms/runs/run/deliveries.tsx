import "./files.css";
import { useState } from "preact/hooks";
import type { Delivery, DeliveryItem, RunDetail } from "../../../api/types";
import { plural, words } from "../../../ui/format";
import { Icon, type IconName } from "../../../ui/icon";
import { JsonTree } from "../../../ui/json";
import { Ago } from "../../../ui/time";
import { isOver } from "../status";

const TONES: Record<string, string> = {
  sent: "good",
  failed: "bad",
  sending: "active",
  planned: "idle",
  skipped: "stop",
  dry_run: "stop",
};

const ICONS: [RegExp, IconName][] = [
  [/slack|discord|email/, "chat"],
  [/drive|folder/, "folder"],
  [/clickup|asana|board/, "check"],
  [/webhook/, "webhook"],
];

function Out({ href, label }: { href: string | null; label: string }) {
  // A link a channel gave us is shown as a link only when it leads to the web.
  if (!href || !/^https?:\/\//.test(href)) return href ? <code class="path">{href}</code> : null;
  return (
    <a class="out" href={href} target="_blank" rel="noopener noreferrer" aria-label={label}>
      Open
      <Icon name="external" size={12} />
    </a>
  );
}

function Status({ status }: { status: string }) {
  return <span class={`mini tone-${TONES[status] ?? "idle"}`}>{status.replaceAll("_", " ")}</span>;
}

function ItemRow({ item }: { item: DeliveryItem }) {
  const [open, setOpen] = useState(false);
  const preview = item.preview ?? null;
  const more = preview !== null && typeof preview === "object" && Object.keys(preview).length > 0;
  return (
    <li class="receipt">
      <span class={`dot tone-${TONES[item.status] ?? "idle"}`} title={item.status.replaceAll("_", " ")}>
        <span class="sr-only">{item.status.replaceAll("_", " ")}: </span>
      </span>
      <span class="receipt-label">
        {item.label || words(item.kind)}
        {item.error && <span class="bad">{item.error}</span>}
        {item.receipt && <code title="The channel's receipt">{item.receipt}</code>}
        {more && (
          <button type="button" class="link" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? "Hide" : "Show"} what {item.status === "sent" ? "was" : "would be"} sent
          </button>
        )}
        {more && open && <JsonTree value={preview} />}
      </span>
      <Out href={item.link} label={`Open ${item.label}`} />
    </li>
  );
}

interface ChannelProps {
  delivery: Delivery;
  over: boolean;
  onRedeliver: (channel: string) => void;
}

function Channel({ delivery, over, onRedeliver }: ChannelProps) {
  const [open, setOpen] = useState(delivery.status === "failed");
  const skipped = delivery.status === "skipped";
  const icon = ICONS.find(([pattern]) => pattern.test(delivery.channel))?.[1] ?? "send";
  return (
    <li class="channel">
      <div class="channel-head">
        <button type="button" class="channel-name" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name={icon} size={15} />
          <strong>{words(delivery.channel)}</strong>
          <Status status={delivery.status} />
          <span class="faint num">
            {delivery.items.length > 0 && plural(delivery.items.length, "item")}
            {delivery.attempts > 1 && ` · ${delivery.attempts} tries`}
          </span>
          <Icon name={open ? "chevron" : "right"} size={12} />
        </button>
        <Out href={delivery.link} label={`Open what ${words(delivery.channel)} received`} />
        {over && !skipped && (
          <button
            type="button"
            class="icon-btn"
            aria-label={`Deliver again to ${words(delivery.channel)}`}
            title="Deliver again"
            onClick={() => onRedeliver(delivery.channel)}
          >
            <Icon name="rerun" size={15} />
          </button>
        )}
      </div>
      {delivery.error && <p class={skipped ? "channel-error faint" : "channel-error"}>{delivery.error}</p>}
      {open && (
        <ul class="receipts">
          {delivery.items.map((item) => (
            <ItemRow key={item.id} item={item} />
          ))}
          <li class="faint receipt-when">
            Last change <Ago at={delivery.updated_at} />
          </li>
        </ul>
      )}
    </li>
  );
}

export function Deliveries({ run, onRedeliver }: { run: RunDetail; onRedeliver: (channel: string) => void }) {
  return (
    <section class="card" aria-labelledby="deliveries-title">
      <header class="card-head">
        <h2 id="deliveries-title">Deliveries</h2>
        <span class="page-note num">{run.deliveries.length || ""}</span>
      </header>
      {run.deliveries.length === 0 && (
        <p class="card-none">
          {isOver(run) ? "Nothing was delivered." : "Each channel's receipt appears here."}
        </p>
      )}
      <ul class="channels">
        {run.deliveries.map((delivery) => (
          <Channel
            key={delivery.id}
            delivery={delivery}
            over={run.status === "DONE" || run.status === "UNDELIVERED"}
            onRedeliver={onRedeliver}
          />
        ))}
      </ul>
    </section>
  );
}
