"""The payload file of a run: one strict JSON object from a regular file or from standard input."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO

from opsroom.kernel.errors import Invalid, Malformed, NotFound, Refusal, TooLarge
from opsroom.kernel.strict_json import read_json

MAX_BYTES = 1024 * 1024


def read_payload(name: str) -> dict[str, object]:
    """The object in the file `name`, "-" for standard input. Raises a Refusal that names the file."""
    label = "Standard input" if name == "-" else f"The payload file {name}"
    raw = _bounded(sys.stdin.buffer, label) if name == "-" else _of_file(Path(name), label)
    try:
        value = read_json(raw)
    except Malformed as error:
        raise Malformed(f"{label} {error.problems[0].message}.") from error
    if not isinstance(value, dict):
        raise Invalid(f'{label} must hold one JSON object, like {{"client_id": "…"}}, not a {_word(value)}.')
    return {str(key): inner for key, inner in value.items()}


def _of_file(path: Path, label: str) -> bytes:
    try:
        # Not blocking, so that a pipe nobody writes to is told instead of waited for.
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise NotFound(
            f"{label} does not exist. Check the path; it is taken from the current folder."
        ) from error
    except (OSError, ValueError) as error:
        raise Refusal(f"{label} cannot be opened: {getattr(error, 'strerror', None) or error}.") from error
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise Invalid(f"{label} is not a regular file. For a pipe use --payload-file - and standard input.")
    with os.fdopen(number, "rb") as file:
        return _bounded(file, label)


def _bounded(file: BinaryIO, label: str) -> bytes:
    try:
        raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Refusal(f"{label} cannot be read: {error.strerror or error}.") from error
    if len(raw) > MAX_BYTES:
        raise TooLarge(f"{label} is larger than 1 MiB, the most a payload may have.")
    return raw


def _word(value: object) -> str:
    if value is None:
        return "null"
    return {list: "list", str: "text", bool: "truth value"}.get(type(value), "number")
