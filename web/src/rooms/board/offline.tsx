// What waits on this device.
import { useState } from "preact/hooks";
import { type Unsent, unsent, waiting } from "../../commands/waiting";
import { lazy } from "../../lazy";
import { offline } from "../../live/board";
import { plural } from "../../ui/format";
import { Icon } from "../../ui/icon";

const Review = lazy<{ list: readonly Unsent[]; onClose: () => void }>(() => import("./unsent"), true);

export function OfflineStrip() {
  const [open, setOpen] = useState(false);
  const count = waiting.value.length;
  const lost = unsent.value.length;
  if (!offline.value && count === 0 && lost === 0) return null;
  return (
    <div class={`kstrip${lost > 0 ? " kstrip-bad" : ""}`} role="status">
      <Icon name={lost > 0 ? "alert" : "offline"} size={15} />
      <span>
        {offline.value ? "No connection. You see the board as it was." : count > 0 ? "Sending…" : ""}{" "}
        {count > 0 && `${plural(count, "change")} ${count === 1 ? "waits" : "wait"} on this device.`}{" "}
        {lost > 0 && `${plural(lost, "change")} could not be sent.`}
      </span>
      {lost > 0 && (
        <button type="button" class="link" onClick={() => setOpen(true)}>
          Look at {lost === 1 ? "it" : "them"}
        </button>
      )}
      {open && <Review list={unsent.value} onClose={() => setOpen(false)} />}
    </div>
  );
}
