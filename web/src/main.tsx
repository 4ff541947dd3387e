import "@fontsource-variable/inter/wght.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/marks.css";
import "./styles/surfaces.css";
import "./styles/overlays.css";
import "./styles/shell.css";
import "./styles/phone.css";
import { effect } from "@preact/signals";
import { render } from "preact";
import { App, beginEarly } from "./app";
import { listenForKeys } from "./keys/shortcuts";
import { readSession } from "./live/session";
import { followLinks, path } from "./router";
import { sessionState } from "./store/session";
import { keepThemeApplied } from "./store/theme";

keepThemeApplied();
followLinks();
listenForKeys();
void readSession();
beginEarly(path.peek());

if ("serviceWorker" in navigator && import.meta.env.PROD) {
  // After everything else: it is for the next visit, not for this one.
  addEventListener("load", () => void navigator.serviceWorker.register("/sw.js").catch(() => {}));
}

const root = document.getElementById("app");
if (root) render(<App />, root);
effect(() => {
  if (sessionState.value !== "unknown") document.getElementById("boot")?.remove();
});
