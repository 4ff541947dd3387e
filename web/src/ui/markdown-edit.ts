// What the keys and buttons of the Markdown editor do to a text. Pure, so that it can be tested.

export interface Edit {
  from: number;
  to: number;
  insert: string;
  /** What is selected after it. */
  select: [number, number];
}

export type Format = "bold" | "italic" | "code" | "link" | "heading" | "bullets" | "tasks" | "quote";

const AROUND: Partial<Record<Format, string>> = { bold: "**", italic: "_", code: "`" };
const BEFORE: Partial<Record<Format, string>> = {
  heading: "## ",
  bullets: "- ",
  tasks: "- [ ] ",
  quote: "> ",
};

function around(text: string, from: number, to: number, mark: string): Edit {
  const size = mark.length;
  const chosen = text.slice(from, to);
  if (text.slice(from - size, from) === mark && text.slice(to, to + size) === mark) {
    return { from: from - size, to: to + size, insert: chosen, select: [from - size, to - size] };
  }
  if (chosen.length > size * 2 && chosen.startsWith(mark) && chosen.endsWith(mark)) {
    const bare = chosen.slice(size, -size);
    return { from, to, insert: bare, select: [from, from + bare.length] };
  }
  // Spaces at the ends stay outside: marks next to a space mean nothing.
  const bare = chosen.trim();
  const lead = chosen.length - chosen.trimStart().length;
  const start = from + lead;
  return {
    from: start,
    to: start + bare.length,
    insert: mark + bare + mark,
    select: [start + size, start + size + bare.length],
  };
}

function before(text: string, from: number, to: number, mark: string): Edit {
  const start = text.lastIndexOf("\n", from - 1) + 1;
  const next = text.indexOf("\n", Math.max(from, to - 1));
  const end = next < 0 ? text.length : next;
  const lines = text.slice(start, end).split("\n");
  const all = lines.every((line) => line.startsWith(mark));
  const bare = /^(?:#{1,6} |[-*+] \[[ xX]\] |[-*+] |> )/;
  const made = lines
    .map((line) => (all ? line.slice(mark.length) : mark + line.replace(bare, "")))
    .join("\n");
  const select: [number, number] =
    from === to ? [start + made.length, start + made.length] : [start, start + made.length];
  return { from: start, to: end, insert: made, select };
}

function link(text: string, from: number, to: number): Edit {
  const chosen = text.slice(from, to);
  if (/^https?:\/\/\S+$/.test(chosen)) {
    return { from, to, insert: `[](${chosen})`, select: [from + 1, from + 1] };
  }
  const insert = `[${chosen}](https://)`;
  const address = from + chosen.length + 3;
  return { from, to, insert, select: [address, address + "https://".length] };
}

export function format(text: string, from: number, to: number, what: Format): Edit {
  if (what === "link") return link(text, from, to);
  const mark = AROUND[what];
  return mark ? around(text, from, to, mark) : before(text, from, to, BEFORE[what] ?? "");
}

/** Enter in a list begins the next item; on an empty one it ends the list. Null for an ordinary Enter. */
export function newLine(text: string, caret: number): Edit | null {
  const start = text.lastIndexOf("\n", caret - 1) + 1;
  const found = /^(\s*)([-*+] \[[ xX]\] |[-*+] |(\d{1,9})([.)]) |> )(.*)$/.exec(text.slice(start, caret));
  if (!found) return null;
  const [, lead = "", mark = "", number, sign, said = ""] = found;
  if (!said.trim()) return { from: start, to: caret, insert: "", select: [start, start] };
  const next = number ? `${Number(number) + 1}${sign} ` : mark.replace(/\[[xX]\]/, "[ ]");
  const insert = `\n${lead}${next}`;
  return { from: caret, to: caret, insert, select: [caret + insert.length, caret + insert.length] };
}

/** The text with the checkbox in this line set; unchanged where the line has none any more. */
export function tick(text: string, line: number, checked: boolean): string {
  const lines = text.split("\n");
  const found = lines[line];
  if (found === undefined) return text;
  lines[line] = found.replace(
    /^((?:\s*>)*\s*(?:[-*+•]|\d{1,9}[.)])\s+\[)[ xX]\]/,
    (_, lead: string) => `${lead}${checked ? "x" : " "}]`,
  );
  return lines.join("\n");
}

/** An address pasted over chosen words becomes their link. */
export function pasted(text: string, from: number, to: number, address: string): Edit | null {
  const chosen = text.slice(from, to);
  if (!chosen.trim() || chosen.includes("\n") || !/^https?:\/\/\S+$/.test(address.trim())) return null;
  if (/^https?:\/\//.test(chosen)) return null;
  const insert = `[${chosen}](${address.trim()})`;
  return { from, to, insert, select: [from + insert.length, from + insert.length] };
}
