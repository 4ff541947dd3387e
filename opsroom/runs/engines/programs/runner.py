"""Runs programs as sessions: the body of the engines `skill` and `command`.

A session lives as long as this process: the keeper kills its program when we die, and following it
again starts the program afresh in a new scratch folder. Within one process a second follower attaches
to the program that is already running.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import ClassVar

from opsroom.kernel.clock import Clock
from opsroom.kernel.errors import AdapterError, Invalid
from opsroom.kernel.shape import Json
from opsroom.runs.engines.programs.confinement import Scratch, choose_wall, confine
from opsroom.runs.engines.programs.outputs import find_outputs, open_output
from opsroom.runs.engines.programs.program import Program, SkillSettings
from opsroom.runs.engines.programs.protocol import Output
from opsroom.runs.engines.programs.running import Running
from opsroom.runs.engines.programs.scratch import is_run_id, last_finished, new_scratch, remove_scratch
from opsroom.runs.ports import Decision, EngineEvent, RemoteOutput, SessionOrder, Usage

_MIB = 1024 * 1024
_CHUNK = 256 * 1024

Resolve = Callable[[SessionOrder], tuple[Program, Json]]
"""The program of an order, and the options it gets. Raises Invalid when there is none."""


class ProgramRunner:
    """Fulfils the engine port for programs; each engine adds how its program is found."""

    survives_us: ClassVar[bool] = False

    def __init__(
        self, kind: str, data_dir: Path, settings: SkillSettings, clock: Clock, resolve: Resolve
    ) -> None:
        self._kind = kind
        self._folder = data_dir / "scratch"
        self._settings, self._clock, self._resolve = settings, clock, resolve
        self._running: dict[str, Running] = {}

    async def open(self, order: SessionOrder) -> str:
        """Check that the program is there and can be isolated as demanded. It starts when followed."""
        if not is_run_id(order.run_id):
            raise Invalid(f"{order.run_id!r} cannot be the id of a run.")
        await asyncio.to_thread(self._resolve, order)
        await asyncio.to_thread(choose_wall, self._settings.isolation)
        return f"{self._kind}_{order.run_id}"

    async def follow(self, order: SessionOrder, session_id: str) -> AsyncIterator[Sequence[EngineEvent]]:
        """The events of the program, which is started now unless it runs already."""
        running = self._running.get(session_id)
        if running is None:
            running = await self._start(order, session_id)
        async for batch in running.batches():
            yield batch

    async def _start(self, order: SessionOrder, session_id: str) -> Running:
        run_folder = self._run_folder(session_id)
        program, options = await asyncio.to_thread(self._resolve, order)
        try:
            scratch = await asyncio.to_thread(new_scratch, run_folder, order, options)
        except OSError as error:
            message = f"The scratch folder of run {order.run_id} cannot be made: {error}"
            raise AdapterError(message, adapter=self._kind, permanent=False) from error
        confined = await asyncio.to_thread(
            confine, program, scratch, self._environment(order), self._settings.isolation
        )
        already = self._running.get(session_id)
        if already is not None:  # somebody else followed while we were preparing
            return already
        running = Running(order, program, scratch, self._settings, self._clock)
        self._running[session_id] = running
        running.start(confined)
        return running

    def _environment(self, order: SessionOrder) -> dict[str, str]:
        env = {"OPSROOM_RUN_ID": order.run_id, "OPSROOM_AGENT": order.agent.agent_name}
        if self._settings.allow_private:
            env["OPSROOM_ALLOW_PRIVATE"] = "1"
        return env

    async def usage(self, session_id: str) -> Usage | None:
        """What the program has told of its cost."""
        running = self._running.get(session_id)
        if running is not None:
            return Usage(cost_micro_usd=running.spent_micro_usd)
        last = await asyncio.to_thread(last_finished, self._run_folder(session_id))
        return None if last is None else Usage(cost_micro_usd=last[1].cost_micro_usd)

    async def interrupt(self, session_id: str, reason: str) -> None:
        """Kill the program and all it started."""
        running = self._running.get(session_id)
        if running is not None:
            running.kill(reason)

    async def decide(self, session_id: str, decisions: Sequence[Decision]) -> None:
        """Programs ask nobody: there is nothing to answer."""
        if decisions:
            message = f"Session {session_id} runs a program, which waits for no answer."
            raise AdapterError(message, adapter=self._kind, permanent=True)

    async def outputs(self, order: SessionOrder, session_id: str) -> list[RemoteOutput]:
        """Every regular file in the outputs folder, announced ones first."""
        scratch, declared = await self._ended(session_id)
        settings = self._settings
        found = await asyncio.to_thread(
            find_outputs, scratch.outputs, declared,
            most=settings.max_outputs, most_bytes=settings.outputs_mb * _MIB,
        )  # fmt: skip
        return found.outputs

    async def read_output(self, session_id: str, output: RemoteOutput) -> AsyncIterator[bytes]:
        """The bytes of one file."""
        scratch, _ = await self._ended(session_id)
        try:
            file = await asyncio.to_thread(open_output, scratch.outputs, output.output_id)
        except OSError as error:
            message = (
                f"Output {output.name[:200]!r} of {session_id} cannot be read: {error.strerror or error}"
            )
            raise AdapterError(message, adapter=self._kind, permanent=True) from error
        try:
            while chunk := await asyncio.to_thread(os.read, file, _CHUNK):
                yield chunk
        finally:
            os.close(file)

    async def _ended(self, session_id: str) -> tuple[Scratch, Sequence[Output]]:
        running = self._running.get(session_id)
        if running is not None:
            return running.scratch, running.declared
        last = await asyncio.to_thread(last_finished, self._run_folder(session_id))
        if last is None:
            message = f"Session {session_id} has left no outputs here: no program of it has run to its end."
            raise AdapterError(message, adapter=self._kind, permanent=True)
        return last[0], last[1].declared

    async def close(self, session_id: str) -> None:
        """Kill what still runs and delete the scratch folders of the run."""
        running = self._running.get(session_id)
        if running is not None:
            await running.finish(patience_s=10.0)
            self._running.pop(session_id, None)
        await asyncio.to_thread(remove_scratch, self._run_folder(session_id))

    async def shut_down(self) -> None:
        """The product stops: no program stays behind."""
        running, self._running = self._running, {}
        await asyncio.gather(*(one.finish(patience_s=5.0) for one in running.values()))

    def _run_folder(self, session_id: str) -> Path:
        kind, _, run_id = session_id.partition("_")
        if kind != self._kind or not is_run_id(run_id):
            message = f"{session_id!r} is no session of the engine {self._kind}."
            raise AdapterError(message, adapter=self._kind, permanent=True)
        return self._folder / run_id
