"""The verbs of documents: read, save, delete, restore, compare. Attachments: attachments.py.

A text that only the repository has is fetched before a transaction opens: `Library` does that, and calls the
functions here with what it got.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from opsroom.board.documents import rules, store
from opsroom.board.documents.errors import BadDocument, DocumentChanged, NoSuchDocument
from opsroom.board.documents.events import DocumentDeleted, DocumentSaved
from opsroom.board.documents.merge import merged
from opsroom.board.documents.queue import api as queue
from opsroom.board.documents.shapes import Document, DocumentInfo, OwnerKind, Saved
from opsroom.board.errors import NoSuchTask
from opsroom.kernel.db import Row
from opsroom.kernel.errors import NotFound, Problem
from opsroom.kernel.uow import Tx


class Owner:
    """Whose documents: a task, a sprint, or the project's templates."""

    def __init__(self, kind: OwnerKind, owner_id: str = "") -> None:
        self.kind: OwnerKind = kind
        self.id = owner_id

    @property
    def subject(self) -> str:
        """What events are about."""
        return self.id or "templates"

    def path(self, name: str, *, attachment: bool = False) -> str:
        """Where a file of this owner stands in the repository."""
        return rules.path_of(self.kind, self.id, name, attachment=attachment)


TEMPLATES = Owner("template")


async def check_owner(tx: Tx, owner: Owner, *, lock: bool = False) -> str:
    """The owner's title. Raises NoSuchTask or NotFound: no such task or sprint in this project."""
    if owner.kind == "template":
        return "Templates"
    title = None
    if rules.owner_id_fits(owner.id):
        title = await store.owner_title(tx, owner.kind, owner.id, lock=lock)
    if title is None and owner.kind == "task":
        raise NoSuchTask(f"There is no task {owner.id[:60]!r} in this project.")
    if title is None:
        raise NotFound(f"There is no sprint {owner.id[:60]!r} in this project.")
    return title


async def list_documents(tx: Tx, owner: Owner) -> list[DocumentInfo]:
    """An owner's documents by name, without their texts."""
    await check_owner(tx, owner)
    rows = await store.files_of(tx, owner.kind, owner.id, attachments=False)
    states = await store.states_of(tx, [row["path"] for row in rows])
    found = [_info(row, states.get(row["path"], {})) for row in rows]
    if owner.kind == "template" and not await store.has_files(tx):
        found = [DocumentInfo(**built_in(name).model_dump(exclude={"text"})) for name in rules.TEMPLATES]
    return found


async def get_document(tx: Tx, owner: Owner, name: str) -> Document:
    """One document with its text. Raises NoSuchDocument."""
    await check_owner(tx, owner)
    path = owner.path(name)
    row = None if rules.document_name_problem(name) else await store.file_at(tx, path)
    if row is None and owner.kind == "template" and name in rules.TEMPLATES and not await store.has_files(tx):
        return built_in(name)
    if row is None or row["is_attachment"] or row["blob"] is None or row["text"] is None:
        raise NoSuchDocument(f"There is no document {name[:80]!r} here.")
    states = await store.states_of(tx, [path])
    return Document(**_info(row, states.get(path, {})).model_dump(), text=row["text"])


def built_in(name: str) -> Document:
    """A template we bring along, before the project has a repository."""
    text = rules.TEMPLATES[name]
    return Document(
        name=name,
        path=TEMPLATES.path(name),
        revision=rules.blob_of_text(text),
        commit=None,
        status="built_in",
        size_bytes=len(text.encode()),
        updated_at=None,
        updated_by=None,
        text=text,
    )


def _info(row: Row, states: dict[str, int]) -> DocumentInfo:
    pending = bool(states.get("pending"))
    return DocumentInfo(
        name=row["name"],
        path=row["path"],
        revision=row["blob"],
        commit=None if pending else row["commit_id"],
        status="pending" if pending else "saved",
        size_bytes=row["size_bytes"],
        updated_at=row["updated_at"],
        updated_by=row["updated_by"],
        conflicts=states.get("conflict", 0) + states.get("failed", 0),
    )


async def save(
    tx: Tx,
    owner: Owner,
    name: str,
    text: str,
    *,
    base: str | None,
    base_text: str | None,
    message: str | None = None,
    max_bytes: int,
) -> Saved:
    """Give a document a new text: shown at once, on its way to the repository with the commit of `tx`.

    `base` is the revision the text was made on and `base_text` what it said (None without a base). On an
    older base changes of different lines merge. Raises BadDocument, DocumentChanged with both texts.
    """
    text = rules.normal(text)
    _check(name, text, max_bytes)
    await queue.locked(tx)
    await check_owner(tx, owner, lock=True)
    path = owner.path(name)
    row = await store.file_at(tx, path)
    current = row["text"] if row is not None and row["blob"] is not None else None
    if current is None:
        await _check_name_is_free(tx, owner, name)
        if base is not None:
            _refuse(name, "was deleted meanwhile", None, None, text)
        return await _put(tx, owner, name, text, message, created=True, joined=False)
    if text == current:
        return Saved(document=await get_document(tx, owner, name))  # the same was saved already
    if base is None:
        _refuse(name, "exists already; send the revision you saw as `base`", current, row, text)
    joined = current if base_text is None else merged(base_text, text, current)
    if joined is None or base_text is None:
        _refuse(name, "changed in the same lines since you read it", current, row, text)
    _check(name, joined, max_bytes)
    return await _put(tx, owner, name, joined, message, created=False, joined=joined != text)


async def _put(
    tx: Tx, owner: Owner, name: str, text: str, message: str | None, *, created: bool, joined: bool
) -> Saved:
    path, blob = owner.path(name), rules.blob_of_text(text)
    verb = "Create" if created else "Change"
    message = message or f"{verb} {name} of {owner.subject}"
    await store.keep_text(tx, blob, text)
    await store.put_file(
        tx,
        path,
        owner_kind=owner.kind,
        owner_id=owner.id,
        name=name,
        is_attachment=False,
        blob=blob,
        size_bytes=len(text.encode()),
        updated_at=tx.now,
        updated_by=tx.actor.name,
    )
    await queue.put(tx, message, [queue.FileToWrite(path, blob)])
    if owner.kind == "task" and name == "spec.md":
        await store.set_doc_path(tx, owner.id, path)
    event = DocumentSaved(
        name=name, path=path, revision=blob, message=message, created=created, merged=joined
    )
    tx.record(event, subject=owner.subject)
    return Saved(document=await get_document(tx, owner, name), merged=joined, created=created)


async def delete(tx: Tx, owner: Owner, name: str, *, base: str | None = None) -> None:
    """Delete a document; its history stays. Raises NoSuchDocument, DocumentChanged on an old `base`."""
    await queue.locked(tx)
    found = await get_document(tx, owner, name)
    if base is not None and base not in (found.revision, found.commit):
        known: dict[str, object] = {"blob": found.revision}
        _refuse(name, "changed since you read it", found.text, known, None)
    await store.change_file(
        tx, found.path, blob=None, size_bytes=0, updated_at=tx.now, updated_by=tx.actor.name
    )
    await queue.put(tx, f"Delete {name} of {owner.subject}", [queue.FileToWrite(found.path, None)])
    tx.record(DocumentDeleted(name=name, path=found.path), subject=owner.subject)


async def restore(tx: Tx, owner: Owner, name: str, text: str, *, of: str, max_bytes: int) -> Saved:
    """Make an earlier text the document's again, as a new commit; also of a document that was deleted."""
    _check(name, text, max_bytes)
    await queue.locked(tx)
    await check_owner(tx, owner, lock=True)
    row = await store.file_at(tx, owner.path(name))
    here = row is not None and row["blob"] is not None
    if not here:
        await _check_name_is_free(tx, owner, name)
    if here and row is not None and row["text"] == text:
        return Saved(document=await get_document(tx, owner, name))
    return await _put(
        tx, owner, name, text, f"Restore {name} as of {of[:12]}", created=not here, joined=False
    )


def _check(name: str, text: str, max_bytes: int) -> None:
    problems = [
        Problem(path, problem)
        for path, problem in (
            ("name", rules.document_name_problem(name)),
            ("text", rules.text_problem(text, max_bytes)),
        )
        if problem
    ]
    if problems:
        raise BadDocument("The document cannot be kept.", problems=tuple(problems))


async def _check_name_is_free(tx: Tx, owner: Owner, name: str) -> None:
    taken = await store.name_keys_of(tx, owner.kind, owner.id, attachments=False)
    other = taken.get(name.casefold())
    if other is not None and other != name:
        message = f"differs only in case from {other}, and not every system can keep both"
        raise BadDocument("The document cannot be kept.", problems=(Problem("name", message),))


def _refuse(
    name: str, why: str, current: str | None, row: Mapping[str, object] | Row | None, text: str | None
) -> NoReturn:
    raise DocumentChanged(
        f"{name} {why}. Nothing was saved; join the two texts and save again on the current revision.",
        theirs={"text": current, "revision": row["blob"] if row is not None else None},
        yours={"text": text},
    )
