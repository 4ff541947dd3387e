import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { ApiError } from "./api/client";
import { askEarly } from "./api/early";
import type { Command } from "./keys/palette";
import { useShortcuts } from "./keys/use";
import { lazy } from "./lazy";
import { readSession, signOut } from "./live/session";
import { closeTask, overlay, quickAdd, type Resolve, startRun } from "./overlay";
import { SignIn } from "./rooms/session/sign-in";
import { go, params, path } from "./router";
import { Shell } from "./shell";
import { me, sessionState } from "./store/session";
import { chooseTheme } from "./store/theme";
import type { IconName } from "./ui/icon";
import { Empty } from "./ui/parts";
import { Toasts } from "./ui/toast";

const loadBoard = () => import("./rooms/board/page");
const BoardRoom = lazy(loadBoard);
const MyWorkRoom = lazy(() => import("./rooms/planning/my-work"));
const ActivityRoom = lazy(() => import("./rooms/activity/page"));
const NotificationsRoom = lazy(() => import("./rooms/notifications/page"));
const SettingsRoom = lazy<{ id: string | null }>(() => import("./rooms/settings/page"));
const AnalyticsRoom = lazy(() => import("./rooms/analytics/page"));
const loadPanel = () => import("./rooms/task/panel");
const TaskPanel = lazy<{ id: string; onClose: () => void }>(loadPanel);
const loadQuickAdd = () => import("./rooms/task/quick-add");
const QuickAdd = lazy<{ onClose: () => void; status?: string }>(loadQuickAdd);
const Conflict = lazy<{ error: ApiError; onResolve: Resolve }>(() => import("./rooms/task/conflict"));
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
  if (first === "" || (first === "board" && !id)) return <BoardRoom />;
  if (first === "my-work" && !id) return <MyWorkRoom />;
  if (first === "activity" && !id) return <ActivityRoom />;
  if (first === "notifications" && !id) return <NotificationsRoom />;
  if (first === "analytics" && !id) return <AnalyticsRoom />;
  if (first === "settings") return <SettingsRoom id={id} />;
  if (first === "runs" && !id) return <RunsRoom />;
  if (first === "runs" && id) return <RunRoom id={id} key={id} />;
  if (first === "inbox") return <InboxRoom />;
  if (first === "agents") return id ? <AgentRoom name={id} key={id} /> : <AgentsRoom />;
  if (first === "webhooks") return <IntakeRoom id={id} />;
  return (
    <Empty alone icon="help" title="There is no such page">
      <p>
        The address <code>{at}</code> leads nowhere.
      </p>
      <a class="btn btn-primary" href="/board">
        Go to the board
      </a>
    </Empty>
  );
}

const GOES: [string, string, IconName, string][] = [
  ["/board", "the board", "board", "g b"],
  ["/board?layout=list", "the list of tasks", "list", "g l"],
  ["/board?layout=calendar", "the calendar", "calendar", "g c"],
  ["/board?layout=timeline", "the timeline", "timeline", "g t"],
  ["/my-work", "my work", "person", "g m"],
  ["/activity", "activity", "activity", "g v"],
  ["/notifications", "notifications", "bell", "g n"],
  ["/analytics", "analytics", "chart", "g y"],
  ["/runs", "runs", "runs", "g r"],
  ["/inbox", "approvals", "inbox", "g i"],
  ["/agents", "agents", "agents", "g a"],
  ["/webhooks", "webhook deliveries", "webhook", "g w"],
  ["/settings", "settings", "settings", "g s"],
];

/** What was done stands in a part of the page that comes with the first change. */
function step(which: "undo" | "redo"): void {
  void import("./commands").then((history) => history[which]());
}

function Inside() {
  const shown = overlay.value;
  const main = useRef<HTMLElement>(null);
  const shownPath = useRef(path.value);
  // What closes late must not take away what has been opened since.
  const close = () => {
    if (overlay.value === shown) overlay.value = null;
  };
  const show = (kind: "palette" | "keymap") => () => {
    overlay.value = { kind };
  };

  useEffect(() => {
    // What is most likely next comes while nothing else is going on.
    const timer = window.setTimeout(() => {
      void loadPalette();
      void loadPanel();
      void loadQuickAdd();
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

  const taskId = params.value.get("task");

  const commands: Command[] = [
    { id: "new", label: "New card", group: "Do", icon: "plus", keys: "c", run: () => quickAdd() },
    { id: "start", label: "Start a run", group: "Do", icon: "runs", keys: "n", run: () => startRun() },
    { id: "undo", label: "Undo", group: "Do", icon: "undo", keys: "mod+z", run: () => step("undo") },
    { id: "redo", label: "Redo", group: "Do", icon: "redo", keys: "mod+shift+z", run: () => step("redo") },
    ...GOES.map(([to, label, icon, keys]) => ({
      id: to,
      label: `Go to ${label}`,
      group: "Go",
      icon,
      keys,
      run: () => go(to),
    })),
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
      {taskId && <TaskPanel id={taskId} key={taskId} onClose={closeTask} />}
      {shown?.kind === "palette" && <Palette commands={commands} onClose={close} />}
      {shown?.kind === "keymap" && <Keymap onClose={close} />}
      {shown?.kind === "start" && <StartRun agent={shown.agent} onClose={close} />}
      {shown?.kind === "quick-add" && (
        <QuickAdd onClose={close} {...(shown.status ? { status: shown.status } : {})} />
      )}
      {shown?.kind === "conflict" && (
        <Conflict
          error={shown.error}
          onResolve={(chosen) => {
            close();
            shown.onResolve(chosen);
          }}
        />
      )}
    </>
  );
}

/** The board, which most visits begin with, comes while the server is still asked who this is. */
export function beginEarly(at: string): void {
  if (at !== "/" && at !== "/board") return;
  askEarly("/api/board");
  void loadBoard();
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
