import { useEffect, useRef } from "preact/hooks";
import { addShortcuts, type Shortcut } from "./shortcuts";

/** Keys of a component, for as long as it is on screen. They always call the newest closure. */
export function useShortcuts(list: Shortcut[]): void {
  const latest = useRef(list);
  latest.current = list;
  const stamp = list.map((each) => `${each.keys}:${each.label}`).join("|");
  useEffect(
    () =>
      addShortcuts(
        latest.current.map((each, index) => ({ ...each, run: () => latest.current[index]?.run() })),
      ),
    [stamp],
  );
}
