"""Taking in what others committed to a repository, so that nothing of theirs is overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from opsroom.board.documents import rules, store
from opsroom.board.documents.events import DocumentChangedOutside, DocumentConflicted
from opsroom.board.documents.ports import DocumentRepository, Entry, Place, Tree
from opsroom.board.documents.queue import store as queue_store
from opsroom.kernel.actor import Actor
from opsroom.kernel.db import Row
from opsroom.kernel.errors import AdapterError, TooLarge
from opsroom.kernel.uow import Tx, UnitsOfWork

log = structlog.get_logger("opsroom.documents")


@dataclass(frozen=True, slots=True)
class _News:
    """A file that is not what we knew: its entry (None: gone) and its text where it is a document."""

    path: str
    entry: Entry | None
    text: str | None


class Looker:
    """Compares a repository with what we know of it."""

    def __init__(self, units: UnitsOfWork, max_text_bytes: int) -> None:
        self._units = units
        self._max_text_bytes = max_text_bytes

    async def look(self, actor: Actor, repository: DocumentRepository, place: Place) -> bool:
        """Take in what is new; False when nothing was. Raises AdapterError when the repository is away."""
        async with self._units.reading(actor) as tx:
            row = await queue_store.repository(tx)
        known_head = row["head"] if row else None
        tree = await repository.tree(place, known_head)
        if tree is None or row is None:
            return False
        if tree.head is None:
            if known_head is not None:
                raise AdapterError(
                    "The repository is empty, and it had documents; restore it before anything is written.",
                    adapter="documents",
                    permanent=True,
                )
            return False
        async with self._units.reading(actor) as tx:
            known = await store.all_files(tx)
        news = [
            await self._read(repository, place, tree, path, entry)
            for path, entry in _differences(known, tree)
        ]
        async with self._units(actor) as tx:
            now = await queue_store.repository(tx, lock=True)
            if now is None or now["head"] != known_head:
                return True  # one of our own writes landed meanwhile: the next look sees what is left
            for item in news:
                if item is not None:
                    await _take_in(tx, item, tree.head)
            await queue_store.change_repository(tx, head=tree.head, looked_at=tx.now)
        return bool(news)

    async def _read(
        self, repository: DocumentRepository, place: Place, tree: Tree, path: str, entry: Entry | None
    ) -> _News | None:
        where = rules.located(path)
        if where is None:
            return None
        if entry is None or where.attachment:
            return _News(path, entry, None)
        try:
            content = await repository.read(place, path, tree.head, self._max_text_bytes)
            text = (content or b"").decode("utf-8")
        except (TooLarge, UnicodeDecodeError) as error:
            log.warning("documents.not_a_text", path=path, reason=str(error)[:200])
            return None
        if rules.text_problem(text, self._max_text_bytes):
            return None
        return _News(path, entry, text)


def _differences(known: Mapping[str, Row], tree: Tree) -> list[tuple[str, Entry | None]]:
    found: list[tuple[str, Entry | None]] = [
        (path, entry)
        for path, entry in tree.files.items()
        if path not in known or known[path]["repo_blob"] != entry.blob
    ]
    found += [
        (path, None) for path, row in known.items() if row["repo_blob"] is not None and path not in tree.files
    ]
    return found


async def _take_in(tx: Tx, item: _News, head: str) -> None:
    where = rules.located(item.path)
    if where is None:
        return
    if where.attachment:
        await _take_in_attachment(tx, item, where, head)
        return
    row = await store.file_at(tx, item.path)
    known = await store.text_of_blob(tx, row["repo_blob"]) if row else None
    outside = item.text if item.entry else None
    blob = item.entry.blob if item.entry else None
    waiting = await queue_store.waiting_of(tx, item.path)
    if outside is not None and blob is not None:
        await store.keep_text(tx, blob, outside)
    final, final_blob = outside, blob
    for save, after in zip(waiting, rules.rebase(known, outside, _waits(waiting)), strict=True):
        if after.lost:
            await _lose(tx, save, where)
            continue
        final = after.text
        final_blob = await _rewritten(tx, save, after.text)
    await store.put_file(
        tx,
        item.path,
        owner_kind=where.kind,
        owner_id=where.owner_id,
        name=where.name,
        is_attachment=False,
        blob=final_blob,
        repo_blob=blob,
        commit_id=head,
        size_bytes=len((final or "").encode()),
        updated_at=tx.now,
        updated_by=waiting[-1]["author_name"] if waiting else None,
    )
    if all(save["saved_blob"] != blob for save in waiting):  # else it is our own, found before its receipt
        tx.record(
            DocumentChangedOutside(name=where.name, path=item.path, commit=head, deleted=blob is None),
            subject=where.owner_id or "templates",
        )


def _waits(waiting: list[Row]) -> list[rules.Waiting]:
    return [rules.Waiting(w["write_id"], w["text"] if w["blob"] else None) for w in waiting]


async def _rewritten(tx: Tx, save: Row, text: str | None) -> str | None:
    """The hash under which a waiting save will be written now."""
    blob = rules.blob_of_text(text) if text is not None else None
    if blob != save["blob"]:
        if text is not None and blob is not None:
            await store.keep_text(tx, blob, text)
        await queue_store.change_write_file(tx, save["write_id"], save["path"], blob=blob)
    return blob


async def _lose(tx: Tx, save: Row, where: rules.Located) -> None:
    """A save that was shown cannot be written: keep it, say so."""
    await queue_store.change_write_file(tx, save["write_id"], save["path"], status="conflict")
    if not await queue_store.files_of_write(tx, save["write_id"]):
        await queue_store.change_write(
            tx, save["write_id"], status="conflict", error="The same lines were changed in the repository."
        )
    event = DocumentConflicted(
        name=where.name, path=save["path"], revision=save["write_id"], author_name=save["author_name"]
    )
    tx.record(event, subject=where.owner_id or "templates")


async def _take_in_attachment(tx: Tx, item: _News, where: rules.Located, head: str) -> None:
    if await queue_store.waiting_of(tx, item.path):
        return  # ours comes and takes its place; what stands there stays in the history
    blob = item.entry.blob if item.entry else None
    await store.put_file(
        tx,
        item.path,
        owner_kind=where.kind,
        owner_id=where.owner_id,
        name=where.name,
        is_attachment=True,
        blob=blob,
        repo_blob=blob,
        commit_id=head,
        size_bytes=max(item.entry.size_bytes, 0) if item.entry else 0,
        updated_at=tx.now,
        updated_by=None,
        artifact_id=None,
        media_type=None,
        sha256=None,
        in_repository=True,
    )
    await store.count_attachments(tx, where.owner_id)
    event = DocumentChangedOutside(name=where.name, path=item.path, commit=head, deleted=blob is None)
    tx.record(event, subject=where.owner_id)
