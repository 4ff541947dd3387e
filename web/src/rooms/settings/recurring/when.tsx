// How often it comes: simple choices first, an iCalendar rule for everything else.
import { ChoiceField, TextField } from "../../../ui/form";
import {
  DAYS,
  type Day,
  type End,
  freshPlan,
  MONTHS,
  NTH,
  type Plan,
  type Recurrence,
  writeRule,
} from "./rule";

interface Props {
  value: Recurrence;
  /** The day it can come first: choices begin with it. */
  start: string;
  onChange: (value: Recurrence) => void;
  error: string | undefined;
}

const KINDS: { value: Plan["kind"]; label: string; hint?: string }[] = [
  { value: "weekdays", label: "Every weekday", hint: "Monday to Friday" },
  { value: "daily", label: "Daily" },
  { value: "weekly", label: "Weekly on …" },
  { value: "monthday", label: "Monthly on a date" },
  { value: "monthweek", label: "Monthly on a weekday", hint: "The last Friday" },
  { value: "yearly", label: "Yearly" },
  { value: "custom", label: "By a rule of your own", hint: "iCalendar" },
];

const UNIT: Partial<Record<Plan["kind"], string>> = {
  daily: "days",
  weekly: "weeks",
  monthday: "months",
  monthweek: "months",
};

const clamp = (text: string, low: number, high: number): number =>
  Math.min(high, Math.max(low, Math.round(Number(text)) || low));

function Days({ days, onChange }: { days: Day[]; onChange: (days: Day[]) => void }) {
  return (
    <div class="days" role="group" aria-label="On which days">
      {DAYS.map((each) => {
        const on = days.includes(each.value);
        return (
          <button
            key={each.value}
            type="button"
            class="day-chip"
            aria-pressed={on}
            title={each.label}
            onClick={() =>
              // Without any day it would never come.
              (on ? days.length > 1 : true) &&
              onChange(
                DAYS.map((one) => one.value).filter((one) => (one === each.value ? !on : days.includes(one))),
              )
            }
          >
            {each.short}
          </button>
        );
      })}
    </div>
  );
}

const DATES = [
  ...Array.from({ length: 31 }, (_, at) => ({ value: String(at + 1), label: `${at + 1}.` })),
  { value: "-1", label: "The last day" },
];

function Details({ plan, set, error }: { plan: Plan; set: (plan: Plan) => void; error: string | undefined }) {
  switch (plan.kind) {
    case "weekly":
      return <Days days={plan.days} onChange={(days) => set({ ...plan, days })} />;
    case "monthday":
      return (
        <ChoiceField
          label="On"
          value={String(plan.day)}
          choices={DATES}
          onChoose={(day) => set({ ...plan, day: Number(day) })}
          hint={
            plan.day > 28
              ? "Months without this day are left out; the last day is in every month."
              : undefined
          }
        />
      );
    case "monthweek":
      return (
        <>
          <ChoiceField
            label="On the"
            value={String(plan.nth)}
            choices={NTH.map((each) => ({ value: String(each.value), label: each.label }))}
            onChoose={(nth) => set({ ...plan, nth: Number(nth) })}
          />
          <ChoiceField
            label="Day"
            value={plan.day}
            choices={DAYS}
            onChoose={(day) => set({ ...plan, day: day as Day })}
          />
        </>
      );
    case "yearly":
      return (
        <>
          <ChoiceField
            label="Month"
            value={String(plan.month)}
            choices={MONTHS.map((label, at) => ({ value: String(at + 1), label }))}
            onChoose={(month) => set({ ...plan, month: Number(month) })}
          />
          <TextField
            label="Day"
            type="number"
            min={1}
            max={31}
            value={String(plan.day)}
            onInput={(day) => set({ ...plan, day: clamp(day, 1, 31) })}
          />
        </>
      );
    case "custom":
      return (
        <TextField
          class="rule-wide"
          mono
          label="Rule"
          value={plan.text}
          maxLength={500}
          placeholder="FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"
          onInput={(text) => set({ kind: "custom", text })}
          hint="An RRULE as calendars write it, without a start: that has its own field below."
          error={error}
        />
      );
    default:
      return null;
  }
}

const ENDS: { value: End["kind"]; label: string }[] = [
  { value: "never", label: "Never" },
  { value: "until", label: "On a day" },
  { value: "count", label: "After some times" },
];

function EndPart({ end, start, set }: { end: End; start: string; set: (end: End) => void }) {
  const begin = (kind: string): End => {
    if (kind === "count") return { kind: "count", times: 10 };
    return kind === "until"
      ? { kind: "until", day: `${Number(start.slice(0, 4)) + 1}${start.slice(4)}` }
      : { kind: "never" };
  };
  return (
    <>
      <ChoiceField
        label="Ends"
        value={end.kind}
        choices={ENDS}
        onChoose={(kind) => kind !== end.kind && set(begin(kind))}
      />
      {end.kind === "until" && (
        <TextField
          label="Last day"
          type="date"
          value={end.day}
          onInput={(day) => set({ kind: "until", day })}
        />
      )}
      {end.kind === "count" && (
        <TextField
          label="How many times"
          type="number"
          min={1}
          max={1000}
          value={String(end.times)}
          onInput={(times) => set({ kind: "count", times: clamp(times, 1, 1000) })}
        />
      )}
    </>
  );
}

export function OftenPart({ value, start, onChange, error }: Props) {
  const { plan, end } = value;
  const set = (next: Plan) => onChange({ plan: next, end });
  const unit = UNIT[plan.kind];
  return (
    <div class="rule-fields">
      <ChoiceField
        label="How often"
        value={plan.kind}
        choices={KINDS}
        onChoose={(kind) =>
          kind !== plan.kind &&
          onChange({
            plan: freshPlan(kind as Plan["kind"], start, writeRule(value)),
            end: kind === "custom" ? { kind: "never" } : end,
          })
        }
        error={plan.kind === "custom" ? undefined : error}
      />
      {unit && "every" in plan && (
        <TextField
          label={`Every so many ${unit}`}
          type="number"
          min={1}
          max={100}
          value={String(plan.every)}
          onInput={(text) => set({ ...plan, every: clamp(text, 1, 100) })}
        />
      )}
      <Details plan={plan} set={set} error={error} />
      {plan.kind !== "custom" && (
        <EndPart end={end} start={start} set={(next) => onChange({ plan, end: next })} />
      )}
    </div>
  );
}
