// Two texts compared line by line.

export type Side = "both" | "first" | "second";

export interface DiffPart {
  side: Side;
  lines: string[];
}

/** Beyond this the middle is told as wholly different: the table of the comparison would not fit. */
const MOST_CELLS = 4_000_000;

function push(parts: DiffPart[], side: Side, line: string): void {
  const last = parts.at(-1);
  if (last?.side === side) last.lines.push(line);
  else parts.push({ side, lines: [line] });
}

/** The longest common lines, told in order; what only one has stands between them. */
export function diffLines(first: string, second: string): DiffPart[] {
  const a = first.split("\n");
  const b = second.split("\n");
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  ) {
    tail += 1;
  }
  const parts: DiffPart[] = [];
  for (const line of a.slice(0, head)) push(parts, "both", line);
  middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail), parts);
  for (const line of a.slice(a.length - tail)) push(parts, "both", line);
  return parts;
}

function middle(a: string[], b: string[], parts: DiffPart[]): void {
  if (a.length * b.length > MOST_CELLS) {
    for (const line of a) push(parts, "first", line);
    for (const line of b) push(parts, "second", line);
    return;
  }
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  const cell = (i: number, j: number) => table[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i * width + j] =
        a[i] === b[j] ? cell(i + 1, j + 1) + 1 : Math.max(cell(i + 1, j), cell(i, j + 1));
    }
  }
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      push(parts, "both", a[i] ?? "");
      i += 1;
      j += 1;
    } else if (i < a.length && (j >= b.length || cell(i + 1, j) >= cell(i, j + 1))) {
      push(parts, "first", a[i] ?? "");
      i += 1;
    } else {
      push(parts, "second", b[j] ?? "");
      j += 1;
    }
  }
}

/** Everything of both texts, the lines they share once: where joining them by hand begins. */
export function joined(first: string, second: string): string {
  return diffLines(first, second)
    .flatMap((part) => part.lines)
    .join("\n");
}
