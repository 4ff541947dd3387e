"""The runs room, declared."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from opsroom.artifacts.api import ArtifactStore
from opsroom.kernel.room import House, Room
from opsroom.runs import api, store
from opsroom.runs.clients import WorkspaceClients
from opsroom.runs.conclusion import Conclusion
from opsroom.runs.engine_rack import EngineRack
from opsroom.runs.engines.anthropic_managed.settings import AnthropicSettings
from opsroom.runs.engines.programs.program import SkillSettings
from opsroom.runs.eventlog import EventLog
from opsroom.runs.handover import Handover
from opsroom.runs.http import routes
from opsroom.runs.ports import ClientFiles
from opsroom.runs.reactions import CONTINUE, register
from opsroom.runs.sessions import Sessions
from opsroom.runs.settings import RunsSettings
from opsroom.runs.workflows import RunWorkflow

log = structlog.get_logger("opsroom.runs")

_SWEEP_EVERY_S = 6 * 3600.0


def build(house: House) -> None:
    settings = house.settings.section(RunsSettings)
    folder = settings.session_log_dir or house.data_dir / "logs" / "sessions"
    rack, eventlog = EngineRack(house), EventLog(house, folder)
    sessions = Sessions(house, rack, eventlog, settings)
    handover = Handover(house, house.need(ArtifactStore), eventlog, settings)
    conclusion = Conclusion(house, rack, eventlog, settings)
    workflow = RunWorkflow(house, sessions, handover, conclusion)
    house.provide(ClientFiles, WorkspaceClients(house))
    house.provide(EngineRack, rack)
    house.provide(EventLog, eventlog)
    house.durable.workflow(api.EXECUTE, workflow.execute, on_fault=workflow.on_fault)
    house.durable.workflow(CONTINUE, workflow.resume, on_fault=workflow.on_fault)
    house.durable.workflow(api.CANCEL, workflow.cancel, on_fault=workflow.on_fault)
    register(house, handover)

    async def sweep_for_ever() -> None:
        while True:
            await sweep(house, eventlog, settings)
            await asyncio.sleep(_SWEEP_EVERY_S)

    house.background.append(sweep_for_ever)


async def sweep(house: House, eventlog: EventLog, settings: RunsSettings) -> tuple[int, int]:
    """Forget run events and their copies when their time is over; how many of each."""
    before = house.database.now() - timedelta(days=settings.log_days)
    rows = await store.forget_events(house.database, before)
    files = await eventlog.sweep_files(settings.log_days)
    if rows or files:
        log.info("runs.old_events_forgotten", rows=rows, files=files)
    return rows, files


ROOM = Room(
    name="runs",
    build=build,
    http=routes,
    settings={"runs": RunsSettings, "skills": SkillSettings, "anthropic": AnthropicSettings},
)
