// Runs the tests in web/tests with Node's own runner. Vite strips the types first, so nothing else is needed.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const WEB = join(dirname(fileURLToPath(import.meta.url)), "..");
const wanted = process.argv[2] ?? "";
const files = readdirSync(join(WEB, "tests")).filter(
  (name) => name.endsWith(".test.mjs") && name.includes(wanted),
);
// Inside the folder, so that the packages are found; a name of its own, so that two can run at once.
const out = mkdtempSync(join(WEB, "node_modules", ".tests-"));
let failed = true;
try {
  await build({
    root: WEB,
    configFile: false,
    logLevel: "error",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      ssr: true,
      outDir: out,
      target: "node20",
      rolldownOptions: { input: files.map((name) => join(WEB, "tests", name)) },
    },
  });
  const built = readdirSync(out)
    .filter((name) => /\.test\.m?js$/.test(name))
    .map((name) => join(out, name));
  const ran = spawnSync(process.execPath, ["--test", "--test-reporter=dot", ...built], { stdio: "inherit" });
  failed = ran.status !== 0;
} finally {
  rmSync(out, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
