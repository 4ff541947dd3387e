"""Automations over HTTP."""

from __future__ import annotations

from litestar import delete, get, patch, post
from litestar.params import Parameter

from opsroom.board.automations import api, rehearsing
from opsroom.board.automations.shapes import (
    Automation,
    AutomationChange,
    DryRun,
    DryRunRequest,
    Firing,
    NewAutomation,
    Outcome,
    Trial,
    Tried,
)
from opsroom.board.workflow.api import reading, writing
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta

_READ = {"verb": "board:read"}
_WRITE = {"verb": "board:write"}


def routes(house: House) -> list[object]:
    """/api/automations."""

    @get("/api/automations", opt=_READ, tags=["automations"])
    async def list_automations(
        actor: Actor,
        limit: int = Parameter(default=100, ge=1, le=200),
        offset: int = Parameter(default=0, ge=0, le=1_000_000),
    ) -> Answer[list[Automation]]:
        """The rules, in the order in which they act."""
        async with reading(house, actor) as tx:
            found = await api.list_automations(tx)
        meta = Meta(total=len(found), limit=limit, offset=offset)
        return Answer(data=found[offset : offset + limit], meta=meta)

    @post("/api/automations", opt=_WRITE, tags=["automations"])
    async def add_automation(actor: Actor, data: NewAutomation) -> Answer[Automation]:
        """Add a rule; everything that is wrong with it is told at once."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.add_automation(tx, data))

    @get("/api/automations/{automation_id:str}", opt=_READ, tags=["automations"])
    async def get_automation(actor: Actor, automation_id: str) -> Answer[Automation]:
        """One rule."""
        async with reading(house, actor) as tx:
            return Answer(data=await api.get_automation(tx, automation_id))

    @patch("/api/automations/{automation_id:str}", opt=_WRITE, tags=["automations"])
    async def change_automation(
        actor: Actor, automation_id: str, data: AutomationChange
    ) -> Answer[Automation]:
        """Change, place, enable or disable a rule."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.change_automation(tx, automation_id, data))

    @delete("/api/automations/{automation_id:str}", opt=_WRITE, status_code=200, tags=["automations"])
    async def delete_automation(actor: Actor, automation_id: str) -> Answer[Automation]:
        """Take a rule away."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.delete_automation(tx, automation_id))

    @post("/api/automations/{automation_id:str}/dry-run", opt=_READ, status_code=200, tags=["automations"])
    async def dry_run_automation(actor: Actor, automation_id: str, data: DryRunRequest) -> Answer[DryRun]:
        """What the rule would have done about recent events, and what would be refused."""
        return Answer(data=await rehearsing.dry_run(house, actor, automation_id, data))

    @post("/api/automations/dry-run", opt=_READ, status_code=200, tags=["automations"])
    async def try_automation(actor: Actor, data: Trial) -> Answer[Tried]:
        """What a rule would have done, before it is kept, on a task if given, and what would be refused."""
        return Answer(data=await rehearsing.try_out(house, actor, data))

    @get("/api/automations/{automation_id:str}/log", opt=_READ, tags=["automations"])
    async def automation_log(
        actor: Actor,
        automation_id: str,
        outcome: Outcome | None = None,
        limit: int = Parameter(default=50, ge=1, le=200),
        offset: int = Parameter(default=0, ge=0, le=1_000_000),
    ) -> Answer[list[Firing]]:
        """What the rule did, failed to do, or was stopped from doing."""
        async with reading(house, actor) as tx:
            found, total = await api.log_of(tx, automation_id, outcome=outcome, limit=limit, offset=offset)
        return Answer(data=found, meta=Meta(total=total, limit=limit, offset=offset))

    return [
        list_automations,
        add_automation,
        get_automation,
        change_automation,
        delete_automation,
        dry_run_automation,
        try_automation,
        automation_log,
    ]
