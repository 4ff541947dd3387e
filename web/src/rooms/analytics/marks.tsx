// The small shapes that charts are made of.

/** A bar with a rounded top, from the ground up. */
export function top(x: number, y: number, width: number, ground: number): string {
  const r = Math.min(4, width / 2, Math.max(0, ground - y));
  return `M${x} ${ground}V${y + r}Q${x} ${y} ${x + r} ${y}H${x + width - r}Q${x + width} ${y} ${x + width} ${y + r}V${ground}Z`;
}

/** A bar with a rounded end, from the left to the right. */
export function along(x: number, y: number, width: number, height: number): string {
  const r = Math.min(4, height / 2, Math.max(0, width));
  return `M${x} ${y}H${x + width - r}Q${x + width} ${y} ${x + width} ${y + r}V${y + height - r}Q${x + width} ${y + height} ${x + width - r} ${y + height}H${x}Z`;
}

/** Slanted lines: what is told by colour is told by form as well. */
export function Hatch({ id, kind, color }: { id: string; kind?: string; color?: string | undefined }) {
  return (
    <defs>
      <pattern id={id} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(35)">
        <path class={`c-hatch ${kind ?? ""}`} d="M3 0V6" style={color ? { stroke: color } : undefined} />
      </pattern>
    </defs>
  );
}
