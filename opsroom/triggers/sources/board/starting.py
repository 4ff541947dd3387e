"""From an event of the board to a requested run, in the commit of the follower's cursor."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from opsroom.agents import api as agents
from opsroom.agents.shapes import AgentVersion
from opsroom.board import api as board
from opsroom.board.errors import NoSuchTask
from opsroom.board.shapes import Move, RosterAgent, Task
from opsroom.kernel.errors import NotFound, Refusal
from opsroom.kernel.events import Recorded
from opsroom.kernel.room import House
from opsroom.kernel.uow import Tx
from opsroom.runs import api as runs
from opsroom.runs.ports import ClientFiles
from opsroom.runs.shapes import RunOrder
from opsroom.triggers.events import CardRunShown, TriggerAccepted, TriggerRejected
from opsroom.triggers.settings import TriggersSettings
from opsroom.triggers.sources.board.rules import (
    Wish,
    column_of_kind,
    next_column,
    payload_of,
    starts,
    wish_of,
)

log = structlog.get_logger("opsroom.triggers")

SOURCE = "board"


class BoardStarts:
    """The handler of triggers.board_starts."""

    def __init__(self, house: House, settings: TriggersSettings) -> None:
        self._house = house
        self._settings = settings

    async def handle(self, tx: Tx, event: Recorded) -> None:
        """Start the run this event asks for, or say on the card why it cannot be."""
        wish = wish_of(event)
        seats = await board.seats(tx) if wish else {}
        # On a board that no agent file is connected to, no event is worth reading its card.
        if wish is None or not any(seat.agent_name for seat in seats.values()):
            return
        try:
            task = await board.get_task(tx, event.subject)
        except NoSuchTask:
            return  # deleted meanwhile
        # Whose work it is: the seat a rule named, else the one the card is given to.
        seat = seats.get(str(event.body.get("agent_id") or "") or task.assigned_agent_id or "")
        if seat is None or seat.agent_name is None:
            return
        version = await self._version_of(tx, wish, seat, task)
        if version is None:
            return
        settings = await board.settings(tx)
        trigger = version.file.triggers.board
        no = starts(wish, start_on_assign=settings.start_on_assign, trigger_status=trigger.trigger_status)
        if no is None and trigger.enabled and not await self._already(tx, task, seat.agent_name):
            await self._start(tx, event, task, seat, version)

    async def _version_of(self, tx: Tx, wish: Wish, seat: RosterAgent, task: Task) -> AgentVersion | None:
        try:
            return await agents.current(tx, seat.agent_name or "")
        except NotFound as missing:
            settings = await board.settings(tx)
            if wish.reason == "asked" or settings.start_on_assign:
                await self._refuse(tx, task, seat, (missing.message,))
            return None

    async def _already(self, tx: Tx, task: Task, agent_name: str) -> bool:
        """True when this agent is at work on the card, or has begun too often today: a loop is stopped."""
        begun = await runs.runs_of_ref(tx, SOURCE, task.id, limit=self._settings.board_starts_a_day)
        today = [run for run in begun if (tx.now - run.created_at).total_seconds() < 86_400]
        if len(today) >= self._settings.board_starts_a_day:
            log.warning("triggers.board_loop_stopped", task_id=task.id, agent=agent_name, runs=len(today))
            return True
        return any(run.agent_name == agent_name and not run.ended for run in begun)

    async def _start(
        self, tx: Tx, event: Recorded, task: Task, seat: RosterAgent, version: AgentVersion
    ) -> None:
        wanted = (*version.file.required_fields, *version.file.optional_fields)
        client = await self._client(tx, task)
        order = RunOrder(
            agent=version.name,
            trigger_source=SOURCE,
            trigger_ref=task.id,
            payload=payload_of(task, wanted, client),
            client_id=task.client_id,
            dedupe_key=f"board:{event.id}",
        )
        try:
            run, is_new = await runs.request_run(tx, order)
        except Refusal as refusal:
            problems = tuple(f"{p.path.removeprefix('payload.')} {p.message}" for p in refusal.problems)
            await self._refuse(tx, task, seat, problems or (refusal.message,))
            return
        if not is_new:
            return
        tx.record(TriggerAccepted(source=SOURCE, agent_name=version.name, task_id=task.id), subject=task.id)
        link = f"[{run.id}]({self._house.public_url}/runs/{run.id})"
        await board.say(tx, task.id, f"{seat.emoji} **{seat.name}** took this on: {link}", agent_id=seat.id)
        await board.note_run(tx, task.id, run.id, run.status)
        tx.record(CardRunShown(run_id=run.id, status=run.status), subject=task.id)
        await move_along(tx, task, outcome=None)

    async def _client(self, tx: Tx, task: Task) -> Mapping[str, object] | None:
        files = self._house.need(ClientFiles)
        return await files.payload_of(tx.actor, task.client_id) if task.client_id else None

    async def _refuse(self, tx: Tx, task: Task, seat: RosterAgent, problems: tuple[str, ...]) -> None:
        """Nothing starts: the card says everything that is wrong, and stands where people look."""
        lines = "\n".join(f"- {problem}" for problem in problems)
        text = f"{seat.emoji} **{seat.name}** could not begin:\n\n{lines}"
        await board.say(tx, task.id, text, agent_id=seat.id)
        blocked = column_of_kind(await board.columns(tx), "blocked", "error")
        if blocked is not None and blocked.key != task.status:
            reason = f"{seat.name} could not begin: {'; '.join(problems)}"[:2000]
            await try_to_move(tx, task, Move(status=blocked.key, blocked_reason=reason))
        agent = seat.agent_name or seat.id
        rejected = TriggerRejected(
            source=SOURCE, agent_name=agent, task_id=task.id, verdict="missing_fields", problems=problems
        )
        tx.record(rejected, subject=task.id)


async def move_along(tx: Tx, task: Task, *, outcome: str | None, reason: str | None = None) -> None:
    """Put the card where its run has brought it, if the workflow has such a place."""
    to = next_column(await board.columns(tx), task.status, outcome)
    if to is not None:
        await try_to_move(
            tx, task, Move(status=to.key, blocked_reason=reason if to.kind == "blocked" else None)
        )


async def try_to_move(tx: Tx, task: Task, move: Move) -> None:
    """Move a card; where the workflow does not allow it, it stays and the card says so already."""
    try:
        await board.move_task(tx, task.id, move)
    except Refusal as refusal:
        log.info("triggers.card_stays", task_id=task.id, to=move.status, reason=refusal.message)
