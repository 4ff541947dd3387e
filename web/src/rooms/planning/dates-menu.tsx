// What one can do to the dates of a card, as a menu and as a form: the way without dragging.
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { Card } from "../../api/board";
import { explain } from "../../live/pending";
import { openTask } from "../../overlay";
import { peekCard, sprintById } from "../../store/board";
import { Dialog } from "../../ui/dialog";
import { type Point, type PointItem, PointMenu } from "../../ui/point-menu";
import { addDays } from "../task/quick-dates";
import { type Dates, dueOn, extentOf, type Grip, problemsOf, shifted } from "./dates";
import { setDates, settle, todayHere } from "./reschedule";
import { spans } from "./spans";

/** The menu of a card stands open, at a point of the screen. */
export const datesMenu = signal<{ id: string; at: Point } | null>(null);
/** The form for the dates of a card stands open. */
export const datesForm = signal<string | null>(null);

export function openDatesMenu(id: string, at: Point): void {
  void settle();
  datesMenu.value = { id, at };
}

interface Keys {
  day: [string, string];
  week: [string, string];
  end?: [string, string];
}

function itemsFor(card: Card, keys: Keys): PointItem[] {
  const { id } = card;
  const today = todayHere();
  const set = (dates: Dates) => () => void setDates(id, dates);
  const extent = extentOf(card, spans.peek().get(id), today);
  const by = (grip: Grip, days: number) => () => extent && set(shifted(card, extent, grip, days))();
  const sprint = card.sprint_id ? sprintById.peek().get(card.sprint_id) : undefined;
  const moves: PointItem[] = extent
    ? [
        { label: "A day earlier", icon: "left", keys: keys.day[0], line: true, run: by("whole", -1) },
        { label: "A day later", icon: "right", keys: keys.day[1], run: by("whole", 1) },
        { label: "A week earlier", icon: "left", keys: keys.week[0], run: by("whole", -7) },
        { label: "A week later", icon: "right", keys: keys.week[1], run: by("whole", 7) },
        ...(keys.end
          ? ([
              { label: "End a day earlier", icon: "left", keys: keys.end[0], line: true, run: by("end", -1) },
              { label: "End a day later", icon: "right", keys: keys.end[1], run: by("end", 1) },
            ] satisfies PointItem[])
          : []),
      ]
    : [
        { label: "Due today", icon: "calendar", line: true, run: set(dueOn(card, today)) },
        { label: "Due tomorrow", icon: "calendar", run: set(dueOn(card, addDays(today, 1))) },
        { label: "Due in a week", icon: "calendar", run: set(dueOn(card, addDays(today, 7))) },
      ];
  return [
    { label: "Open", icon: "external", keys: "↵", run: () => openTask(id) },
    ...moves,
    {
      label: "Set dates…",
      icon: "calendar",
      line: true,
      run: () => {
        datesForm.value = id;
      },
    },
    ...(sprint
      ? [
          {
            label: "Fill its sprint",
            icon: "timeline" as const,
            run: set({ start_date: sprint.start_date, due_date: sprint.end_date }),
          },
        ]
      : []),
    ...(extent
      ? [{ label: "Take dates away", icon: "x" as const, run: set({ start_date: null, due_date: null }) }]
      : []),
  ];
}

function Form({ card }: { card: Card }) {
  const [dates, setTyped] = useState<Dates>({ start_date: card.start_date, due_date: card.due_date });
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const close = () => {
    datesForm.value = null;
  };
  const save = async () => {
    const problems = problemsOf(dates);
    setWrong(problems as Record<string, string>);
    if (Object.keys(problems).length > 0) return;
    setBusy(true);
    const done = await setDates(card.id, dates, (cause) => {
      const named = cause.problems.filter((each) => each.path in dates);
      const all = Object.fromEntries(named.map((each) => [each.path, each.message]));
      setWrong(named.length > 0 ? all : { form: explain(cause) });
    });
    setBusy(false);
    if (done) close();
  };
  const field = (name: keyof Dates, label: string) => (
    <label class="field">
      <span>{label}</span>
      <input
        class="input"
        type="date"
        value={dates[name] ?? ""}
        aria-invalid={wrong[name] ? "true" : undefined}
        aria-describedby={wrong[name] ? `wrong-${name}` : undefined}
        onInput={(event) => setTyped({ ...dates, [name]: event.currentTarget.value || null })}
      />
      {wrong[name] && (
        <span class="bad" id={`wrong-${name}`} role="alert">
          {wrong[name]}
        </span>
      )}
    </label>
  );
  return (
    <Dialog title={`Dates of ${card.number ? `#${card.number}` : card.title}`} onClose={close} size="s">
      <form
        class="dates-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <p class="dates-who">{card.title}</p>
        <div class="dates-two">
          {field("start_date", "Start")}
          {field("due_date", "Due")}
        </div>
        {wrong.form && (
          <p class="bad pre" role="alert">
            {wrong.form}
          </p>
        )}
        <div class="dates-foot">
          <button type="submit" class="btn btn-primary" disabled={busy}>
            Save
          </button>
          <button type="button" class="btn" onClick={close}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** The menu and the form, whichever is open. `focus` gives a card the focus back. */
export function DatesOver({ keys, focus }: { keys: Keys; focus: (id: string) => void }) {
  const menu = datesMenu.value;
  const asked = menu && peekCard(menu.id);
  const formed = datesForm.value ? peekCard(datesForm.value) : undefined;
  return (
    <>
      {menu && asked && (
        <PointMenu
          key={menu.id}
          label={`Dates of ${asked.title}`}
          at={menu.at}
          items={itemsFor(asked, keys)}
          onClose={(back) => {
            datesMenu.value = null;
            if (back) focus(menu.id);
          }}
        />
      )}
      {formed && <Form key={formed.id} card={formed} />}
    </>
  );
}
