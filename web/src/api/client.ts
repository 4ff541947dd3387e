// One way to the server: JSON in, envelope out, every refusal an ApiError that keeps the paths.
import { takeEarly } from "./early";
import type { Meta, Problem } from "./types";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly problems: Problem[] = [],
    readonly retryAfterS: number | null = null,
    /** Of a conflict: how it stands now, and what was sent. */
    readonly current: Record<string, unknown> | null = null,
    readonly yours: Record<string, unknown> | null = null,
  ) {
    super(detail || title);
    this.name = "ApiError";
  }
}

export interface Answer<T> {
  data: T;
  meta: Meta;
}

export type Query = Record<string, string | number | boolean | null | undefined>;

interface Options {
  body?: unknown;
  query?: Query;
  signal?: AbortSignal;
  idempotencyKey?: string;
}

let csrfToken = "";
let onSignedOut: () => void = () => {};

export function rememberCsrf(token: string): void {
  csrfToken = token;
}

/** For the one request that is not JSON: an upload whose progress is shown. */
export const csrf = (): string => csrfToken;

/** Called whenever the server says the session is over, whichever call found out. */
export function whenSignedOut(callback: () => void): void {
  onSignedOut = callback;
}

export function sessionEnded(): void {
  onSignedOut();
}

function withQuery(path: string, query?: Query): string {
  if (!query) return path;
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") params.set(key, String(value));
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

async function send(method: string, url: string, options: Options): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && csrfToken) headers["X-CSRF-Token"] = csrfToken;
  if (options.idempotencyKey) headers["Idempotency-Key"] = options.idempotencyKey;
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (options.body !== undefined) init.body = JSON.stringify(options.body);
  if (options.signal) init.signal = options.signal;
  try {
    return await ((method === "GET" && takeEarly(url)) || fetch(url, init));
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError(
      0,
      "No connection",
      "The server did not answer. Check that Opsroom is running, then try again.",
    );
  }
}

interface Envelope {
  success?: boolean;
  data?: unknown;
  meta?: Meta;
  title?: string;
  detail?: string;
  errors?: Problem[];
  current?: Record<string, unknown> | null;
  yours?: Record<string, unknown> | null;
}

/** A refusal read from an answer that did not come through `call`. */
export function refusalOf(status: number, text: string): ApiError {
  return refusal(new Response(null, { status: status || 502 }), parsed(text));
}

async function readBody(response: Response): Promise<Envelope | null> {
  return parsed(await response.text());
}

function parsed(text: string): Envelope | null {
  if (!text) return {};
  try {
    return JSON.parse(text) as Envelope;
  } catch {
    return null;
  }
}

function refusal(response: Response, body: Envelope | null): ApiError {
  const wait = Number(response.headers.get("Retry-After"));
  const title = body?.title ?? `The server answered ${response.status}`;
  const detail =
    body?.detail ?? (body ? "" : "The answer was not JSON. A proxy in between may have sent it.");
  const problems = Array.isArray(body?.errors) ? body.errors : [];
  return new ApiError(
    response.status,
    title,
    detail,
    problems,
    Number.isFinite(wait) && wait > 0 ? wait : null,
    body?.current ?? null,
    body?.yours ?? null,
  );
}

const ASKS_PASSWORD = new Set(["/api/session", "/api/me/password"]);

export async function call<T>(method: string, path: string, options: Options = {}): Promise<Answer<T>> {
  const response = await send(method, withQuery(path, options.query), options);
  const body = await readBody(response);
  if (!response.ok || body === null || body.success === false) {
    // A wrong password is a refusal of this call, not the end of a session.
    if (response.status === 401 && !ASKS_PASSWORD.has(path)) sessionEnded();
    throw refusal(response, body);
  }
  return { data: body.data as T, meta: body.meta ?? {} };
}
