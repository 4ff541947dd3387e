// The board, alive: a snapshot gives a seq, the socket continues from it. A line that breaks is taken up
// where it broke; who was away for too long takes a new snapshot.
import { effect, signal } from "@preact/signals";
import { boardApi, type Frame, type WireCard } from "../api/board";
import { ApiError } from "../api/client";
import { params } from "../router";
import {
  boardForKeeping,
  boardLoaded,
  boardSettings,
  categories,
  columns,
  connectionId,
  customFields,
  doneHidden,
  dropCard,
  forgetBoard,
  present,
  putCard,
  replaceBoard,
  roster,
  sprints,
  touched,
} from "../store/board";
import { me, sessionState } from "../store/session";
import { forgetKept, keepBoard, keptBoard } from "./kept";
import { renewSession } from "./session";
import type { StreamState } from "./sse";

export const boardState = signal<StreamState>("closed");
/** What is shown is an earlier state: there is no connection, changes wait on this device. */
export const offline = signal(false);
/** Why there is no board to show, once asking for it failed. */
export const boardError = signal<unknown>(null);

export interface Cursor {
  connectionId: string;
  agentId: string;
  name: string;
  x: number;
  y: number;
  column: string | null;
  at: number;
}
export const cursors = signal<ReadonlyMap<string, Cursor>>(new Map());

const SILENCE_MS = 50_000;
const PING_MS = 20_000;
const HIDDEN_MS = 30_000;
const CURSOR_LIFE_MS = 6_000;

const listeners = new Set<(frame: Frame) => void>();
const returned = new Set<() => void>();

let socket: WebSocket | null = null;
let wanted = false;
let paused = false;
let attempt = 0;
let seq = 0;
let viewing: string | null = null;
let ready: Promise<void> | null = null;
let retry = 0;
let silence = 0;
let pinging = 0;
let hidden = 0;
let sweeping = 0;

/** For rooms that show more than cards: comments, furniture, everything else of the tail. */
export function onBoardFrame(listener: (frame: Frame) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Told when the connection is back after it had been lost. */
export function onReturn(listener: () => void): () => void {
  returned.add(listener);
  return () => returned.delete(listener);
}

const nowHere = () => ({ board: boardForKeeping(), seq });

async function takeSnapshot(): Promise<void> {
  const { data, meta } = await boardApi.snapshot();
  replaceBoard(data);
  seq = Math.max(seq, meta.seq ?? 0);
  boardError.value = null;
  offline.value = false;
  keepBoard(nowHere);
}

const REREAD: Record<string, () => Promise<void>> = {
  column: async () => {
    columns.value = (await boardApi.columns()).data.sort((a, b) => a.position - b.position);
  },
  settings: async () => {
    boardSettings.value = (await boardApi.settings()).data;
  },
  agent: async () => {
    roster.value = (await boardApi.roster({ limit: 200 })).data;
  },
  category: async () => {
    categories.value = (await boardApi.categories()).data;
  },
  field: async () => {
    customFields.value = (await boardApi.fields()).data;
  },
  sprint: async () => {
    sprints.value = (await boardApi.sprints({ limit: 200 })).data;
  },
};

// A template replaces columns and settings at once and moves cards: everything is read again.
for (const noun of ["template", "workflow", "board"]) REREAD[noun] = takeSnapshot;

/** Reads a kind of furniture again at once, for whoever changed it and shows it. */
export const rereadNow = (noun: string): Promise<void> => REREAD[noun]?.() ?? Promise.resolve();

/** The number of the last event seen here. */
export const boardSeq = (): number => seq;

const rereading = new Map<string, number>();

function rereadSoon(noun: string): void {
  if (rereading.has(noun)) return;
  const work = REREAD[noun];
  if (!work) return;
  rereading.set(
    noun,
    window.setTimeout(() => {
      rereading.delete(noun);
      void work().catch(() => {});
    }, 150),
  );
}

const GONE = new Set(["deleted", "archived"]);

function takeTask(frame: Extract<Frame, { type: "task_update" }>): void {
  if (GONE.has(frame.action)) dropCard(frame.task.id);
  else takeCard(frame.task);
  if (frame.triggeredBy === me.value?.actor.id || frame.derived) return;
  touched.value = { id: frame.task.id, by: frame.triggeredByName, at: Date.now() };
}

function takeCard(card: WireCard | { id: string }): void {
  if ("status" in card) putCard(card);
  else dropCard(card.id);
}

function takeCursor(frame: Extract<Frame, { type: "cursor_move" }>): void {
  const next = new Map(cursors.value);
  const { connectionId: id, agentId, name, x, y, column } = frame;
  next.set(id, { connectionId: id, agentId, name, x, y, column, at: Date.now() });
  cursors.value = next;
  if (!sweeping) sweeping = window.setInterval(sweep, 2000);
}

/** Who left takes the pointer along, where everybody who is here is named. */
function takePresence(frame: Extract<Frame, { type: "presence" }>): void {
  present.value = frame.data;
  if (frame.total > frame.data.length) return;
  const here = new Set(frame.data.map((each) => each.connectionId));
  const left = [...cursors.peek().keys()].some((id) => !here.has(id));
  if (left) cursors.value = new Map([...cursors.peek()].filter(([id]) => here.has(id)));
}

function sweep(): void {
  const since = Date.now() - CURSOR_LIFE_MS;
  const next = new Map([...cursors.value].filter(([, each]) => each.at > since));
  if (next.size !== cursors.value.size) cursors.value = next;
  if (next.size > 0) return;
  clearInterval(sweeping);
  sweeping = 0;
}

function take(frame: Frame): void {
  // What was seen already is not applied again: a line taken up again may repeat its last frame.
  if ("seq" in frame && frame.type !== "hello" && frame.type !== "snapshot_needed") {
    if (frame.seq < seq) return;
    seq = frame.seq;
  }
  if (frame.type === "hello") {
    connectionId.value = frame.connectionId;
    attempt = 0;
    boardState.value = "open";
    offline.value = false;
    for (const tell of returned) tell();
    if (viewing) say({ type: "viewing_task", taskId: viewing });
  } else if (frame.type === "task_update") takeTask(frame);
  // News of what hangs on a card name it and no more: only its own news say that it is gone.
  else if ("task" in frame && frame.task) {
    if ("status" in frame.task) putCard(frame.task);
  } else if (frame.type === "presence") takePresence(frame);
  else if (frame.type === "cursor_move") takeCursor(frame);
  else if (frame.type === "board_update") rereadSoon(frame.noun);
  else if (frame.type === "sprint_update") rereadSoon("sprint");
  else if (frame.type === "snapshot_needed") {
    seq = Math.max(seq, frame.seq);
    void takeSnapshot().catch(() => {});
  }
  if ("seq" in frame) keepBoard(nowHere);
  for (const tell of listeners) tell(frame);
}

function heard(): void {
  clearTimeout(silence);
  silence = window.setTimeout(() => socket?.close(), SILENCE_MS);
}

function say(message: unknown): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function again(): void {
  clearTimeout(silence);
  clearInterval(pinging);
  socket = null;
  present.value = [];
  if (!wanted || paused) return;
  boardState.value = "retrying";
  const wait = Math.min(15_000, 500 * 2 ** attempt) * (0.7 + Math.random() * 0.6);
  attempt += 1;
  retry = window.setTimeout(() => void connect(), wait);
}

async function connect(): Promise<void> {
  if (!wanted || paused || socket) return;
  clearTimeout(retry);
  boardState.value = attempt === 0 ? "connecting" : "retrying";
  let ticket: string;
  try {
    if (offline.value) await renewSession();
    ticket = (await boardApi.ticket()).data.ticket;
    // A board read from this device may be too old for any tail.
    if (offline.value) await takeSnapshot();
  } catch (cause) {
    if (cause instanceof ApiError && cause.status === 401) return;
    if (cause instanceof ApiError && cause.status === 0 && boardLoaded.value) offline.value = true;
    again();
    return;
  }
  if (!wanted || paused || socket) return;
  const address = new URL("/ws/board", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  address.searchParams.set("token", ticket);
  address.searchParams.set("since", String(seq));
  const opened = new WebSocket(address);
  socket = opened;
  opened.onopen = () => {
    heard();
    say({ type: "identify" });
    pinging = window.setInterval(() => say({ type: "ping" }), PING_MS);
  };
  opened.onmessage = (event) => {
    heard();
    take(JSON.parse(String(event.data)) as Frame);
  };
  opened.onclose = () => {
    if (socket === opened) again();
  };
}

// A tab nobody looks at gives its connection back and catches up from its seq when seen again.
function onVisibility(): void {
  clearTimeout(hidden);
  if (document.hidden) {
    hidden = window.setTimeout(() => {
      paused = true;
      clearTimeout(retry);
      boardState.value = "paused";
      socket?.close();
    }, HIDDEN_MS);
  } else if (paused) {
    paused = false;
    attempt = 0;
    void connect();
  }
}

function onOnline(): void {
  attempt = 0;
  if (!socket) void connect();
}

function onOffline(): void {
  if (boardLoaded.value) offline.value = true;
  socket?.close();
}

// After signing in again the line is taken up where it was.
effect(() => {
  if (sessionState.value === "in" && wanted && !socket && !paused) queueMicrotask(() => void connect());
});
effect(() => nowViewing(params.value.get("task")));

async function begin(): Promise<void> {
  wanted = true;
  try {
    await takeSnapshot();
  } catch (cause) {
    const kept = cause instanceof ApiError && cause.status === 0 ? await keptBoard() : null;
    if (!kept) {
      wanted = false;
      boardError.value = cause;
      throw cause;
    }
    replaceBoard(kept.board);
    seq = kept.seq;
    offline.value = true;
  }
  document.addEventListener("visibilitychange", onVisibility);
  addEventListener("online", onOnline);
  addEventListener("offline", onOffline);
  void connect();
}

/** Resolves once there is a board to show; the tail keeps it true from then on. */
export function boardReady(): Promise<void> {
  ready ??= begin().catch(() => {
    ready = null;
  });
  return ready;
}

/** Tells the others which card is open here; null when none is. */
export function nowViewing(taskId: string | null): void {
  if (viewing === taskId) return;
  viewing = taskId;
  say({ type: "viewing_task", taskId });
}

let cursorAt = 0;

/** Where the pointer is on the board, as shares of its size; sent a few times a second at most. */
export function cursorMoved(x: number, y: number, column: string | null): void {
  const now = performance.now();
  // With nobody else there, nobody would see it.
  if (now - cursorAt < 90 || present.value.length < 2) return;
  cursorAt = now;
  say({ type: "cursor_move", x: Math.min(1, Math.max(0, x)), y: Math.min(1, Math.max(0, y)), column });
}

function shut(): void {
  wanted = false;
  paused = false;
  viewing = null;
  ready = null;
  seq = 0;
  attempt = 0;
  for (const timer of [retry, silence, hidden]) clearTimeout(timer);
  clearInterval(pinging);
  document.removeEventListener("visibilitychange", onVisibility);
  removeEventListener("online", onOnline);
  removeEventListener("offline", onOffline);
  socket?.close();
  socket = null;
  boardState.value = "closed";
}

/** Signed out: nothing of the board stays, neither here nor on the device. */
export async function forgetBoardHere(): Promise<void> {
  shut();
  forgetBoard();
  doneHidden.value = 0;
  offline.value = false;
  await forgetKept();
}
