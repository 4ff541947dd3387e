import type { ComponentChildren } from "preact";

interface Props {
  title: string;
  count?: string | number | undefined;
  action?: ComponentChildren;
  class?: string | undefined;
  children?: ComponentChildren;
}

/** One part of the panel: its heading, what can be added to it, and what is in it. */
export function Part({ title, count, action, class: name, children }: Props) {
  return (
    <section class={name ? `part ${name}` : "part"} aria-label={title}>
      <div class="part-head">
        <h3>{title}</h3>
        {count ? <span class="part-count num">{count}</span> : null}
        {action && <span class="part-action">{action}</span>}
      </div>
      {children}
    </section>
  );
}
