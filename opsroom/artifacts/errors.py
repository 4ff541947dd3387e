"""Refusals and faults of the artifacts room."""

from __future__ import annotations

from opsroom.kernel.errors import Fault, Forbidden, TooLarge


class FileTooLarge(TooLarge):
    """A file went over its ceiling while it was written. Nothing of it was kept."""

    title = "File too large"

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(
            f"The file is larger than the {sized(limit_bytes)} it may have; nothing of it was kept."
        )
        self.limit_bytes = limit_bytes


class OwnerFull(TooLarge):
    """An owner has as many files, or as many bytes, as it may have."""

    title = "Too many files"


class LinkExpired(Forbidden):
    """A signed link was right once and is too old now."""

    title = "Link expired"


class BlobMissing(Fault):
    """A row points at bytes the store does not have: the disk or bucket was changed from outside."""

    title = "File is missing"


def sized(count: int) -> str:
    """A number of bytes for people: 100 MiB."""
    for unit, size in (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024)):
        if count >= size:
            return f"{count / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{count} bytes"
