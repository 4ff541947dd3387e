// One listener for the whole page. A room adds its keys while it is on screen and takes them away after.
import { signal } from "@preact/signals";
import { overlay } from "../overlay";

export interface Shortcut {
  keys: string; // "g r" is a sequence, "mod+k" is Ctrl or Cmd
  label: string;
  group: string;
  run: () => void;
  hidden?: boolean;
}

export const shortcuts = signal<Shortcut[]>([]);
export const keysOn = signal(readChoice());

const KEY = "opsroom.keys";
const WAIT_MS = 900;

function readChoice(): boolean {
  try {
    return localStorage.getItem("opsroom.keys") !== "off";
  } catch {
    return true;
  }
}

/** Single-letter keys can be switched off: speech input and some aids send letters by the dozen. */
export function chooseKeys(on: boolean): void {
  keysOn.value = on;
  try {
    localStorage.setItem(KEY, on ? "on" : "off");
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

export function addShortcuts(list: Shortcut[]): () => void {
  shortcuts.value = [...shortcuts.value, ...list];
  return () => {
    shortcuts.value = shortcuts.value.filter((each) => !list.includes(each));
  };
}

/** A box that is only ticked takes no letters. */
export const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]";
let begun = "";
let begunAt = 0;

function pressed(event: KeyboardEvent): string {
  const mod = event.metaKey || event.ctrlKey ? (event.shiftKey ? "mod+shift+" : "mod+") : "";
  return mod + (event.key.length === 1 ? event.key.toLowerCase() : event.key);
}

function find(keys: string): Shortcut | undefined {
  return shortcuts.value.findLast((each) => each.keys === keys);
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const key = pressed(event);
  const target = event.target as Element | null;
  const modified = key.startsWith("mod+");
  // In a field the browser's own undo is meant.
  if (/^mod\+(shift\+)?z$/.test(key) && target?.closest?.(TYPING)) return;
  if (!modified) {
    if (!keysOn.value || target?.closest?.(TYPING)) return;
    // An overlay counts from the moment it is asked for, also while its code is on the way.
    if (overlay.value || document.querySelector("dialog[open]") || target?.closest?.("[role=menu]")) return;
  }
  const sequence = Date.now() - begunAt < WAIT_MS && begun ? find(`${begun} ${key}`) : undefined;
  begun = "";
  const hit = sequence ?? find(key);
  if (hit) {
    event.preventDefault();
    hit.run();
  } else if (shortcuts.value.some((each) => each.keys.startsWith(`${key} `))) {
    begun = key;
    begunAt = Date.now();
  }
}

export function listenForKeys(): void {
  document.addEventListener("keydown", onKey);
}

const SHOWN: Record<string, string> = {
  ArrowDown: "↓",
  ArrowUp: "↑",
  ArrowLeft: "←",
  ArrowRight: "→",
  " ": "Space",
  Escape: "Esc",
  End: "End",
};

/** A key, or several pressed together or one after the other, as they are written on the key caps. */
export function keyName(keys: string): string {
  const mac = navigator.platform.startsWith("Mac");
  const cap = (key: string) => SHOWN[key] ?? key.toUpperCase();
  if (keys === " ") return "Space";
  return keys
    .split(" ")
    .map((each) => {
      if (each === "+") return "+";
      const parts = each.split("+");
      return parts
        .map((key) =>
          key === "mod" ? (mac ? "⌘" : "Ctrl") : key === "shift" ? (mac ? "⇧" : "Shift") : cap(key),
        )
        .join(" ");
    })
    .join(" ");
}
