import { signal } from "@preact/signals";
import { Icon } from "./icon";

interface Toast {
  id: number;
  kind: "good" | "bad" | "info";
  title: string;
  detail?: string;
  action?: { label: string; run: () => void };
}

const toasts = signal<Toast[]>([]);
let next = 1;

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((each) => each.id !== id);
}

export function toast(what: Omit<Toast, "id">): number {
  const id = next++;
  toasts.value = [...toasts.value.slice(-3), { ...what, id }];
  // A refusal stays until it is read and closed; good news leaves by itself.
  if (what.kind !== "bad") window.setTimeout(() => dismiss(id), what.action ? 8000 : 4500);
  return id;
}

const ICON = { good: "check", bad: "alert", info: "info" } as const;

export function Toasts() {
  return (
    <section class="toasts" aria-label="Notifications" aria-live="polite">
      {toasts.value.map((each) => (
        <div class={`toast toast-${each.kind}`} key={each.id} role={each.kind === "bad" ? "alert" : "status"}>
          <Icon name={ICON[each.kind]} />
          <div class="toast-text">
            <strong>{each.title}</strong>
            {each.detail && <p>{each.detail}</p>}
          </div>
          {each.action && (
            <button
              type="button"
              class="btn btn-ghost btn-s"
              onClick={() => {
                each.action?.run();
                dismiss(each.id);
              }}
            >
              {each.action.label}
            </button>
          )}
          <button type="button" class="icon-btn" aria-label="Dismiss" onClick={() => dismiss(each.id)}>
            <Icon name="x" />
          </button>
        </div>
      ))}
    </section>
  );
}
