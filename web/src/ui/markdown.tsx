// Markdown on the page: elements built from data, never HTML.
import "../styles/writing.css";
import type { ComponentChildren, VNode } from "preact";
import { useMemo } from "preact/hooks";
import { type Inline, isWeb } from "./markdown-inline";
import { type Block, type Item, readMarkdown } from "./markdown-parse";
import { memo } from "./memo";

/** What the text may point at is known outside. Each answers null for what it does not know. */
export interface Around {
  mention?: (name: string) => string | null;
  reference?: (number: number) => { href: string; title: string; done: boolean } | null;
  /** The address of `attachments/NAME`, and whether it may be shown in place. */
  file?: (name: string) => { href: string; inline: boolean } | null;
}

interface Props {
  text: string;
  around?: Around;
  onTick?: ((line: number, checked: boolean) => void) | undefined;
}

interface Means {
  around: Around;
  onTick: ((line: number, checked: boolean) => void) | undefined;
}

const attached = (address: string) => /^attachments\/(.+)$/.exec(address)?.[1] ?? null;

function link(href: string, inside: ComponentChildren, key: number) {
  return (
    <a key={key} href={href} target="_blank" rel="noopener noreferrer nofollow">
      {inside}
    </a>
  );
}

function picture(src: string, alt: string, key: number, means: Means): ComponentChildren {
  const name = attached(src);
  const known = name ? means.around.file?.(decoded(name)) : null;
  if (known?.inline) {
    return <img key={key} src={known.href} alt={alt || (name ?? "")} loading="lazy" decoding="async" />;
  }
  // A picture from elsewhere would tell its server who reads this: it is offered as a link.
  if (known) return link(known.href, alt || name, key);
  return isWeb(src) ? link(src, alt || src, key) : alt || src;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function inline(parts: Inline[], means: Means): ComponentChildren[] {
  return parts.map((part, key) => piece(part, key, means));
}

function piece(part: Inline, key: number, means: Means): ComponentChildren {
  switch (part.kind) {
    case "text":
      return part.text;
    case "break":
      return <br key={key} />;
    case "code":
      return <code key={key}>{part.text}</code>;
    case "strong":
      return <strong key={key}>{inline(part.inside, means)}</strong>;
    case "em":
      return <em key={key}>{inline(part.inside, means)}</em>;
    case "del":
      return <del key={key}>{inline(part.inside, means)}</del>;
    case "image":
      return picture(part.src, part.alt, key, means);
    case "link": {
      const name = attached(part.href);
      const href = name ? means.around.file?.(decoded(name))?.href : part.href;
      return href ? link(href, inline(part.inside, means), key) : inline(part.inside, means);
    }
    case "mention": {
      const known = means.around.mention?.(part.name);
      return known ? (
        <span key={key} class="md-mention" title={known}>
          @{part.name}
        </span>
      ) : (
        `@${part.name}`
      );
    }
    case "reference": {
      const known = means.around.reference?.(part.number);
      return known ? (
        <a key={key} href={known.href} title={known.title} class={known.done ? "md-ref md-done" : "md-ref"}>
          #{part.number}
        </a>
      ) : (
        `#${part.number}`
      );
    }
  }
}

function words(parts: Inline[]): string {
  return parts
    .map((part) => ("inside" in part ? words(part.inside) : "text" in part ? part.text : ""))
    .join("");
}

function item(each: Item, key: number, means: Means): VNode {
  const first = each.blocks[0];
  const rest = first?.kind === "para" ? each.blocks.slice(1) : each.blocks;
  const line = first?.kind === "para" ? inline(first.inside, means) : null;
  const inner = rest.length > 0 ? blocks(rest, means) : null;
  if (each.checked === null) {
    return (
      <li key={key}>
        {line}
        {inner}
      </li>
    );
  }
  const { onTick } = means;
  return (
    <li key={key} class={each.checked ? "md-task md-ticked" : "md-task"}>
      <input
        type="checkbox"
        checked={each.checked}
        disabled={!onTick}
        aria-label={(first?.kind === "para" && words(first.inside)) || "Task"}
        onChange={(event) => onTick?.(each.line, event.currentTarget.checked)}
      />
      <div>
        {line && <span>{line}</span>}
        {inner}
      </div>
    </li>
  );
}

function table(block: Extract<Block, { kind: "table" }>, key: number, means: Means): VNode {
  const align = (index: number) => block.align[index] ?? undefined;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable to be scrolled by keys.
    <div class="md-table" key={key} tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead>
          <tr>
            {block.head.map((cell, index) => (
              <th key={index} scope="col" style={{ textAlign: align(index) }}>
                {inline(cell, means)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {block.rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, index) => (
                <td key={index} style={{ textAlign: align(index) }}>
                  {inline(cell, means)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function blocks(list: Block[], means: Means): VNode[] {
  return list.map((each, key) => drawn(each, key, means));
}

function drawn(block: Block, key: number, means: Means): VNode {
  switch (block.kind) {
    case "heading":
      // Headings of a text are not headings of the page: its outline is ours.
      return (
        <p key={key} class={`md-heading md-h${Math.min(block.level, 4)}`}>
          {inline(block.inside, means)}
        </p>
      );
    case "para":
      return <p key={key}>{inline(block.inside, means)}</p>;
    case "code":
      return (
        <pre key={key} data-language={block.language || undefined}>
          {block.text}
        </pre>
      );
    case "quote":
      return <blockquote key={key}>{blocks(block.blocks, means)}</blockquote>;
    case "rule":
      return <hr key={key} />;
    case "table":
      return table(block, key, means);
    case "list": {
      const items = block.items.map((each, index) => item(each, index, means));
      const tasks = block.items.some((each) => each.checked !== null) ? "md-tasks" : undefined;
      return block.ordered ? (
        <ol key={key} start={block.start} class={tasks}>
          {items}
        </ol>
      ) : (
        <ul key={key} class={tasks}>
          {items}
        </ul>
      );
    }
  }
}

/** The elements a text becomes. */
export function elements(read: Block[], around: Around = {}, onTick?: Props["onTick"]): VNode[] {
  return blocks(read, { around, onTick });
}

function Rendered({ text, around, onTick }: Props) {
  const read = useMemo(() => readMarkdown(text), [text]);
  return <div class="prose md">{elements(read, around, onTick)}</div>;
}

export const Markdown = memo(Rendered);
