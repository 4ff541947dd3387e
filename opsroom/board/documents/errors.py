"""Refusals of documents and attachments."""

from __future__ import annotations

from opsroom.kernel.errors import Conflict, Invalid, NotFound, TooLarge


class NoSuchDocument(NotFound):
    """The task, sprint or project has no document, attachment or template of this name."""

    title = "No such document"


class NoSuchRevision(NotFound):
    """The document never had this revision, or its text is gone."""

    title = "No such revision"


class DocumentChanged(Conflict):
    """Somebody changed the same lines since the revision you saw. Both texts are in the answer."""

    title = "The document changed meanwhile"


class BadDocument(Invalid):
    """A document's name or text does not fit."""

    title = "Not a document we can keep"


class BadUpload(Invalid):
    """What was uploaded cannot be kept as an attachment; the message says why."""

    title = "Not a file we can keep"


class TooManyAttachments(TooLarge):
    """A task has as many attachments as it may have."""

    title = "Too many attachments"
