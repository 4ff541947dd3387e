// What one can do to a run, shown at once and taken back when refused.
import { api } from "../../../api/calls";
import type { Run, RunDetail } from "../../../api/types";
import { perform } from "../../../live/pending";
import { go } from "../../../router";
import { guessRun, putRun } from "../../../store/runs";
import { words } from "../../../ui/format";

export function cancel(run: Run, reason: string): Promise<boolean> {
  return perform({
    show: () => guessRun(run.id, { status: "CANCELLING" }),
    send: () => api.cancelRun(run.id, reason),
    done: ({ data }) => putRun(data),
    saying: "The run is being cancelled",
    refused: "The run was not cancelled",
  });
}

export function runAgain(run: Run): Promise<boolean> {
  return perform({
    show: () => () => {},
    send: () => api.rerun(run.id, crypto.randomUUID?.() ?? `${run.id}-${Date.now()}`),
    done: ({ data }) => {
      putRun(data);
      go(`/runs/${data.id}`);
    },
    saying: "A new run has started with the same payload",
    refused: "The run was not started again",
  });
}

type SetDetail = (change: (detail: RunDetail | null) => RunDetail | null) => void;

export function redeliver(run: RunDetail, channel: string | null, setDetail: SetDetail): Promise<boolean> {
  const before = run.deliveries;
  const concerned = (name: string, status: string) => (channel ? name === channel : status === "failed");
  return perform({
    show: () => {
      const planned = before.map((each) =>
        concerned(each.channel, each.status) ? { ...each, status: "planned", error: null } : each,
      );
      setDetail((detail) => detail && { ...detail, deliveries: planned });
      return () => setDetail((detail) => detail && { ...detail, deliveries: before });
    },
    send: () => api.redeliver(run.id, channel),
    done: ({ data }) => putRun(data),
    saying: channel ? `Delivering again to ${words(channel)}` : "Delivering what failed again",
    refused: "It was not delivered again",
  });
}
