// The filter of the address, as the board asks it: is this card shown?
import { computed } from "@preact/signals";
import type { Card } from "../../api/board";

export const filtering = computed(() => false);
export const sees = computed<(card: Card) => boolean>(() => () => true);
