"""Refusals of imports."""

from __future__ import annotations

from opsroom.kernel.errors import Conflict, NotFound


class NoSuchImport(NotFound):
    """No import of this project has the id."""

    title = "No such import"


class ImportUnderWay(Conflict):
    """The import still makes cards."""

    title = "Import under way"
