"""Reading what people put into the workspace: regular files of a sane size, and nothing else."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from opsroom.kernel.errors import Problem

MAX_BYTES = 1024 * 1024
MAX_FILES = 500


@dataclass(frozen=True)
class Read:
    """The text of a file, or why it cannot be had. `name` is the file name without `.json`."""

    name: str
    text: str
    problems: tuple[Problem, ...] = ()


def read_agent_files(folder: Path) -> list[Read] | None:
    """Every agent file in `folder`, by name; None when there is no such folder."""
    paths = agent_paths(folder)
    return None if paths is None else [read_agent_file(path) for path in paths]


def agent_paths(folder: Path) -> list[Path] | None:
    """The files of `folder` that claim to be agents: `*.json`, not hidden, no schemas."""
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.name.endswith(".json"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    wanted = [n for n in names if not n.startswith(".") and not n.endswith(".schema.json")]
    return [folder / name for name in wanted[:MAX_FILES]]


def read_agent_file(path: Path) -> Read:
    """The text of one file. Links are not followed, and a pipe does not block."""
    # A name that is no UTF-8 must still be able to stand in a row, with its problems.
    name = path.name.removesuffix(".json").encode("utf-8", "backslashreplace").decode()[:80]
    try:
        text = read_regular(path, MAX_BYTES)
    except (OSError, ValueError) as error:
        return Read(name, "", (Problem("", f"cannot be read: {_reason(error)}"),))
    return Read(name, text)


def read_regular(path: Path, max_bytes: int) -> str:
    """The UTF-8 text of a regular file of at most `max_bytes`. Raises OSError or ValueError."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(path, flags)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(max_bytes + 1)
    finally:
        os.close(descriptor)
    if len(content) > max_bytes:
        raise ValueError(f"it is larger than {max_bytes // 1024} KiB")
    return content.decode("utf-8-sig")


def stamp(paths: list[Path]) -> tuple[tuple[str, int, int, int], ...]:
    """What changes when any of these files does, from their directory entries alone."""
    found: list[tuple[str, int, int, int]] = []
    for path in paths:
        try:
            at = path.lstat()
        except OSError:
            continue  # gone between listing and looking: the next look tells
        found.append((str(path), at.st_mtime_ns, at.st_size, at.st_ino))
    return tuple(found)


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    if isinstance(error, OSError) and error.errno == 40:  # ELOOP: O_NOFOLLOW met a link
        return "it is a symbolic link; put the file itself here"
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
