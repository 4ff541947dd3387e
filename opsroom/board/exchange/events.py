"""What happens to imports. `subject` is the import's id."""

from __future__ import annotations

from typing import ClassVar

from opsroom.kernel.events import Event


class ImportStarted(Event):
    """Somebody ordered an import; so many tasks are in it."""

    KIND: ClassVar[str] = "board.import_started.v1"
    source: str
    name: str
    total: int


class ImportPutAway(Event):
    """The cards that an import made went into the archive; `tasks` of those that were not there already."""

    KIND: ClassVar[str] = "board.import_put_away.v1"
    source: str
    name: str
    tasks: int


class ImportFinished(Event):
    """An import is over, well or not: what it made and how much did not fit."""

    KIND: ClassVar[str] = "board.import_finished.v1"
    source: str
    name: str
    status: str
    created: int
    updated: int
    skipped: int
    failed: int
    misfits: int
