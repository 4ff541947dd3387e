// Saved views are read when somebody first looks at them, and again when others change shared ones.
import { effect } from "@preact/signals";
import { boardApi } from "../api/board";
import { sessionState } from "../store/session";
import { views } from "../store/views";
import { onBoardFrame } from "./board";

let begun: Promise<void> | null = null;
let following = false;
let timer = 0;

export async function readViews(): Promise<void> {
  views.value = (await boardApi.views()).data;
}

/** Without them the board works all the same; the next one who looks asks again. */
export function viewsReady(): Promise<void> {
  begun ??= readViews().then(
    () => {
      if (following) return;
      following = true;
      onBoardFrame((frame) => {
        if (frame.type !== "board_update" || frame.noun !== "view") return;
        clearTimeout(timer);
        timer = window.setTimeout(() => void readViews().catch(() => {}), 150);
      });
    },
    () => {
      begun = null;
    },
  );
  return begun;
}

// Whoever signs in next has views of their own.
effect(() => {
  if (sessionState.value !== "out") return;
  begun = null;
  views.value = null;
});
