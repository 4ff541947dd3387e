// One run's log: the stored events page by page, then the live stream from the last one's seq.
import { batch, signal } from "@preact/signals";
import { api } from "../api/calls";
import type { Run, RunEvent } from "../api/types";
import { putRun } from "../store/runs";
import { openStream, type StreamState } from "./sse";

const PAGE = 500;

export class RunLog {
  /** Grows in place; `count` says how far, so that 10,000 events are never copied for one more. */
  readonly events: RunEvent[] = [];
  readonly count = signal(0);
  readonly loading = signal(true);
  readonly state = signal<StreamState>("connecting");
  readonly error = signal<unknown>(null);
  private close: (() => void) | null = null;
  private waiting: RunEvent[] = [];
  private flushAt = 0;
  private stopped = false;

  constructor(
    readonly runId: string,
    private readonly onNews: (events: RunEvent[]) => void,
  ) {}

  private get lastSeq(): number {
    return this.waiting.at(-1)?.seq ?? this.events.at(-1)?.seq ?? 0;
  }

  async start(): Promise<void> {
    try {
      for (;;) {
        const { data } = await api.runLog(this.runId, this.lastSeq, PAGE);
        if (this.stopped) return;
        this.take(data);
        this.flush(false);
        if (data.length < PAGE) break;
      }
      this.error.value = null;
    } catch (cause) {
      this.error.value = cause;
      this.loading.value = false;
      return;
    }
    this.loading.value = false;
    this.follow();
  }

  /** Also used after a gesture that wakes an ended run, such as a redelivery. */
  follow(): void {
    this.close?.();
    if (this.stopped) return;
    this.close = openStream({
      url: `/api/runs/${encodeURIComponent(this.runId)}/events`,
      lastId: String(this.lastSeq),
      onMessage: (message) => {
        if (message.event === "run_event") this.arrive(JSON.parse(message.data) as RunEvent);
        else if (message.event === "run") putRun(JSON.parse(message.data) as Run);
        else if (message.event === "end") this.ended();
      },
      onState: (state) => {
        this.state.value = state;
      },
    });
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.flushAt);
    this.close?.();
  }

  private ended(): void {
    this.flush(true);
    this.close?.();
    this.close = null;
  }

  private arrive(event: RunEvent): void {
    this.take([event]);
    // A burst of events is one redraw.
    if (!this.flushAt) this.flushAt = window.setTimeout(() => this.flush(true), 40);
  }

  private take(events: RunEvent[]): void {
    for (const event of events) if (event.seq > this.lastSeq) this.waiting.push(event);
  }

  private flush(live: boolean): void {
    clearTimeout(this.flushAt);
    this.flushAt = 0;
    const news = this.waiting;
    if (news.length === 0) return;
    this.waiting = [];
    batch(() => {
      for (const event of news) this.events.push(event);
      this.count.value = this.events.length;
    });
    if (live) this.onNews(news);
  }
}
