// The first cards as they would become.
import type { Preview } from "../../../api/exchange";
import { agentById, columnByKey, personById } from "../../../store/board";
import { PriorityMark } from "../../board/marks";

export function Sample({ seen }: { seen: Preview }) {
  if (seen.tasks.length === 0) return null;
  const made = new Map(
    Object.values(seen.mapping.columns).map((each) => [each.key, each.name ?? each.key] as const),
  );
  return (
    <section class="entry-part" aria-label="How cards become">
      <h3>
        How cards become <span class="faint">the first {seen.tasks.length}</span>
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable to be scrolled by keys. */}
      <div class="sample" tabIndex={0} role="region" aria-label="Sample of cards">
        <table>
          <thead>
            <tr>
              {["Where", "Title", "Column", "Who", "Due", "Labels"].map((each) => (
                <th key={each} scope="col">
                  {each}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {seen.tasks.map((each) => (
              <tr key={each.source_id}>
                <td class="faint">{each.place}</td>
                <td>
                  <span class="sample-title">
                    <PriorityMark priority={each.priority as "p1" | "p2" | "p3"} />
                    {each.title}
                    {each.archived && <span class="mini">archived</span>}
                  </span>
                </td>
                <td>{columnByKey.value.get(each.status)?.name ?? made.get(each.status) ?? each.status}</td>
                <td>
                  {[
                    each.assigned_agent_id && agentById.value.get(each.assigned_agent_id)?.name,
                    each.accountable_id && personById.value.get(each.accountable_id)?.name,
                  ]
                    .filter(Boolean)
                    .join(", ") || <span class="faint">–</span>}
                </td>
                <td class="num">{each.due_date ?? <span class="faint">–</span>}</td>
                <td>{each.labels.join(", ") || <span class="faint">–</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
