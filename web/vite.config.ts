import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

// The Latin subset is on every page: asking for it with the document keeps text from being set twice.
function preloadFont(): Plugin {
  return {
    name: "opsroom-preload-font",
    transformIndexHtml: {
      order: "post",
      handler(html, context) {
        const font = Object.keys(context.bundle ?? {}).find((name) =>
          /inter-latin-wght-normal.*\.woff2$/.test(name),
        );
        if (!font) return html;
        const attrs = {
          rel: "preload",
          as: "font",
          type: "font/woff2",
          href: `/${font}`,
          crossorigin: "",
          fetchpriority: "low",
        };
        return [{ tag: "link", attrs, injectTo: "head-prepend" }];
      },
    },
  };
}

// The service worker has to know the names of this build's files, and to differ when one of them does.
function serviceWorker(): Plugin {
  return {
    name: "opsroom-service-worker",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const built = Object.keys(bundle).filter((name) =>
          /\.(js|css)$|inter-latin-wght.*\.woff2$/.test(name),
        );
        const files = ["/index.html", "/theme.js", "/favicon.svg", ...built.map((name) => `/${name}`)];
        const version = createHash("sha256").update(files.join()).digest("hex").slice(0, 12);
        const source = readFileSync(fileURLToPath(new URL("./sw.js", import.meta.url)), "utf8")
          .replace("self.__FILES__", JSON.stringify(files))
          .replace("self.__VERSION__", JSON.stringify(version));
        this.emitFile({ type: "asset", fileName: "sw.js", source });
      },
    },
  };
}

// On a slow line each further file waits for its turn, so what every page needs is one file. What rooms share
// is not: put together it would weigh more than most rooms do.
type Known = { getModuleInfo: (id: string) => { importers: readonly string[]; isEntry: boolean } | null };

function inFirst(id: string, known: Known): boolean {
  if (id.endsWith(".css")) return false;
  const seen = new Set([id]);
  for (const each of seen) {
    const info = known.getModuleInfo(each);
    if (info?.isEntry) return true;
    for (const importer of info?.importers ?? []) seen.add(importer);
  }
  return false;
}

const server = process.env.OPSROOM_URL ?? "http://127.0.0.1:8787";

export default defineConfig({
  plugins: [preloadFont(), serviceWorker()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    manifest: true,
    // The content security policy allows no data: fonts or scripts, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [{ debugName: "first", name: (id, known) => (inFirst(id, known) ? "first" : null) }],
        },
      },
    },
  },
  server: {
    proxy: { "/api": server, "/health": server, "/schema": server, "/ws": { target: server, ws: true } },
  },
});
