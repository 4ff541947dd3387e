"""A bare git repository for each project in the data folder, written by the `git` program."""

from __future__ import annotations

from opsroom.board.documents.ports import RepositoryParts
from opsroom.board.documents.repositories.local_git.repository import LocalGit


def build(parts: RepositoryParts) -> LocalGit:
    """The adapter `local_git`."""
    return LocalGit(parts.data_dir / "documents")
