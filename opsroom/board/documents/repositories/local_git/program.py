"""Running `git` on a bare repository: no configuration, hooks or prompts of the machine's have a say."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from opsroom.kernel.errors import AdapterError

ADAPTER: Final = "local_git"
_PATIENCE_S: Final = 120.0
# What git writes is on the disk before it says so, hooks never run, and housekeeping is ours to start.
_SETTINGS: Final = (
    "core.hooksPath=/dev/null",
    "core.fsync=committed,reference",
    "core.quotePath=false",
    "core.protectNTFS=true",
    "gc.auto=2000",
    "gc.autoDetach=false",
    "maintenance.auto=false",
    "safe.directory=*",
    "log.showSignature=false",
)
_MISSING: Final = (
    "The program `git` is not installed, and documents are kept in a git repository. Install it "
    "(apt-get install git), or keep documents on GitHub: [documents] repository in opsroom.toml."
)


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a call."""

    code: int
    out: bytes
    err: str


async def git(folder: Path, *args: str, given: bytes | None = None, ok: Sequence[int] = (0,)) -> Said:
    """Run git on the repository in `folder`. Raises AdapterError on any exit code but those in `ok`."""
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    try:
        process = await asyncio.create_subprocess_exec(
            "git",
            f"--git-dir={folder}",
            *settings,
            *args,
            stdin=asyncio.subprocess.PIPE if given is not None else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(),
            cwd="/",
        )
    except FileNotFoundError as error:
        raise AdapterError(_MISSING, adapter=ADAPTER, permanent=True) from error
    except OSError as error:
        raise AdapterError(f"git cannot be started: {error}.", adapter=ADAPTER, permanent=False) from error
    try:
        async with asyncio.timeout(_PATIENCE_S):
            out, err = await process.communicate(given)
    except TimeoutError as error:
        raise AdapterError(
            f"git {args[0]} took longer than {_PATIENCE_S:g} s.", adapter=ADAPTER, permanent=False
        ) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    said = Said(process.returncode or 0, out, err.decode("utf-8", "replace").strip())
    if said.code not in ok:
        raise AdapterError(
            f"git {args[0]} failed: {said.err[:500] or f'exit code {said.code}'}",
            adapter=ADAPTER,
            permanent=False,
        )
    return said


def _environment() -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "TZ": "UTC",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
    }
