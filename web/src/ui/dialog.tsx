import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "./icon";

interface Props {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  size?: "s" | "m" | "l";
  bare?: boolean;
  actions?: ComponentChildren;
}

/** A modal dialog on the browser's own <dialog>: focus stays inside, Escape closes, focus goes back after. */
export function Dialog({ title, onClose, children, size = "m", bare = false, actions }: Props) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before the next key: what somebody types right after a shortcut belongs in here.
  useLayoutEffect(() => {
    const before = document.activeElement;
    const node = box.current;
    node?.showModal();
    const first =
      node?.querySelector<HTMLElement>("[autofocus]") ??
      node?.querySelector<HTMLElement>("form :is(input, select, textarea)");
    first?.focus();
    return () => {
      node?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the keyboard's way out; the click is on the backdrop.
    <dialog
      ref={box}
      class={`dialog dialog-${size}${bare ? " dialog-bare" : ""}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === box.current) onClose();
      }}
    >
      <div class="dialog-box">
        <header class={bare ? "sr-only" : "dialog-head"}>
          <h2 id={id}>{title}</h2>
          {!bare && actions}
          {!bare && (
            <button type="button" class="icon-btn" aria-label="Close" onClick={onClose}>
              <Icon name="x" />
            </button>
          )}
        </header>
        {children}
      </div>
    </dialog>
  );
}
