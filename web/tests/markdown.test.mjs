import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { diffLines, joined } from "../src/ui/diff";
import { elements } from "../src/ui/markdown";
import { format, newLine, pasted, tick } from "../src/ui/markdown-edit";
import { readInline } from "../src/ui/markdown-inline";
import { readMarkdown } from "../src/ui/markdown-parse";

const T = (text) => ({ kind: "text", text });

/** Everything an element tree holds: tags, addresses, handlers. */
function walk(node, found = { tags: [], props: [] }) {
  if (Array.isArray(node)) for (const each of node) walk(each, found);
  else if (node && typeof node === "object" && "type" in node) {
    if (typeof node.type === "string") {
      found.tags.push(node.type);
      found.props.push(...Object.entries(node.props));
    }
    walk(node.props?.children, found);
  }
  return found;
}

/** How many times longer eight times as much takes: the best of some runs of each, in processor time. */
function growth(workOf) {
  const took = (work) => {
    const from = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(from);
    return user + system;
  };
  const best = (work) => Math.min(...Array.from({ length: 5 }, () => took(work)));
  const [small, large] = [workOf(1), workOf(8)];
  small();
  // What is over in two milliseconds is all overhead: nothing can be told of how it grows.
  return best(large) / Math.max(best(small), 2_000);
}

describe("inline", () => {
  for (const [text, wanted] of [
    ["a **b** c", [T("a "), { kind: "strong", inside: [T("b")] }, T(" c")]],
    ["__b__", [{ kind: "strong", inside: [T("b")] }]],
    ["*a* _b_", [{ kind: "em", inside: [T("a")] }, T(" "), { kind: "em", inside: [T("b")] }]],
    ["~~no~~", [{ kind: "del", inside: [T("no")] }]],
    ["`a *b*`", [{ kind: "code", text: "a *b*" }]],
    ["``a`b``", [{ kind: "code", text: "a`b" }]],
    ["snake_case_name", [T("snake_case_name")]],
    ["2 * 3 * 4", [T("2 * 3 * 4")]],
    ["**open", [T("**open")]],
    ["`open", [T("`open")]],
    ["\\*not\\*", [T("*not*")]],
    ["**a _b_**", [{ kind: "strong", inside: [T("a "), { kind: "em", inside: [T("b")] }] }]],
    ["a\nb", [T("a"), { kind: "break" }, T("b")]],
    ["ask @kenji.", [T("ask "), { kind: "mention", name: "kenji" }, T(".")]],
    ["mail ada@example.com", [T("mail ada@example.com")]],
    ["see #12, not a#13", [T("see "), { kind: "reference", number: 12 }, T(", not a#13")]],
    ["![x](attachments/a.png)", [{ kind: "image", src: "attachments/a.png", alt: "x" }]],
  ]) {
    test(JSON.stringify(text), () => assert.deepEqual(readInline(text), wanted));
  }

  test("addresses become links, with the sentence's full stop outside", () => {
    assert.deepEqual(readInline("See https://example.com/a_b_c?x=1."), [
      T("See "),
      {
        kind: "link",
        href: "https://example.com/a_b_c?x=1",
        inside: [T("https://example.com/a_b_c?x=1")],
      },
      T("."),
    ]);
    assert.equal(readInline("[a **b**](https://example.com/x_(y))")[0].href, "https://example.com/x_(y)");
  });

  test("only web addresses and attachments are links", () => {
    for (const target of [
      "javascript:alert(1)",
      "JaVaScRiPt:alert(1)",
      "data:text/html,x",
      "vbscript:x",
      "//evil.example",
      "/api/session",
      "attachments/../x",
      "file:///etc/passwd",
      "java\tscript:x",
    ]) {
      const kinds = readInline(`[click](${target}) ![click](${target})`).map((part) => part.kind);
      assert.ok(!kinds.includes("link") && !kinds.includes("image"), target);
    }
  });
});

describe("blocks", () => {
  const kinds = (text) => readMarkdown(text).map((block) => block.kind);

  test("the kinds", () => {
    const text =
      "# A\n\npara\nmore\n\n- x\n- y\n\n1. a\n2. b\n\n> q\n\n```js\nlet a\n```\n\n---\n\n| a | b |\n|---|--:|\n| 1 | 2 |";
    assert.deepEqual(kinds(text), ["heading", "para", "list", "list", "quote", "code", "rule", "table"]);
  });

  test("lists nest, and items know their line and tick", () => {
    const [list] = readMarkdown("- [ ] one\n- [x] two\n  - [ ] deep\n\n  more\n- plain");
    assert.deepEqual(
      list.items.map((item) => [item.checked, item.line, item.blocks.map((block) => block.kind)]),
      [
        [false, 0, ["para"]],
        [true, 1, ["para", "list", "para"]],
        [null, 5, ["para"]],
      ],
    );
    assert.equal(list.items[1].blocks[1].items[0].line, 2);
  });

  test("a blank line between items keeps one list; another kind begins another", () => {
    assert.equal(readMarkdown("- a\n\n- b")[0].items.length, 2);
    assert.deepEqual(kinds("- a\n1. b"), ["list", "list"]);
    assert.equal(readMarkdown("3. a\n4. b")[0].start, 3);
  });

  test("code keeps what is in it, an unclosed one to the end", () => {
    assert.equal(readMarkdown("```\n- a\n# b\n")[0].text, "- a\n# b\n");
    assert.deepEqual(kinds("~~~\n```\n~~~\nafter"), ["code", "para"]);
  });

  test("a table needs its line, and rows are cut or filled to its head", () => {
    const [table] = readMarkdown("a | b\n:-: | -:\n1\\|2 | 3 | 4\n5 |");
    assert.deepEqual(table.align, ["center", "right"]);
    assert.deepEqual(
      table.rows.map((row) => row.length),
      [2, 2],
    );
    assert.deepEqual(table.rows[0][0], [T("1|2")]);
    assert.deepEqual(kinds("a | b\nc | d"), ["para"]);
  });

  test("what looks like a tag is text", () => {
    const text = '<script>alert(1)</script>\n<img src=x onerror="x">';
    assert.deepEqual(
      readMarkdown(text)[0]
        .inside.map((part) => part.text ?? "\n")
        .join(""),
      text,
    );
  });

  // Eight times as much takes about eight times as long; where a reader goes back over what it has read it
  // takes sixty-four times. The processor's time is counted, so that a busy machine changes nothing.
  for (const [name, make] of [
    ["brackets", (n) => "[".repeat(12_500 * n)],
    ["stars", (n) => "*a ".repeat(4_000 * n)],
    ["bars", (n) => "_a ".repeat(4_000 * n)],
    ["ticks", (n) => Array.from({ length: 200 * Math.sqrt(n) }, (_, k) => "`".repeat(k + 1)).join(" ")],
    ["quotes", (n) => `${"> ".repeat(2_500 * n)}x`],
    [
      "lists",
      (n) => Array.from({ length: 1000 * Math.sqrt(n) }, (_, k) => `${" ".repeat(k * 2)}- x`).join("\n"),
    ],
    ["links", (n) => "[a](".repeat(3_000 * n)],
    ["rows", (n) => `a|b\n-|-\n${"|".repeat(12_500 * n)}`],
    ["marks", (n) => "**_~~".repeat(2_500 * n)],
    ["blanks", (n) => `${" ".repeat(12_500 * n)}x\n-${" ".repeat(12_500 * n)}`],
    ["rule", (n) => `${"- ".repeat(12_500 * n)}x`],
  ]) {
    test(`a hostile text of ${name} is read in time`, () => {
      const grown = growth((n) => {
        const text = make(n);
        return () => readMarkdown(text);
      });
      assert.ok(grown < 30, `eight times the text took ${grown.toFixed(1)} times as long`);
    });
  }
});

test("no handler, style or address of another kind ever comes from a text", () => {
  const text = [
    "[x](javascript:alert(1)) <a href='javascript:x'>y</a> ![p](https://evil.example/p.png)",
    "- [ ] a\n- [x] [b](https://ok.example)\n\n> q `c`\n\n| a |\n|---|\n| <b onclick=x> |",
  ].join("\n\n");
  const { tags, props } = walk(elements(readMarkdown(text)));
  assert.ok(tags.includes("table") && tags.includes("input") && tags.includes("a"));
  assert.ok(!tags.some((tag) => /script|iframe|object|img|style/.test(tag)));
  for (const [name, value] of props) {
    assert.ok(name !== "dangerouslySetInnerHTML");
    if (name === "href" || name === "src") assert.match(value, /^https:\/\//);
  }
});

describe("editing", () => {
  const apply = (text, edit) => text.slice(0, edit.from) + edit.insert + text.slice(edit.to);
  const done = (text, from, to, what) => apply(text, format(text, from, to, what));

  test("marks go on and off again", () => {
    assert.equal(done("a word b", 2, 6, "bold"), "a **word** b");
    assert.equal(done("a **word** b", 4, 8, "bold"), "a word b");
    assert.equal(done("a **word** b", 2, 10, "bold"), "a word b");
    assert.equal(done("a word b", 1, 7, "italic"), "a _word_ b");
    assert.equal(done("", 0, 0, "code"), "``");
    assert.deepEqual(format("", 0, 0, "code").select, [1, 1]);
  });

  test("lines get their sign and lose it again", () => {
    assert.equal(done("a\nb", 0, 3, "bullets"), "- a\n- b");
    assert.equal(done("- a\n- b", 0, 7, "bullets"), "a\nb");
    assert.equal(done("- a\n- b", 0, 7, "tasks"), "- [ ] a\n- [ ] b");
    assert.equal(done("x\na", 2, 2, "heading"), "x\n## a");
    assert.equal(done("", 0, 0, "quote"), "> ");
  });

  test("links", () => {
    const edit = format("a word", 2, 6, "link");
    assert.equal(apply("a word", edit), "a [word](https://)");
    assert.deepEqual(edit.select, [9, 17]);
    assert.equal(done("https://a.example", 0, 17, "link"), "[](https://a.example)");
    assert.equal(
      apply("a word", pasted("a word", 2, 6, "https://b.example ")),
      "a [word](https://b.example)",
    );
    assert.equal(pasted("a word", 2, 6, "text"), null);
  });

  test("Enter goes on with a list and ends it", () => {
    assert.equal(newLine("- a", 3).insert, "\n- ");
    assert.equal(newLine("  - [x] a", 9).insert, "\n  - [ ] ");
    assert.equal(newLine("9. a", 4).insert, "\n10. ");
    assert.equal(newLine("> a", 3).insert, "\n> ");
    assert.equal(apply("- a\n- ", newLine("- a\n- ", 6)), "- a\n");
    assert.equal(newLine("plain", 5), null);
  });

  test("a box is ticked in its line only", () => {
    const text = "- [ ] a\n- [x] b\n> 1. [ ] c\nno [ ] box";
    assert.equal(tick(text, 0, true), "- [x] a\n- [x] b\n> 1. [ ] c\nno [ ] box");
    assert.equal(tick(text, 1, false), "- [ ] a\n- [ ] b\n> 1. [ ] c\nno [ ] box");
    assert.equal(tick(text, 2, true), "- [ ] a\n- [x] b\n> 1. [x] c\nno [ ] box");
    assert.equal(tick(text, 3, true), text);
    assert.equal(tick(text, 9, true), text);
  });
});

describe("two texts beside each other", () => {
  const told = (a, b) => diffLines(a, b).map((part) => `${part.side}:${part.lines.join("|")}`);

  test("what both have stands once, the rest on its side, in order", () => {
    assert.deepEqual(told("a\nb\nc", "a\nx\nc"), ["both:a", "first:b", "second:x", "both:c"]);
    assert.deepEqual(told("a", "a"), ["both:a"]);
    assert.deepEqual(told("", "a"), ["first:", "second:a"]);
    assert.equal(joined("a\nb\nc", "a\nx\nc\nd"), "a\nb\nx\nc\nd");
  });

  test("each side is whole again from its parts", () => {
    const side = (parts, which) =>
      parts
        .filter((part) => part.side === "both" || part.side === which)
        .flatMap((part) => part.lines)
        .join("\n");
    for (let seed = 1; seed < 200; seed++) {
      const make = (n) =>
        Array.from({ length: (seed * n) % 9 }, (_, i) => "abc"[(seed * (i + n)) % 3]).join("\n");
      const [a, b] = [make(3), make(5)];
      const parts = diffLines(a, b);
      assert.equal(side(parts, "first"), a);
      assert.equal(side(parts, "second"), b);
    }
  });

  test("texts of thousands of lines are compared in time", () => {
    const many = (word, size) => Array.from({ length: 1000 * size }, (_, n) => `${word} ${n}`).join("\n");
    const grown = growth((size) => {
      const [first, second] = [many("a", size), many("b", size)];
      return () => diffLines(first, second);
    });
    assert.ok(grown < 30, `eight times the lines took ${grown.toFixed(1)} times as long`);
  });
});
