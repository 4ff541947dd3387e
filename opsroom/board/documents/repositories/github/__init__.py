"""A GitHub repository for each project, through the REST API with a token or an App's installation."""

from __future__ import annotations

from opsroom.board.documents.ports import RepositoryParts
from opsroom.board.documents.repositories.github.client import GitHubClient
from opsroom.board.documents.repositories.github.credentials import Credentials
from opsroom.board.documents.repositories.github.repository import GitHubRepository
from opsroom.board.documents.settings import GitHubSettings


def build(parts: RepositoryParts) -> GitHubRepository:
    """The adapter `github`."""
    settings = parts.settings.section(GitHubSettings)
    client = GitHubClient(settings, Credentials(settings, parts.clock), parts.clock)
    parts.closing.append(client.close)
    return GitHubRepository(client)
