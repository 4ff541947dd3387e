// Signing in, out, and finding out that the session is over.
import { api } from "../api/calls";
import { ApiError, rememberCsrf, whenSignedOut } from "../api/client";
import { agents } from "../store/agents";
import { forgetApprovals } from "../store/approvals";
import { forgetRuns } from "../store/runs";
import { me, sessionState } from "../store/session";
import { toast } from "../ui/toast";
import { closeFeed, feedReady } from "./feed";
import { followInbox } from "./inbox";
import { explain } from "./pending";

let stopInbox: (() => void) | null = null;

function open(): void {
  sessionState.value = "in";
  void feedReady();
  stopInbox ??= followInbox();
}

function shut(): void {
  closeFeed();
  stopInbox?.();
  stopInbox = null;
}

export async function readSession(): Promise<void> {
  try {
    const { data } = await api.me();
    rememberCsrf(data.csrf_token);
    me.value = data;
    open();
  } catch (cause) {
    if (cause instanceof ApiError && (cause.status === 401 || cause.status === 403))
      sessionState.value = "out";
    else sessionState.value = "unreachable";
  }
}

export async function signIn(email: string, password: string): Promise<void> {
  const { data } = await api.signIn(email, password);
  rememberCsrf(data.csrf_token);
  await readSession();
}

export async function signOut(): Promise<void> {
  await api.signOut();
  shut();
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
    location.assign("/runs");
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
