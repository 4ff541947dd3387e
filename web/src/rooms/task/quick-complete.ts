// What can be completed at the caret of the quick add, and with what.
import { type Choices, slug } from "./quick-parse";

export interface Offer {
  /** What is put in the place of the typed beginning, a space after it included. */
  insert: string;
  label: string;
  hint: string;
  mark?: string;
}

export interface Completion {
  from: number;
  to: number;
  offers: Offer[];
}

const MOST = 8;
const quoted = (name: string) => (/\s/.test(name) ? `"${name}"` : name);

function who(choices: Choices): Offer[] {
  const agents = choices.agents
    .filter((agent) => !agent.retired)
    .map((agent) => ({
      insert: `@${agent.id}`,
      label: agent.name,
      hint: "agent",
      ...(agent.emoji ? { mark: agent.emoji } : {}),
    }));
  const people = choices.people.map((person) => ({
    insert: `@${slug(person.name)}`,
    label: person.name,
    hint: person.id === choices.me ? "you, accountable" : "accountable",
  }));
  return [...agents, ...people];
}

const COMMANDS: Offer[] = [
  { insert: "!blocked-by #", label: "Blocked by…", hint: "!blocked-by #12" },
  { insert: "p1", label: "Priority 1", hint: "p1" },
  { insert: "p2", label: "Priority 2", hint: "p2" },
  { insert: "p3", label: "Priority 3", hint: "p3" },
];

function offersFor(word: string, choices: Choices): Offer[] {
  const first = word[0];
  if (first === "@") return who(choices);
  if (first === "#" && !/^#\d/.test(word)) {
    return choices.categories.map((each) => ({
      insert: `#${slug(each.name)}`,
      label: each.name,
      hint: "category",
    }));
  }
  if (first === "+")
    return choices.labels.map((each) => ({ insert: `+${slug(each)}`, label: each, hint: "label" }));
  if (first === "!") return COMMANDS;
  if (/^sprint:/i.test(word)) {
    return choices.sprints
      .filter((each) => each.status !== "completed")
      .map((each) => ({ insert: `sprint:${quoted(each.name)}`, label: each.name, hint: each.status }));
  }
  if (/^(status|column):/i.test(word)) {
    return choices.columns.map((each) => ({
      insert: `status:${each.key}`,
      label: each.name,
      hint: "column",
    }));
  }
  return [];
}

/** Null where nothing is to complete: between words, in a title, or when it is typed out already. */
export function completionAt(text: string, caret: number, choices: Choices): Completion | null {
  const before = text.slice(0, caret);
  const word = /(?:^|\s)([@#+!]\S*|(?:sprint|status|column):"?[^"\n]*)$/i.exec(before)?.[1];
  if (word === undefined || before.includes("\n")) return null;
  if (/\s/.test(word) && !word.includes('"')) return null;
  const from = caret - word.length;
  const rest = /^\S*/.exec(text.slice(caret))?.[0] ?? "";
  const query = slug(word.replace(/^([@#+!]|[a-z]+:"?)/i, ""));
  const offers = offersFor(word, choices)
    .map((offer) => {
      const names = [slug(offer.label), slug(offer.insert.replace(/^\W|^[a-z]+:/, ""))];
      const points = names.some((name) => name.startsWith(query))
        ? 2
        : names.some((name) => name.includes(query))
          ? 1
          : 0;
      return { offer, points };
    })
    .filter((each) => each.points > 0)
    .sort((a, b) => b.points - a.points)
    .slice(0, MOST)
    .map((each) => each.offer);
  const only = offers.length === 1 && offers[0]?.insert.toLowerCase() === (word + rest).toLowerCase();
  return offers.length > 0 && !only ? { from, to: caret + rest.length, offers } : null;
}
