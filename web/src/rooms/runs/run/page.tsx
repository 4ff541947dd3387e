import "./page.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../../../api/calls";
import { ApiError } from "../../../api/client";
import type { RunDetail } from "../../../api/types";
import { explain } from "../../../live/pending";
import { RunLog } from "../../../live/runlog";
import { approvals as knownApprovals, putApprovals } from "../../../store/approvals";
import { putRun, runSignal } from "../../../store/runs";
import { narrow } from "../../../store/screen";
import { Empty, Segmented, Skeleton } from "../../../ui/parts";
import { useTitle } from "../../../ui/title";
import { ApprovalCard } from "../../inbox/card";
import { isOver, statusLabel } from "../status";
import { redeliver } from "./actions";
import { CostCard } from "./cost";
import { Deliveries } from "./deliveries";
import { RunHeader } from "./header";
import { Origin } from "./origin";
import { Outputs } from "./outputs";
import { StateLine } from "./state-line";
import { Stream } from "./stream";
import { ProgressLine, SummaryCard } from "./summary";
import { Trouble } from "./trouble";

/** Events after which the rest of the page (files, receipts, questions) has changed. */
const TELLING = new Set(["output", "delivery", "approval", "run.state"]);

type Tab = "events" | "results" | "details";

function useRun(id: string) {
  const [detail, setDetail] = useState<RunDetail | null>(null);
  const [error, setError] = useState<unknown>(null);
  const log = useRef<RunLog | null>(null);
  const timer = useRef(0);

  const read = async () => {
    try {
      const { data } = await api.run(id);
      const { outputs, deliveries, approvals, trigger_detail, ...row } = data;
      putRun(row);
      putApprovals(data.approvals);
      setDetail(data);
      setError(null);
    } catch (cause) {
      setError(cause);
    }
  };
  const soon = () => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => void read(), 120);
  };
  log.current ??= new RunLog(id, (events) => {
    if (events.some((event) => TELLING.has(event.kind))) soon();
  });

  useEffect(() => {
    void read().then(() => log.current?.start());
    return () => {
      clearTimeout(timer.current);
      log.current?.stop();
    };
  }, []);
  return { detail, setDetail, error, read, log: log.current };
}

export default function RunPage({ id }: { id: string }) {
  const { detail, setDetail, error, read, log } = useRun(id);
  const [tab, setTab] = useState<Tab>("events");
  const row = runSignal(id)?.value ?? detail;
  useTitle(row ? `${statusLabel(row)} · ${row.display_name}` : "Run");

  if (error !== null && !detail) {
    const missing = error instanceof ApiError && error.status === 404;
    return (
      <Empty alone icon="alert" title={missing ? "There is no such run" : "The run could not be read"}>
        <p class="pre">{explain(error)}</p>
        <a class="btn" href="/runs">
          All runs
        </a>
        {!missing && (
          <button type="button" class="btn btn-primary" onClick={() => void read().then(() => log.start())}>
            Try again
          </button>
        )}
      </Empty>
    );
  }
  if (!detail || !row) return <Skeleton rows={8} class="page-skeleton" />;

  const run: RunDetail = { ...detail, ...row };
  const count = log.count.value;
  const over = isOver(run);
  const waiting = detail.approvals
    .map((each) => knownApprovals.value.get(each.id) ?? each)
    .filter((each) => each.status === "pending");
  const onRedeliver = (channel: string | null) =>
    void redeliver(run, channel, setDetail).then((sent) => {
      if (sent) log.follow();
      void read();
    });

  return (
    <div class="page run-page" data-tab={narrow.value ? tab : "all"}>
      <RunHeader run={run} onRedeliver={onRedeliver} />
      <div class="run-body">
        <div class="run-top">
          <StateLine run={run} events={log.events} count={count} />
          <ProgressLine run={run} />
          <Trouble run={run} />
          {waiting.map((each) => (
            <ApprovalCard key={each.id} approval={each} inRun />
          ))}
        </div>
        {narrow.value && (
          <Segmented<Tab>
            label="Part of the run"
            value={tab}
            onChange={setTab}
            choices={[
              { value: "events", label: "Events" },
              { value: "results", label: "Results", badge: run.outputs.length },
              { value: "details", label: "Details" },
            ]}
          />
        )}
        <div class="run-main">
          <Stream log={log} over={over} />
        </div>
        <div class={over ? "run-side" : "run-side run-side-live"}>
          <div class="part-results">
            {run.summary && <SummaryCard summary={run.summary} />}
            <Outputs run={run} />
            <Deliveries run={run} onRedeliver={onRedeliver} />
          </div>
          <div class="part-details">
            <CostCard run={run} events={log.events} count={count} />
            <Origin run={run} />
          </div>
        </div>
      </div>
    </div>
  );
}
