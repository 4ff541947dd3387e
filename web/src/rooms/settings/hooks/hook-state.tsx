import type { Hook } from "../../../api/hooks";

/** Whether news goes there, told by words as well as by colour. */
export function HookState({ hook }: { hook: Hook }) {
  if (!hook.enabled) {
    return hook.disabled_reason ? (
      <span class="mini tone-bad">Switched off</span>
    ) : (
      <span class="mini tone-idle">Paused</span>
    );
  }
  if (hook.failing_since) return <span class="mini tone-wait">Failing</span>;
  return <span class="mini tone-good">On</span>;
}
