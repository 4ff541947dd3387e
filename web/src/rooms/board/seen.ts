// The filter of the address, as the board asks it: is this card shown? The words are those of
// GET /api/tasks: several values parted by commas, `none` for "empty", `me` for the one who looks.
import { computed } from "@preact/signals";
import type { Card } from "../../api/board";
import { parted } from "../../api/values";
import { params } from "../../router";
import { columnByKey } from "../../store/board";
import { me } from "../../store/session";
import { dueState, later, mondayOf, today } from "./days";
import { ASKED, type Fitting, factsFit, questionOf, wordsFit } from "./fitting";

type Test = (card: Card) => boolean;

const ONE_OF: Record<string, (card: Card) => string | null> = {
  status: (card) => card.status,
  kind: (card) => columnByKey.value.get(card.status)?.kind ?? null,
  assigned: (card) => card.assigned_agent_id,
  accountable: (card) => card.accountable_id,
  category: (card) => card.category_id,
  sprint: (card) => card.sprint_id,
  priority: (card) => card.priority,
  client: (card) => card.client_id,
  brand: (card) => card.brand,
  parent: (card) => card.parent_id,
};

const FROM_TO: Record<string, (card: Card) => string | null> = {
  due: (card) => card.due_date,
  start: (card) => card.start_date,
};

const isDone = (card: Card) => columnByKey.value.get(card.status)?.kind === "done";

const isLate: Test = (card) =>
  card.due_date !== null && !isDone(card) && dueState(card.due_date, today()) === "over";

const YES_NO: Record<string, Test> = {
  overdue: isLate,
  blocked: (card) => columnByKey.value.get(card.status)?.kind === "blocked",
  waiting: (card) => card.waiting,
  client_visible: (card) => card.client_visible,
};

/** The words of the server (`_due` of its lists): weeks begin on Monday, later is after the next one. */
function dueTests(): Record<string, Test> {
  const now = today();
  const monday = mondayOf(now);
  const within =
    (from: string, days: number): Test =>
    (card) =>
      card.due_date !== null && card.due_date >= from && card.due_date < later(from, days);
  return {
    overdue: isLate,
    today: within(now, 1),
    tomorrow: within(later(now, 1), 1),
    this_week: within(monday, 7),
    next_week: within(later(monday, 7), 7),
    later: (card) => card.due_date !== null && card.due_date >= later(monday, 14),
    none: (card) => card.due_date === null,
  };
}

function wanted(text: string): Set<string> {
  const mine = me.value?.actor.id ?? "me";
  return new Set(parted(text).map((part) => (part === "me" ? mine : part === "none" ? "" : part)));
}

/** What a card says in words; what descriptions and comments say, the server is asked. */
function says(card: Card, words: string[]): boolean {
  const text = `#${card.number} ${card.title} ${card.labels.join(" ")} ${card.brand ?? ""}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

const answered = (answer: Fitting | null, asked: string) => (answer?.asked === asked ? answer.ids : null);

function testsOf(query: URLSearchParams): Test[] {
  const tests: Test[] = [];
  for (const [name, read] of Object.entries(ONE_OF)) {
    const values = wanted(query.get(name) ?? "");
    if (values.size > 0) tests.push((card) => values.has(read(card) ?? ""));
  }
  const labels = wanted(query.get("label") ?? "");
  if (labels.size > 0) {
    tests.push((card) =>
      card.labels.length ? card.labels.some((each) => labels.has(each)) : labels.has(""),
    );
  }
  for (const [name, read] of Object.entries(FROM_TO)) {
    const from = query.get(`${name}_from`);
    const to = query.get(`${name}_to`);
    if (from) tests.push((card) => (read(card) ?? "") >= from);
    if (to) tests.push((card) => (read(card) ?? "9") <= to);
  }
  const due = (query.get("due") ?? "").split(",").filter(Boolean);
  if (due.length > 0) {
    const known = dueTests();
    tests.push((card) => due.some((word) => known[word]?.(card) ?? false));
  }
  for (const [name, test] of Object.entries(YES_NO)) {
    const asked = query.get(name);
    if (asked === "true" || asked === "false") tests.push((card) => test(card) === (asked === "true"));
  }
  const words = (query.get("search") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length > 0) {
    const found = answered(wordsFit.value, questionOf(query, ["search"]));
    tests.push((card) => says(card, words) || (found?.has(card.id) ?? false));
  }
  const facts = questionOf(query, ASKED);
  const fit = facts ? answered(factsFit.value, facts) : null;
  if (fit) tests.push((card) => fit.has(card.id));
  return tests;
}

const tests = computed(() => testsOf(params.value));

export const filtering = computed(() => tests.value.length > 0);
export const sees = computed<Test>(() => {
  const all = tests.value;
  return (card) => all.every((test) => test(card));
});
