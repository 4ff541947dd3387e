"""Who will wake, told before the card is moved or given away."""

from __future__ import annotations

from opsroom.agents import api as agents
from opsroom.agents.shapes import AgentVersion
from opsroom.board import api as board
from opsroom.board.shapes import RosterAgent, Task
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import NotFound, Refusal
from opsroom.kernel.room import House
from opsroom.kernel.shape import micro_to_usd
from opsroom.kernel.uow import Tx
from opsroom.runs import api as runs
from opsroom.runs.ports import ClientFiles
from opsroom.triggers.shapes import Effect, Intended, Preview
from opsroom.triggers.sources.board.rules import Wish, payload_of, starts
from opsroom.triggers.sources.board.starting import SOURCE


async def preview(house: House, tx: Tx, task_id: str, intended: Intended) -> Preview:
    """What would be set off. Raises NoSuchTask; nothing is changed."""
    task = await board.get_task(tx, task_id)
    seat_id = intended.assigned_agent_id or task.assigned_agent_id
    seat = (await board.seats(tx)).get(seat_id) if seat_id else None
    if seat is None:
        return _nothing("Nobody is assigned, so nobody starts.")
    if seat.agent_name is None:
        return _nothing(f"{seat.name} has no agent file: it is told, and starts nothing.", seat)
    try:
        version = await agents.current(tx, seat.agent_name)
    except NotFound as missing:
        return Preview(effects=(Effect(kind="cannot_start", text=missing.message, agent_id=seat.id),))
    why_not = await _why_not(tx, task, intended, version)
    if why_not is not None:
        return _nothing(f"{seat.name} does not start: {why_not}.", seat)
    return await _start(house, tx, task, seat, version)


async def _why_not(tx: Tx, task: Task, intended: Intended, version: AgentVersion) -> str | None:
    trigger = version.file.triggers.board
    if not trigger.enabled:
        return "its file switches triggers.board off"
    begun = await runs.runs_of_ref(tx, SOURCE, task.id)
    if any(run.agent_name == version.name and not run.ended for run in begun):
        return "it is at work on this card already"
    given = intended.assigned_agent_id not in (None, task.assigned_agent_id)
    moved = intended.status not in (None, task.status)
    settings = await board.settings(tx)
    wishes = [Wish("assigned")] if given else []
    wishes += [Wish("moved", intended.status)] if moved else []
    if not wishes:
        return "nothing changes"
    answers = [
        starts(w, start_on_assign=settings.start_on_assign, trigger_status=trigger.trigger_status)
        for w in wishes
    ]
    return None if None in answers else answers[0]


async def _start(house: House, tx: Tx, task: Task, seat: RosterAgent, version: AgentVersion) -> Preview:
    problems = await _problems(house, tx.actor, task, version)
    if problems:
        text = f"{seat.name} could not begin: {'; '.join(problems)}."
        return Preview(effects=(Effect(kind="cannot_start", text=text, agent_id=seat.id),))
    budget = micro_to_usd(version.file.limits.max_cost_micro_usd)
    text = f"{seat.name} wakes and starts a run of {version.file.display_name}, up to ${budget}."
    return Preview(effects=(Effect(kind="starts_run", text=text, agent_id=seat.id),))


async def _problems(house: House, actor: Actor, task: Task, version: AgentVersion) -> list[str]:
    try:
        client = await house.need(ClientFiles).payload_of(actor, task.client_id) if task.client_id else None
    except Refusal as refusal:
        return [refusal.message]
    wanted = (*version.file.required_fields, *version.file.optional_fields)
    found = agents.payload_problems(version.file, payload_of(task, wanted, client))
    return [f"{p.path} {p.message}" for p in found]


def _nothing(text: str, seat: RosterAgent | None = None) -> Preview:
    return Preview(effects=(Effect(kind="nothing", text=text, agent_id=seat.id if seat else None),))
