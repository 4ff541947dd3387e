// Rules to begin from, made for the board as it is: they name its own columns.
import { type Rule, ruleOf } from "../../../api/automations";
import type { ColumnKind } from "../../../api/board";
import { columns } from "../../../store/board";
import { me } from "../../../store/session";
import type { IconName } from "../../../ui/icon";

export interface Example {
  icon: IconName;
  rule: Rule;
}

const of = (kind: ColumnKind): string =>
  columns.value
    .filter((each) => each.kind === kind)
    .map((each) => each.key)
    .join(",");

/** Only those that make sense here: a board without a review column is not offered a rule about it. */
export function examples(): Example[] {
  const [active, done, blocked, review] = [of("active"), of("done"), of("blocked"), of("review")];
  const mine = me.value?.actor.id ?? "";
  const found: (Example | false)[] = [
    {
      icon: "flag",
      rule: ruleOf(
        "Urgent work gets an agent",
        { event: "task_created" },
        { priority: "p1", assigned: "none" },
        [{ do: "assign", agent: "auto" }],
      ),
    },
    active !== "" && {
      icon: "runs",
      rule: ruleOf("Picked up means begun", { event: "task_moved", after: active }, {}, [
        { do: "start_agent" },
      ]),
    },
    review !== "" && {
      icon: "eye",
      rule: ruleOf("Ask for the review", { event: "task_moved", after: review }, {}, [
        { do: "notify", to: ["accountable"], message: "{title} waits for your review" },
      ]),
    },
    {
      icon: "clock",
      rule: ruleOf("Overdue is told", { event: "overdue" }, {}, [
        { do: "label", add: ["overdue"], remove: [] },
        { do: "notify", to: ["accountable", "watchers"], message: "{title} is overdue" },
      ]),
    },
    blocked !== "" && {
      icon: "hand",
      rule: ruleOf("Blocked work is seen", { event: "task_moved", after: blocked }, {}, [
        { do: "set", field: "priority", value: "p1" },
        { do: "notify", to: ["accountable"], message: "{title} is blocked: can you clear the way?" },
      ]),
    },
    done !== "" && {
      icon: "check",
      rule: ruleOf("Done is told", { event: "task_moved", after: done }, {}, [
        { do: "notify", to: ["creator", "watchers"], message: "{title} is done" },
      ]),
    },
    {
      icon: "person",
      rule: ruleOf("Somebody is accountable", { event: "task_created" }, { accountable: "none" }, [
        { do: "set", field: "accountable_id", value: mine },
      ]),
    },
  ];
  return found.filter((each) => each !== false);
}

export const blank = (): Rule => ruleOf("", { event: "task_moved" }, {}, []);
