// What the card one looks at waits for, and what waits for it, as lines between their bars.
import type { Card } from "../../../api/board";
import { columnByKey, peekCard } from "../../../store/board";
import { extentOf } from "../dates";
import { datesOf } from "../reschedule";
import { spans } from "../spans";
import { conflictsOf, type Laid } from "./rows";
import { type Scale, xOf } from "./scale";
import { pointed } from "./state";

interface Line {
  key: string;
  path: string;
  wrong: boolean;
}

interface Props {
  laid: Laid;
  scale: Scale;
  name: number;
  today: string;
  /** The middle of a bar, from the top of its line. */
  middle: number;
}

const isDone = (card: Card) => columnByKey.peek().get(card.status)?.kind === "done";

const tip = (x: number, y: number) => `M${x - 5} ${y - 4}L${x} ${y}L${x - 5} ${y + 4}`;

/** From the end of one bar to the beginning of another, by right angles with soft corners. */
function route(x1: number, y1: number, x2: number, y2: number): string {
  const out = 10;
  const r = 5;
  const down = y2 > y1 ? 1 : -1;
  if (x2 - x1 >= 2 * out) {
    const bend = x2 - out;
    return `M${x1} ${y1}H${bend - r}Q${bend} ${y1} ${bend} ${y1 + down * r}V${y2 - down * r}Q${bend} ${y2} ${bend + r} ${y2}H${x2}${tip(x2, y2)}`;
  }
  const mid = (y1 + y2) / 2;
  const right = x1 + out;
  const left = x2 - out;
  return [
    `M${x1} ${y1}H${right - r}Q${right} ${y1} ${right} ${y1 + down * r}V${mid - down * r}`,
    `Q${right} ${mid} ${right - r} ${mid}H${left + r}Q${left} ${mid} ${left} ${mid + down * r}`,
    `V${y2 - down * r}Q${left} ${y2} ${left + r} ${y2}H${x2}${tip(x2, y2)}`,
  ].join("");
}

export function Links({ laid, scale, name, today, middle }: Props) {
  const id = pointed.value;
  const all = spans.value;
  if (!id) return null;
  const place = (which: string) => {
    const line = laid.lines[laid.at.get(which) ?? -1];
    const extent = line?.kind === "card" ? extentOf(datesOf(line.card), all.get(which), today) : null;
    if (line?.kind !== "card" || !extent) return null;
    const x1 = name + xOf(scale, extent.start);
    return { y: line.top + middle, x1, x2: name + xOf(scale, extent.end) + scale.px };
  };
  const lines: Line[] = [];
  const add = (from: string, to: string) => {
    const a = place(from);
    const b = place(to);
    const card = peekCard(to);
    if (!a || !b || !card) return;
    const shown = { ...card, ...datesOf(card) };
    const found = conflictsOf(shown, all.get(to), peekCard, isDone);
    const wrong = found.some((each) => each.id === from);
    lines.push({ key: `${from} ${to}`, path: route(a.x2, a.y, b.x1 - 1, b.y), wrong });
  };
  for (const other of all.get(id)?.depends_on ?? []) add(other, id);
  for (const each of all.values()) if (each.depends_on?.includes(id)) add(id, each.id);
  if (lines.length === 0) return null;
  return (
    <svg class="tl-links" width="1" height="1" aria-hidden="true">
      {lines.map((line) => (
        <path key={line.key} d={line.path} class={line.wrong ? "is-wrong" : ""} />
      ))}
    </svg>
  );
}
