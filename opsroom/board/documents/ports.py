"""What a place for documents must offer: a git repository, wherever it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from opsroom.kernel.clock import Clock
from opsroom.kernel.errors import Conflict
from opsroom.kernel.room import Background, SectionSource


class Moved(Conflict):
    """The branch, or a file on it, is not what the commit was made on. Look again, then try again."""

    title = "The repository moved"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a project's documents are: `location` is the adapter's own text (`owner/name@branch`)."""

    project_id: str
    location: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a tree: the git hash of its content (hex), its size in bytes (-1 where unknown)."""

    blob: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Tree:
    """Every file at a commit, by path. `head` is None for a repository without a commit."""

    head: str | None
    files: Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Change:
    """One file of a commit: its new bytes (None deletes it); `before` is the blob it replaces, if any."""

    path: str
    content: bytes | None
    before: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """A commit to make. `write_id` goes into its message as the trailer `Opsroom-Write`.

    `head` is the commit it is made on, None for an empty repository. `repeated` says that it may have
    been made before: then the adapter looks first among the commits since `made_at`.
    """

    write_id: str
    message: str
    author_name: str
    author_email: str
    made_at: datetime
    head: str | None
    changes: Sequence[Change]
    repeated: bool


@dataclass(frozen=True, slots=True)
class Committed:
    """What came of an order. `parent` is the commit before it, None for the first of a repository."""

    commit: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One commit that changed a file. `write_id` is None for commits that are not ours."""

    commit: str
    author_name: str
    at: datetime
    message: str
    write_id: str | None


class DocumentReader(Protocol):
    """Reads a repository of documents. Every method may raise AdapterError or Limited: it is away."""

    async def tree(self, place: Place, known_head: str | None) -> Tree | None:
        """Every file at the tip of the branch; None when the tip is `known_head` still."""
        ...

    async def read(self, place: Place, path: str, revision: str | None, max_bytes: int) -> bytes | None:
        """A file at a commit (hex) or at the tip; None for no file. Raises TooLarge past `max_bytes`."""
        ...

    async def history(self, place: Place, path: str, limit: int, offset: int) -> list[LogEntry]:
        """Commits that changed `path`, the newest first, at most `limit` after leaving out `offset`."""
        ...


class DocumentRepository(DocumentReader, Protocol):
    """A repository of documents that can be written. Writes of one place come one after the other."""

    async def commit(self, place: Place, order: Order) -> Committed:
        """Make one commit of several files, all or nothing, exactly once for one `order.write_id`.

        Raises Moved when the branch or a file is not what the order was made on (nothing was written),
        Refusal when the order itself can never be done, AdapterError or Limited when the repository is away.
        """
        ...

    async def check(self, place: Place) -> str:
        """Look whether the place answers; a line for `doctor`. Raises AdapterError that says what to do."""
        ...


@dataclass(frozen=True, slots=True)
class RepositoryParts:
    """What an adapter is built from; `closing` takes what must be closed with the house."""

    settings: SectionSource
    clock: Clock
    data_dir: Path
    closing: list[Background]


class RepositoryFactory(Protocol):
    """What an entry point of the group `opsroom.repositories` names: builds an adapter."""

    def __call__(self, parts: RepositoryParts) -> DocumentRepository:
        """Build it, without calling anybody."""
        ...
