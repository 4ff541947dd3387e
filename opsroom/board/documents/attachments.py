"""The verbs of attachments: files of a task, kept by the artifacts room and in the repository.

Bytes go to the store first, outside any transaction. They are served from there, so that a repository that is
away does not matter; what somebody pushed to the repository itself is fetched at its first reading.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote

from opsroom.artifacts import api as artifacts
from opsroom.artifacts.api import Artifact, ArtifactsSettings, ArtifactStore
from opsroom.artifacts.shapes import Blob
from opsroom.board.documents import rules, store
from opsroom.board.documents.api import Owner, check_owner
from opsroom.board.documents.errors import (
    BadDocument,
    BadUpload,
    NoSuchDocument,
    TooManyAttachments,
)
from opsroom.board.documents.events import AttachmentAdded, AttachmentDeleted
from opsroom.board.documents.queue import api as queue
from opsroom.board.documents.registry import Repositories
from opsroom.board.documents.settings import DocumentsSettings
from opsroom.board.documents.shapes import Attachment, Upload
from opsroom.kernel.actor import Actor
from opsroom.kernel.db import Row
from opsroom.kernel.errors import Problem
from opsroom.kernel.ids import new_id
from opsroom.kernel.uow import Tx, UnitsOfWork

# One owner in the artifacts room for each attachment: it keeps one file, for ever.
_KEPT = ArtifactsSettings(
    retention_days=None, max_owner_bytes=2**60, max_file_bytes=2**60, max_owner_files=10
)


async def list_attachments(tx: Tx, task_id: str) -> list[Attachment]:
    """A task's files by name."""
    owner = Owner("task", task_id)
    await check_owner(tx, owner)
    rows = await store.files_of(tx, "task", task_id, attachments=True)
    states = await store.states_of(tx, [row["path"] for row in rows])
    return [_attachment(row, states.get(row["path"], {})) for row in rows]


async def get_attachment(tx: Tx, task_id: str, name: str) -> Attachment:
    """One file of a task. Raises NoSuchDocument."""
    row = await _row(tx, task_id, name)
    states = await store.states_of(tx, [row["path"]])
    return _attachment(row, states.get(row["path"], {}))


async def _row(tx: Tx, task_id: str, name: str, *, deleted: bool = False) -> Row:
    owner = Owner("task", task_id)
    await check_owner(tx, owner)
    row = None
    if rules.attachment_name(name) == name:
        row = await store.file_at(tx, owner.path(name, attachment=True))
    if row is None or not row["is_attachment"] or (row["blob"] is None) != deleted:
        which = "deleted attachment" if deleted else "attachment"
        raise NoSuchDocument(f"There is no {which} {name[:80]!r} here.")
    return row


def _attachment(row: Row, states: dict[str, int]) -> Attachment:
    media_type = row["media_type"] or "application/octet-stream"
    name = quote(row["name"], safe="")
    return Attachment(
        name=row["name"],
        path=row["path"],
        size_bytes=row["size_bytes"],
        media_type=media_type,
        inline=media_type in rules.INLINE,
        status="pending" if states.get("pending") else "saved",
        in_repository=row["in_repository"],
        sha256=row["sha256"],
        added_by=row["updated_by"],
        added_at=row["updated_at"],
        url=f"/api/tasks/{row['owner_id']}/attachments/{name}",
    )


async def attach(
    tx: Tx, task_id: str, uploads: Sequence[Upload], *, max_attachments: int, commit_bytes: int
) -> list[Attachment]:
    """Give a task files whose bytes are in the store. A name taken becomes "name (2).ext".

    They are one commit, or several of about `commit_bytes`: a commit is held in memory while it is written.
    """
    await queue.locked(tx)
    owner = Owner("task", task_id)
    await check_owner(tx, owner, lock=True)
    taken = await store.name_keys_of(tx, "task", task_id, attachments=True)
    if len(taken) + len(uploads) > max_attachments:
        raise TooManyAttachments(
            f"A task may have {max_attachments} attachments, and this one has {len(taken)}."
        )
    names: list[str] = []
    batches: list[list[queue.FileToWrite]] = []
    room = 0
    for upload in uploads:
        name = _free(upload.name, taken)
        taken[name.casefold()] = name
        names.append(name)
        size = upload.size_bytes if upload.in_repository else 0
        if not batches or size > room:
            batches.append([])
            room = commit_bytes
        room -= size
        batches[-1].append(await _put(tx, owner, name, upload))
    for files in batches:
        what = files[0].path.rpartition("/")[2] if len(files) == 1 else f"{len(files)} files"
        await queue.put(tx, f"Attach {what} to {task_id}", files)
    await store.count_attachments(tx, task_id)
    return [await get_attachment(tx, task_id, name) for name in names]


async def _put(tx: Tx, owner: Owner, name: str, upload: Upload) -> queue.FileToWrite:
    path = owner.path(name, attachment=True)
    blob = Blob(sha256=upload.sha256, size_bytes=upload.size_bytes)
    kept = await artifacts.add(tx, new_id("att"), name, blob, upload.media_type, limits=_KEPT)
    await store.put_file(
        tx,
        path,
        owner_kind="task",
        owner_id=owner.id,
        name=name,
        is_attachment=True,
        blob=upload.git_blob,
        size_bytes=upload.size_bytes,
        updated_at=tx.now,
        updated_by=tx.actor.name,
        artifact_id=kept.id,
        media_type=upload.media_type,
        sha256=upload.sha256,
        in_repository=upload.in_repository,
    )
    if not upload.in_repository:
        await store.keep_text(tx, upload.git_blob, rules.pointer_text(upload.sha256, upload.size_bytes))
    event = AttachmentAdded(name=name, path=path, size_bytes=upload.size_bytes, media_type=upload.media_type)
    tx.record(event, subject=owner.id)
    return queue.FileToWrite(path, upload.git_blob, upload.sha256 if upload.in_repository else None)


def _free(name: str, taken: dict[str, str]) -> str:
    candidate, number = name, 2
    while candidate.casefold() in taken:
        candidate = artifacts.numbered(name, number)
        number += 1
    return candidate


async def detach(tx: Tx, task_id: str, name: str) -> None:
    """Take a file from a task; it stays in the history and can be restored."""
    await queue.locked(tx)
    row = await _row(tx, task_id, name)
    await store.change_file(tx, row["path"], blob=None, updated_at=tx.now, updated_by=tx.actor.name)
    await queue.put(tx, f"Remove {name} from {task_id}", [queue.FileToWrite(row["path"], None)])
    await store.count_attachments(tx, task_id)
    tx.record(AttachmentDeleted(name=name, path=row["path"]), subject=task_id)


async def reattach(tx: Tx, task_id: str, name: str, upload: Upload) -> Attachment:
    """Give a task a deleted file back."""
    await queue.locked(tx)
    row = await _row(tx, task_id, name, deleted=True)
    await store.change_file(
        tx, row["path"], blob=upload.git_blob, updated_at=tx.now, updated_by=tx.actor.name
    )
    if not upload.in_repository:
        await store.keep_text(tx, upload.git_blob, rules.pointer_text(upload.sha256, upload.size_bytes))
    sha256 = upload.sha256 if upload.in_repository else None
    await queue.put(
        tx, f"Restore {name} of {task_id}", [queue.FileToWrite(row["path"], upload.git_blob, sha256)]
    )
    await store.count_attachments(tx, task_id)
    event = AttachmentAdded(
        name=name,
        path=row["path"],
        size_bytes=row["size_bytes"],
        media_type=upload.media_type,
        restored=True,
    )
    tx.record(event, subject=task_id)
    return await get_attachment(tx, task_id, name)


class Shelf:
    """Bytes of attachments: taking them in, and finding them again."""

    def __init__(
        self,
        units: UnitsOfWork,
        blobs: ArtifactStore,
        repositories: Repositories,
        settings: DocumentsSettings,
    ) -> None:
        self._units = units
        self._blobs = blobs
        self._repositories = repositories
        self.settings = settings

    async def take_in(self, name: str, declared: str, pieces: AsyncIterator[bytes]) -> Upload:
        """Keep a stream as a file. Raises FileTooLarge while it comes, BadUpload for what we do not keep."""
        blob = await self._blobs.put_stream(pieces, self.settings.max_attachment_bytes)
        name = rules.attachment_name(name)
        media_type = await artifacts.detect_media_type(self._blobs, blob, name, declared)
        if problem := rules.upload_problem(name, blob.size_bytes, media_type):
            raise BadUpload(f"{name} {problem}.", problems=(Problem("file", f"{name} {problem}"),))
        return await self._upload(name, blob, media_type)

    async def _upload(self, name: str, blob: Blob, media_type: str) -> Upload:
        in_repository = blob.size_bytes <= self.settings.git_attachment_bytes
        content = rules.pointer_text(blob.sha256, blob.size_bytes).encode()
        if in_repository:
            content = await self._blobs.read(blob.sha256, blob.size_bytes)
        return Upload(
            name=name,
            sha256=blob.sha256,
            size_bytes=blob.size_bytes,
            media_type=media_type,
            git_blob=rules.git_blob(content),
            in_repository=in_repository,
        )

    async def restore(self, actor: Actor, task_id: str, name: str) -> Attachment:
        """Give a task a deleted file back. Raises NoSuchDocument."""
        async with self._units.reading(actor) as tx:
            row = await _row(tx, task_id, name, deleted=True)
        if row["sha256"] is None:
            raise BadDocument(
                f"The bytes of {name[:80]} are only in the repository's history; take them there."
            )
        blob = Blob(sha256=row["sha256"], size_bytes=row["size_bytes"])
        upload = await self._upload(name, blob, row["media_type"] or "application/octet-stream")
        async with self._units(actor) as tx:
            return await reattach(tx, task_id, name, upload)

    async def artifact_of(self, actor: Actor, task_id: str, name: str) -> Artifact:
        """The kept file behind an attachment, fetched from the repository when it is only there."""
        async with self._units.reading(actor) as tx:
            row = await _row(tx, task_id, name)
            kept = await artifacts.get(tx, row["artifact_id"]) if row["artifact_id"] else None
        # Bytes that were lost here are in the repository still, where they are not only pointed at.
        if kept is not None and (not row["in_repository"] or await self._blobs.exists(kept.sha256)):
            return kept
        repository, place = self._repositories.of(actor.scope.project_id)
        content = await repository.read(place, row["path"], None, self.settings.max_attachment_bytes)
        if content is None:
            raise NoSuchDocument(f"There is no attachment {name[:80]!r} here.")
        blob = await self._blobs.put_stream(_once(content), self.settings.max_attachment_bytes)
        if kept is not None and kept.sha256 == blob.sha256:
            return kept
        media_type = await artifacts.detect_media_type(self._blobs, blob, name)
        async with self._units(actor) as tx:
            kept = await artifacts.add(tx, new_id("att"), name, blob, media_type, limits=_KEPT)
            await store.change_file(
                tx,
                row["path"],
                artifact_id=kept.id,
                media_type=media_type,
                sha256=blob.sha256,
                size_bytes=blob.size_bytes,
            )
        return kept


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
