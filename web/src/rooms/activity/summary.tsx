// One day of the project in figures and names; any figure with cards behind it opens them.
import type { TaskRef } from "../../api/board";
import type { Counts, DailySummary, DoneBy } from "../../api/planning";
import { openTask } from "../../overlay";
import { count, plural } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { AgentFace } from "../board/marks";
import { ActorFace } from "./actor";
import { addDays, dayName, todayIn } from "./days";

const FACTS: { name: keyof Counts; label: string }[] = [
  { name: "created", label: "Created" },
  { name: "completed", label: "Completed" },
  { name: "moved", label: "Moved" },
  { name: "commented", label: "Commented" },
];
const SHOWN = 4;

function told(counts: Counts): string {
  return FACTS.flatMap(({ name, label }) =>
    counts[name] ? [`${count(counts[name])} ${label.toLowerCase()}`] : [],
  ).join(", ");
}

function People({ title, list, agents }: { title: string; list: DoneBy[]; agents?: boolean }) {
  if (list.length === 0) return null;
  return (
    <div class="sum-part">
      <h3>{title}</h3>
      <ul class="sum-people">
        {list.slice(0, SHOWN).map((each) => (
          <li key={each.id}>
            {agents ? <AgentFace id={each.id} size={24} /> : <ActorFace id={each.id} name={each.name} />}
            <span>
              <strong>{each.name}</strong>
              <span class="faint">{told(each.counts) || "other changes"}</span>
            </span>
          </li>
        ))}
      </ul>
      {list.length > SHOWN && <p class="faint">and {list.length - SHOWN} more</p>}
    </div>
  );
}

function Cards({ title, list, total, all }: { title: string; list: TaskRef[]; total: number; all?: string }) {
  if (total === 0) return null;
  return (
    <div class="sum-part">
      <h3>
        {title} <span class="faint num">{count(total)}</span>
      </h3>
      <ul class="sum-cards">
        {list.slice(0, SHOWN).map((each) => (
          <li key={each.id}>
            <button type="button" onClick={() => openTask(each.id)}>
              <span class="faint num">#{each.number}</span>
              <span class="cut">{each.title}</span>
            </button>
          </li>
        ))}
      </ul>
      {total > SHOWN &&
        (all ? (
          <a class="link" href={all}>
            All {count(total)}
          </a>
        ) : (
          <p class="faint">and {count(total - SHOWN)} more</p>
        ))}
    </div>
  );
}

interface Props {
  day: string;
  found: DailySummary | null;
  onDay: (day: string) => void;
}

export function Day({ day, found, onDay }: Props) {
  const today = todayIn(found?.time_zone);
  const quiet = found && FACTS.every(({ name }) => found.counts[name] === 0);
  return (
    <section class="sum-card" aria-label="Summary of the day">
      <header class="sum-head">
        <button
          type="button"
          class="icon-btn"
          aria-label="The day before"
          onClick={() => onDay(addDays(day, -1))}
        >
          <Icon name="left" />
        </button>
        <h2 aria-live="polite">{dayName(day)}</h2>
        <button
          type="button"
          class="icon-btn"
          aria-label="The day after"
          disabled={day >= today}
          onClick={() => onDay(addDays(day, 1))}
        >
          <Icon name="right" />
        </button>
        <input
          type="date"
          class="sum-choose"
          aria-label="Choose a day"
          max={today}
          value={day}
          onChange={(event) => event.currentTarget.value && onDay(event.currentTarget.value)}
        />
        {day !== today && (
          <button type="button" class="btn btn-s btn-ghost" onClick={() => onDay(today)}>
            Today
          </button>
        )}
        {found && <span class="faint sum-zone">{found.time_zone}</span>}
      </header>
      <dl class="sum-facts">
        {FACTS.map(({ name, label }) => (
          <div key={name}>
            <dt>{label}</dt>
            <dd class="num">{found ? count(found.counts[name]) : "–"}</dd>
          </div>
        ))}
        <div>
          <dt>Blocked now</dt>
          <dd class={found?.blocked_count ? "num bad" : "num"}>{found ? count(found.blocked_count) : "–"}</dd>
        </div>
        <div>
          <dt>Overdue now</dt>
          <dd class={found?.overdue_count ? "num bad" : "num"}>{found ? count(found.overdue_count) : "–"}</dd>
        </div>
      </dl>
      {quiet && <p class="faint">Nothing was created, moved, completed or said on this day.</p>}
      {found && (
        <div class="sum-parts">
          <People title="Who did it" list={found.by_actor} />
          <People title="Whose cards" list={found.by_agent} agents />
          <Cards title="Completed" list={found.completed} total={found.counts.completed} />
          <Cards
            title="Blocked"
            list={found.blocked}
            total={found.blocked_count}
            all="/board?layout=list&blocked=true"
          />
          <Cards
            title="Overdue"
            list={found.overdue}
            total={found.overdue_count}
            all="/board?layout=list&due=overdue"
          />
        </div>
      )}
      {found && <p class="sr-only">{plural(found.counts.completed, "card")} completed</p>}
    </section>
  );
}
