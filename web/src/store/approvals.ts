import { computed, signal } from "@preact/signals";
import type { Approval } from "../api/types";

export const approvals = signal<Map<string, Approval>>(new Map());
export const approvalsLoaded = signal(false);

export const pendingApprovals = computed(() =>
  [...approvals.value.values()]
    .filter((each) => each.status === "pending")
    .sort((a, b) => a.created_at.localeCompare(b.created_at)),
);

export const decidedApprovals = computed(() =>
  [...approvals.value.values()]
    .filter((each) => each.status !== "pending")
    .sort((a, b) => (b.decided_at ?? b.created_at).localeCompare(a.decided_at ?? a.created_at)),
);

export function putApprovals(found: Approval[]): void {
  const next = new Map(approvals.value);
  for (const each of found) next.set(each.id, each);
  approvals.value = next;
}

/** The server's full list of what is pending: one that is missing from it was decided elsewhere. */
export function replacePending(found: Approval[]): void {
  const next = new Map([...approvals.value].filter(([, each]) => each.status !== "pending"));
  for (const each of found) next.set(each.id, each);
  approvals.value = next;
  approvalsLoaded.value = true;
}

export function guessApproval(id: string, change: Partial<Approval>): () => void {
  const before = approvals.value.get(id);
  if (!before) return () => {};
  putApprovals([{ ...before, ...change }]);
  return () => putApprovals([before]);
}

export function forgetApprovals(): void {
  approvals.value = new Map();
  approvalsLoaded.value = false;
}
