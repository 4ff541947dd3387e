// The pointers of others on the board.
import { type Cursor, cursors } from "../../live/board";
import { hueOf } from "./hue";

/** A pointer is told within its column, as columns stand elsewhere on screens of another size. */
function placeOf(each: Cursor, frame: DOMRect): { left: string; top: string } | null {
  const column = each.column && document.querySelector(`[data-column="${CSS.escape(each.column)}"]`);
  if (each.column && !column) return null;
  const rect = column ? column.getBoundingClientRect() : frame;
  return {
    left: `${rect.left - frame.left + each.x * rect.width}px`,
    top: `${rect.top - frame.top + each.y * rect.height}px`,
  };
}

export default function Cursors({ frame }: { frame: { current: HTMLElement | null } }) {
  const list = [...cursors.value.values()];
  const rect = frame.current?.getBoundingClientRect();
  if (!rect || list.length === 0) return null;
  return (
    <div class="kcursors" aria-hidden="true">
      {list.map((each) => {
        const place = placeOf(each, rect);
        return (
          place && (
            <span key={each.connectionId} class="kcursor" style={{ ...place, "--own": hueOf(each.agentId) }}>
              <svg width="14" height="16" viewBox="0 0 14 16" aria-hidden="true">
                <path d="M1 1l11.5 6.2-5.2 1.3L4.6 14z" />
              </svg>
              <span>{each.name.split(/\s+/)[0]}</span>
            </span>
          )
        );
      })}
    </div>
  );
}
