// How the work goes: figures from the event log, drawn.
import "../../styles/planning.css";
import "../../styles/analytics.css";
import "../../styles/charts.css";
import { useEffect } from "preact/hooks";
import { boardError, boardReady } from "../../live/board";
import { explain } from "../../live/pending";
import { boardLoaded } from "../../store/board";
import { PageHead } from "../../ui/page-head";
import { Empty, Skeleton } from "../../ui/parts";
import { useTitle } from "../../ui/title";
import { filter, range } from "./asked";
import { BurnCharts } from "./burn";
import { CycleChart } from "./cycle";
import { Filters } from "./filters";
import { FlowChart } from "./flow";
import { Headline } from "./headline";
import { shortDay } from "./numbers";
import { useFigure, useNews } from "./reading";
import { ThroughputChart } from "./throughput";
import { VelocityChart } from "./velocity";
import { WorkloadCharts } from "./workload";

function Charts() {
  useNews();
  const query = { ...range.value, ...filter.value };
  const weeks = useFigure("throughput", query);
  const times = useFigure("cycle-time", query);
  return (
    <div class="ana">
      <Headline weeks={weeks} times={times} />
      <div class="figs">
        <VelocityChart />
        <ThroughputChart reading={weeks} />
        <BurnCharts />
        <CycleChart times={times} />
        <FlowChart />
        <WorkloadCharts />
      </div>
    </div>
  );
}

export default function Analytics() {
  useTitle("Analytics");
  useEffect(() => void boardReady(), []);
  const { from, to } = range.value;
  const failed = boardError.value !== null && !boardLoaded.value;
  return (
    <div class="page">
      <PageHead title="Analytics" note={`${shortDay(from)} – ${shortDay(to)}`} />
      {failed ? (
        <Empty icon="alert" title="The board could not be read">
          <p class="pre">{explain(boardError.value)}</p>
          <button type="button" class="btn btn-primary" onClick={() => void boardReady()}>
            Try again
          </button>
        </Empty>
      ) : !boardLoaded.value ? (
        <Skeleton rows={8} class="page-skeleton" />
      ) : (
        <>
          <Filters />
          <Charts />
        </>
      )}
    </div>
  );
}
