// How many notifications wait, kept true also where no room shows them: asked now and then while somebody looks.
import { planningApi } from "../api/planning";
import { unread } from "../store/notifications";

const EVERY_MS = 60_000;

export function followTold(): () => void {
  const ask = () => {
    if (document.hidden) return;
    planningApi.told(true, 0, 1).then(
      ({ data }) => {
        unread.value = data.unread;
      },
      () => {},
    );
  };
  const timer = window.setInterval(ask, EVERY_MS);
  document.addEventListener("visibilitychange", ask);
  ask();
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", ask);
  };
}
