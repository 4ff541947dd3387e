// What stands inside a line of markdown, read into plain data: tags stay text, and only web addresses
// become links. Time is linear in the text, however it is nested or left unclosed.

export type Inline =
  | { kind: "text"; text: string }
  | { kind: "break" }
  | { kind: "code"; text: string }
  | { kind: "strong" | "em" | "del"; inside: Inline[] }
  | { kind: "link"; href: string; inside: Inline[] }
  | { kind: "image"; src: string; alt: string }
  | { kind: "mention"; name: string }
  | { kind: "reference"; number: number };

const DEEPEST = 8;
const LONGEST_LABEL = 500;
const LONGEST_ADDRESS = 2000;

export const isWeb = (address: string) => /^https?:\/\/[^\s<>"]+$/i.test(address);

/** What may begin something; all before it is text. */
const SPECIAL = /[\\`*_~[!@#\n]|https?:\/\//giu;
const ADDRESS = /https?:\/\/[^\s<>"'`\]]*[^\s<>"'`\].,:;!?)*_~]/iy;
const NAME = /@([\p{L}\p{N}](?:[\p{L}\p{N}_.-]{0,78}[\p{L}\p{N}_])?)/uy;
const NUMBER = /#(\d{1,9})(?![\p{L}\p{N}_-])/uy;
const MARKS: [string, "strong" | "em" | "del"][] = [
  ["**", "strong"],
  ["__", "strong"],
  ["~~", "del"],
  ["*", "em"],
  ["_", "em"],
];

const isWord = (letter: string | undefined) => letter !== undefined && /[\p{L}\p{N}_]/u.test(letter);

class Reader {
  private parts: Inline[] = [];
  private plain = "";
  /** Marks that have no end any more: looking for one again would find nothing again. */
  private unclosed = new Set<string>();

  constructor(
    private readonly text: string,
    private readonly depth: number,
    private readonly inLink: boolean,
  ) {}

  read(): Inline[] {
    let at = 0;
    while (at < this.text.length) {
      SPECIAL.lastIndex = at;
      const next = SPECIAL.exec(this.text)?.index ?? this.text.length;
      this.plain += this.text.slice(at, next);
      at = next < this.text.length ? this.special(next) : next;
    }
    this.flush();
    return this.parts;
  }

  private flush(): void {
    if (this.plain) this.parts.push({ kind: "text", text: this.plain });
    this.plain = "";
  }

  private put(part: Inline, to: number): number {
    this.flush();
    this.parts.push(part);
    return to;
  }

  private inside(text: string, inLink = this.inLink): Inline[] {
    if (this.depth >= DEEPEST) return [{ kind: "text", text }];
    return new Reader(text, this.depth + 1, inLink).read();
  }

  private special(at: number): number {
    const letter = this.text[at] ?? "";
    const to =
      letter === "\\"
        ? this.escaped(at)
        : letter === "`"
          ? this.code(at)
          : letter === "\n"
            ? this.put({ kind: "break" }, at + 1)
            : letter === "["
              ? this.link(at, at)
              : letter === "!"
                ? this.image(at)
                : letter === "@"
                  ? this.mention(at)
                  : letter === "#"
                    ? this.reference(at)
                    : letter.toLowerCase() === "h"
                      ? this.address(at)
                      : this.marked(at);
    if (to > at) return to;
    this.plain += letter;
    return at + 1;
  }

  private escaped(at: number): number {
    const next = this.text[at + 1] ?? "";
    if (!/[\\`*_~[\]()!@#>+.|-]/.test(next)) return at;
    this.plain += next;
    return at + 2;
  }

  private code(at: number): number {
    const fence = /`+/y;
    fence.lastIndex = at;
    const mark = fence.exec(this.text)?.[0] ?? "`";
    if (this.unclosed.has(mark)) return this.asText(at, mark);
    let end = this.text.indexOf(mark, at + mark.length);
    while (end >= 0 && (this.text[end + mark.length] === "`" || this.text[end - 1] === "`")) {
      let past = end;
      while (this.text[past] === "`") past += 1;
      end = this.text.indexOf(mark, past);
    }
    if (end < 0) {
      this.unclosed.add(mark);
      return this.asText(at, mark);
    }
    const text = this.text.slice(at + mark.length, end).replace(/\n/g, " ");
    const trimmed = /^ .*[^ ].* $|^ [^ ] $/.test(text) ? text.slice(1, -1) : text;
    return this.put({ kind: "code", text: trimmed }, end + mark.length);
  }

  private asText(at: number, mark: string): number {
    this.plain += mark;
    return at + mark.length;
  }

  private marked(at: number): number {
    for (const [mark, kind] of MARKS) {
      if (!this.text.startsWith(mark, at)) continue;
      const end = this.closing(at, mark);
      if (end < 0) continue;
      return this.put(
        { kind, inside: this.inside(this.text.slice(at + mark.length, end)) },
        end + mark.length,
      );
    }
    return at;
  }

  private closing(at: number, mark: string): number {
    const from = at + mark.length;
    const first = this.text[from];
    if (this.unclosed.has(mark) || first === undefined || /\s/.test(first)) return -1;
    if (mark[0] === "_" && isWord(this.text[at - 1])) return -1;
    let end = this.text.indexOf(mark, from + 1);
    while (end >= 0) {
      const last = this.text[end - 1] ?? "";
      const past = this.text[end + mark.length];
      const single = mark.length === 1 && (past === mark || last === mark);
      if (!/\s/.test(last) && last !== "\\" && !single && !(mark[0] === "_" && isWord(past))) return end;
      end = this.text.indexOf(mark, end + (single && past === mark ? 2 : 1));
    }
    this.unclosed.add(mark);
    return -1;
  }

  /** `[label](address)` whose bracket stands at `open`; what is found begins at `at`. */
  private bracketed(open: number): { label: string; target: string; to: number } | null {
    const close = this.text.slice(open, open + LONGEST_LABEL).search(/\]\(/) + open;
    if (close < open) return null;
    const rest = this.text.slice(close + 2, close + 2 + LONGEST_ADDRESS);
    const target = /^<?([^\s<>]*?(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?:\s+"[^"\n]*")?\)/.exec(rest);
    if (!target) return null;
    return {
      label: this.text.slice(open + 1, close),
      target: target[1] ?? "",
      to: close + 2 + target[0].length,
    };
  }

  private link(at: number, open: number): number {
    const found = this.inLink ? null : this.bracketed(open);
    if (!found) return at;
    const { label, target, to } = found;
    if (!isWeb(target) && !/^attachments\/[^/\\]+$/.test(target)) return at;
    return this.put({ kind: "link", href: target, inside: this.inside(label, true) }, to);
  }

  private image(at: number): number {
    if (this.text[at + 1] !== "[") return at;
    const found = this.bracketed(at + 1);
    if (!found || (!isWeb(found.target) && !/^attachments\/[^/\\]+$/.test(found.target))) return at;
    return this.put({ kind: "image", src: found.target, alt: found.label }, found.to);
  }

  private address(at: number): number {
    if (this.inLink) return at;
    ADDRESS.lastIndex = at;
    const found = ADDRESS.exec(this.text)?.[0];
    if (!found || found.length > LONGEST_ADDRESS) return at;
    return this.put(
      { kind: "link", href: found, inside: [{ kind: "text", text: found }] },
      at + found.length,
    );
  }

  private mention(at: number): number {
    if (isWord(this.text[at - 1]) || /[@./]/.test(this.text[at - 1] ?? "")) return at;
    NAME.lastIndex = at;
    const found = NAME.exec(this.text);
    return found ? this.put({ kind: "mention", name: found[1] ?? "" }, at + found[0].length) : at;
  }

  private reference(at: number): number {
    if (isWord(this.text[at - 1]) || /[&/#]/.test(this.text[at - 1] ?? "")) return at;
    NUMBER.lastIndex = at;
    const found = NUMBER.exec(this.text);
    return found ? this.put({ kind: "reference", number: Number(found[1]) }, at + found[0].length) : at;
  }
}

export function readInline(text: string): Inline[] {
  return new Reader(text, 0, false).read();
}
