// What does not come along, or not as it was: where it stands in the source, and why.
import type { ComponentChildren } from "preact";
import type { Misfit } from "../../../api/exchange";
import { count } from "../../../ui/format";

interface Props {
  title: string;
  list: Misfit[];
  total: number;
  children?: ComponentChildren;
}

export function Misfits({ title, list, total, children }: Props) {
  if (total === 0) return null;
  return (
    <section class="entry-part" aria-label={title}>
      <div class="entry-bar">
        <h3>
          {title} <span class="faint num">{count(total)}</span>
        </h3>
        {children}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable to be scrolled by keys. */}
      <div class="sample" tabIndex={0} role="region" aria-label={`${title}: list`}>
        <table>
          <thead>
            <tr>
              {["Where", "What", "Value", "Why"].map((each) => (
                <th key={each} scope="col">
                  {each}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {list.map((each, at) => (
              <tr key={at}>
                <td class="faint">{each.place}</td>
                <td>{each.field}</td>
                <td class="misfit-value">{each.value}</td>
                <td>{each.message}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {total > list.length && <p class="faint">The first {count(list.length)} are shown.</p>}
    </section>
  );
}
