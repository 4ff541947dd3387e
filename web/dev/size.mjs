// Fails when what a browser must fetch grows past its budget. Run after `npm run build`.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const DIST = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
const FIRST_LOAD_KB = 50;
const ROOM_KB = 30;

const manifest = JSON.parse(readFileSync(join(DIST, ".vite", "manifest.json"), "utf8"));
const gz = (file) => gzipSync(readFileSync(join(DIST, file)), { level: 9 }).length / 1000;

function needed(key, found = new Set()) {
  if (found.has(key)) return found;
  found.add(key);
  for (const each of manifest[key].imports ?? []) needed(each, found);
  return found;
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const first = needed(entry);
const total = (keys) => [...keys].reduce((sum, key) => sum + gz(manifest[key].file), 0);
const rows = [["first load", total(first) + gz("theme.js"), FIRST_LOAD_KB]];

/** A room, then the parts it fetches later: each counts what is not there when it is opened. */
function measure(key, there, depth, seen) {
  if (seen.has(key)) return;
  seen.add(key);
  const own = [...needed(key)].filter((each) => !there.has(each));
  rows.push(["  ".repeat(depth) + key.replace("src/", ""), total(own), ROOM_KB]);
  const after = new Set([...there, ...needed(key)]);
  for (const part of manifest[key].dynamicImports ?? []) measure(part, after, depth + 1, seen);
}
const seen = new Set();
for (const key of manifest[entry].dynamicImports ?? []) measure(key, first, 0, seen);

let failed = false;
for (const [name, size, limit] of rows) {
  const over = size > limit;
  failed ||= over;
  console.log(
    `${over ? "OVER " : "     "}${name.padEnd(34)} ${size.toFixed(1).padStart(6)} kB gzip of ${limit}`,
  );
}
process.exit(failed ? 1 : 0);
