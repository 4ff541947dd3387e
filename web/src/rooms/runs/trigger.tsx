import { words } from "../../ui/format";
import { Icon, type IconName } from "../../ui/icon";

const KNOWN: [RegExp, IconName][] = [
  [/clickup|asana|webhook|github/, "webhook"],
  [/cli|command/, "terminal"],
  [/slack/, "chat"],
  [/cron|schedule/, "calendar"],
  [/rerun/, "rerun"],
  [/person|web|browser|manual|board/, "person"],
  [/api|key/, "key"],
];

export function triggerIcon(source: string): IconName {
  return KNOWN.find(([pattern]) => pattern.test(source))?.[1] ?? "spark";
}

export function Trigger({ source, text = true }: { source: string; text?: boolean }) {
  const label = words(source);
  return (
    <span class="trigger" title={`Started by: ${label}`}>
      <Icon name={triggerIcon(source)} size={14} {...(text ? {} : { label: `Started by ${label}` })} />
      {text && <span>{label}</span>}
    </span>
  );
}
