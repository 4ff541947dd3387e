"""What becomes of a run that a card began, told on the card."""

from __future__ import annotations

from opsroom.artifacts import api as artifacts
from opsroom.board import api as board
from opsroom.board.errors import NoSuchTask
from opsroom.kernel.events import Recorded
from opsroom.kernel.room import House
from opsroom.kernel.uow import Tx
from opsroom.runs import api as runs
from opsroom.runs.events import RunEnded
from opsroom.runs.shapes import Run
from opsroom.triggers.events import CardRunShown
from opsroom.triggers.sources.board.starting import SOURCE, move_along

_FILES_TOLD = 20


class BoardTelling:
    """The handler of triggers.board_tells."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def handle(self, tx: Tx, event: Recorded) -> None:
        """Show the run's state on its card; at its end also the outcome, and move the card along."""
        run = await runs.get_run(tx, event.subject)
        trigger = await runs.trigger_of(tx, run.id)
        if trigger.source != SOURCE or trigger.ref is None:
            return
        try:
            task = await board.get_task(tx, trigger.ref)
        except NoSuchTask:
            return
        if task.run_id != run.id:
            return  # a later run has the card
        await board.note_run(tx, task.id, run.id, run.status)
        tx.record(CardRunShown(run_id=run.id, status=run.status), subject=task.id)
        if event.kind == RunEnded.KIND:
            outcome = str(event.body["outcome"])
            await board.say(
                tx, task.id, await self._report(tx, run, outcome), agent_id=task.assigned_agent_id
            )
            await move_along(tx, task, outcome=outcome, reason=_reason(run, outcome))

    async def _report(self, tx: Tx, run: Run, outcome: str) -> str:
        link = f"{self._house.public_url}/runs/{run.id}"
        lines = [f"**{run.display_name}** {_in_words(outcome)} · [run]({link})"]
        summary = run.summary
        if summary is not None and summary.headline:
            lines.append(summary.headline)
        if summary is not None:
            lines += [f"- **{p.severity}** {p.text}" for p in summary.priorities[:3]]
        if run.error is not None and outcome != "succeeded":
            lines.append(f"> {run.error.message[:1000]}")
        kept = await artifacts.list_of(tx, run.id)
        files = [f"- [{a.title or a.name}]({self._house.public_url}/runs/{run.id}#{a.id})" for a in kept]
        return "\n\n".join([*lines, "\n".join(files[:_FILES_TOLD])]).strip()


def _reason(run: Run, outcome: str) -> str:
    told = run.error.message if run.error else outcome.replace("_", " ")
    return f"{run.display_name}: {told}"[:2000]


def _in_words(outcome: str) -> str:
    if outcome == "succeeded":
        return "finished; it waits for review"
    return f"ended: {outcome.replace('_', ' ')}"
