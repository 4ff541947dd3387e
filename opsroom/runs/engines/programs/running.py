"""One program while it runs: its lines become events, its end becomes the stop.

Events wait in a bounded buffer: a follower that is slow slows the program, it never fills our memory.
A batch is forgotten only when the next one is asked for, so a follower that is replaced loses nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import structlog

from opsroom.kernel.clock import Clock
from opsroom.kernel.errors import AdapterError
from opsroom.kernel.shape import Json, micro_to_usd
from opsroom.runs.engines.clean import NotJson, as_object, clean_text, read_json, shorten
from opsroom.runs.engines.programs import keeper
from opsroom.runs.engines.programs.confinement import Confined, Scratch
from opsroom.runs.engines.programs.outputs import find_outputs
from opsroom.runs.engines.programs.program import Program, SkillSettings
from opsroom.runs.engines.programs.protocol import Cost, Output, Progress, Said, read_line
from opsroom.runs.engines.programs.scratch import Finished, note_finished
from opsroom.runs.engines.programs.verdict import Ending, stop_of
from opsroom.runs.ports import EngineEvent, RunEventKind, SessionOrder, Stop

log = structlog.get_logger("opsroom.engines")

MAX_LINE: Final = 1024 * 1024
MAX_ERROR_LINES: Final = 2000
MAX_ERROR_LINE: Final = 8 * 1024
PROGRESS_EVERY_S: Final = 0.1
_BUFFER: Final = 500
_BATCH: Final = 200
_COUNTED_BEYOND: Final = ("cost", "output", "summary", "session.status")
_MIB: Final = 1024 * 1024


class Running:
    """A started program. Its methods belong to the event loop that started it."""

    def __init__(
        self, order: SessionOrder, program: Program, scratch: Scratch, settings: SkillSettings, clock: Clock
    ) -> None:
        self.scratch = scratch
        self.spent_micro_usd = 0
        self.declared: list[Output] = []
        self._order, self._program, self._settings, self._clock = order, program, settings, clock
        self._confined: Confined | None = None
        self._control: int | None = None
        self._task: asyncio.Task[None] | None = None
        self._buffer: deque[EngineEvent] = deque()
        self._unread: list[EngineEvent] = []
        self._news, self._room = asyncio.Event(), asyncio.Event()
        self._follower = 0
        self._told = 0
        self._left_out = 0
        self._last_errors: deque[str] = deque(maxlen=20)
        self._over_budget: str | None = None
        self._interrupted_for: str | None = None

    # -- for the engine -------------------------------------------------------------------------

    def start(self, confined: Confined) -> None:
        """Start it; what it says is kept until somebody follows."""
        self._confined = confined
        self._task = asyncio.create_task(self._run(confined), name=f"program {self._order.run_id}")
        self._task.add_done_callback(lambda _: self._news.set())

    @property
    def ended(self) -> bool:
        return self._task is not None and self._task.done()

    def kill(self, reason: str) -> None:
        """Kill it and all it started. Harmless when it has ended."""
        self._interrupted_for = self._interrupted_for or reason
        if self._control is not None:
            with contextlib.suppress(OSError):
                os.write(self._control, b"k")

    async def finish(self, patience_s: float) -> None:
        """Kill it and wait for its end; what nobody reads any more is dropped."""
        self.kill("its session was closed")
        self._follower += 1
        self._news.set()
        deadline = self._clock.monotonic() + patience_s
        while not self.ended and self._clock.monotonic() < deadline:
            self._buffer.clear()
            self._room.set()
            await asyncio.sleep(0.01)

    async def batches(self) -> AsyncIterator[list[EngineEvent]]:
        """What it tells, from the first event that no earlier follower has surely seen."""
        self._follower += 1
        mine = self._follower
        self._news.set()
        if self._unread:
            yield self._unread
            self._still_following(mine)
        while not (self._unread and self._unread[-1].stop):
            while not self._buffer:
                self._raise_if_broken()
                self._news.clear()
                await self._news.wait()
                self._still_following(mine)
            self._unread = [self._buffer.popleft() for _ in range(min(_BATCH, len(self._buffer)))]
            self._room.set()
            yield self._unread
            self._still_following(mine)

    def _still_following(self, mine: int) -> None:
        if mine != self._follower:
            message = f"Run {self._order.run_id} is followed by somebody else now."
            raise AdapterError(message, adapter="skill", permanent=False)

    def _raise_if_broken(self) -> None:
        if self._task is not None and self._task.done() and not self._task.cancelled():
            error = self._task.exception()
            if error is not None:
                raise error

    # -- the program's life ---------------------------------------------------------------------

    async def _run(self, confined: Confined) -> None:
        await self._begin(confined)
        verdict_r, verdict_w = os.pipe()
        control_r, self._control = os.pipe()
        if self._interrupted_for:
            self.kill(self._interrupted_for)
        verdict: Json
        try:
            try:
                process = await self._spawn(confined, control_r, verdict_w)
            finally:
                os.close(control_r)
                os.close(verdict_w)
            verdict = await self._watch(process, verdict_r)
        except OSError as error:
            verdict = {"reason": "not_started", "message": str(error)}
        finally:
            # Closing our end of the wire is also the order to kill, should we be leaving early.
            control, self._control = self._control, None
            os.close(control)
            os.close(verdict_r)
        await self._end(verdict)

    async def _begin(self, confined: Confined) -> None:
        body: Json = {"status": "running", "program": self._program.name, "isolation": confined.wall}
        await self._tell("program.started", "session.status", body)
        if confined.gap:
            await self._warn(confined.gap)

    async def _spawn(self, confined: Confined, control_r: int, verdict_w: int) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", str(Path(keeper.__file__)), self._orders(confined, verdict_w),
            stdin=control_r, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={}, cwd="/", pass_fds=(verdict_w,), start_new_session=True, limit=256 * 1024,
        )  # fmt: skip

    async def _watch(self, process: asyncio.subprocess.Process, verdict_r: int) -> Json:
        if process.stdout is None or process.stderr is None:
            raise OSError("no pipes to the program")
        reading = asyncio.gather(self._read_output(process.stdout), self._read_errors(process.stderr))
        try:
            await process.wait()
            # Everything the program left is dead by now; a second covers what is still in the pipes,
            # unless a slow follower keeps us from reading them, which takes as long as it takes.
            while not reading.done():
                moved = self._told
                await asyncio.wait([reading], timeout=1.0)
                if self._told == moved and len(self._buffer) < _BUFFER:
                    break
        finally:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading
        with contextlib.suppress(NotJson):
            return as_object(read_json(os.read(verdict_r, 65_536)))
        return {}

    def _orders(self, confined: Confined, verdict_fd: int) -> str:
        settings, program = self._settings, self._program
        orders = {
            "argv": confined.argv,
            "env": confined.env,
            "cwd": confined.cwd,
            "verdict_fd": verdict_fd,
            "sandboxed": confined.wall == "bwrap",
            "landlock": confined.landlock,
            "disk_folder": str(self.scratch.root),
            "wall_s": program.timeout_s,
            "cpu_s": settings.cpu_s,
            "memory_bytes": program.memory_mb * _MIB,
            "file_bytes": settings.file_mb * _MIB,
            "disk_bytes": settings.disk_mb * _MIB,
            "max_files": settings.max_files,
            "max_processes": settings.max_processes,
            "open_files": settings.open_files,
        }
        return json.dumps(orders)

    async def _end(self, verdict: Json) -> None:
        settings = self._settings
        found = await asyncio.to_thread(
            find_outputs, self.scratch.outputs, self.declared,
            most=settings.max_outputs, most_bytes=settings.outputs_mb * _MIB,
        )  # fmt: skip
        for note in found.notes:
            await self._warn(note)
        if self._left_out:
            await self._warn(f"{self._left_out} more lines are not kept; a run keeps {settings.max_events}")
        finished = Finished(self.spent_micro_usd, tuple(self.declared))
        await asyncio.to_thread(note_finished, self.scratch, finished)
        ending = Ending(
            verdict, self._confined is not None and self._confined.wall == "bwrap",
            tuple(self._last_errors), self._over_budget, self._interrupted_for,
        )  # fmt: skip
        stop = stop_of(ending, self._program, settings)
        log.info("engine.program_ended", run_id=self._order.run_id, stop=stop.kind, verdict=verdict)
        body = {"status": "ended", "stop_reason": stop.kind, "detail": stop.detail}
        body |= {key: verdict[key] for key in ("code", "seconds") if key in verdict}
        await self._tell("program.ended", "session.status", body, stop=stop)

    # -- what it says ---------------------------------------------------------------------------

    async def _read_output(self, stream: asyncio.StreamReader) -> None:
        lines = Lines(stream, MAX_LINE)
        held: Said | None = None
        next_at = 0.0
        while True:
            wait = max(0.0, next_at - self._clock.monotonic()) if held else None
            try:
                async with asyncio.timeout(wait):
                    line = await lines.next()
            except TimeoutError:
                held, next_at = await self._tell_progress(held), self._clock.monotonic() + PROGRESS_EVERY_S
                continue
            if line is not None and not line.strip():
                continue
            said = None if line is None else read_line(line, self.spent_micro_usd)
            if said is not None and isinstance(said.told, Progress):
                if self._clock.monotonic() < next_at:
                    held = said
                    continue
                held, next_at = None, self._clock.monotonic() + PROGRESS_EVERY_S
            elif held is not None:
                held = await self._tell_progress(held)
            if said is None:
                return
            await self._take(said)

    async def _tell_progress(self, held: Said | None) -> None:
        if held is not None:
            await self._take(held)

    async def _take(self, said: Said) -> None:
        if isinstance(said.told, Cost):
            self.spent_micro_usd += said.told.micro_usd
        if isinstance(said.told, Output):
            self._declare(said.told)
        await self._tell(said.source_type, said.kind, said.body)
        ceiling = self._order.max_cost_micro_usd
        if 0 < ceiling < self.spent_micro_usd and self._over_budget is None:
            spent, most = micro_to_usd(self.spent_micro_usd), micro_to_usd(ceiling)
            self._over_budget = f"it has cost ${spent}, and its limit is ${most}"
            self.kill(self._over_budget)

    def _declare(self, output: Output) -> None:
        if len(self.declared) < self._settings.max_outputs:
            self.declared.append(output)

    async def _read_errors(self, stream: asyncio.StreamReader) -> None:
        lines, told = Lines(stream, MAX_ERROR_LINE), 0
        while (raw := await lines.next()) is not None:
            line = clean_text(raw.decode("utf-8", errors="replace").rstrip())
            if not line:
                continue
            self._last_errors.append(shorten(line, 500))
            told += 1
            if told <= MAX_ERROR_LINES:
                await self._tell("stderr", "log", {"stream": "stderr", "line": line})
            elif told == MAX_ERROR_LINES + 1:
                await self._warn(f"standard error is not kept beyond {MAX_ERROR_LINES} lines")

    async def _warn(self, line: str) -> None:
        body: Json = {"stream": "engine", "level": "warning", "line": clean_text(line)}
        await self._tell("engine.warning", "log", body)

    async def _tell(self, source: str, kind: RunEventKind, body: Json, *, stop: Stop | None = None) -> None:
        if (
            self._told >= self._settings.max_events
            and kind not in _COUNTED_BEYOND
            and not source.startswith("engine.")
        ):
            self._left_out += 1
            return
        while len(self._buffer) >= _BUFFER and stop is None:
            self._room.clear()
            await self._room.wait()
        self._told += 1
        event = EngineEvent(
            source_id=f"a{self.scratch.root.name}:{self._told}",
            source_type=source,
            kind=kind,
            at=self._clock.now(),
            body=body,
            stop=stop,
            cost_micro_usd=self.spent_micro_usd if kind == "cost" else None,
        )
        self._buffer.append(event)
        self._news.set()


class Lines:
    """Lines of a stream, each cut at `most` bytes: a program without a newline costs no memory."""

    def __init__(self, stream: asyncio.StreamReader, most: int) -> None:
        self._stream, self._most = stream, most
        self._rest = bytearray()
        self._dropping = False
        self._ended = False

    async def next(self) -> bytes | None:
        """The next line without its end, or None at the end. May be cancelled without loss."""
        while True:
            line = self._taken()
            if line is not None:
                return line
            if self._ended:
                rest, self._rest = bytes(self._rest), bytearray()
                return rest or None
            chunk = await self._stream.read(64 * 1024)
            self._ended = not chunk
            self._rest += chunk

    def _taken(self) -> bytes | None:
        while True:
            end = self._rest.find(b"\n")
            if self._dropping:
                if end < 0:
                    self._rest.clear()
                    return None
                del self._rest[: end + 1]
                self._dropping = False
                continue
            if end < 0 and len(self._rest) < self._most:
                return None
            self._dropping = end < 0 or end > self._most
            size = min(end, self._most) if end >= 0 else self._most
            line = bytes(self._rest[:size])
            if end >= 0:
                del self._rest[: end + 1]
                self._dropping = False
            else:
                del self._rest[:size]
            return line
