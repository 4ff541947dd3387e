// Agents write Markdown. This reads the part of it that helps reading and builds elements, never HTML:
// what looks like a tag stays the text it is, and only web addresses become links.
import type { ComponentChildren } from "preact";

const INLINE =
  /(`[^`\n]+`)|(\*\*[^*\n]+\*\*)|(\[[^\]\n]+\]\(https?:\/\/[^\s)]+\))|(https?:\/\/[^\s<>"')\]]*[^\s<>"')\].,:;!?])|(\b_[^_\n]+_\b)/g;

function outside(href: string, text: string, key: number) {
  return (
    <a key={key} href={href} target="_blank" rel="noopener noreferrer nofollow">
      {text}
    </a>
  );
}

function inline(text: string): ComponentChildren[] {
  const parts: ComponentChildren[] = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole] = match;
    if (match.index > from) parts.push(text.slice(from, match.index));
    const key = match.index;
    if (match[1]) parts.push(<code key={key}>{whole.slice(1, -1)}</code>);
    else if (match[2]) parts.push(<strong key={key}>{whole.slice(2, -2)}</strong>);
    else if (match[3]) {
      const cut = whole.indexOf("](");
      parts.push(outside(whole.slice(cut + 2, -1), whole.slice(1, cut), key));
    } else if (match[4]) parts.push(outside(whole, whole, key));
    else parts.push(<em key={key}>{whole.slice(1, -1)}</em>);
    from = match.index + whole.length;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}

type Block =
  | { kind: "code"; text: string }
  | { kind: "heading"; text: string }
  | { kind: "list"; ordered: boolean; items: string[] }
  | { kind: "para"; lines: string[] };

function blocks(text: string): Block[] {
  const found: Block[] = [];
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line.startsWith("```")) {
      const body: string[] = [];
      for (at++; at < lines.length && !lines[at]?.startsWith("```"); at++) body.push(lines[at] ?? "");
      found.push({ kind: "code", text: body.join("\n") });
      continue;
    }
    const heading = /^#{1,6}\s+(.*)$/.exec(line);
    if (heading) {
      found.push({ kind: "heading", text: heading[1] ?? "" });
      continue;
    }
    const item = /^\s*(?:([-*•])|(\d+)[.)])\s+(.*)$/.exec(line);
    const last = found.at(-1);
    if (item) {
      const ordered = item[2] !== undefined;
      if (last?.kind === "list" && last.ordered === ordered) last.items.push(item[3] ?? "");
      else found.push({ kind: "list", ordered, items: [item[3] ?? ""] });
      continue;
    }
    if (line.trim() === "") found.push({ kind: "para", lines: [] });
    else if (last?.kind === "para") last.lines.push(line);
    else found.push({ kind: "para", lines: [line] });
  }
  return found.filter((block) => block.kind !== "para" || block.lines.length > 0);
}

function render(block: Block, key: number) {
  if (block.kind === "code") return <pre key={key}>{block.text}</pre>;
  if (block.kind === "heading") {
    return (
      <p key={key} class="prose-heading">
        {inline(block.text)}
      </p>
    );
  }
  if (block.kind === "list") {
    const items = block.items.map((item, index) => <li key={index}>{inline(item)}</li>);
    return block.ordered ? <ol key={key}>{items}</ol> : <ul key={key}>{items}</ul>;
  }
  return (
    <p key={key}>
      {block.lines.flatMap((line, index) =>
        index ? [<br key={`b${index}`} />, ...inline(line)] : inline(line),
      )}
    </p>
  );
}

export function Prose({ text }: { text: string }) {
  return <div class="prose">{blocks(text).map(render)}</div>;
}
