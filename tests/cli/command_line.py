"""The command as a process of its own: on pipes, and on a real pseudo-terminal."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

COMMAND = (sys.executable, "-m", "opsroom.cli.main")
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-Z\\-_])")
# Makes the terminal on its input the controlling one, so that Ctrl-C is a signal as in real life.
_ON_TERMINAL = (
    "import fcntl,os,sys,termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


def environment(**more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OPSROOM_", "FORCE_", "NO_COLOR"))}
    return {**kept, "PYTHONWARNINGS": "default", "TERM": "xterm-256color", **more}


async def begin(*arguments: str, cwd: Path, **variables: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *COMMAND,
        *arguments,
        cwd=cwd,
        env=environment(**variables),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def finish(process: asyncio.subprocess.Process, stdin: bytes = b"", within_s: float = 30) -> Ended:
    try:
        async with asyncio.timeout(within_s):
            out, err = await process.communicate(stdin)
    except TimeoutError:
        process.kill()
        out, err = await process.communicate()
        raise AssertionError(f"still running after {within_s} s:\n{out.decode()}\n{err.decode()}") from None
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def opsroom(
    *arguments: str, cwd: Path, stdin: bytes = b"", within_s: float = 30, **variables: str
) -> Ended:
    """Run the command to its end, on pipes."""
    return await finish(await begin(*arguments, cwd=cwd, **variables), stdin, within_s)


class Terminal:
    """The command on a pseudo-terminal: `text` is everything it wrote, without escape sequences."""

    def __init__(self, process: subprocess.Popen[bytes], number: int) -> None:
        self._process, self._number = process, number
        self._raw = b""
        self._looked = 0

    @property
    def text(self) -> str:
        return _ESCAPES.sub("", self._raw.decode("utf-8", "replace"))

    @property
    def raw(self) -> bytes:
        return self._raw

    def take(self) -> None:
        try:
            self._raw += os.read(self._number, 65536)
        except OSError:
            asyncio.get_running_loop().remove_reader(self._number)

    def press(self, keys: bytes) -> None:
        os.write(self._number, keys)

    async def shows(self, text: str, within_s: float = 20) -> None:
        """Wait until `text` appears after what the last call found."""
        try:
            async with asyncio.timeout(within_s):
                while (at := self.text.find(text, self._looked)) < 0:
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"never showed {text!r}:\n{self.text}") from None
        self._looked = at + len(text)

    async def ended(self, within_s: float = 20) -> int:
        async with asyncio.timeout(within_s):
            while (code := self._process.poll()) is None:
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.05)
        return code


@asynccontextmanager
async def on_terminal(
    *arguments: str, cwd: Path, columns: int = 100, **variables: str
) -> AsyncIterator[Terminal]:
    """The command on a terminal of its own."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", _ON_TERMINAL, *COMMAND, *arguments],
        cwd=cwd,
        env=environment(**variables),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    terminal = Terminal(process, ours)
    loop = asyncio.get_running_loop()
    loop.add_reader(ours, terminal.take)
    try:
        yield terminal
    finally:
        loop.remove_reader(ours)
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(ours)
