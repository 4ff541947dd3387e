// What waits on this device, and what could not be sent after all.
import { useState } from "preact/hooks";
import { type Unsent, unsent, waiting } from "../../commands/waiting";
import { offline } from "../../live/board";
import { Dialog } from "../../ui/dialog";
import { plural } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { Ago } from "../../ui/time";

function Review({ list, onClose }: { list: readonly Unsent[]; onClose: () => void }) {
  return (
    <Dialog title="Not sent" onClose={onClose} size="m">
      <div class="kunsent">
        <p class="dialog-text">
          These changes were made without a connection. Meanwhile the board had changed so that they could not
          be made any more. Look at the cards and repeat what is still wanted.
        </p>
        <ul>
          {list.map((each) => (
            <li key={`${each.at}${each.label}`}>
              <strong>{each.label}</strong> <Ago at={new Date(each.at).toISOString()} />
              <p class="pre">{each.reason}</p>
            </li>
          ))}
        </ul>
        <footer class="dialog-foot">
          <button
            type="button"
            class="btn btn-primary"
            onClick={() => {
              unsent.value = [];
              onClose();
            }}
          >
            Understood
          </button>
        </footer>
      </div>
    </Dialog>
  );
}

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
