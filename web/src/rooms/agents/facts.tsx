import { words } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { triggerIcon } from "../runs/trigger";

const ENGINES: Record<string, string> = {
  anthropic_managed: "Anthropic Managed Agents",
  openai_agents: "OpenAI agents",
  skill: "Local skill",
  command: "Command",
};

export const engineName = (engine: string) => ENGINES[engine] ?? words(engine);

export function Triggers({ list }: { list: string[] }) {
  if (list.length === 0) return <span class="tag">No trigger enabled</span>;
  return (
    <span class="tags">
      {list.map((each) => (
        <span class="tag" key={each}>
          <Icon name={triggerIcon(each)} size={12} />
          {words(each)}
        </span>
      ))}
    </span>
  );
}

export function Channels({ list }: { list: string[] }) {
  return (
    <span class="tags">
      {list.map((each) => (
        <span class="tag tag-quiet" key={each}>
          <Icon name="send" size={11} />
          {words(each)}
        </span>
      ))}
    </span>
  );
}
