import "./state-line.css";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Run, RunEvent } from "../../../api/types";
import { secondNow } from "../../../store/clock";
import { narrow } from "../../../store/screen";
import { duration } from "../../../ui/format";
import { Glyph, look, statusLabel } from "../status";
import { type Step, steps } from "./path";

function Growing({ step }: { step: Step }) {
  const since = step.since ? (secondNow.value - Date.parse(step.since)) / 1000 : 0;
  return <>{duration(Math.max(0, Math.floor((step.spentS ?? 0) + since)))}</>;
}

function said(step: Step, run: Run): string {
  return step.mark === "end" ? statusLabel(run) : look(step.status).label;
}

const MARK_SAID = { done: "done", now: "current", ahead: "not reached", end: "where it ended" };

/** The state machine as this run walked it: what is behind, where it stands, what lies ahead. */
export function StateLine({ run, events, count }: { run: Run; events: readonly RunEvent[]; count: number }) {
  const list = useRef<HTMLOListElement>(null);
  useLayoutEffect(() => {
    const node = list.current;
    const now = node?.querySelector<HTMLElement>("[aria-current]");
    // On a phone the line is longer than the screen: it shows where the run stands.
    if (node && now)
      node.scrollLeft = now.offsetLeft - node.offsetLeft - node.clientWidth + now.offsetWidth + 48;
  }, [run.status, count > 0]);
  const line = count >= 0 ? steps(run, events) : [];
  return (
    <ol ref={list} class="stateline" aria-label="States of this run" tabIndex={narrow.value ? 0 : undefined}>
      {line.map((step) => (
        <li
          key={step.status}
          class={`step step-${step.mark} tone-${look(step.status).tone}`}
          aria-current={step.mark === "now" || step.mark === "end" ? "step" : undefined}
        >
          <span class="step-mark">
            <Glyph
              status={step.mark === "done" && look(step.status).share !== undefined ? "DONE" : step.status}
              size={18}
            />
          </span>
          <span class="step-text">
            <span class="step-name">
              {said(step, run)}
              {step.visits > 1 && <span class="times"> ×{step.visits}</span>}
              <span class="sr-only">, {MARK_SAID[step.mark]}</span>
            </span>
            <span class="step-time num">
              {step.mark === "now" ? (
                <Growing step={step} />
              ) : step.mark === "done" && step.spentS !== null ? (
                duration(step.spentS)
              ) : (
                ""
              )}
            </span>
          </span>
        </li>
      ))}
    </ol>
  );
}
