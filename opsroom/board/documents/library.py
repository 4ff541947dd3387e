"""What needs the repository besides the rows: texts of old revisions, histories, comparisons.

The repository is asked before a transaction opens, never inside one.
"""

from __future__ import annotations

import structlog

from opsroom.board.documents import api, merge, rules, store
from opsroom.board.documents.errors import BadDocument, NoSuchDocument, NoSuchRevision
from opsroom.board.documents.ports import LogEntry
from opsroom.board.documents.registry import Repositories
from opsroom.board.documents.settings import DocumentsSettings
from opsroom.board.documents.shapes import Diff, Revision, Saved, SaveDocument
from opsroom.kernel.actor import Actor
from opsroom.kernel.db import Row
from opsroom.kernel.errors import AdapterError, Limited, Problem
from opsroom.kernel.uow import Tx, UnitsOfWork

log = structlog.get_logger("opsroom.documents")

_OPEN = ("pending", "conflict", "failed")
_STATUSES = {"pending": "pending", "conflict": "conflict", "failed": "failed"}
_MOST_OPEN = 200


class Library:
    """Documents for those who are not inside a transaction: the HTTP side."""

    def __init__(self, units: UnitsOfWork, repositories: Repositories, settings: DocumentsSettings) -> None:
        self._units = units
        self._repositories = repositories
        self.settings = settings

    async def save(self, actor: Actor, owner: api.Owner, name: str, wish: SaveDocument) -> Saved:
        """Save a text, or begin a document from a template. See `api.save`."""
        text = await self._wished(actor, owner, wish)
        base_text = None
        if wish.base is not None:
            base_text = await self._text_at(actor, owner, name, wish.base)
        async with self._units(actor) as tx:
            return await api.save(
                tx,
                owner,
                name,
                text,
                base=wish.base,
                base_text=base_text,
                message=wish.message,
                max_bytes=self.settings.max_text_bytes,
            )

    async def _wished(self, actor: Actor, owner: api.Owner, wish: SaveDocument) -> str:
        if (wish.text is None) == (wish.template is None):
            problem = Problem("text", "give either a text or the name of a template")
            raise BadDocument("There is nothing to save.", problems=(problem,))
        if wish.text is not None:
            return wish.text
        async with self._units.reading(actor) as tx:
            title = await api.check_owner(tx, owner)
            try:
                template = await api.get_document(tx, api.TEMPLATES, wish.template or "")
            except NoSuchDocument as error:
                problem = Problem("template", "is not among GET /api/templates")
                raise BadDocument("There is no such template.", problems=(problem,)) from error
            values = {
                "title": title,
                "id": owner.id,
                "author": actor.name,
                "date": tx.now.date().isoformat(),
            }
        return rules.filled(template.text, values)

    async def restore(self, actor: Actor, owner: api.Owner, name: str, revision: str) -> Saved:
        """Make an earlier text the document's again. Raises NoSuchRevision."""
        text = await self._text_at(actor, owner, name, revision)
        if text is None:
            raise NoSuchRevision(f"{name[:80]} was deleted in {revision}; name a revision that has a text.")
        async with self._units(actor) as tx:
            return await api.restore(
                tx, owner, name, text, of=revision, max_bytes=self.settings.max_text_bytes
            )

    async def text_at(self, actor: Actor, owner: api.Owner, name: str, revision: str) -> str:
        """A document's text at a revision. Raises NoSuchRevision."""
        text = await self._text_at(actor, owner, name, revision)
        if text is None:
            raise NoSuchRevision(f"{name[:80]} was deleted in {revision}.")
        return text

    async def diff(self, actor: Actor, owner: api.Owner, name: str, *, older: str, newer: str | None) -> Diff:
        """What changed between two revisions; without `newer` until now. Raises NoSuchRevision."""
        before = await self._text_at(actor, owner, name, older) or ""
        if newer is None:
            async with self._units.reading(actor) as tx:
                now = await api.get_document(tx, owner, name)
            return merge.diff(before, now.text, from_revision=older, to_revision=now.revision or "")
        after = await self._text_at(actor, owner, name, newer) or ""
        return merge.diff(before, after, from_revision=older, to_revision=newer)

    async def _text_at(self, actor: Actor, owner: api.Owner, name: str, revision: str) -> str | None:
        """The text, None where the document was deleted. Raises NoSuchRevision, AdapterError."""
        path = owner.path(name)
        async with self._units.reading(actor) as tx:
            await _check_known(tx, owner, name)
            if (text := await store.text_of_blob(tx, revision)) is not None:
                return text
            write = await store.write_of_revision(tx, path, revision)
            if write is not None and revision in (write["id"], write["commit_id"]):
                if write["blob"] is None:
                    return None
                if (text := await store.text_of_blob(tx, write["blob"])) is not None:
                    return text
        commit = write["commit_id"] if write is not None else revision
        if name in rules.TEMPLATES and revision == rules.blob_of_text(rules.TEMPLATES[name]):
            return rules.TEMPLATES[name]
        repository, place = self._repositories.of(actor.scope.project_id)
        content = None
        if commit is not None:
            content = await repository.read(place, path, commit, self.settings.max_text_bytes)
        if content is None:
            raise NoSuchRevision(f"{name[:80]} has no revision {revision!r}.")
        return content.decode("utf-8", "replace")

    async def history(
        self, actor: Actor, owner: api.Owner, name: str, *, limit: int, offset: int
    ) -> list[Revision]:
        """Changes of a document, the newest first: first what waits or lost, then what the repository has.

        While the repository is away, our own writes stand for its history.
        """
        path = owner.path(name)
        async with self._units.reading(actor) as tx:
            await _check_known(tx, owner, name)
            waiting = await store.writes_of(tx, path, states=_OPEN, limit=_MOST_OPEN)
        shown = [_of_write(row) for row in waiting][offset : offset + limit]
        left, skip = limit - len(shown), max(0, offset - len(waiting))
        if left <= 0:
            return shown
        repository, place = self._repositories.of(actor.scope.project_id)
        try:
            entries = await repository.history(place, path, left, skip)
        except (AdapterError, Limited) as error:
            log.warning("documents.history_without_repository", reason=str(error))
            async with self._units.reading(actor) as tx:
                rows = await store.writes_of(tx, path, states=("committed",), limit=left, offset=skip)
            return shown + [_of_write(row) for row in rows]
        async with self._units.reading(actor) as tx:
            ours = await store.writes_by_commit(tx, path, [e.commit for e in entries])
        there = {entry.write_id for entry in entries}
        shown = [r for r in shown if r.revision not in there]
        return shown + [_of_entry(entry, ours.get(entry.commit)) for entry in entries]


async def _check_known(tx: Tx, owner: api.Owner, name: str) -> None:
    """A document that is or was. Raises NoSuchDocument; refuses strange names before any query."""
    await api.check_owner(tx, owner)
    if not rules.document_name_problem(name):
        row = await store.file_at(tx, owner.path(name))
        if (row is not None and not row["is_attachment"]) or (
            owner.kind == "template" and name in rules.TEMPLATES
        ):
            return
    raise NoSuchDocument(f"There is no document {name[:80]!r} here.")


def _of_write(row: Row) -> Revision:
    status = "committed" if row["state"] == "committed" else _STATUSES[row["state"]]
    return Revision.model_validate(
        {
            "revision": row["commit_id"] or row["id"],
            "commit": row["commit_id"],
            "status": status,
            "author": row["author_name"],
            "at": row["made_at"],
            "message": row["message"],
            "deleted": row["blob"] is None,
        }
    )


def _of_entry(entry: LogEntry, write: Row | None) -> Revision:
    return Revision(
        revision=entry.commit,
        commit=entry.commit,
        status="committed",
        author=entry.author_name,
        at=entry.at,
        message=entry.message[:2000],
        deleted=write is not None and write["blob"] is None,
    )
