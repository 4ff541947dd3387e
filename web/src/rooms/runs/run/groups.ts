// Turns the flat log into what a person reads: messages stand alone, neighbouring tool calls fold into one
// line, neighbouring log lines into one block. Built by appending, so a new event costs only itself.
import type { JsonObject, RunEvent } from "../../../api/types";

export type Kind = "messages" | "tools" | "states" | "costs" | "files" | "system";

export const KINDS: { id: Kind; label: string }[] = [
  { id: "messages", label: "Messages" },
  { id: "tools", label: "Tools" },
  { id: "states", label: "States" },
  { id: "costs", label: "Costs" },
  { id: "files", label: "Files & deliveries" },
  { id: "system", label: "System" },
];

export interface ToolCall {
  id: string;
  use: RunEvent | null;
  result: RunEvent | null;
}

export interface Item {
  key: number; // the seq of its first event
  kind: Kind;
  type: string;
  events: RunEvent[];
  calls: ToolCall[];
}

const KIND_OF: Record<string, Kind> = {
  "agent.message": "messages",
  approval: "messages",
  summary: "messages",
  "tool.use": "tools",
  "tool.result": "tools",
  "run.state": "states",
  "session.error": "states",
  cost: "costs",
  output: "files",
  delivery: "files",
};

const FOLDING = new Set(["tools", "log", "cost", "progress", "agent.thinking"]);
/** Small news between two tool calls does not tear their group apart. */
const QUIET = new Set(["cost", "progress", "agent.thinking", "session.status"]);

export const kindOf = (event: RunEvent): Kind => KIND_OF[event.kind] ?? "system";
const typeOf = (event: RunEvent) => (event.kind.startsWith("tool.") ? "tools" : event.kind);

export const field = (body: JsonObject, name: string): string => {
  const value = body[name];
  return value === null || value === undefined
    ? ""
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);
};

function addCall(item: Item, event: RunEvent): void {
  const id = field(event.body, "id");
  if (event.kind === "tool.result") {
    const open = item.calls.findLast((call) => call.id === id && !call.result);
    if (open) open.result = event;
    else item.calls.push({ id, use: null, result: event });
  } else item.calls.push({ id, use: event, result: null });
}

export function searchable(event: RunEvent): string {
  return `${event.kind} ${JSON.stringify(event.body)}`.toLowerCase();
}

export class Grouping {
  items: Item[] = [];
  private read = 0;
  private group: Item | null = null;
  private trail = new Map<string, Item>();
  private openCalls = new Map<string, Item>();

  constructor(
    private readonly shown: ReadonlySet<Kind>,
    private readonly query: string,
  ) {}

  take(events: readonly RunEvent[]): void {
    for (; this.read < events.length; this.read++) {
      const event = events[this.read];
      if (event) this.add(event);
    }
  }

  private add(event: RunEvent): void {
    const kind = kindOf(event);
    if (!this.shown.has(kind)) return;
    if (this.query && !searchable(event).includes(this.query)) return;
    const type = typeOf(event);
    // A result may arrive after a message: it still belongs to the call it answers.
    const home = event.kind === "tool.result" ? this.openCalls.get(field(event.body, "id")) : undefined;
    if (home) {
      home.events.push(event);
      addCall(home, event);
      return;
    }
    if (this.group && FOLDING.has(type) && this.group.type === type) {
      this.group.events.push(event);
      if (type === "tools") this.addTool(this.group, event);
      return;
    }
    const trail = this.group?.type === "tools" && QUIET.has(type) ? this.trail.get(type) : undefined;
    if (trail) {
      trail.events.push(event);
      return;
    }
    const item: Item = { key: event.seq, kind, type, events: [event], calls: [] };
    if (type === "tools") this.addTool(item, event);
    this.items.push(item);
    if (this.group?.type === "tools" && QUIET.has(type)) {
      this.trail.set(type, item);
      return;
    }
    this.group = item;
    this.trail.clear();
  }

  private addTool(item: Item, event: RunEvent): void {
    addCall(item, event);
    if (event.kind === "tool.use") this.openCalls.set(field(event.body, "id"), item);
  }
}

export function tally(calls: ToolCall[]): [string, number][] {
  const names = new Map<string, number>();
  for (const call of calls) {
    const name = call.use ? field(call.use.body, "name") : "result";
    names.set(name, (names.get(name) ?? 0) + 1);
  }
  return [...names].sort((a, b) => b[1] - a[1]);
}
