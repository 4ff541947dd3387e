"""Putting writes into a project's queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from opsroom.board.documents import rules
from opsroom.board.documents.queue import store
from opsroom.board.documents.store import keep_text, put_file
from opsroom.kernel.db import Row
from opsroom.kernel.errors import Fault
from opsroom.kernel.ids import new_id
from opsroom.kernel.uow import Tx

WORKFLOW = "board.write_documents.v1"


@dataclass(frozen=True, slots=True)
class FileToWrite:
    """A file of a write: git's hash of it (None deletes), and where the bytes of an attachment are."""

    path: str
    blob: str | None
    sha256: str | None = None


async def locked(tx: Tx) -> Row:
    """The project's repository, locked until the commit; made, with its templates, when it is not there yet.

    Whoever decides by what a file holds now takes this first: from then on nobody else changes one.
    """
    found = await store.repository(tx, lock=True)
    if found is not None:
        return found
    if await store.add_repository(tx):
        await _furnish(tx)
    found = await store.repository(tx, lock=True)
    if found is None:
        raise Fault("the project's document repository cannot be made")
    return found


async def _furnish(tx: Tx) -> None:
    files: list[FileToWrite] = []
    for name, text in rules.TEMPLATES.items():
        path, blob = rules.path_of("template", "", name), rules.blob_of_text(text)
        await keep_text(tx, blob, text)
        await put_file(
            tx,
            path,
            owner_kind="template",
            owner_id="",
            name=name,
            is_attachment=False,
            blob=blob,
            size_bytes=len(text.encode()),
            updated_at=tx.now,
            updated_by="Opsroom",
        )
        files.append(FileToWrite(path, blob))
    await put(tx, "Templates to begin with", files, author="Opsroom")


async def put(tx: Tx, message: str, files: Sequence[FileToWrite], *, author: str | None = None) -> str:
    """Queue one commit of the actor; its id. The first write of a quiet queue starts the workflow."""
    repository = await store.repository(tx, lock=True)
    if repository is None:
        raise Fault("a document was written before its repository was made")
    actor, write_id, seq = tx.actor, new_id("dw"), repository["last_seq"] + 1
    values = {
        "id": write_id,
        "seq": seq,
        "status": "pending",
        "message": " ".join(message.split())[:400],
        "author_id": actor.id,
        "author_name": author or actor.name,
        "author_email": actor.email or f"{actor.id}@opsroom.invalid",
        "made_at": tx.now,
    }
    rows = [{"path": f.path, "blob": f.blob, "saved_blob": f.blob, "sha256": f.sha256} for f in files]
    await store.add_write(tx, values, rows)
    await store.change_repository(tx, last_seq=seq)
    if repository["drain_id"] is None:
        await start(tx)
    return write_id


async def start(tx: Tx, *, delay_s: float | None = None) -> str:
    """Order the workflow that writes; whoever wrote before may not any more."""
    drain = new_id("drain")
    await store.change_repository(tx, drain_id=drain, drain_at=tx.now + timedelta(seconds=delay_s or 0))
    tx.enqueue(
        WORKFLOW,
        tx.actor.scope.model_dump(),
        drain,
        workflow_id=f"{WORKFLOW}:{drain}",
        delay_s=delay_s,
    )
    return drain
