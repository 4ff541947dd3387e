// Server-sent events over fetch. The browser's own EventSource cannot begin at a cursor, cannot tell a
// 401 from a broken line, and keeps a connection for every hidden tab; this reader does all three right.
import { sessionEnded } from "../api/client";

export interface Message {
  event: string;
  id: string | null;
  data: string;
}

export type StreamState = "connecting" | "open" | "retrying" | "paused" | "closed";

interface Options {
  url: string;
  lastId: string;
  onMessage: (message: Message) => void;
  onState: (state: StreamState) => void;
}

const SILENCE_MS = 45_000; // three missed heartbeats
const HIDDEN_MS = 30_000;
const FINAL = new Set([400, 403, 404, 410]);

/** Splits a byte stream into messages; a message may arrive in any number of pieces. */
export function parser(emit: (message: Message) => void): (text: string) => void {
  let rest = "";
  let event = "message";
  let id: string | null = null;
  let data: string[] = [];
  const line = (text: string) => {
    if (text === "") {
      if (data.length > 0) emit({ event, id, data: data.join("\n") });
      event = "message";
      data = [];
      return;
    }
    if (text.startsWith(":")) return;
    const colon = text.indexOf(":");
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? "" : text.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    else if (field === "data") data.push(value);
    else if (field === "id") id = value;
  };
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const each of lines) line(each.endsWith("\r") ? each.slice(0, -1) : each);
  };
}

/** Opens the stream and keeps it open until the returned function is called or the server ends it. */
export function openStream(options: Options): () => void {
  let lastId = options.lastId;
  let attempt = 0;
  let stopped = false;
  let abort = new AbortController();
  let retry = 0;
  let silence = 0;
  let hidden = 0;
  let paused = false;

  const stop = (state: StreamState) => {
    stopped = true;
    abort.abort();
    clearTimeout(retry);
    clearTimeout(silence);
    clearTimeout(hidden);
    document.removeEventListener("visibilitychange", onVisibility);
    options.onState(state);
  };

  const again = () => {
    clearTimeout(silence);
    if (stopped || paused) return;
    options.onState("retrying");
    const wait = Math.min(10_000, 400 * 2 ** attempt) * (0.7 + Math.random() * 0.6);
    attempt += 1;
    retry = window.setTimeout(connect, wait);
  };

  const heard = () => {
    clearTimeout(silence);
    silence = window.setTimeout(() => abort.abort(), SILENCE_MS);
  };

  async function read(response: Response): Promise<void> {
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    if (!reader) return;
    const feed = parser((message) => {
      if (message.id !== null) lastId = message.id;
      options.onMessage(message);
    });
    for (;;) {
      const { value, done } = await reader.read();
      if (done || stopped) return;
      heard();
      feed(value);
    }
  }

  async function connect(): Promise<void> {
    if (stopped) return;
    abort = new AbortController();
    options.onState(attempt === 0 ? "connecting" : "retrying");
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    if (lastId) headers["Last-Event-ID"] = lastId;
    try {
      const response = await fetch(options.url, {
        headers,
        signal: abort.signal,
        credentials: "same-origin",
      });
      if (response.status === 401) {
        stop("closed");
        sessionEnded();
        return;
      }
      if (FINAL.has(response.status)) return stop("closed");
      if (!response.ok) return again();
      attempt = 0;
      options.onState("open");
      heard();
      await read(response);
      again();
    } catch {
      again();
    }
  }

  // A tab nobody looks at gives its connection back and catches up from its cursor when seen again.
  function onVisibility(): void {
    clearTimeout(hidden);
    if (document.hidden) {
      hidden = window.setTimeout(() => {
        paused = true;
        abort.abort();
        clearTimeout(retry);
        options.onState("paused");
      }, HIDDEN_MS);
    } else if (paused) {
      paused = false;
      attempt = 0;
      void connect();
    }
  }

  document.addEventListener("visibilitychange", onVisibility);
  void connect();
  return () => {
    if (!stopped) stop("closed");
  };
}
