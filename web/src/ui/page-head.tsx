import type { ComponentChildren } from "preact";
import { Icon } from "./icon";

interface Props {
  title: string;
  note?: string;
  back?: { href: string; label: string };
  side?: ComponentChildren;
  children?: ComponentChildren;
}

export function PageHead({ title, note, back, side, children }: Props) {
  return (
    <header class="page-head">
      {back && (
        <a class="icon-btn" href={back.href} aria-label={back.label} title={back.label}>
          <Icon name="left" />
        </a>
      )}
      <h1>{title}</h1>
      {note && <span class="page-note num">{note}</span>}
      {side}
      <div class="page-actions">{children}</div>
    </header>
  );
}
