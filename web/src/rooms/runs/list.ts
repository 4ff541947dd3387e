// The list of runs: pages from the server, kept true by the feed.
import { batch, computed, signal } from "@preact/signals";
import { api } from "../../api/calls";
import type { Query } from "../../api/client";
import type { Run } from "../../api/types";
import { feedLife, feedReady } from "../../live/feed";
import { onRun, putRun, runSignal } from "../../store/runs";
import { GROUPS } from "./status";

export interface Filter {
  group: string;
  agent: string;
  client: string;
  trigger: string;
  search: string;
  sort: string;
}

export const NO_FILTER: Filter = {
  group: "all",
  agent: "",
  client: "",
  trigger: "",
  search: "",
  sort: "-created_at",
};
const PAGE = 100;

export function readFilter(search: string): Filter {
  const params = new URLSearchParams(search);
  const filter = { ...NO_FILTER };
  for (const key of Object.keys(filter) as (keyof Filter)[]) {
    const value = params.get(key === "search" ? "q" : key);
    if (value) filter[key] = value;
  }
  if (!GROUPS.some((group) => group.id === filter.group)) filter.group = "all";
  return filter;
}

export function writeFilter(filter: Filter): URLSearchParams {
  const params = new URLSearchParams();
  for (const key of Object.keys(NO_FILTER) as (keyof Filter)[]) {
    if (filter[key] && filter[key] !== NO_FILTER[key]) params.set(key === "search" ? "q" : key, filter[key]);
  }
  return params;
}

function statuses(filter: Filter): string[] {
  return GROUPS.find((group) => group.id === filter.group)?.statuses ?? [];
}

function toQuery(filter: Filter): Query {
  return {
    agent: filter.agent,
    status: statuses(filter).join(","),
    client: filter.client,
    trigger: filter.trigger,
    search: filter.search,
    sort: filter.sort,
  };
}

/** Says whether a run that arrives by the feed belongs in the list, as the server would. */
export function matches(run: Run, filter: Filter): boolean {
  const wanted = statuses(filter);
  if (wanted.length > 0 && !wanted.includes(run.status)) return false;
  if (filter.agent && run.agent_name !== filter.agent) return false;
  if (filter.client && run.client_id !== filter.client) return false;
  if (filter.trigger && run.trigger_source !== filter.trigger) return false;
  if (!filter.search) return true;
  const hay = [
    run.id,
    run.agent_name,
    run.display_name,
    run.client_id,
    run.client_name,
    run.task_id,
    run.session_id,
    run.correlation_id,
  ];
  return hay.some((each) => each?.toLowerCase().includes(filter.search.toLowerCase()));
}

/** Below zero when `a` stands before `b` in ascending order. */
function compare(a: Run, b: Run, field: string): number {
  if (field === "cost_usd") return Number(a.cost_usd) - Number(b.cost_usd);
  const key = (run: Run): string => {
    if (field === "agent_name" || field === "status") return run[field];
    if (field === "client_name") return run.client_name ?? "";
    return run.created_at;
  };
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}

class RunList {
  readonly filter = signal<Filter>(NO_FILTER);
  readonly ids = signal<string[]>([]);
  readonly total = signal(0);
  readonly state = signal<"loading" | "ready" | "failed">("loading");
  readonly error = signal<unknown>(null);
  readonly cursor = signal(-1);
  readonly hasMore = computed(() => this.ids.value.length < this.total.value);
  scrollTop = 0;
  private abort: AbortController | null = null;
  private more = false;
  private life = -1;

  constructor() {
    onRun((run) => this.news(run));
  }

  /** The list as the feed has kept it, when it is the same list; read anew otherwise. */
  async show(filter: Filter): Promise<void> {
    const same = JSON.stringify(filter) === JSON.stringify(this.filter.value);
    if (same && this.state.value === "ready" && this.life === feedLife) return;
    if (this.life !== feedLife) this.ids.value = [];
    await this.load(filter);
  }

  async load(filter: Filter): Promise<void> {
    this.abort?.abort();
    const abort = new AbortController();
    this.abort = abort;
    this.filter.value = filter;
    if (this.ids.value.length === 0) this.state.value = "loading";
    try {
      await feedReady();
      const { data, meta } = await api.runs({ ...toQuery(filter), limit: PAGE, offset: 0 }, abort.signal);
      if (abort.signal.aborted) return;
      this.life = feedLife;
      batch(() => {
        for (const run of data) putRun(run);
        this.ids.value = data.map((run) => run.id);
        this.total.value = meta.total ?? data.length;
        this.state.value = "ready";
        this.error.value = null;
      });
    } catch (cause) {
      if (abort.signal.aborted) return;
      this.error.value = cause;
      this.state.value = "failed";
    }
  }

  async loadMore(): Promise<void> {
    if (this.more || !this.hasMore.value || this.state.value !== "ready") return;
    this.more = true;
    const filter = this.filter.value;
    try {
      const { data, meta } = await api.runs({
        ...toQuery(filter),
        limit: PAGE,
        offset: this.ids.value.length,
      });
      if (filter !== this.filter.value) return;
      const known = new Set(this.ids.value);
      batch(() => {
        for (const run of data) putRun(run);
        this.ids.value = [...this.ids.value, ...data.map((run) => run.id).filter((id) => !known.has(id))];
        this.total.value = data.length === 0 ? this.ids.value.length : (meta.total ?? this.total.value);
      });
    } catch (cause) {
      this.error.value = cause;
    } finally {
      this.more = false;
    }
  }

  private news(run: Run): void {
    if (this.state.value !== "ready") return;
    const ids = this.ids.value;
    const at = ids.indexOf(run.id);
    const fits = matches(run, this.filter.value);
    if (at >= 0 && !fits) {
      this.ids.value = ids.filter((id) => id !== run.id);
      this.total.value -= 1;
    } else if (at < 0 && fits) this.insert(run);
  }

  private insert(run: Run): void {
    const { sort } = this.filter.value;
    const field = sort.replace("-", "");
    const sign = sort.startsWith("-") ? 1 : -1;
    const ids = this.ids.value;
    let at = ids.findIndex((id) => {
      const other = runSignal(id)?.peek();
      return other !== undefined && sign * compare(run, other, field) >= 0;
    });
    // Past the end of what is loaded it is not shown yet: the next page brings it, in its place.
    if (at < 0 && this.hasMore.value) return;
    if (at < 0) at = ids.length;
    batch(() => {
      this.ids.value = [...ids.slice(0, at), run.id, ...ids.slice(at)];
      this.total.value += 1;
      if (this.cursor.value >= at) this.cursor.value += 1;
    });
  }
}

/** One list for the page's life: coming back from a run finds it as it was left. */
export const runList = new RunList();
