import "./card.css";
import { useId, useState } from "preact/hooks";
import { api } from "../../api/calls";
import type { Approval } from "../../api/types";
import { perform } from "../../live/pending";
import { guessApproval, putApprovals } from "../../store/approvals";
import { coarseNow } from "../../store/clock";
import { me } from "../../store/session";
import { ago, exactTime } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { JsonTree } from "../../ui/json";
import { Ago } from "../../ui/time";

export async function decide(
  approval: Approval,
  verdict: "allow" | "deny",
  message: string,
): Promise<boolean> {
  putApprovals([approval]);
  return perform({
    show: () =>
      guessApproval(approval.id, {
        status: verdict === "allow" ? "allowed" : "denied",
        decided_by_name: me.value?.actor.name ?? "you",
        decided_at: new Date().toISOString(),
        message: message || null,
      }),
    send: () => api.decide(approval.id, verdict, message, approval.input_sha256),
    done: ({ data }) => putApprovals([data]),
    saying: verdict === "allow" ? `${approval.tool_name} is allowed` : `${approval.tool_name} is denied`,
    refused: "The decision was not taken",
  });
}

function Expiry({ at }: { at: string }) {
  const soon = Date.parse(at) - coarseNow.value < 10 * 60_000;
  return (
    <span class={soon ? "expiry soon" : "expiry"} title={exactTime(at)}>
      <Icon name="clock" size={13} />
      expires {ago(at, coarseNow.value)}
    </span>
  );
}

/** A question to people: exactly what the agent wants to do, and the two answers. */
export function ApprovalCard({ approval, inRun = false }: { approval: Approval; inRun?: boolean }) {
  const [denying, setDenying] = useState(false);
  const [message, setMessage] = useState("");
  const [busy, setBusy] = useState(false);
  const id = useId();

  const answer = async (verdict: "allow" | "deny") => {
    if (verdict === "deny" && !denying) {
      setDenying(true);
      return;
    }
    setBusy(true);
    await decide(approval, verdict, message.trim());
    setBusy(false);
  };

  return (
    <article class="card approval" aria-labelledby={id} data-approval={approval.id}>
      <header class="approval-head">
        <span class="approval-icon">
          <Icon name="hand" size={16} />
        </span>
        <div>
          <h2 id={id}>
            {approval.agent_name} asks to use <code>{approval.tool_name}</code>
          </h2>
          <p class="faint">
            asked <Ago at={approval.created_at} />
            {!inRun && (
              <>
                {" · "}
                <a href={`/runs/${approval.run_id}`}>see the run</a>
              </>
            )}
          </p>
        </div>
        {approval.expires_at && <Expiry at={approval.expires_at} />}
      </header>
      <div class="approval-input">
        <JsonTree value={approval.input} open={4} />
      </div>
      {denying && (
        <label class="field">
          <span>Why not? The agent reads this.</span>
          <input
            class="input"
            value={message}
            autofocus
            onInput={(event) => setMessage(event.currentTarget.value)}
            onKeyDown={(event) => event.key === "Enter" && message.trim() && void answer("deny")}
          />
        </label>
      )}
      <footer class="approval-foot">
        <span class="faint fingerprint" title={`SHA-256 of these exact arguments: ${approval.input_sha256}`}>
          <code>{approval.input_sha256.slice(0, 12)}</code>
        </span>
        {denying ? (
          <>
            <button type="button" class="btn" onClick={() => setDenying(false)} disabled={busy}>
              Back
            </button>
            <button
              type="button"
              class="btn btn-danger"
              onClick={() => void answer("deny")}
              disabled={busy || !message.trim()}
            >
              Deny
            </button>
          </>
        ) : (
          <>
            <button type="button" class="btn" onClick={() => void answer("deny")} disabled={busy}>
              Deny…
            </button>
            <button
              type="button"
              class="btn btn-primary"
              onClick={() => void answer("allow")}
              disabled={busy}
            >
              <Icon name="check" size={15} />
              Allow
            </button>
          </>
        )}
      </footer>
    </article>
  );
}
