import "./summary.css";
import type { Run, Summary } from "../../../api/types";
import { isOver } from "../status";

const R = 26;
const ROUND = 2 * Math.PI * R;

function Ring({ score, max }: { score: number; max: number }) {
  const share = Math.max(0, Math.min(1, score / max));
  const tone = share >= 0.8 ? "good" : share >= 0.5 ? "mid" : "low";
  return (
    <svg
      class={`ring score-${tone}`}
      width="68"
      height="68"
      viewBox="0 0 64 64"
      role="img"
      aria-label={`Score ${score} of ${max}`}
    >
      <circle cx="32" cy="32" r={R} class="ring-back" />
      <circle
        cx="32"
        cy="32"
        r={R}
        class="ring-front"
        transform="rotate(-90 32 32)"
        stroke-dasharray={`${ROUND * share} ${ROUND}`}
      />
      <text x="32" y="37.5" text-anchor="middle" class="ring-text num">
        {score}
      </text>
    </svg>
  );
}

export function SummaryCard({ summary }: { summary: Summary }) {
  return (
    <section class="card summary" aria-labelledby="summary-title">
      <header class="card-head">
        <h2 id="summary-title">Result</h2>
      </header>
      <div class="summary-top">
        {summary.score !== null && summary.score !== undefined && (
          <Ring score={summary.score} max={summary.max_score || 100} />
        )}
        {summary.headline && <p class="summary-line">{summary.headline}</p>}
      </div>
      {summary.priorities.length > 0 && (
        <ul class="priorities" aria-label="Top priorities">
          {summary.priorities.map((each, index) => (
            <li key={index}>
              <span class={`severity severity-${each.severity.toLowerCase()}`}>{each.severity}</span>
              <span>{each.text}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** How far the work is, as far as the agent says. Without a total only the count is known. */
export function ProgressLine({ run }: { run: Run }) {
  const progress = run.progress;
  if (!progress || isOver(run)) return null;
  const { done, total, note } = progress;
  const share = total ? Math.min(1, done / total) : null;
  return (
    <div class="progress">
      <div
        class={share === null ? "progress-bar unknown" : "progress-bar"}
        role="progressbar"
        aria-label={note || "Progress"}
        aria-valuemin={0}
        aria-valuemax={total ?? undefined}
        aria-valuenow={total ? done : undefined}
      >
        <span style={{ transform: `scaleX(${share ?? 0.3})` }} />
      </div>
      <span class="progress-text">
        <span class="num">{total ? `${done} of ${total}` : done}</span> {note}
      </span>
    </div>
  );
}
