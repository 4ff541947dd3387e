// The frame of a chart: its title, what it says in one line, the way to a table and to files, and what stands
// there while there is nothing to draw.
import type { ComponentChildren } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { explain } from "../../live/pending";
import { Icon } from "../../ui/icon";
import { Menu } from "../../ui/menu";
import { toast } from "../../ui/toast";
import type { Reading } from "./reading";
import { copyPng, savePng, saveSvg } from "./taking";

export interface Table {
  head: string[];
  rows: (string | number)[][];
}

export interface Mark {
  label: string;
  /** The class of its colour, and how it is drawn. */
  kind: string;
  form: "fill" | "hatch" | "line" | "dash" | "dot";
}

/** A piece of the chart itself: told by form as well as by colour. */
function Swatch({ mark }: { mark: Mark }) {
  const line = mark.form === "line" || mark.form === "dash";
  return (
    <svg class="fig-swatch" width="18" height="12" viewBox="0 0 18 12" aria-hidden="true">
      {line && <path class={`c-line ${mark.kind}${mark.form === "dash" ? " c-dash" : ""}`} d="M0 6H18" />}
      {mark.form === "dot" && <circle class={`c-fill ${mark.kind}`} cx="9" cy="6" r="4" />}
      {mark.form === "fill" && (
        <rect class={`c-fill ${mark.kind}`} x="1" y="1" width="16" height="10" rx="2" />
      )}
      {mark.form === "hatch" && (
        <>
          <rect class={`c-open ${mark.kind}`} x="1.5" y="1.5" width="15" height="9" rx="2" />
          <path class={`c-hatch ${mark.kind}`} d="M4 10L9 2M9 10L14 2" />
        </>
      )}
    </svg>
  );
}

interface Props<T> {
  title: string;
  /** What to see in it, in a few words. */
  note?: ComponentChildren;
  reading: Reading<T>;
  /** Whether there is anything to draw in what was read. */
  filled: (data: T) => boolean;
  /** What must happen for something to appear. */
  empty: ComponentChildren;
  csv: string;
  marks?: Mark[];
  table: (data: T) => Table;
  tools?: ComponentChildren;
  wide?: boolean;
  /** As high as what is in it, whatever stands beside it. */
  short?: boolean;
  children: (data: T) => ComponentChildren;
}

function AsTable({ table, title }: { table: Table; title: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable to be scrolled by keys.
    <div class="fig-table" role="region" aria-label={`${title} as a table`} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {table.head.map((each) => (
              <th key={each} scope="col">
                {each}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, at) =>
                at === 0 ? (
                  <th key={at} scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={at} class="num">
                    {cell}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Waiting({ long }: { long: boolean }) {
  return (
    <div class="fig-wait" role="status" aria-label="Computing the figure">
      <span class="fig-bones" aria-hidden="true">
        {[38, 64, 52, 80, 46, 70, 58].map((height, index) => (
          <span key={index} class="bone" style={{ height: `${height}%` }} />
        ))}
      </span>
      {long && <p>Counting the log of the board. On a large one the first time takes a few seconds.</p>}
    </div>
  );
}

export function Figure<T>(props: Props<T>) {
  const { title, note, reading, csv, marks, tools, wide, short } = props;
  const { data, failed, busy, long, again } = reading;
  const [asTable, setAsTable] = useState(false);
  const box = useRef<HTMLElement>(null);
  const id = useId();
  const something = data !== null && props.filled(data);
  const take = (how: (figure: HTMLElement, title: string) => void | Promise<void>) => () => {
    const node = box.current;
    if (!node) return;
    void Promise.resolve(how(node, title)).catch((cause) =>
      toast({ kind: "bad", title: "The picture was not made", detail: explain(cause) }),
    );
  };
  return (
    <section
      class={`fig${wide ? " fig-wide" : ""}${short ? " fig-short" : ""}`}
      ref={box}
      aria-labelledby={id}
    >
      <header class="fig-head">
        <div class="fig-title">
          <h2 id={id}>{title}</h2>
          {note && <p>{note}</p>}
        </div>
        {busy && data && <span class="fig-busy" title="Being computed again" />}
        {tools}
        <button
          type="button"
          class="icon-btn"
          aria-pressed={asTable}
          aria-label={`${title} as a table`}
          title={asTable ? "As a chart" : "As a table"}
          disabled={!something}
          onClick={() => setAsTable(!asTable)}
        >
          <Icon name={asTable ? "chart" : "list"} />
        </button>
        <Menu
          label={`Take ${title} away`}
          class="icon-btn"
          align="end"
          button={<Icon name="download" />}
          items={[
            { label: "Download CSV", icon: "file", run: () => location.assign(csv) },
            { label: "Download SVG", icon: "download", disabled: !something || asTable, run: take(saveSvg) },
            { label: "Download PNG", icon: "download", disabled: !something || asTable, run: take(savePng) },
            { label: "Copy as a picture", icon: "copy", disabled: !something || asTable, run: take(copyPng) },
          ]}
        />
      </header>
      {failed && !data ? (
        <div class="fig-none" role="alert">
          <Icon name="alert" size={18} />
          <p class="pre">{explain(failed)}</p>
          <button type="button" class="btn btn-s" onClick={again}>
            Try again
          </button>
        </div>
      ) : data === null ? (
        <Waiting long={long} />
      ) : !something ? (
        <div class="fig-none">
          <Icon name="chart" size={18} />
          <p>{props.empty}</p>
        </div>
      ) : asTable ? (
        <AsTable table={props.table(data)} title={title} />
      ) : (
        <>
          {props.children(data)}
          {marks && (
            <ul class="fig-legend">
              {marks.map((mark) => (
                <li key={mark.label}>
                  <Swatch mark={mark} />
                  {mark.label}
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </section>
  );
}
