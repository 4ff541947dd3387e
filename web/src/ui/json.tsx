import { useState } from "preact/hooks";
import type { Json } from "../api/types";
import { Icon } from "./icon";

const MANY = 60;

function Leaf({ value }: { value: null | boolean | number | string }) {
  // Text of several lines is read as text: it is what a person is asked to judge.
  if (typeof value === "string" && value.includes("\n")) return <pre class="json-text">{value}</pre>;
  const kind = value === null ? "null" : typeof value;
  return <span class={`json-${kind}`}>{kind === "string" ? JSON.stringify(value) : String(value)}</span>;
}

function brief(value: Json): string {
  if (Array.isArray(value)) return `[ ${value.length} ]`;
  const keys = Object.keys(value as object);
  return keys.length > 4 ? `{ ${keys.slice(0, 3).join(", ")}, … }` : `{ ${keys.join(", ")} }`;
}

function Branch({
  name,
  value,
  depth,
  open,
}: {
  name: string | null;
  value: Json;
  depth: number;
  open: number;
}) {
  const [shown, setShown] = useState(depth < open);
  const [all, setAll] = useState(false);
  if (value === null || typeof value !== "object") {
    return (
      <div class="json-line">
        {name !== null && <span class="json-key">{name}: </span>}
        <Leaf value={value} />
      </div>
    );
  }
  const entries: [string, Json][] = Array.isArray(value)
    ? value.map((each, index) => [String(index), each])
    : Object.entries(value);
  if (entries.length === 0) {
    return (
      <div class="json-line">
        {name !== null && <span class="json-key">{name}: </span>}
        <span class="faint">{Array.isArray(value) ? "[ ]" : "{ }"}</span>
      </div>
    );
  }
  const visible = all ? entries : entries.slice(0, MANY);
  return (
    <div class="json-branch">
      <button type="button" class="json-fold" aria-expanded={shown} onClick={() => setShown(!shown)}>
        <Icon name={shown ? "chevron" : "right"} size={11} />
        <span class="json-key">{name ?? (Array.isArray(value) ? "list" : "object")}</span>
        {!shown && <span class="faint"> {brief(value)}</span>}
      </button>
      {shown && (
        <div class="json-inner">
          {visible.map(([key, each]) => (
            <Branch key={key} name={key} value={each} depth={depth + 1} open={open} />
          ))}
          {visible.length < entries.length && (
            <button type="button" class="link" onClick={() => setAll(true)}>
              Show {entries.length - visible.length} more
            </button>
          )}
        </div>
      )}
    </div>
  );
}

/** JSON as a tree that opens where it is asked to; `open` levels stand open at first. */
export function JsonTree({ value, open = 2 }: { value: Json; open?: number }) {
  return (
    <div class="json">
      {value !== null && typeof value === "object" && Object.keys(value).length > 0 ? (
        Object.entries(value).map(([key, each]) => (
          <Branch key={key} name={key} value={each as Json} depth={1} open={open} />
        ))
      ) : (
        <Branch name={null} value={value} depth={0} open={open} />
      )}
    </div>
  );
}
