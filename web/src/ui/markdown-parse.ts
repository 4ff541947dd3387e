// Markdown read into plain data. Nothing of it is ever HTML: a tag stays the text it is, and only web
// addresses become links. Time is linear in the text, however it is nested or left unclosed.
import { type Inline, readInline } from "./markdown-inline";

export interface Item {
  /** A checkbox: whether it is ticked; null for an ordinary item. */
  checked: boolean | null;
  /** The line of the source it stands in, from 0. */
  line: number;
  blocks: Block[];
}

export type Block =
  | { kind: "heading"; level: number; inside: Inline[] }
  | { kind: "para"; inside: Inline[] }
  | { kind: "code"; language: string; text: string }
  | { kind: "quote"; blocks: Block[] }
  | { kind: "list"; ordered: boolean; start: number; items: Item[] }
  | { kind: "table"; align: ("left" | "center" | "right" | null)[]; head: Inline[][]; rows: Inline[][][] }
  | { kind: "rule" };

interface Line {
  text: string;
  at: number;
}

const DEEPEST = 8;
const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^\s`]*)/;
const HEADING = /^ {0,3}(#{1,6})(?:\s+(.*?))?(?:\s+#+)?\s*$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const ITEM = /^(\s*)(?:([-*+•])|(\d{1,9})[.)])(?:\s+(?:\[([ xX])\](?=\s|$)\s?)?(.*)|$)/;
const QUOTE = /^ {0,3}> ?(.*)$/;
const SPLIT_ROW = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

const indent = (text: string) => text.length - text.trimStart().length;
const blank = (line: Line | undefined) => line === undefined || line.text.trim() === "";

function cells(text: string): string[] {
  const bare = text
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "");
  return bare.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

class Blocks {
  private at = 0;
  private readonly found: Block[] = [];

  constructor(
    private readonly lines: Line[],
    private readonly depth: number,
  ) {}

  read(): Block[] {
    while (this.at < this.lines.length) {
      const line = this.lines[this.at] as Line;
      if (blank(line)) this.at += 1;
      else if (FENCE.test(line.text)) this.fence(line);
      else if (HEADING.test(line.text)) this.heading(line);
      else if (RULE.test(line.text)) this.rule();
      else if (this.depth < DEEPEST && QUOTE.test(line.text)) this.quote();
      else if (this.depth < DEEPEST && ITEM.test(line.text)) this.list(line);
      else if (this.isTable()) this.table();
      else this.para();
    }
    return this.found;
  }

  private fence(line: Line): void {
    const [, mark = "```", language = ""] = FENCE.exec(line.text) ?? [];
    const body: string[] = [];
    const shift = indent(line.text);
    for (this.at += 1; this.at < this.lines.length; this.at += 1) {
      const text = this.lines[this.at]?.text ?? "";
      const end = /^ {0,3}(`{3,}|~{3,})\s*$/.exec(text)?.[1];
      if (end?.startsWith(mark)) break;
      body.push(text.slice(Math.min(shift, indent(text))));
    }
    this.at += 1;
    this.found.push({ kind: "code", language, text: body.join("\n") });
  }

  private heading(line: Line): void {
    const [, mark = "#", text = ""] = HEADING.exec(line.text) ?? [];
    this.found.push({ kind: "heading", level: mark.length, inside: readInline(text) });
    this.at += 1;
  }

  private rule(): void {
    this.found.push({ kind: "rule" });
    this.at += 1;
  }

  private quote(): void {
    const inner: Line[] = [];
    for (; this.at < this.lines.length; this.at += 1) {
      const line = this.lines[this.at] as Line;
      const found = QUOTE.exec(line.text);
      if (!found && (blank(line) || this.begins(line))) break;
      inner.push({ text: found ? (found[1] ?? "") : line.text, at: line.at });
    }
    this.found.push({ kind: "quote", blocks: new Blocks(inner, this.depth + 1).read() });
  }

  /** Whether a line begins something that ends a paragraph. */
  private begins(line: Line): boolean {
    const { text } = line;
    return FENCE.test(text) || HEADING.test(text) || RULE.test(text) || QUOTE.test(text) || ITEM.test(text);
  }

  private list(first: Line): void {
    const begun = ITEM.exec(first.text);
    const ordered = begun?.[3] !== undefined;
    const outer = begun?.[1]?.length ?? 0;
    const items: Item[] = [];
    while (this.at < this.lines.length) {
      const line = this.lines[this.at] as Line;
      const mark = RULE.test(line.text) ? null : ITEM.exec(line.text);
      if (!mark || (mark[3] !== undefined) !== ordered || (mark[1]?.length ?? 0) < outer) break;
      items.push(this.item(line, mark));
    }
    this.found.push({ kind: "list", ordered, start: Number(begun?.[3] ?? 1), items });
  }

  private item(line: Line, mark: RegExpExecArray): Item {
    const outer = mark[1]?.length ?? 0;
    const inner: Line[] = [{ text: mark[5] ?? "", at: line.at }];
    for (this.at += 1; this.at < this.lines.length; this.at += 1) {
      const next = this.lines[this.at] as Line;
      if (blank(next)) {
        const after = this.lines[this.at + 1];
        if (blank(after) || indent(after?.text ?? "") <= outer) break;
        inner.push({ text: "", at: next.at });
        continue;
      }
      const deep = indent(next.text);
      // Two columns in, or a line that only goes on with the text of the item.
      if (deep >= outer + 2) inner.push({ text: next.text.slice(Math.min(deep, outer + 2)), at: next.at });
      else if (this.begins(next) || blank(this.lines[this.at - 1])) break;
      else inner.push({ text: next.text.trimStart(), at: next.at });
    }
    while (this.at < this.lines.length && blank(this.lines[this.at]) && this.goesOn(outer)) this.at += 1;
    const checked = mark[4] === undefined ? null : mark[4] !== " ";
    return { checked, line: line.at, blocks: new Blocks(inner, this.depth + 1).read() };
  }

  /** After a blank line: whether another item of the same list follows. */
  private goesOn(outer: number): boolean {
    const after = this.lines[this.at + 1];
    const mark = after && !RULE.test(after.text) ? ITEM.exec(after.text) : null;
    return mark !== null && mark !== undefined && (mark[1]?.length ?? 0) >= outer;
  }

  private isTable(): boolean {
    const [head, split] = [this.lines[this.at], this.lines[this.at + 1]];
    if (!head?.text.includes("|") || !split || !SPLIT_ROW.test(split.text)) return false;
    return cells(head.text).length === cells(split.text).length;
  }

  private table(): void {
    const row = (line: Line | undefined) => cells(line?.text ?? "").map(readInline);
    const head = row(this.lines[this.at]);
    const align = cells(this.lines[this.at + 1]?.text ?? "").map((cell) => {
      const [left, right] = [cell.startsWith(":"), cell.endsWith(":")];
      return left && right ? "center" : right ? "right" : left ? "left" : null;
    });
    const rows: Inline[][][] = [];
    for (this.at += 2; this.at < this.lines.length; this.at += 1) {
      const line = this.lines[this.at];
      if (blank(line) || !line?.text.includes("|")) break;
      const found = row(line).slice(0, head.length);
      while (found.length < head.length) found.push([]);
      rows.push(found);
    }
    this.found.push({ kind: "table", align, head, rows });
  }

  private para(): void {
    const text: string[] = [];
    for (; this.at < this.lines.length; this.at += 1) {
      const line = this.lines[this.at] as Line;
      const more = text.length > 0;
      if (blank(line) || (more && this.depth < DEEPEST && this.begins(line)) || (more && this.isTable()))
        break;
      text.push(line.text.trim());
    }
    this.found.push({ kind: "para", inside: readInline(text.join("\n")) });
  }
}

export function readMarkdown(text: string): Block[] {
  const lines = text
    .replace(/\r\n?/g, "\n")
    .split("\n")
    .map((line, at) => ({ text: line.replace(/\t/g, "    "), at }));
  return new Blocks(lines, 0).read();
}
