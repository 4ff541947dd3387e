"""What a program left in its outputs folder, looked at with suspicion.

Links, devices and pipes are passed over, whatever they are called. A path is never joined from what a
program wrote: the folder is walked, and what was found there can be read, by handles that follow no
link even if something is swapped in between.
"""

from __future__ import annotations

import mimetypes
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

from opsroom.runs.engines.programs.protocol import Output
from opsroom.runs.ports import RemoteOutput

MAX_NOTES: Final = 50
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A pipe put in a file's place must not make us wait for its writer.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(slots=True)
class Found:
    """The outputs, and a note on everything that was not taken."""

    outputs: list[RemoteOutput] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        if len(self.notes) < MAX_NOTES:
            self.notes.append(text)


def find_outputs(folder: Path, declared: Sequence[Output], *, most: int, most_bytes: int) -> Found:
    """Every regular file below `folder`: the declared ones first, in their order, then the rest by name."""
    found = Found()
    sizes = dict(_regular_files(folder, found))
    told = {_normal(output.path): output for output in declared}
    for path in [path for path in told if path not in sizes]:
        found.note(f"output {path[:300]!r} was announced, but there is no such file in the outputs folder")
    total = 0
    for path in [*(path for path in told if path in sizes), *sorted(sizes.keys() - told.keys())]:
        if len(found.outputs) >= most:
            found.note(f"only the first {most} of {len(sizes)} outputs are taken")
            break
        if total + sizes[path] > most_bytes:
            found.note(
                f"output {path[:300]!r} is not taken: all outputs together may be {most_bytes:,} bytes"
            )
            continue
        total += sizes[path]
        found.outputs.append(_output(path, sizes[path], told.get(path)))
    return found


def _output(path: str, size: int, told: Output | None) -> RemoteOutput:
    name = os.fsencode(path).decode("utf-8", "replace")
    return RemoteOutput(
        output_id=quote_from_bytes(os.fsencode(path)),
        name=name,
        media_type=(told.media_type if told else None) or mimetypes.guess_type(name)[0],
        title=told.title if told else None,
        size_bytes=size,
    )


def _normal(path: str) -> str:
    # Only to find the file again among those that exist: "./a.json" is "a.json", "../a.json" is none of ours.
    return os.path.normpath(path.replace("\0", "\ufffd")) if path else ""


def _regular_files(folder: Path, found: Found) -> Iterator[tuple[str, int]]:
    """Relative path and size. `fwalk` itself refuses a folder that turns out to be a link."""
    for parent, folders, names, handle in os.fwalk(folder, follow_symlinks=False):
        relative = os.path.relpath(parent, folder)
        folders.sort()
        for name in sorted([*names, *folders]):
            path = name if relative == "." else f"{relative}/{name}"
            try:
                about = os.stat(name, dir_fd=handle, follow_symlinks=False)
            except OSError:
                continue
            if stat.S_ISREG(about.st_mode):
                yield path, about.st_size
            elif not stat.S_ISDIR(about.st_mode):
                found.note(f"output {path[:300]!r} is not taken: it is a link or a device, not a file")


def open_output(folder: Path, output_id: str) -> int:
    """A handle on one output. Raises OSError when it is not there or no regular file any more."""
    output_id_bytes = unquote_to_bytes(output_id)
    parts = output_id_bytes.split(b"/")
    if not all(parts) or b"." in parts or b".." in parts or b"\0" in output_id_bytes:
        raise FileNotFoundError(output_id)
    with ExitStack() as stack:
        handle = os.open(folder, _FOLDER)
        stack.callback(os.close, handle)
        for part in parts[:-1]:
            handle = os.open(part, _FOLDER, dir_fd=handle)
            stack.callback(os.close, handle)
        file = os.open(parts[-1], _FILE, dir_fd=handle)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise FileNotFoundError(output_id)
    return file
