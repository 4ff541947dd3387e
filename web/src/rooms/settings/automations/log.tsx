// What a rule did, could not do, or was stopped from doing.
import { useEffect, useState } from "preact/hooks";
import { type Automation, automationsApi, type Firing, type Outcome } from "../../../api/automations";
import { explain } from "../../../live/pending";
import { openTask } from "../../../overlay";
import { plural } from "../../../ui/format";
import { Icon, type IconName } from "../../../ui/icon";
import { Segmented, Skeleton } from "../../../ui/parts";
import { Ago } from "../../../ui/time";
import { Nothing } from "../parts";

export const OUTCOME: Record<Outcome, { label: string; tone: string; icon: IconName }> = {
  done: { label: "Done", tone: "tone-good", icon: "check" },
  failed: { label: "Failed", tone: "tone-bad", icon: "alert" },
  stopped: { label: "Stopped", tone: "tone-wait", icon: "hand" },
  pending: { label: "Under way", tone: "tone-active", icon: "clock" },
};

/** Why a stop is no accident, for whoever wonders. */
export function whyStopped(reason: string): string | null {
  if (/automatic steps followed/.test(reason)) {
    return "Rules that set each other off would go on for ever, so a chain ends after five steps. Look which of your rules answer each other, and give one of them a condition that is not true any more after the first time.";
  }
  if (/in this chain of events already/.test(reason)) {
    return "What it did led back to itself. A rule acts on a card once in a chain of events, so that it cannot chase its own tail.";
  }
  if (/within an hour/.test(reason)) {
    return "It reached its ceiling, which protects the board from floods. Raise it below the rule if so many are meant.";
  }
  if (/does not fit/.test(reason)) {
    return "Between the event and the rule's turn somebody changed the card, so there was nothing left to do.";
  }
  return null;
}

function Line({ firing }: { firing: Firing }) {
  const outcome = OUTCOME[firing.outcome];
  const why = firing.outcome === "stopped" && firing.reason ? whyStopped(firing.reason) : null;
  return (
    <li class={`log-line ${outcome.tone}`}>
      <span class="pill log-outcome">
        <Icon name={outcome.icon} size={14} />
        {outcome.label}
        {firing.times > 1 && <span class="num"> {firing.times} times</span>}
      </span>
      <div class="log-words">
        {firing.task ? (
          <button type="button" class="link" onClick={() => firing.task && openTask(firing.task.id)}>
            #{firing.task.number} {firing.task.title}
          </button>
        ) : (
          <span class="faint">No card: it was about the sprint itself</span>
        )}
        {firing.results.map((each, at) => (
          <p key={at}>{each.charAt(0).toUpperCase() + each.slice(1)}</p>
        ))}
        {firing.reason && (
          <p class={firing.outcome === "failed" ? "bad pre" : "pre"}>
            {firing.reason.charAt(0).toUpperCase() + firing.reason.slice(1)}
          </p>
        )}
        {why && <p class="faint">{why}</p>}
      </div>
      <span class="faint log-at">
        <Ago at={firing.at} />
      </span>
    </li>
  );
}

type Shown = "all" | Outcome;
const PAGE = 50;

export function Log({ rule }: { rule: Automation }) {
  const [shown, setShown] = useState<Shown>("all");
  const [limit, setLimit] = useState(PAGE);
  const [found, setFound] = useState<{ lines: Firing[]; total: number } | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  // The list tells when there is something new: then it is read again.
  const stamp = `${rule.record?.last_at}${rule.record?.last_outcome}${rule.record?.stopped}`;
  useEffect(() => {
    let current = true;
    automationsApi.log(rule.id, { outcome: shown === "all" ? null : shown, limit }).then(
      ({ data, meta }) => {
        if (!current) return;
        setFound({ lines: data, total: meta.total ?? data.length });
        setFailed(null);
      },
      (cause) => current && setFailed(cause),
    );
    return () => {
      current = false;
    };
  }, [rule.id, shown, limit, stamp]);
  return (
    <>
      <div class="set-bar">
        <Segmented
          label="Which"
          value={shown}
          choices={[
            { value: "all", label: "All" },
            { value: "done", label: "Done" },
            { value: "failed", label: "Failed" },
            { value: "stopped", label: "Stopped" },
          ]}
          onChange={(next) => setShown(next)}
        />
        {found && <p class="faint num">{plural(found.total, "line")}</p>}
      </div>
      {failed !== null && <p class="bad pre">{explain(failed)}</p>}
      {!found && failed === null && <Skeleton rows={4} />}
      {found?.lines.length === 0 && (
        <Nothing icon="bolt" title={shown === "all" ? "It has not acted yet" : "Nothing of this kind"}>
          <p>A rule looks at what happens from when it is made or switched on.</p>
        </Nothing>
      )}
      {found && found.lines.length > 0 && (
        <ul class="set-list">
          {found.lines.map((each) => (
            <Line key={each.id} firing={each} />
          ))}
        </ul>
      )}
      {found && found.total > found.lines.length && limit < 200 && (
        <button
          type="button"
          class="btn btn-s log-more"
          onClick={() => setLimit(Math.min(200, limit + PAGE))}
        >
          Show more
        </button>
      )}
    </>
  );
}
