import { useState } from "preact/hooks";
import { Dialog } from "../../ui/dialog";
import { plural } from "../../ui/format";
import { askingReason } from "./actions";

function Ask({ count, answer }: { count: number; answer: (reason: string | null) => void }) {
  const [reason, setReason] = useState("");
  const told = reason.trim();
  return (
    <Dialog title="What is in the way?" onClose={() => answer(null)} size="s">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (told) answer(told);
        }}
      >
        <p class="dialog-text">
          {count === 1 ? "The card" : plural(count, "card")} will be blocked. Say why, so that somebody can
          help.
        </p>
        <label class="field">
          <span>Reason</span>
          <textarea
            class="input"
            rows={3}
            required
            maxLength={2000}
            value={reason}
            placeholder="Waiting for access to the hosting account"
            onInput={(event) => setReason(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
              event.preventDefault();
              if (told) answer(told);
            }}
          />
        </label>
        <footer class="dialog-foot">
          <button type="button" class="btn" onClick={() => answer(null)}>
            Cancel
          </button>
          <button type="submit" class="btn btn-primary" disabled={!told}>
            Block
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

export function ReasonDialog() {
  const now = askingReason.value;
  return now ? <Ask count={now.count} answer={now.answer} /> : null;
}
