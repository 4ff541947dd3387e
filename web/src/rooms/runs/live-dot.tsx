import type { StreamState } from "../../live/sse";

const SAID: Record<StreamState, string> = {
  connecting: "Connecting",
  open: "Live",
  retrying: "Reconnecting",
  paused: "Paused",
  closed: "Not live",
};

export function LiveDot({ state }: { state: StreamState }) {
  return (
    <span class={`live live-${state}`} role="status">
      <span class="live-dot" aria-hidden="true" />
      {SAID[state]}
    </span>
  );
}
