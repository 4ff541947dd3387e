// A rule tried on a real card and on what happened lately, before it is kept. Nothing is changed by it.
import { useEffect, useState } from "preact/hooks";
import { automationsApi, type Rule, ruleOf, type Tried } from "../../../api/automations";
import { boardApi } from "../../../api/board";
import { ApiError } from "../../../api/client";
import { explain } from "../../../live/pending";
import { openTask } from "../../../overlay";
import { allCards, peekCard } from "../../../store/board";
import { plural } from "../../../ui/format";
import { Icon } from "../../../ui/icon";
import { type Choice, Picker } from "../../../ui/picker";
import { Ago } from "../../../ui/time";
import { Heading } from "../parts";
import { actionWords } from "./words";

const SHOWN = 5;

type State =
  | { is: "waiting" }
  | { is: "unfinished" }
  | { is: "failed"; cause: unknown }
  | { is: "tried"; found: Tried };

/** Asked again a moment after the rule or the card changed. */
function useTrial(rule: Rule, task: string | null): State {
  const [state, setState] = useState<State>({ is: "waiting" });
  const body = ruleOf("", rule.when, rule.only_if, rule.then);
  const key = JSON.stringify([body, task]);
  const empty = rule.then.length === 0;
  useEffect(() => {
    if (empty) {
      setState({ is: "unfinished" });
      return;
    }
    const stop = new AbortController();
    const timer = window.setTimeout(() => {
      const { when, only_if, then } = body;
      const asked = { when, only_if, then, ...(task ? { task_id: task } : {}) };
      automationsApi.tryOut(asked, stop.signal).then(
        ({ data }) => setState({ is: "tried", found: data }),
        (cause) => {
          if (stop.signal.aborted) return;
          const unfinished = cause instanceof ApiError && cause.status === 422;
          setState(unfinished ? { is: "unfinished" } : { is: "failed", cause });
        },
      );
    }, 450);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [key]);
  return state;
}

const choiceOf = (task: { id: string; number: number; title: string }): Choice => ({
  value: task.id,
  label: `#${task.number} ${task.title}`,
});

async function search(query: string, signal: AbortSignal): Promise<Choice[]> {
  const { data } = await boardApi.tasks({ search: query, limit: 20 }, signal);
  return data.map(choiceOf);
}

function OnTask({ found, rule }: { found: Tried; rule: Rule }) {
  const on = found.on_task;
  if (!on) return null;
  const refused = new Map(on.refused.map((each) => [each.number, each.reason]));
  const tone = !on.fits ? "idle" : refused.size > 0 ? "bad" : "good";
  return (
    <div class={`trial-says tone-${tone}`}>
      <Icon name={tone === "good" ? "check" : tone === "bad" ? "alert" : "info"} />
      <div>
        {on.fits ? (
          <>
            <p>
              {refused.size > 0
                ? "If that happened to it now, the rule would do nothing, as it does all or nothing:"
                : "If that happened to it now, the rule would:"}
            </p>
            <ol class="trial-acts">
              {rule.then.map((action, at) => (
                <li key={at}>
                  {actionWords(action)}
                  {refused.has(at) && <p class="bad">would be refused: {refused.get(at)}</p>}
                </li>
              ))}
            </ol>
          </>
        ) : (
          <p>Nothing would be done: {on.why_not}.</p>
        )}
      </div>
    </div>
  );
}

function LookedBack({ found }: { found: Tried }) {
  if (found.would_fire === 0) {
    return (
      <p class="faint">
        Of the last {plural(found.events_seen, "event")} of the board it would have acted on none.
      </p>
    );
  }
  return (
    <>
      <p>
        Of the last {plural(found.events_seen, "event")} of the board it would have acted on{" "}
        <strong class="num">{found.would_fire}</strong>:
      </p>
      <ul class="trial-past">
        {found.firings.slice(0, SHOWN).map((each) => (
          <li key={`${each.event_id}${each.task?.id}`}>
            <span class="faint">
              <Ago at={each.at} />
            </span>
            {each.task ? (
              <button type="button" class="link cut" onClick={() => each.task && openTask(each.task.id)}>
                #{each.task.number} {each.task.title}
              </button>
            ) : (
              <span>the sprint itself</span>
            )}
            {each.stopped && <span class="faint">but {each.stopped}</span>}
            {each.refused?.[0] && <span class="bad">would be refused: {each.refused[0].reason}</span>}
          </li>
        ))}
        {found.would_fire > SHOWN && <li class="faint">and {found.would_fire - SHOWN} more</li>}
      </ul>
    </>
  );
}

export function Trial({ rule }: { rule: Rule }) {
  const [task, setTask] = useState<Choice | null>(() => {
    const first = allCards()[0];
    return first ? choiceOf(first) : null;
  });
  const state = useTrial(rule, task?.value ?? null);
  return (
    <section class="set-panel trial" aria-label="Try it" aria-live="polite">
      <div class="trial-head">
        <Heading>Try it</Heading>
        <span class="faint">Nothing is changed.</span>
      </div>
      <div class="trial-pick">
        <span class="faint">On the card</span>
        <Picker
          label={`Try it on: ${task?.label ?? "no card"}`}
          class="input input-pick"
          button={
            <>
              <span class="input-pick-text">{task?.label ?? "Choose a card"}</span>
              <Icon name="chevron" size={12} />
            </>
          }
          chosen={task ? [task.value] : []}
          search={search}
          placeholder="Search the cards"
          onChoose={([id]) => {
            if (!id) return;
            const card = peekCard(id);
            if (card) setTask(choiceOf(card));
            else void boardApi.task(id).then(({ data }) => setTask(choiceOf(data)));
          }}
        />
      </div>
      {state.is === "waiting" && <p class="faint">Looking…</p>}
      {state.is === "unfinished" && (
        <p class="faint">Once the rule says what to do, you see here what it would do.</p>
      )}
      {state.is === "failed" && <p class="bad pre">{explain(state.cause)}</p>}
      {state.is === "tried" && (
        <>
          <OnTask found={state.found} rule={rule} />
          <div class="trial-back">
            <LookedBack found={state.found} />
          </div>
        </>
      )}
    </section>
  );
}
