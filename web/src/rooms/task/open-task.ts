// The task a panel shows: read whole, kept true by the board's tail, changed through the named commands.
import { type Signal, signal } from "@preact/signals";
import { boardApi, cardOf, type Task, type TaskChange } from "../../api/board";
import { ApiError } from "../../api/client";
import { changeTasks, moveTasks } from "../../commands";
import { onReturn } from "../../live/board";
import { overlay } from "../../overlay";
import {
  agentById,
  categoryById,
  columnByKey,
  onCard,
  peekCard,
  personById,
  putCard,
} from "../../store/board";

export type Loading = "loading" | "ready" | "missing" | "failed";

/** The names beside the ids follow a guess as well. */
function named(change: TaskChange): Partial<Task> {
  const extra: Partial<Task> = {};
  if (change.assigned_agent_id !== undefined) {
    const agent = agentById.peek().get(change.assigned_agent_id ?? "");
    extra.assigned_agent = agent ? { ...agent } : null;
  }
  if (change.accountable_id !== undefined) {
    extra.accountable = personById.peek().get(change.accountable_id ?? "") ?? null;
  }
  if (change.category_id !== undefined) {
    const category = categoryById.peek().get(change.category_id ?? "");
    extra.category = category ? { ...category } : null;
  }
  return extra;
}

function guessed(task: Task, change: TaskChange): Task {
  const { depends_on: _ids, custom, version: _version, ...plain } = change;
  const merged = custom ? { custom: { ...task.custom, ...custom } } : {};
  return { ...task, ...plain, ...merged, ...named(change) };
}

interface Back {
  /** What the fields were, where the task does not hold them in the shape a change wants. */
  before?: Partial<Task>;
  guess?: Partial<Task>;
  /** The version somebody read before they began to write. What others changed since is not written over. */
  madeOn?: number | undefined;
}

export class OpenTask {
  readonly task: Signal<Task | null> = signal(null);
  readonly state: Signal<Loading> = signal("loading");
  error: unknown = null;
  private known: Task | null = null;
  private guesses: ((task: Task) => Task)[] = [];
  private queue: Promise<unknown> = Promise.resolve();
  private reading: Promise<void> | null = null;
  private again = false;
  private closed = false;
  private readonly stops: (() => void)[];

  constructor(readonly id: string) {
    this.stops = [
      onCard((card) => {
        if (card.id === id && card.version > (this.known?.version ?? 0)) void this.reload();
      }),
      onReturn(() => void this.reload()),
    ];
    void this.reload();
  }

  close(): void {
    this.closed = true;
    for (const stop of this.stops) stop();
  }

  /** Reads the task again; asked for while it is being read, it is read once more after. */
  async reload(): Promise<void> {
    if (this.reading) {
      this.again = true;
      return this.reading;
    }
    this.reading = this.read().finally(() => {
      this.reading = null;
      if (!this.again || this.closed) return;
      this.again = false;
      void this.reload();
    });
    return this.reading;
  }

  private async read(): Promise<void> {
    try {
      this.take((await boardApi.task(this.id)).data);
      this.state.value = "ready";
    } catch (cause) {
      // What is shown stays; only a task that was never there is missing.
      if (this.known && !(cause instanceof ApiError && cause.status === 404)) return;
      this.error = cause;
      this.state.value = cause instanceof ApiError && cause.status === 404 ? "missing" : "failed";
    }
  }

  take(task: Task): void {
    if (this.known && task.version < this.known.version) return;
    this.known = task;
    this.show();
    const card = peekCard(task.id);
    if (card && card.version < task.version) putCard(cardOf(task, card.waiting));
  }

  private show(): void {
    if (!this.known) return;
    this.task.value = this.guesses.reduce((task, guess) => guess(task), this.known);
  }

  private guess(how: (task: Task) => Task): () => void {
    this.guesses.push(how);
    this.show();
    return () => {
      this.guesses = this.guesses.filter((each) => each !== how);
      this.show();
    };
  }

  /** One after the other: the second change of a field is made on what the first one left. */
  private enqueue<T>(work: () => Promise<T>): Promise<T> {
    const next = this.queue.then(work, work);
    this.queue = next.catch(() => {});
    return next;
  }

  /** Changes fields; shown at once, taken back with the reason when refused. */
  async change(change: TaskChange, label?: string, back: Back = {}): Promise<boolean> {
    const lift = this.guess((task) => ({ ...guessed(task, change), ...back.guess }));
    try {
      return await this.enqueue(async () => {
        const task = this.known;
        if (!task) return false;
        const done = await changeTasks([this.id], change, {
          before: { ...task, ...back.before },
          version: back.madeOn ?? task.version,
          ...(label ? { label } : {}),
        });
        await this.reload();
        return done;
      });
    } finally {
      lift();
    }
  }

  async move(status: string, reason?: string): Promise<boolean> {
    const task = this.known;
    if (!task || task.status === status) return true;
    const name = columnByKey.peek().get(status)?.name ?? status;
    const why = reason ? { blocked_reason: reason } : {};
    // A card the board does not hold, such as one long done, has no place among others there.
    if (!peekCard(this.id)) return this.change({ status, ...why }, `Moved #${task.number} to ${name}`);
    const lift = this.guess((now) => ({ ...now, status, blocked_reason: reason ?? null }));
    try {
      return await this.enqueue(async () => {
        const done = await moveTasks([this.id], { status, ...why });
        await this.reload();
        return done;
      });
    } finally {
      lift();
    }
  }
}

/** When the change just refused has opened the conflict dialog: be told once something was chosen there. */
export function afterConflict(tell: () => void): void {
  const shown = overlay.peek();
  if (shown?.kind !== "conflict") return;
  overlay.value = {
    ...shown,
    onResolve: (chosen) => {
      shown.onResolve(chosen);
      if (chosen) tell();
    },
  };
}
