import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { RunDetail } from "../../../api/types";
import { exactTime } from "../../../ui/format";
import { Icon } from "../../../ui/icon";
import { JsonTree } from "../../../ui/json";
import { Copy } from "../../../ui/parts";
import { Trigger } from "../trigger";

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Where the run came from, and the ids one needs to find it in other logs. */
export function Origin({ run }: { run: RunDetail }) {
  const [open, setOpen] = useState(false);
  const trigger = run.trigger_detail;
  return (
    <section class="card" aria-labelledby="origin-title">
      <header class="card-head">
        <h2 id="origin-title">Trigger</h2>
      </header>
      <dl class="facts">
        <Fact name="Source">
          <Trigger source={trigger?.source ?? run.trigger_source} />
        </Fact>
        {trigger?.actor_name && <Fact name="By">{trigger.actor_name}</Fact>}
        {trigger?.received_at && <Fact name="Received">{exactTime(trigger.received_at)}</Fact>}
        {trigger?.ref && (
          <Fact name="Reference">
            <Copy text={trigger.ref} label="Copy the reference" />
          </Fact>
        )}
        {trigger?.webhook_delivery_id && (
          <Fact name="Webhook">
            <a href={`/webhooks/${encodeURIComponent(trigger.webhook_delivery_id)}`}>See the delivery</a>
          </Fact>
        )}
        {run.client_id && (
          <Fact name="Client">
            <Copy text={run.client_id} label="Copy the client id" />
          </Fact>
        )}
        {run.task_id && (
          <Fact name="Task">
            <Copy text={run.task_id} label="Copy the task id" />
          </Fact>
        )}
        <Fact name="Run">
          <Copy text={run.id} label="Copy the run id" />
        </Fact>
        {run.session_id && (
          <Fact name="Session">
            <Copy text={run.session_id} label="Copy the session id" />
          </Fact>
        )}
        {run.correlation_id && (
          <Fact name="Correlation">
            <Copy text={run.correlation_id} label="Copy the correlation id" />
          </Fact>
        )}
      </dl>
      {trigger && trigger.payload !== null && (
        <div class="payload">
          <button type="button" class="fold" aria-expanded={open} onClick={() => setOpen(!open)}>
            <Icon name={open ? "chevron" : "right"} size={12} />
            <span>Payload</span>
          </button>
          {open && <JsonTree value={trigger.payload} />}
        </div>
      )}
    </section>
  );
}
