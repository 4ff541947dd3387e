"""What happens to documents and attachments. `subject` is the task or sprint, for templates `templates`."""

from __future__ import annotations

from typing import ClassVar

from opsroom.kernel.events import Event


class DocumentSaved(Event):
    """A document got a new text. `revision` names it; `merged`: others had changed other lines meanwhile."""

    KIND: ClassVar[str] = "board.document_saved.v1"
    name: str
    path: str
    revision: str
    message: str
    created: bool = False
    merged: bool = False


class DocumentDeleted(Event):
    """A document was deleted; its history stays and it can be restored."""

    KIND: ClassVar[str] = "board.document_deleted.v1"
    name: str
    path: str


class DocumentChangedOutside(Event):
    """Somebody committed to the repository itself, and the document follows. `deleted`: it went."""

    KIND: ClassVar[str] = "board.document_changed_outside.v1"
    name: str
    path: str
    commit: str
    deleted: bool = False


class DocumentConflicted(Event):
    """A save that was shown could not join what somebody had committed to the repository meanwhile.

    The repository's text counts; the other is kept as revision `revision`.
    """

    KIND: ClassVar[str] = "board.document_conflicted.v1"
    name: str
    path: str
    revision: str
    author_name: str


class AttachmentAdded(Event):
    """A file was attached to a task, or came back after it was deleted (`restored`)."""

    KIND: ClassVar[str] = "board.attachment_added.v1"
    name: str
    path: str
    size_bytes: int
    media_type: str
    restored: bool = False


class AttachmentDeleted(Event):
    """A file was taken from a task; it can be restored."""

    KIND: ClassVar[str] = "board.attachment_deleted.v1"
    name: str
    path: str
