import { signal } from "@preact/signals";

const media = matchMedia("(max-width: 760px)");

/** A phone: the bottom bar stands in for the side bar, rows become cards. */
export const narrow = signal(media.matches);
media.addEventListener("change", (event) => {
  narrow.value = event.matches;
});
