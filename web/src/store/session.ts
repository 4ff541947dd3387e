import { signal } from "@preact/signals";
import type { Me } from "../api/types";

export type SessionState = "unknown" | "out" | "expired" | "in" | "unreachable";

export const me = signal<Me | null>(null);
export const sessionState = signal<SessionState>("unknown");
export const nameOf = (thing: { name: string } | null | undefined): string => thing?.name ?? "";
