import "./page.css";
import { useEffect, useState } from "preact/hooks";
import { api } from "../../api/calls";
import type { Approval } from "../../api/types";
import { useShortcuts } from "../../keys/use";
import { refreshPending } from "../../live/inbox";
import { explain } from "../../live/pending";
import { approvalsLoaded, decidedApprovals, pendingApprovals, putApprovals } from "../../store/approvals";
import { plural } from "../../ui/format";
import { PageHead } from "../../ui/page-head";
import { Empty, Skeleton } from "../../ui/parts";
import { Ago } from "../../ui/time";
import { useTitle } from "../../ui/title";
import { ApprovalCard } from "./card";

const TONES: Record<string, string> = { allowed: "good", denied: "bad", expired: "stop", withdrawn: "stop" };

function Past({ list }: { list: Approval[] }) {
  return (
    <section class="past" aria-labelledby="past-title">
      <h2 id="past-title">Decided</h2>
      <ul>
        {list.map((each) => (
          <li key={each.id} class="past-row">
            <span class={`mini tone-${TONES[each.status] ?? "idle"}`}>{each.status}</span>
            <span class="past-what">
              <a href={`/runs/${each.run_id}`}>{each.agent_name}</a> <code>{each.tool_name}</code>
              {each.message && <span class="faint">“{each.message}”</span>}
            </span>
            <span class="past-who faint">
              {(each.decided_by_name ?? each.decided_by) && `${each.decided_by_name ?? each.decided_by}, `}
              <Ago at={each.decided_at ?? each.expires_at} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export default function InboxPage() {
  const [error, setError] = useState<unknown>(null);
  const pending = pendingApprovals.value;
  const decided = decidedApprovals.value;
  useTitle(pending.length > 0 ? `(${pending.length}) Approvals` : "Approvals");

  const load = async () => {
    try {
      await refreshPending();
      const { data } = await api.approvals({ limit: 100 });
      putApprovals(data);
      setError(null);
    } catch (cause) {
      setError(cause);
    }
  };
  useEffect(() => void load(), []);

  const step = (by: number) => {
    const cards = [
      ...document.querySelectorAll<HTMLElement>("[data-approval] .approval-foot .btn:last-child"),
    ];
    const at = cards.indexOf(document.activeElement as HTMLElement);
    cards[Math.min(cards.length - 1, Math.max(0, at + by))]?.focus();
  };
  useShortcuts([
    { keys: "j", label: "Next approval", group: "Approvals", run: () => step(1) },
    { keys: "k", label: "Previous approval", group: "Approvals", run: () => step(-1) },
  ]);

  return (
    <div class="page scroll">
      <PageHead
        title="Approvals"
        note={approvalsLoaded.value ? plural(pending.length, "waiting", "waiting") : ""}
      />
      <div class="column">
        {error !== null && (
          <Empty icon="alert" title="The approvals could not be read">
            <p class="pre">{explain(error)}</p>
            <button type="button" class="btn" onClick={() => void load()}>
              Try again
            </button>
          </Empty>
        )}
        {error === null && !approvalsLoaded.value && <Skeleton rows={4} />}
        {approvalsLoaded.value && pending.length === 0 && (
          <Empty icon="inbox" title="Nobody is waiting for you">
            <p>
              When an agent wants to use a tool that needs a person's word, the question appears here and on
              its run.
            </p>
          </Empty>
        )}
        {pending.map((each) => (
          <ApprovalCard key={each.id} approval={each} />
        ))}
        {decided.length > 0 && <Past list={decided} />}
      </div>
    </div>
  );
}
