import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Command } from "./keys/palette";
import { useShortcuts } from "./keys/use";
import { lazy } from "./lazy";
import { readSession, signOut } from "./live/session";
import { overlay, startRun } from "./overlay";
import { SignIn } from "./rooms/session/sign-in";
import { go, path } from "./router";
import { Shell } from "./shell";
import { me, sessionState } from "./store/session";
import { chooseTheme } from "./store/theme";
import { Empty } from "./ui/parts";
import { Toasts } from "./ui/toast";

const RunsRoom = lazy(() => import("./rooms/runs/list-page"));
const loadRun = () => import("./rooms/runs/run/page");
const RunRoom = lazy<{ id: string }>(loadRun);
const InboxRoom = lazy(() => import("./rooms/inbox/page"));
const AgentsRoom = lazy(() => import("./rooms/agents/list-page"));
const AgentRoom = lazy<{ name: string }>(() => import("./rooms/agents/agent-page"));
const IntakeRoom = lazy<{ id: string | null }>(() => import("./rooms/intake/page"));
const StartRun = lazy<{ onClose: () => void; agent: string | null }>(() => import("./rooms/runs/start"));
const loadPalette = () => import("./keys/palette");
const Palette = lazy<{ commands: Command[]; onClose: () => void }>(loadPalette);
const Keymap = lazy<{ onClose: () => void }>(() => import("./keys/keymap"));

function room(at: string): VNode {
  const [, first = "", second] = at.split("/");
  const id = second ? decodeURIComponent(second) : null;
  if (first === "" || (first === "runs" && !id)) return <RunsRoom />;
  if (first === "runs" && id) return <RunRoom id={id} key={id} />;
  if (first === "inbox") return <InboxRoom />;
  if (first === "agents") return id ? <AgentRoom name={id} key={id} /> : <AgentsRoom />;
  if (first === "webhooks") return <IntakeRoom id={id} />;
  return (
    <Empty alone icon="help" title="There is no such page">
      <p>
        The address <code>{at}</code> leads nowhere.
      </p>
      <a class="btn btn-primary" href="/runs">
        Go to the runs
      </a>
    </Empty>
  );
}

function Inside() {
  const shown = overlay.value;
  const main = useRef<HTMLElement>(null);
  const shownPath = useRef(path.value);
  const close = () => {
    overlay.value = null;
  };
  const show = (kind: "palette" | "keymap") => () => {
    overlay.value = { kind };
  };

  useEffect(() => {
    // What is most likely next comes while nothing else is going on.
    const timer = window.setTimeout(() => {
      void loadPalette();
      void loadRun();
    }, 1500);
    return () => clearTimeout(timer);
  }, []);

  useEffect(() => {
    if (shownPath.current === path.value) return;
    shownPath.current = path.value;
    // A new page is announced from its top, unless it has already put the focus where it was.
    if (!main.current?.contains(document.activeElement)) main.current?.focus({ preventScroll: true });
  }, [path.value]);

  const commands: Command[] = [
    { id: "start", label: "Start a run", group: "Do", icon: "plus", keys: "n", run: () => startRun() },
    { id: "runs", label: "Go to runs", group: "Go", icon: "runs", keys: "g r", run: () => go("/runs") },
    {
      id: "inbox",
      label: "Go to approvals",
      group: "Go",
      icon: "inbox",
      keys: "g i",
      run: () => go("/inbox"),
    },
    {
      id: "agents",
      label: "Go to agents",
      group: "Go",
      icon: "agents",
      keys: "g a",
      run: () => go("/agents"),
    },
    {
      id: "webhooks",
      label: "Go to webhook deliveries",
      group: "Go",
      icon: "webhook",
      keys: "g w",
      run: () => go("/webhooks"),
    },
    { id: "light", label: "Light theme", group: "Theme", icon: "sun", run: () => chooseTheme("light") },
    { id: "dark", label: "Dark theme", group: "Theme", icon: "moon", run: () => chooseTheme("dark") },
    {
      id: "system",
      label: "Theme of the system",
      group: "Theme",
      icon: "system",
      run: () => chooseTheme("system"),
    },
    { id: "keys", label: "Keyboard shortcuts", group: "Help", icon: "help", keys: "?", run: show("keymap") },
    { id: "out", label: "Sign out", group: "Session", icon: "out", run: () => void signOut() },
  ];

  useShortcuts([
    { keys: "mod+k", label: "Command palette", group: "Everywhere", run: show("palette") },
    ...commands
      .filter((command) => command.keys)
      .map((command) => ({
        keys: command.keys ?? "",
        label: command.label,
        group: command.group === "Go" ? "Go to" : "Everywhere",
        run: command.run,
      })),
  ]);

  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Shell onSearch={show("palette")} onKeys={show("keymap")}>
        <main id="main" ref={main} tabIndex={-1}>
          {room(path.value)}
        </main>
      </Shell>
      {shown?.kind === "palette" && <Palette commands={commands} onClose={close} />}
      {shown?.kind === "keymap" && <Keymap onClose={close} />}
      {shown?.kind === "start" && <StartRun agent={shown.agent} onClose={close} />}
    </>
  );
}

export function App() {
  const state = sessionState.value;
  return (
    <>
      {state === "in" && me.value && <Inside />}
      {(state === "out" || state === "expired") && <SignIn expired={state === "expired"} />}
      {state === "unreachable" && (
        <main class="alone">
          <Empty alone icon="alert" title="Opsroom does not answer">
            <p>
              The page loaded, but the server behind it did not answer. Check it with{" "}
              <code>opsroom doctor</code>.
            </p>
            <button type="button" class="btn btn-primary" onClick={() => void readSession()}>
              Try again
            </button>
          </Empty>
        </main>
      )}
      <Toasts />
    </>
  );
}
