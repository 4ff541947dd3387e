// "Fix sitemap p1 @kenji #infrastructure friday !blocked-by #12 ~3h +seo sprint:q1" read into a task.
// Pure: what there is to choose from and which day it is come from outside.
import type { NewTask, Priority, SprintStatus } from "../../api/board";
import { dayText, readDay } from "./quick-dates";

interface Called {
  id: string;
  name: string;
}

export interface Choices {
  today: string;
  me: string | null;
  agents: (Called & { emoji?: string; retired?: boolean })[];
  people: Called[];
  categories: Called[];
  sprints: (Called & { status: SprintStatus })[];
  columns: { key: string; name: string }[];
  labels: string[];
}

export type ChipKind =
  | "priority"
  | "agent"
  | "person"
  | "category"
  | "due"
  | "start"
  | "estimate"
  | "label"
  | "sprint"
  | "status"
  | "blocked-by"
  | "parent"
  | "client"
  | "brand";

export interface Chip {
  kind: ChipKind;
  /** Where it stands in the first line. */
  from: number;
  to: number;
  /** As it was typed. */
  source: string;
  label: string;
  value: string | number | null;
  /** Why it could not be read; its words then stay in the title. */
  problem?: string;
}

export interface Parsed {
  title: string;
  description: string;
  chips: Chip[];
  /** What the task will be. Tasks named by number are in `dependsOn` and `parent`. */
  task: Omit<NewTask, "title">;
  dependsOn: number[];
  parent: number | null;
}

type Body = Omit<Chip, "from" | "to" | "source">;

interface Word {
  text: string;
  from: number;
  to: number;
}

const fold = (text: string) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
export const slug = (text: string) =>
  fold(text)
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "");

/** Words, where quotes after a colon hold one together: `sprint:"Q1 launch"`. */
function wordsOf(line: string): Word[] {
  return [...line.matchAll(/[^\s"]*:"[^"]*"|\S+/g)].map((match) => ({
    text: match[0],
    from: match.index,
    to: match.index + match[0].length,
  }));
}

type Found<T> = { one: T } | { problem: string };

/** By id or name; else by the beginning of a word of the name (the last of `names`), where only one has it. */
function find<T>(wanted: string, list: T[], names: (item: T) => string[], what: string): Found<T> {
  const key = slug(wanted);
  const exact = list.filter((item) => names(item).some((name) => slug(name) === key));
  if (exact.length === 1 && exact[0]) return { one: exact[0] };
  const begins = (item: T) => `-${slug(names(item).at(-1) ?? "")}`.includes(`-${key}`);
  const begin = key && exact.length === 0 ? list.filter(begins) : exact;
  if (begin.length === 1 && begin[0]) return { one: begin[0] };
  if (begin.length === 0) return { problem: `No ${what} is called ${wanted}` };
  const several = begin.map((item) => names(item).at(-1)).slice(0, 4);
  return { problem: `${wanted} could be ${several.join(", ")}: type more of it` };
}

/** An agent or person by what is typed after the at-sign. An agent of that very name goes before a person. */
function someone(name: string, choices: Choices): Body {
  if (fold(name) === "me" && choices.me) {
    return { kind: "person", label: "Me", value: choices.me };
  }
  const agents = choices.agents.filter((agent) => !agent.retired);
  const agent = find(name, agents, (each) => [each.id, each.name], "agent");
  const person = find(name, choices.people, (each) => [each.id, each.name], "person");
  const key = slug(name);
  const exactly = (each: Called) => slug(each.id) === key || slug(each.name) === key;
  if ("one" in agent && ("problem" in person || exactly(agent.one) || !exactly(person.one))) {
    return {
      kind: "agent",
      label: `${agent.one.emoji ?? ""} ${agent.one.name}`.trim(),
      value: agent.one.id,
    };
  }
  const several = [agent, person].find((each) => "problem" in each && each.problem.includes("could be"));
  if ("one" in person && (!several || exactly(person.one))) {
    return { kind: "person", label: person.one.name, value: person.one.id };
  }
  const problem = several && "problem" in several ? several.problem : `No agent or person is called ${name}`;
  return { kind: "agent", label: `@${name}`, value: null, problem };
}

const UNITS: Record<string, number> = { m: 1 / 60, min: 1 / 60, h: 1, d: 8, "": 1, pt: 1, pts: 1 };

function estimate(text: string): number | null {
  const found = /^~(\d{1,4}(?:[.,]\d{1,2})?)(m|min|h|d|pts?)?$/i.exec(text);
  if (!found) return null;
  const size = Number(found[1]?.replace(",", ".")) * (UNITS[found[2]?.toLowerCase() ?? ""] ?? 1);
  return size > 10_000 ? null : Math.round(size * 100) / 100;
}

const failed = (kind: ChipKind, label: string, problem: string): Body => ({
  kind,
  label,
  value: null,
  problem,
});

function sprint(name: string, choices: Choices): Body {
  const open = choices.sprints.filter((each) => each.status !== "completed");
  const wanted = fold(name);
  const byState =
    wanted === "current" || wanted === "active"
      ? open.find((each) => each.status === "active")
      : wanted === "next"
        ? open.find((each) => each.status === "planned")
        : undefined;
  if (byState) return { kind: "sprint", label: byState.name, value: byState.id };
  const found = find(name, open, (each) => [each.id, each.name], "open sprint");
  if ("problem" in found) return failed("sprint", name, found.problem);
  return { kind: "sprint", label: found.one.name, value: found.one.id };
}

/** `name:value`. Null where the name is not one of ours: an address with a colon stays text. */
function keyed(name: string, value: string, choices: Choices): Body | null {
  if (name === "sprint") return sprint(value, choices);
  if (name === "status" || name === "column") {
    const found = find(value, choices.columns, (each) => [each.key, each.name], "column");
    if ("problem" in found) return failed("status", value, found.problem);
    return { kind: "status", label: found.one.name, value: found.one.key };
  }
  if (name === "client") return { kind: "client", label: value, value };
  if (name === "brand") return { kind: "brand", label: value, value };
  if (name === "parent" || name === "blocked-by") {
    const number = /^#?(\d{1,9})$/.exec(value);
    if (!number) return failed(name, value, "Name the task by its number, such as #12");
    return { kind: name, label: `#${number[1]}`, value: Number(number[1]) };
  }
  return null;
}

const KEYED = /^([a-z-]+):(?:"([^"]*)"|(.+))$/i;

/** What one word says by itself. */
function sign(text: string, choices: Choices): Body | null {
  const priority = /^!?(p[1-3])$/i.exec(text) ?? /^!([1-3])$/.exec(text);
  if (priority) {
    const value = (priority[1]?.length === 1 ? `p${priority[1]}` : priority[1]?.toLowerCase()) ?? "p2";
    return { kind: "priority", label: value.toUpperCase(), value };
  }
  const mention = /^@([\p{L}\p{N}][\p{L}\p{N}._-]*)$/u.exec(text);
  if (mention) return someone((mention[1] ?? "").replace(/[.,;:]+$/, ""), choices);
  const category = /^#(\p{L}[\p{L}\p{N}_-]*)$/u.exec(text);
  if (category?.[1]) {
    const found = find(category[1], choices.categories, (each) => [each.id, each.name], "category");
    if ("problem" in found) return failed("category", text, found.problem);
    return { kind: "category", label: found.one.name, value: found.one.id };
  }
  const label = /^\+(\p{L}[\p{L}\p{N}_./-]*)$/u.exec(text);
  if (label?.[1]) {
    const wanted = label[1];
    const known = choices.labels.find((each) => slug(each) === slug(wanted));
    return { kind: "label", label: known ?? wanted, value: known ?? wanted };
  }
  const size = estimate(text);
  if (size !== null) return { kind: "estimate", label: `~${size} h`, value: size };
  const pair = KEYED.exec(text);
  return pair ? keyed(pair[1]?.toLowerCase() ?? "", pair[2] ?? pair[3] ?? "", choices) : null;
}

const LEAD: Record<string, "due" | "start"> = {
  by: "due",
  on: "due",
  due: "due",
  until: "due",
  starting: "start",
  starts: "start",
  from: "start",
};

interface Reading {
  used: number;
  body: Body;
}

/** A day at this word, with the word before it that says which day it is. */
function day(words: Word[], index: number, choices: Choices): Reading | null {
  const word = words[index]?.text.toLowerCase() ?? "";
  const rest = (from: number) => words.slice(from, from + 4).map((each) => each.text);
  const pair = /^(due|start):(.+)$/.exec(word);
  const lead = LEAD[word];
  const kind = (pair?.[1] as "due" | "start" | undefined) ?? lead ?? "due";
  const said = pair
    ? readDay([pair[2] ?? "", ...rest(index + 1).slice(0, 3)], choices.today, true)
    : readDay(lead ? rest(index + 1) : rest(index), choices.today, lead !== undefined);
  if (!said) return pair ? { used: 1, body: failed(kind, word, "This is not a day I know") } : null;
  const used = said.words + (lead && !pair ? 1 : 0);
  const text = said.day ? dayText(said.day, choices.today) : word;
  const label = kind === "start" ? `from ${text}` : text;
  return { used, body: said.problem ? failed(kind, label, said.problem) : { kind, label, value: said.day } };
}

function blockers(words: Word[], index: number): { used: number; bodies: Body[] } | null {
  if (!/^!(blocked-by|after)$/i.test(words[index]?.text ?? "")) return null;
  const bodies: Body[] = [];
  let next = index + 1;
  for (; next < words.length; next++) {
    const number = /^#(\d{1,9}),?$/.exec(words[next]?.text ?? "");
    if (!number) break;
    bodies.push({ kind: "blocked-by", label: `#${number[1]}`, value: Number(number[1]) });
  }
  if (bodies.length === 0)
    bodies.push(failed("blocked-by", "blocked by", "Name the task by its number, such as #12"));
  return { used: next - index, bodies };
}

/** One of these a task has; of several the last counts, and the words of the others stay in the title. */
const SINGLE = new Set<ChipKind>([
  "priority",
  "agent",
  "person",
  "category",
  "due",
  "start",
  "estimate",
  "sprint",
  "status",
  "parent",
  "client",
  "brand",
]);

function chipsOf(line: string, choices: Choices, asText: ReadonlySet<string>): Chip[] {
  const words = wordsOf(line);
  const chips: Chip[] = [];
  for (let index = 0; index < words.length; ) {
    const word = words[index] as Word;
    if (word.text.startsWith("\\")) {
      index += 1;
      continue;
    }
    const waits = blockers(words, index);
    const dated = waits ? null : day(words, index, choices);
    const single = waits || dated ? null : sign(word.text, choices);
    const used = waits?.used ?? dated?.used ?? 1;
    const bodies = waits?.bodies ?? (dated ? [dated.body] : single ? [single] : []);
    const to = words[index + used - 1]?.to ?? word.to;
    const source = line.slice(word.from, to);
    if (!asText.has(source.toLowerCase())) {
      for (const body of bodies) chips.push({ ...body, from: word.from, to, source });
    }
    index += used;
  }
  return chips.filter(
    (chip, index) =>
      !SINGLE.has(chip.kind) ||
      chip.problem !== undefined ||
      !chips.slice(index + 1).some((later) => later.kind === chip.kind && later.problem === undefined),
  );
}

function titleOf(line: string, chips: Chip[]): string {
  let text = "";
  let from = 0;
  for (const chip of chips) {
    if (chip.problem !== undefined || chip.from < from) continue;
    text += line.slice(from, chip.from);
    from = chip.to;
  }
  // A backslash before a word kept it from being read; it is not part of the title.
  return (text + line.slice(from))
    .replace(/(^|\s)\\(?=\S)/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}

function put(into: Parsed, chip: Chip): void {
  const { task } = into;
  if (chip.problem !== undefined || chip.value === null) return;
  const text = String(chip.value);
  if (chip.kind === "priority") task.priority = text as Priority;
  else if (chip.kind === "agent") task.assigned_agent_id = text;
  else if (chip.kind === "person") task.accountable_id = text;
  else if (chip.kind === "category") task.category_id = text;
  else if (chip.kind === "due") task.due_date = text;
  else if (chip.kind === "start") task.start_date = text;
  else if (chip.kind === "estimate") task.estimate = Number(chip.value);
  else if (chip.kind === "sprint") task.sprint_id = text;
  else if (chip.kind === "status") task.status = text;
  else if (chip.kind === "client") task.client_id = text;
  else if (chip.kind === "brand") task.brand = text;
  else if (chip.kind === "label") task.labels = [...new Set([...(task.labels ?? []), text])];
  else if (chip.kind === "parent") into.parent = Number(chip.value);
  else if (!into.dependsOn.includes(Number(chip.value))) into.dependsOn.push(Number(chip.value));
}

/** `asText`: sources (in lower case) the writer has said are only words. */
export function parseQuick(text: string, choices: Choices, asText: ReadonlySet<string> = new Set()): Parsed {
  const [line = "", ...rest] = text.replace(/\r\n?/g, "\n").split("\n");
  const chips = chipsOf(line, choices, asText);
  const parsed: Parsed = {
    title: titleOf(line, chips),
    description: rest.join("\n").trim(),
    chips,
    task: {},
    dependsOn: [],
    parent: null,
  };
  for (const chip of chips) put(parsed, chip);
  if (parsed.description) parsed.task.description = parsed.description;
  return parsed;
}
