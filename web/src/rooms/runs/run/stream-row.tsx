import { useState } from "preact/hooks";
import type { Json, RunEvent } from "../../../api/types";
import { bytes, clockTime, exactTime, money, plural, words } from "../../../ui/format";
import { Icon, type IconName } from "../../../ui/icon";
import { JsonTree } from "../../../ui/json";
import { Prose } from "../../../ui/text";
import { Glyph, look } from "../status";
import { field, type Item, type ToolCall, tally } from "./groups";

/** What the reader opened stays open while rows scroll out of sight and back. */
export type Opened = Set<string>;

interface RowProps {
  item: Item;
  opened: Opened;
  /** An item grows in place; its size is what tells that it must be drawn again. */
  size: number;
}

function At({ event }: { event: RunEvent }) {
  return (
    <time class="ev-at num" dateTime={event.at} title={`${exactTime(event.at)} · event ${event.seq}`}>
      {clockTime(event.at)}
    </time>
  );
}

interface LineProps {
  event: RunEvent;
  icon: IconName;
  tone?: string;
  children: preact.ComponentChildren;
}

function Line({ event, icon, tone = "", children }: LineProps) {
  return (
    <div class={`ev ev-line ${tone}`}>
      <span class="ev-icon">
        <Icon name={icon} size={14} />
      </span>
      <div class="ev-body">{children}</div>
      <At event={event} />
    </div>
  );
}

function useOpened(opened: Opened, key: string): [boolean, () => void] {
  const [open, setOpen] = useState(opened.has(key));
  return [
    open,
    () => {
      if (open) opened.delete(key);
      else opened.add(key);
      setOpen(!open);
    },
  ];
}

interface CallProps {
  call: ToolCall;
  answered: boolean;
  opened: Opened;
  itemKey: string;
}

function Call({ call, opened, itemKey }: CallProps) {
  const [open, toggle] = useOpened(opened, itemKey);
  const failed = call.result?.body.is_error === true;
  const name = call.use ? field(call.use.body, "name") : "result";
  const input = (call.use?.body.input ?? null) as Json;
  const kind = call.use ? field(call.use.body, "tool_kind") : "";
  const text = call.result ? field(call.result.body, "text") : "";
  const took = call.use && call.result ? Date.parse(call.result.at) - Date.parse(call.use.at) : null;
  return (
    <li class={failed ? "call bad" : "call"}>
      <button type="button" class="call-head" aria-expanded={open} onClick={toggle}>
        <Icon name={open ? "chevron" : "right"} size={12} />
        <code class="call-name">{name}</code>
        <span class="call-brief">{brief(input)}</span>
        {kind && kind !== "builtin" && <span class="tag">{kind}</span>}
        <span class="call-state num">
          {failed
            ? "failed"
            : took !== null
              ? took < 1000
                ? `${took} ms`
                : `${(took / 1000).toFixed(1)} s`
              : call.result
                ? ""
                : "running"}
        </span>
      </button>
      {open && (
        <div class="call-more">
          {input !== null && <JsonTree value={input} />}
          {call.result && <pre class={failed ? "result bad" : "result"}>{text || "(no text)"}</pre>}
        </div>
      )}
    </li>
  );
}

function brief(input: Json): string {
  if (input === null || typeof input !== "object") return input === null ? "" : String(input);
  return Object.values(input)
    .filter((value) => value !== null && typeof value !== "object")
    .map(String)
    .join(" · ")
    .slice(0, 120);
}

function Tools({ item, opened }: RowProps) {
  const [open, toggle] = useOpened(opened, `${item.key}`);
  const first = item.events[0];
  const only = item.calls.length === 1 ? item.calls[0] : undefined;
  if (!first) return null;
  const failed = item.calls.filter((call) => call.result?.body.is_error === true).length;
  const running = item.calls.some((call) => !call.result);
  return (
    <div class="ev ev-tools">
      <span class="ev-icon">
        <Icon name="tool" size={14} />
      </span>
      <div class="ev-body">
        {only ? (
          <ul class="calls">
            <Call call={only} answered={only.result !== null} opened={opened} itemKey={`${item.key}/0`} />
          </ul>
        ) : (
          <>
            <button type="button" class="fold" aria-expanded={open} onClick={toggle}>
              <Icon name={open ? "chevron" : "right"} size={12} />
              <span>{plural(item.calls.length, "tool call")}</span>
              <span class="fold-names">
                {tally(item.calls)
                  .slice(0, 4)
                  .map(([name, times]) => (
                    <code key={name}>
                      {name}
                      {times > 1 && <span class="times"> ×{times}</span>}
                    </code>
                  ))}
              </span>
              {failed > 0 && <span class="tag tag-bad">{failed} failed</span>}
              {running && <span class="tag tag-live">running</span>}
            </button>
            {open && (
              <ul class="calls">
                {item.calls.map((call, index) => (
                  <Call
                    key={`${call.id}-${index}`}
                    call={call}
                    answered={call.result !== null}
                    opened={opened}
                    itemKey={`${item.key}/${index}`}
                  />
                ))}
              </ul>
            )}
          </>
        )}
      </div>
      <At event={first} />
    </div>
  );
}

function Log({ item, opened }: RowProps) {
  const [open, toggle] = useOpened(opened, `${item.key}`);
  const first = item.events[0];
  if (!first) return null;
  const text = item.events.map((event) => field(event.body, "line")).join("\n");
  const lines = text.split("\n");
  const many = lines.length > 6;
  return (
    <div class="ev ev-log">
      <span class="ev-icon">
        <Icon name="terminal" size={14} />
      </span>
      <div class="ev-body">
        {many && (
          <button type="button" class="fold" aria-expanded={open} onClick={toggle}>
            <Icon name={open ? "chevron" : "right"} size={12} />
            <span>{plural(lines.length, "line")}</span>
            {!open && <span class="fold-first">{lines[0]}</span>}
          </button>
        )}
        {lines.length === 1 && <code class="logline">{text}</code>}
        {lines.length > 1 && (open || !many) && <pre class="logtext">{text}</pre>}
      </div>
      <At event={first} />
    </div>
  );
}

function Raw({ event, opened, title }: { event: RunEvent; opened: Opened; title: string }) {
  const [open, toggle] = useOpened(opened, `${event.seq}`);
  return (
    <div class="ev ev-line">
      <span class="ev-icon">
        <Icon name="dots" size={14} />
      </span>
      <div class="ev-body">
        <button type="button" class="fold" aria-expanded={open} onClick={toggle}>
          <Icon name={open ? "chevron" : "right"} size={12} />
          <span>{title}</span>
        </button>
        {open && <JsonTree value={event.body} />}
      </div>
      <At event={event} />
    </div>
  );
}

function State({ event }: { event: RunEvent }) {
  const to = field(event.body, "to");
  const reason = field(event.body, "reason");
  return (
    <div class={`ev ev-state tone-${look(to).tone}`}>
      <span class="ev-icon">
        <Glyph status={to} />
      </span>
      <div class="ev-body">
        <strong>{look(to).label}</strong>
        {reason && <span class="ev-reason">{reason}</span>}
      </div>
      <At event={event} />
    </div>
  );
}

function Delivered({ event }: { event: RunEvent }) {
  const { body } = event;
  const link = field(body, "link");
  const status = field(body, "status");
  const bad = status === "failed";
  return (
    <Line event={event} icon="send" tone={bad ? "bad" : ""}>
      <strong>{words(field(body, "channel"))}</strong> {status.replaceAll("_", " ")}
      {field(body, "detail") && <span class="ev-reason">{field(body, "detail")}</span>}
      {/^https?:\/\//.test(link) && (
        <a class="ev-link" href={link} target="_blank" rel="noopener noreferrer">
          Open
        </a>
      )}
    </Line>
  );
}

export function StreamRow({ item, opened, size }: RowProps) {
  const last = item.events.at(-1);
  if (!last) return null;
  const { body } = last;
  switch (item.type) {
    case "agent.message":
      return (
        <div class="ev ev-message">
          <span class="ev-icon">
            <Icon name="spark" size={14} />
          </span>
          <div class="ev-body">
            <Prose text={field(body, "text")} />
          </div>
          <At event={last} />
        </div>
      );
    case "tools":
      return <Tools item={item} opened={opened} size={size} />;
    case "run.state":
      return <State event={last} />;
    case "log":
      return <Log item={item} opened={opened} size={size} />;
    case "cost":
      return (
        <Line event={last} icon="coin" tone="quiet">
          Cost is now <span class="num">{money(field(body, "cost_usd"))}</span>
          {field(body, "output_tokens") && (
            <span class="ev-reason num">
              {Number(field(body, "input_tokens")).toLocaleString("en-US")} tokens in,{" "}
              {Number(field(body, "output_tokens")).toLocaleString("en-US")} out
            </span>
          )}
        </Line>
      );
    case "progress":
      return (
        <Line event={last} icon="clock" tone="quiet">
          <span class="num">
            {field(body, "done")}
            {field(body, "total") && ` of ${field(body, "total")}`}
          </span>
          <span class="ev-reason">{field(body, "note")}</span>
        </Line>
      );
    case "agent.thinking":
      return (
        <Line event={last} icon="dots" tone="quiet">
          Thinking
        </Line>
      );
    case "session.status":
      return (
        <Line event={last} icon="info" tone="quiet">
          Session {field(body, "status")}
          {field(body, "stop_reason") && <span class="ev-reason">{field(body, "stop_reason")}</span>}
        </Line>
      );
    case "session.error":
      return (
        <Line event={last} icon="alert" tone="bad">
          <strong>{words(field(body, "error_type") || "Session error")}</strong>
          <span class="ev-reason">{field(body, "message")}</span>
          {field(body, "retry") && <span class="tag">{words(field(body, "retry"))}</span>}
        </Line>
      );
    case "output":
      return (
        <Line event={last} icon="file">
          {Number(field(body, "size")) > 0 ? "Collected" : "Wrote"} <code>{field(body, "name")}</code>
          {Number(field(body, "size")) > 0 && (
            <span class="ev-reason num">{bytes(Number(field(body, "size")))}</span>
          )}
        </Line>
      );
    case "delivery":
      return <Delivered event={last} />;
    case "approval":
      return (
        <Line event={last} icon="hand" tone={field(body, "status") === "pending" ? "wait" : ""}>
          <strong>
            {field(body, "status") === "pending" ? "Asks to use" : words(field(body, "status"))}
          </strong>{" "}
          <code>{field(body, "tool_name")}</code>
          {field(body, "decided_by") && <span class="ev-reason">by {field(body, "decided_by")}</span>}
        </Line>
      );
    case "summary":
      return (
        <Line event={last} icon="check">
          <strong>{field(body, "headline") || "Result"}</strong>
          {field(body, "score") && (
            <span class="ev-reason num">
              score {field(body, "score")} of {field(body, "max_score") || 100}
            </span>
          )}
        </Line>
      );
    case "unknown":
      return (
        <Raw
          event={last}
          opened={opened}
          title={`Unknown event: ${field(body, "type") || last.source_type || "no type"}`}
        />
      );
    default:
      return <Raw event={last} opened={opened} title={words(item.type)} />;
  }
}
