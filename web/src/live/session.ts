// Signing in, out, and finding out that the session is over.
import { api } from "../api/calls";
import { ApiError, rememberCsrf, whenSignedOut } from "../api/client";
import { forgetEarly } from "../api/early";
import type { Me } from "../api/types";
import { agents } from "../store/agents";
import { forgetApprovals } from "../store/approvals";
import { forgetRuns } from "../store/runs";
import { me, sessionState } from "../store/session";
import { toast } from "../ui/toast";
import { closeFeed, feedReady } from "./feed";
import { followInbox } from "./inbox";
import { keepPerson, keptPerson } from "./kept";
import { explain } from "./pending";
import { followTold } from "./told";

let stopInbox: (() => void) | null = null;
let stopTold: (() => void) | null = null;

function open(): void {
  sessionState.value = "in";
  void feedReady();
  stopInbox ??= followInbox();
  stopTold ??= followTold();
}

function shut(): void {
  closeFeed();
  stopInbox?.();
  stopInbox = null;
  stopTold?.();
  stopTold = null;
}

export async function readSession(): Promise<void> {
  try {
    const { data } = await api.me();
    rememberCsrf(data.csrf_token);
    me.value = data;
    open();
    keepPerson();
  } catch (cause) {
    forgetEarly();
    if (cause instanceof ApiError && (cause.status === 401 || cause.status === 403))
      sessionState.value = "out";
    else await withoutServer();
  }
}

/** Without the server the board of the last visit can still be read: by the one who visited. */
async function withoutServer(): Promise<void> {
  const kept = sessionState.value === "unknown" ? ((await keptPerson()) as Me | null) : null;
  if (!kept) {
    sessionState.value = "unreachable";
    return;
  }
  me.value = kept;
  sessionState.value = "in";
}

/** After a time without the server: the session as it is now, and what it takes to send changes. */
export async function renewSession(): Promise<void> {
  const { data } = await api.me();
  rememberCsrf(data.csrf_token);
  me.value = data;
  open();
}

export async function signIn(email: string, password: string): Promise<void> {
  const { data } = await api.signIn(email, password);
  rememberCsrf(data.csrf_token);
  await readSession();
}

export async function signOut(): Promise<void> {
  await api.signOut();
  shut();
  const [{ forgetBoardHere }, { forgetDeeds }] = await Promise.all([
    import("./board"),
    import("../commands"),
  ]);
  await forgetBoardHere();
  forgetDeeds();
  forgetRuns();
  forgetApprovals();
  agents.value = null;
  me.value = null;
  sessionState.value = "out";
}

/** Everything on the page belongs to one project: the new one is read from the beginning. */
export async function enterProject(projectId: string): Promise<void> {
  try {
    await api.enterProject(projectId);
    location.assign("/board");
  } catch (cause) {
    toast({ kind: "bad", title: "The project was not entered", detail: explain(cause) });
  }
}

whenSignedOut(() => {
  if (sessionState.value !== "in") return;
  // The page and its address stay: after signing in again the person is where they were.
  shut();
  sessionState.value = "expired";
});
