"""Documents, templates and attachments over HTTP."""

from __future__ import annotations

from typing import Annotated

from litestar import Request, delete, get, post, put
from litestar.datastructures import State
from litestar.params import Parameter, QueryParameter
from litestar.response import Stream

from opsroom.artifacts.api import ArtifactStore, content_response_parts
from opsroom.board.documents import api, attachments, rules, uploads
from opsroom.board.documents.attachments import Shelf
from opsroom.board.documents.errors import BadDocument
from opsroom.board.documents.library import Library
from opsroom.board.documents.shapes import (
    Attachment,
    Diff,
    Document,
    DocumentInfo,
    RestoreDocument,
    Revision,
    Saved,
    SaveDocument,
)
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import OpsroomError, Problem
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta

READ, WRITE = {"verb": "board:read"}, {"verb": "board:write"}
_TAGS = ["documents"]
_FORM_BYTES = 64 * 1024

Limit = Annotated[int, Parameter(ge=1, le=200)]
Offset = Annotated[int, Parameter(ge=0, le=100_000)]
OlderQuery = Annotated[str | None, QueryParameter(name="from", pattern=r"^[A-Za-z0-9_]{4,64}$")]
NewerQuery = Annotated[str | None, QueryParameter(name="to", pattern=r"^[A-Za-z0-9_]{4,64}$")]
RevisionQuery = Annotated[str, Parameter(pattern=r"^[A-Za-z0-9_]{4,64}$")]


def routes(house: House) -> list[object]:
    """/api/tasks/…/documents, /api/sprints/…/documents, /api/templates, /api/tasks/…/attachments."""
    return [
        *_task_routes(house),
        *_sprint_routes(house),
        *_template_routes(house),
        *_attachment_routes(house),
    ]


class _Desk:
    """What tasks, sprints and templates have in common."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._library = house.need(Library)

    async def listed(
        self, actor: Actor, owner: api.Owner, limit: int, offset: int
    ) -> Answer[list[DocumentInfo]]:
        async with self._house.unit_of_work.reading(actor) as tx:
            found = await api.list_documents(tx, owner)
        shown = found[offset : offset + limit]
        return Answer(data=shown, meta=Meta(total=len(found), limit=limit, offset=offset))

    async def shown(
        self, actor: Actor, owner: api.Owner, name: str, revision: str | None = None
    ) -> Answer[Document]:
        async with self._house.unit_of_work.reading(actor) as tx:
            found = await api.get_document(tx, owner, name) if revision is None else None
        if found is None:
            text = await self._library.text_at(actor, owner, name, revision or "")
            found = Document(
                name=name,
                path=owner.path(name),
                revision=rules.blob_of_text(text),
                commit=None,
                status="saved",
                size_bytes=len(text.encode()),
                updated_at=None,
                updated_by=None,
                text=text,
            )
        return Answer(data=found)

    async def saved(self, actor: Actor, owner: api.Owner, name: str, data: SaveDocument) -> Answer[Document]:
        return _saved(await self._library.save(actor, owner, name, data))

    async def restored(
        self, actor: Actor, owner: api.Owner, name: str, data: RestoreDocument
    ) -> Answer[Document]:
        return _saved(await self._library.restore(actor, owner, name, data.revision))

    async def deleted(self, actor: Actor, owner: api.Owner, name: str, base: str | None) -> Answer[None]:
        async with self._house.unit_of_work(actor) as tx:
            await api.delete(tx, owner, name, base=base)
        return Answer(data=None)

    async def history(
        self, actor: Actor, owner: api.Owner, name: str, limit: int, offset: int
    ) -> Answer[list[Revision]]:
        found = await self._library.history(actor, owner, name, limit=limit, offset=offset)
        return Answer(data=found, meta=Meta(limit=limit, offset=offset))

    async def compared(
        self, actor: Actor, owner: api.Owner, name: str, older: str | None, newer: str | None
    ) -> Answer[Diff]:
        if older is None:
            # Who may not know of the owner is not told what the question lacks.
            async with self._house.unit_of_work.reading(actor) as tx:
                await api.check_owner(tx, owner)
            problem = Problem("query.from", "is required: the older revision")
            raise BadDocument("There is nothing to compare with.", problems=(problem,))
        return Answer(data=await self._library.diff(actor, owner, name, older=older, newer=newer))


def _saved(saved: Saved) -> Answer[Document]:
    return Answer(data=saved.document, meta=Meta(merged=("text",) if saved.merged else None))


def _task_routes(house: House) -> list[object]:
    desk, base = _Desk(house), "/api/tasks/{task_id:str}/documents"

    @get(base, opt=READ, tags=_TAGS, summary="Documents of a task")
    async def list_task_documents(
        actor: Actor, task_id: str, limit: Limit = 100, offset: Offset = 0
    ) -> Answer[list[DocumentInfo]]:
        return await desk.listed(actor, api.Owner("task", task_id), limit, offset)

    @get(base + "/{name:str}", opt=READ, tags=_TAGS, summary="A document of a task, now or at a revision")
    async def get_task_document(
        actor: Actor, task_id: str, name: str, revision: RevisionQuery | None = None
    ) -> Answer[Document]:
        return await desk.shown(actor, api.Owner("task", task_id), name, revision)

    @put(base + "/{name:str}", opt=WRITE, tags=_TAGS, summary="Save a document of a task")
    async def save_task_document(
        actor: Actor, task_id: str, name: str, data: SaveDocument
    ) -> Answer[Document]:
        return await desk.saved(actor, api.Owner("task", task_id), name, data)

    @delete(
        base + "/{name:str}", opt=WRITE, tags=_TAGS, status_code=200, summary="Delete a document of a task"
    )
    async def delete_task_document(
        actor: Actor, task_id: str, name: str, base: RevisionQuery | None = None
    ) -> Answer[None]:
        return await desk.deleted(actor, api.Owner("task", task_id), name, base)

    @get(base + "/{name:str}/history", opt=READ, tags=_TAGS, summary="Who changed a document, and when")
    async def task_document_history(
        actor: Actor, task_id: str, name: str, limit: Limit = 50, offset: Offset = 0
    ) -> Answer[list[Revision]]:
        return await desk.history(actor, api.Owner("task", task_id), name, limit, offset)

    @get(base + "/{name:str}/diff", opt=READ, tags=_TAGS, summary="What changed between two revisions")
    async def task_document_diff(
        actor: Actor,
        task_id: str,
        name: str,
        older: OlderQuery = None,
        newer: NewerQuery = None,
    ) -> Answer[Diff]:
        return await desk.compared(actor, api.Owner("task", task_id), name, older, newer)

    @post(base + "/{name:str}/restore", opt=WRITE, tags=_TAGS, status_code=200, summary="Restore a revision")
    async def restore_task_document(
        actor: Actor, task_id: str, name: str, data: RestoreDocument
    ) -> Answer[Document]:
        return await desk.restored(actor, api.Owner("task", task_id), name, data)

    return [
        list_task_documents,
        get_task_document,
        save_task_document,
        delete_task_document,
        task_document_history,
        task_document_diff,
        restore_task_document,
    ]


def _sprint_routes(house: House) -> list[object]:
    desk, base = _Desk(house), "/api/sprints/{sprint_id:str}/documents"

    @get(base, opt=READ, tags=_TAGS, summary="Documents of a sprint")
    async def list_sprint_documents(
        actor: Actor, sprint_id: str, limit: Limit = 100, offset: Offset = 0
    ) -> Answer[list[DocumentInfo]]:
        return await desk.listed(actor, api.Owner("sprint", sprint_id), limit, offset)

    @get(base + "/{name:str}", opt=READ, tags=_TAGS, summary="A document of a sprint, now or at a revision")
    async def get_sprint_document(
        actor: Actor, sprint_id: str, name: str, revision: RevisionQuery | None = None
    ) -> Answer[Document]:
        return await desk.shown(actor, api.Owner("sprint", sprint_id), name, revision)

    @put(base + "/{name:str}", opt=WRITE, tags=_TAGS, summary="Save a document of a sprint")
    async def save_sprint_document(
        actor: Actor, sprint_id: str, name: str, data: SaveDocument
    ) -> Answer[Document]:
        return await desk.saved(actor, api.Owner("sprint", sprint_id), name, data)

    @delete(
        base + "/{name:str}", opt=WRITE, tags=_TAGS, status_code=200, summary="Delete a document of a sprint"
    )
    async def delete_sprint_document(
        actor: Actor, sprint_id: str, name: str, base: RevisionQuery | None = None
    ) -> Answer[None]:
        return await desk.deleted(actor, api.Owner("sprint", sprint_id), name, base)

    @get(base + "/{name:str}/history", opt=READ, tags=_TAGS, summary="Who changed a document, and when")
    async def sprint_document_history(
        actor: Actor, sprint_id: str, name: str, limit: Limit = 50, offset: Offset = 0
    ) -> Answer[list[Revision]]:
        return await desk.history(actor, api.Owner("sprint", sprint_id), name, limit, offset)

    @get(base + "/{name:str}/diff", opt=READ, tags=_TAGS, summary="What changed between two revisions")
    async def sprint_document_diff(
        actor: Actor,
        sprint_id: str,
        name: str,
        older: OlderQuery = None,
        newer: NewerQuery = None,
    ) -> Answer[Diff]:
        return await desk.compared(actor, api.Owner("sprint", sprint_id), name, older, newer)

    @post(base + "/{name:str}/restore", opt=WRITE, tags=_TAGS, status_code=200, summary="Restore a revision")
    async def restore_sprint_document(
        actor: Actor, sprint_id: str, name: str, data: RestoreDocument
    ) -> Answer[Document]:
        return await desk.restored(actor, api.Owner("sprint", sprint_id), name, data)

    return [
        list_sprint_documents,
        get_sprint_document,
        save_sprint_document,
        delete_sprint_document,
        sprint_document_history,
        sprint_document_diff,
        restore_sprint_document,
    ]


def _template_routes(house: House) -> list[object]:
    desk, base = _Desk(house), "/api/templates"

    @get(base, opt=READ, tags=_TAGS, summary="Templates a document can begin with")
    async def list_templates(
        actor: Actor, limit: Limit = 100, offset: Offset = 0
    ) -> Answer[list[DocumentInfo]]:
        return await desk.listed(actor, api.TEMPLATES, limit, offset)

    @get(base + "/{name:str}", opt=READ, tags=_TAGS, summary="A template")
    async def get_template(actor: Actor, name: str) -> Answer[Document]:
        return await desk.shown(actor, api.TEMPLATES, name)

    @put(base + "/{name:str}", opt=WRITE, tags=_TAGS, summary="Save a template")
    async def save_template(actor: Actor, name: str, data: SaveDocument) -> Answer[Document]:
        return await desk.saved(actor, api.TEMPLATES, name, data)

    @delete(base + "/{name:str}", opt=WRITE, tags=_TAGS, status_code=200, summary="Delete a template")
    async def delete_template(actor: Actor, name: str, base: RevisionQuery | None = None) -> Answer[None]:
        return await desk.deleted(actor, api.TEMPLATES, name, base)

    return [list_templates, get_template, save_template, delete_template]


def _attachment_routes(house: House) -> list[object]:
    shelf = house.need(Shelf)
    base = "/api/tasks/{task_id:str}/attachments"

    @get(base, opt=READ, tags=_TAGS, summary="Attachments of a task")
    async def list_attachments(
        actor: Actor, task_id: str, limit: Limit = 200, offset: Offset = 0
    ) -> Answer[list[Attachment]]:
        async with house.unit_of_work.reading(actor) as tx:
            found = await attachments.list_attachments(tx, task_id)
        shown = found[offset : offset + limit]
        return Answer(data=shown, meta=Meta(total=len(found), limit=limit, offset=offset))

    @post(
        base,
        opt={**WRITE, "multipart": uploads.FIELD},
        tags=_TAGS,
        summary="Attach files to a task",
        request_max_body_size=shelf.settings.max_attachment_bytes + _FORM_BYTES,
    )
    async def add_attachments(
        request: Request[object, object, State], actor: Actor, task_id: str
    ) -> Answer[list[Attachment]]:
        pieces = request.stream()
        try:
            async with house.unit_of_work.reading(actor) as tx:
                await api.check_owner(tx, api.Owner("task", task_id))
            content_type = request.headers.get("content-type", "")
            kept = await uploads.read_form(content_type, pieces, shelf.take_in)
        except OpsroomError:
            await uploads.drain(pieces)
            raise
        async with house.unit_of_work(actor) as tx:
            made = await attachments.attach(
                tx,
                task_id,
                kept,
                max_attachments=shelf.settings.max_attachments,
                commit_bytes=shelf.settings.git_attachment_bytes,
            )
        return Answer(data=made)

    @get(base + "/{name:str}", opt=READ, tags=_TAGS, summary="An attachment's bytes")
    async def get_attachment(
        request: Request[object, object, State],
        actor: Actor,
        task_id: str,
        name: str,
        download: bool = False,
    ) -> Stream:
        """Pictures are shown in place unless `download` is set; everything else is a download."""
        artifact = await shelf.artifact_of(actor, task_id, name)
        asked = request.headers.get("range")
        if request.headers.get("if-range") not in (None, f'"{artifact.sha256}"'):
            asked = None
        parts = await content_response_parts(house.need(ArtifactStore), artifact, asked)
        headers = dict(parts.headers)
        if artifact.media_type in rules.INLINE and not download:
            headers["Content-Disposition"] = headers["Content-Disposition"].replace("attachment", "inline", 1)
        return Stream(
            parts.body, status_code=parts.status, headers=headers, media_type=headers["Content-Type"]
        )

    @delete(base + "/{name:str}", opt=WRITE, tags=_TAGS, status_code=200, summary="Take a file from a task")
    async def delete_attachment(actor: Actor, task_id: str, name: str) -> Answer[None]:
        async with house.unit_of_work(actor) as tx:
            await attachments.detach(tx, task_id, name)
        return Answer(data=None)

    @post(
        base + "/{name:str}/restore",
        opt=WRITE,
        tags=_TAGS,
        status_code=200,
        summary="Give a task a deleted file back",
    )
    async def restore_attachment(actor: Actor, task_id: str, name: str) -> Answer[Attachment]:
        return Answer(data=await shelf.restore(actor, task_id, name))

    return [list_attachments, add_attachments, get_attachment, delete_attachment, restore_attachment]
