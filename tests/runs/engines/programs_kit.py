"""Programs for the tests of the engines `skill` and `command`, and a way to run one to its end."""

from __future__ import annotations

import textwrap
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from opsroom.agents.api import AgentFile
from opsroom.kernel.clock import SYSTEM_CLOCK
from opsroom.runs.engines.command.engine import CommandEngine
from opsroom.runs.engines.programs.program import SkillSettings
from opsroom.runs.ports import EngineEvent, RemoteOutput, SessionOrder, Stop

SAY = "import json, os, sys, time\ndef say(**line): print(json.dumps(line), flush=True)\n"


def agent(engine: dict[str, object]) -> AgentFile:
    return AgentFile.model_validate(
        {"agent_name": "probe", "display_name": "Probe", "version": "1.0.0", "engine": engine}
    )


def order(
    engine: dict[str, object], *, run_id: str = "run_1", attempt: int = 1, **more: object
) -> SessionOrder:
    given: dict[str, object] = {
        "run_id": run_id, "agent": agent(engine), "title": "Probe", "prompt": "Do it.", "payload": {"n": 1},
        "max_cost_micro_usd": 5_000_000, "max_minutes": 60, "attempt": attempt,
        "organization_id": "org_a", "instance_id": "inst_a", **more,
    }  # fmt: skip
    return SessionOrder.model_validate(given)


def python(code: str, **limits: object) -> dict[str, object]:
    return {"type": "command", "argv": ["python3", "-c", SAY + textwrap.dedent(code)], **limits}


@dataclass
class Told:
    """What a program's session told, from start to stop."""

    events: list[EngineEvent] = field(default_factory=list)
    outputs: list[RemoteOutput] = field(default_factory=list)

    @property
    def stop(self) -> Stop:
        assert self.events[-1].stop is not None
        return self.events[-1].stop

    def texts(self) -> list[object]:
        return [e.body["text"] for e in self.events if e.kind == "agent.message"]

    def bodies(self, kind: str) -> list[dict[str, object]]:
        return [e.body for e in self.events if e.kind == kind]

    def lines(self, stream: str) -> list[object]:
        return [b["line"] for b in self.bodies("log") if b["stream"] == stream]


@asynccontextmanager
async def command_engine(folder: Path, **settings: object) -> AsyncIterator[CommandEngine]:
    engine = CommandEngine(folder, SkillSettings.model_validate(settings), SYSTEM_CLOCK)
    try:
        yield engine
    finally:
        await engine.shut_down()


async def run(
    folder: Path, code: str, *, settings: dict[str, object] | None = None, **limits: object
) -> Told:
    """Run `code` as a command and collect everything it told."""
    given = order(python(code, **limits))
    async with command_engine(folder, **(settings or {})) as engine:
        session = await engine.open(given)
        told = Told([event async for batch in engine.follow(given, session) for event in batch])
        told.outputs = await engine.outputs(given, session)
        return told


async def read_all(engine: CommandEngine, session: str, output: RemoteOutput) -> bytes:
    return b"".join([chunk async for chunk in engine.read_output(session, output)])


def ids(events: Sequence[EngineEvent]) -> list[str]:
    return [event.source_id for event in events]
