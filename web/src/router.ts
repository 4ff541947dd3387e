import { computed, signal } from "@preact/signals";

const at = signal({ path: location.pathname, search: location.search });

export const path = computed(() => at.value.path);
export const search = computed(() => at.value.search);
/** The query of the address, parsed. Read only: `withParams` changes it. */
export const params = computed(() => new URLSearchParams(at.value.search));

function sync(): void {
  at.value = { path: location.pathname, search: location.search };
}

/** Goes to another page. The browser's back button undoes it. */
export function go(to: string): void {
  if (to === location.pathname + location.search) return;
  history.pushState(null, "", to);
  sync();
}

/** Writes the state of the page into its address without a step in the history. */
export function replaceSearch(params: URLSearchParams): void {
  const text = params.toString();
  history.replaceState(history.state, "", location.pathname + (text ? `?${text}` : ""));
  sync();
}

/** Changes some parameters of the address and leaves the others; null or "" takes one away. */
export function withParams(change: Record<string, string | null>, how: "push" | "replace" = "replace"): void {
  const next = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(change)) {
    if (value === null || value === "") next.delete(name);
    else next.set(name, value);
  }
  if (how === "replace") {
    replaceSearch(next);
    return;
  }
  const text = next.toString();
  go(location.pathname + (text ? `?${text}` : ""));
}

/** Links are plain anchors; this keeps ordinary clicks on them inside the page. */
export function followLinks(): void {
  addEventListener("popstate", sync);
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest?.("a");
    if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (/^\/(api|schema|health|metrics|reference)(\/|$)/.test(link.pathname)) return;
    if (link.pathname === location.pathname && link.hash) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
