import { Component, type ComponentChild, type FunctionComponent, h } from "preact";

/** Skips a redraw when no property changed. Signals read inside still redraw by themselves. */
export function memo<P extends object>(inner: FunctionComponent<P>): FunctionComponent<P> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const before = this.props as Record<string, unknown>;
      const after = next as Record<string, unknown>;
      return Object.keys(after).some((key) => after[key] !== before[key]);
    }
    override render(): ComponentChild {
      return h(inner, this.props);
    }
  }
  return Memo as unknown as FunctionComponent<P>;
}
