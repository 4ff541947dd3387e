"""Which repositories there are and which is a project's: entry points of `opsroom.repositories`."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from opsroom.board.documents.ports import (
    DocumentRepository,
    Place,
    RepositoryFactory,
    RepositoryParts,
)
from opsroom.board.documents.settings import DocumentsSettings
from opsroom.kernel.plugins import PluginSet

GROUP = "opsroom.repositories"

# As in pyproject.toml; here too, so that a checkout that was never installed has its repositories.
BUILT_IN = {
    "github": "opsroom.board.documents.repositories.github:build",
    "local_git": "opsroom.board.documents.repositories.local_git:build",
}


class Repositories:
    """Hands out the repository of a project. An adapter is built when it is first asked for."""

    def __init__(self, settings: DocumentsSettings, parts: RepositoryParts) -> None:
        self._settings = settings
        self._parts = parts
        self._built: dict[str, DocumentRepository] = {}
        installed = list(entry_points(group=GROUP))
        known = {entry.name for entry in installed}
        own = [EntryPoint(name, value, GROUP) for name, value in BUILT_IN.items() if name not in known]
        self._plugins = PluginSet(GROUP, [*installed, *own], _is_factory)

    def of(self, project_id: str) -> tuple[DocumentRepository, Place]:
        """The repository of a project and where in it. Raises AdapterError, NotFound."""
        text = self._settings.projects.get(project_id, self._settings.repository)
        name, _, location = text.partition(":")
        if name not in self._built:
            factory = cast("RepositoryFactory", self._plugins.get(name))
            self._built[name] = factory(self._parts)
        place = Place(project_id, location.replace("{project}", project_id.replace("_", "-")))
        return self._built[name], place


def _is_factory(plugin: object) -> str | None:
    return None if isinstance(plugin, Callable) else "it is no function that builds a repository"
