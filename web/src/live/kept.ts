// What this device keeps of the board, for when there is no connection: the last board, and the changes
// that wait to be sent. One database, one record for each project and person; cleared when signing out.
import type { BoardSnapshot } from "../api/board";
import { me } from "../store/session";

export interface KeptBoard {
  board: BoardSnapshot;
  seq: number;
  at: number;
}

const NAME = "opsroom";
const SAVE_MS = 1500;
type Box = "boards" | "waiting" | "people";

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const box of ["boards", "waiting", "people"]) request.result.createObjectStore(box);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function within<T>(
  box: Box,
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T | null> {
  try {
    const database = await opened();
    try {
      return await new Promise((resolve, reject) => {
        const request = ask(database.transaction(box, mode).objectStore(box));
        request.onsuccess = () => resolve(request.result ?? null);
        request.onerror = () => reject(request.error);
      });
    } finally {
      database.close();
    }
  } catch {
    // Storage can be switched off or full: then there is nothing to fall back on, and no harm done.
    return null;
  }
}

/** Whose board it is: what one person kept is never shown to another. */
function owner(): string | null {
  const who = me.peek();
  return who ? `${who.actor.id}/${who.project_id ?? ""}` : null;
}

let timer = 0;

/** Writes the board down a moment later, once for all the changes of that moment. */
export function keepBoard(read: () => { board: BoardSnapshot | null; seq: number }): void {
  if (timer) return;
  timer = window.setTimeout(() => {
    timer = 0;
    const { board, seq } = read();
    const key = owner();
    if (!board || !key) return;
    const kept: KeptBoard = { board, seq, at: Date.now() };
    void within("boards", "readwrite", (store) => store.put(kept, key));
  }, SAVE_MS);
}

export async function keptBoard(): Promise<KeptBoard | null> {
  const key = owner();
  if (!key) return null;
  return (await within("boards", "readonly", (store) => store.get(key))) as KeptBoard | null;
}

/** What of the session is needed to show the board without the server. No key, no cookie, no e-mail. */
export function keepPerson(): void {
  const who = me.peek();
  if (!who) return;
  const { email: _email, ...actor } = who.actor;
  const kept = { ...who, actor, csrf_token: "" };
  void within("people", "readwrite", (store) => store.put(kept, "last"));
}

export function keptPerson(): Promise<unknown> {
  return within("people", "readonly", (store) => store.get("last"));
}

export async function keepWaiting(list: unknown[]): Promise<void> {
  const key = owner();
  if (key) await within("waiting", "readwrite", (store) => store.put(list, key));
}

export async function keptWaiting(): Promise<unknown[]> {
  const key = owner();
  const found = key ? await within("waiting", "readonly", (store) => store.get(key)) : null;
  return Array.isArray(found) ? found : [];
}

export async function forgetKept(): Promise<void> {
  clearTimeout(timer);
  timer = 0;
  for (const box of ["boards", "waiting", "people"] as const) {
    await within(box, "readwrite", (store) => store.clear());
  }
}
