// How the work goes: figures from the event log, drawn.
import { PageHead } from "../../ui/page-head";
import { useTitle } from "../../ui/title";

export default function Analytics() {
  useTitle("Analytics");
  return (
    <div class="page">
      <PageHead title="Analytics" />
    </div>
  );
}
