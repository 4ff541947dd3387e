// What the Markdown of a card may point at: people, other cards, its own files.
import { attachmentUrl } from "../../api/task";
import { allCards, columnByKey, people, roster } from "../../store/board";
import type { Completion } from "../../ui/completing";
import type { Around } from "../../ui/markdown";
import { slug } from "./quick-parse";

export function aroundOf(taskId: string): Around {
  return {
    mention: (name) => {
      const agent = roster.peek().find((each) => each.id === name.toLowerCase());
      if (agent) return agent.name;
      return people.peek().find((each) => slug(each.name) === slug(name))?.name ?? null;
    },
    reference: (number) => {
      const card = allCards().find((each) => each.number === number);
      if (!card) return null;
      return {
        href: `/board?task=${encodeURIComponent(card.id)}`,
        title: card.title,
        done: columnByKey.peek().get(card.status)?.kind === "done",
      };
    },
    file: (name) => ({
      href: attachmentUrl(taskId, name),
      inline: /\.(png|jpe?g|gif|webp)$/i.test(name),
    }),
  };
}

/** Names to complete after an @. */
export function mentions(text: string, caret: number): Completion | null {
  const word = /(?:^|\s)@([\p{L}\p{N}_-]*)$/u.exec(text.slice(0, caret))?.[1];
  if (word === undefined) return null;
  const query = slug(word);
  const all = [
    ...roster
      .peek()
      .map((each) => ({ insert: `@${each.id} `, label: each.name, hint: "agent", mark: each.emoji })),
    ...people.peek().map((each) => ({ insert: `@${slug(each.name)} `, label: each.name, hint: "person" })),
  ];
  const offers = all.filter((each) => slug(each.label).includes(query)).slice(0, 8);
  return offers.length > 0 ? { from: caret - word.length - 1, to: caret, offers } : null;
}
