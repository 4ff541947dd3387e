"""What crosses the door of documents. A `revision` is git's hash of a text; texts are Markdown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from opsroom.kernel.shape import Shape

OwnerKind = Literal["task", "sprint", "template"]
DocumentStatus = Literal["saved", "pending", "built_in"]
RevisionStatus = Literal["committed", "pending", "conflict", "failed"]
LineKind = Literal["context", "added", "removed"]

RevisionId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{4,64}$")]
Message = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class DocumentInfo(Shape):
    """A document without its text. `pending`: not in the repository yet. `conflicts`: saves that lost."""

    name: str
    path: str
    revision: str | None
    commit: str | None
    status: DocumentStatus
    size_bytes: int
    updated_at: datetime | None
    updated_by: str | None
    conflicts: int = 0


class Document(DocumentInfo):
    """A document whole. `revision` is what a save carries as its `base`."""

    text: str


class SaveDocument(Shape):
    """A text to keep, or the name of a template to begin with; `base` is the revision it was made on.

    Without a `base` the document must not exist yet. `message` says why, for the history.
    """

    text: str | None = None
    template: Annotated[str, StringConstraints(min_length=1, max_length=150)] | None = None
    base: RevisionId | None = None
    message: Message | None = None


class RestoreDocument(Shape):
    """The revision whose text shall be the document's again."""

    revision: RevisionId


class Revision(Shape):
    """One change of a document. `revision` is what diff, restore and the text at that time are asked by."""

    revision: str
    commit: str | None
    status: RevisionStatus
    author: str
    at: datetime
    message: str
    deleted: bool = False


class DiffLine(Shape):
    """A line of a comparison, with its numbers in the older and the newer text."""

    kind: LineKind
    old: int | None
    new: int | None
    text: str


class Hunk(Shape):
    """Lines that changed, with three unchanged ones around."""

    old_start: int
    old_lines: int
    new_start: int
    new_lines: int
    lines: tuple[DiffLine, ...]


class Diff(Shape):
    """What changed between two revisions. `truncated`: more lines differ than are shown."""

    from_revision: str
    to_revision: str
    added: int
    removed: int
    hunks: tuple[Hunk, ...]
    truncated: bool = False


class Attachment(Shape):
    """A file of a task. `inline`: a picture that may be shown in place; all else is a download."""

    name: str
    path: str
    size_bytes: int
    media_type: str
    inline: bool
    status: DocumentStatus
    in_repository: bool
    sha256: str | None
    added_by: str | None
    added_at: datetime
    url: str


class Saved(Shape):
    """Where a save led: the document and whether other people's changes were merged into it."""

    document: Document
    merged: bool = False
    created: bool = False


class Upload(Shape):
    """A file that arrived whole: its bytes are in the store already."""

    name: str
    sha256: str
    size_bytes: int
    media_type: str
    git_blob: str = Field(description="Git's hash of what goes into the repository for it.")
    in_repository: bool
