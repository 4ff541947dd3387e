// Pure reckoning about lists one puts in order.

export interface Row {
  top: number;
  height: number;
}

export function reordered(keys: readonly string[], key: string, to: number): string[] {
  const rest = keys.filter((each) => each !== key);
  rest.splice(to, 0, key);
  return rest;
}

/** Where the held row would land: it passes a neighbour when its edge passes that one's middle. */
export function landing(rows: readonly Row[], from: number, dy: number): number {
  const held = rows[from];
  if (!held) return from;
  const [top, bottom] = [held.top + dy, held.top + held.height + dy];
  const middle = (row: Row) => row.top + row.height / 2;
  const below = rows.filter((row, at) => at > from && bottom > middle(row)).length;
  const above = rows.filter((row, at) => at < from && top < middle(row)).length;
  return from + below - above;
}
