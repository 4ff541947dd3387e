import { useEffect, useRef, useState } from "preact/hooks";
import { useShortcuts } from "../../keys/use";
import { params, withParams } from "../../router";
import { Icon } from "../../ui/icon";

const TYPING_MS = 200;

/** What is typed stands in the address a moment later. */
export function Search() {
  const asked = params.value.get("search") ?? "";
  const [text, setText] = useState(asked);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => setText(asked), [asked]);
  useEffect(() => {
    if (text === asked) return;
    const timer = window.setTimeout(() => withParams({ search: text || null }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  useShortcuts([{ keys: "/", label: "Search the cards", group: "Board", run: () => field.current?.focus() }]);
  return (
    <label class="filter-search">
      <Icon name="search" size={14} />
      <input
        ref={field}
        type="search"
        aria-label="Search the cards"
        placeholder="Search"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
      />
    </label>
  );
}
