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
        const attrs = { rel: "preload", as: "font", type: "font/woff2", href: `/${font}`, crossorigin: "" };
        return [{ tag: "link", attrs, injectTo: "head-prepend" }];
      },
    },
  };
}

const server = process.env.OPSROOM_URL ?? "http://127.0.0.1:8787";

export default defineConfig({
  plugins: [preloadFont()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    manifest: true,
    // The content security policy allows no data: fonts or scripts, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": server, "/health": server, "/schema": server } },
});
