// The colour of whoever is here.
import { agentById } from "../../store/board";

/** A colour that stays with a person: of an agent its own, of others one made of the id. */
export function hueOf(id: string): string {
  const agent = agentById.value.get(id);
  if (agent) return agent.color;
  let sum = 7;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 360;
  return `hsl(${sum} 62% 46%)`;
}
