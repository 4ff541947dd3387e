import { computed } from "@preact/signals";
import { allCards } from "../../store/board";
import { sees } from "../board/seen";

/** How many of the cards on the board the filter lets through. */
export const shownCards = computed(() => allCards().filter(sees.value).length);
