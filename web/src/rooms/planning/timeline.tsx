// Tasks over time: a bar from start to due date, rescheduled by drag.
export default function Timeline() {
  return <div class="timeline" />;
}
