"""The routes of files: list by session, metadata, download, upload, delete."""

import mimetypes
import time

from aiohttp import BodyPartReader, web

from opsroom.sandbox.blobs import BlobStore, part_chunks, send_blob
from opsroom.sandbox.keys import note_body
from opsroom.sandbox.managed_agents.shapes import file_shape, many, not_found, paged, refuse
from opsroom.sandbox.managed_agents.state import AgentFile, ManagedAgents
from opsroom.sandbox.wire import new_id, reply


class FilesHttp:
    def __init__(self, host: ManagedAgents, blobs: BlobStore) -> None:
        self._host = host
        self._blobs = blobs

    def routes(self) -> list[web.RouteDef]:
        one = "/anthropic/v1/files/{file_id}"
        return [
            web.get("/anthropic/v1/files", self.list_all),
            web.post("/anthropic/v1/files", self.upload),
            web.get(one, self.retrieve),
            web.delete(one, self.delete),
            web.get(f"{one}/content", self.download),
        ]

    def _file(self, request: web.Request) -> AgentFile:
        file_id = request.match_info["file_id"]
        file = self._host.files.get(file_id)
        if file is None or file.visible_at is None or file.visible_at > time.time():
            raise not_found(f"File `{file_id}` not found.")
        return file

    async def list_all(self, request: web.Request) -> web.Response:
        now, scope, ids = time.time(), request.query.get("scope_id"), many(request.query, "ids")
        found = [
            f
            for f in self._host.files.values()
            if f.visible_at is not None
            and f.visible_at <= now
            and (scope is None or f.session_id == scope)
            and (not ids or f.id in ids)
        ]
        return reply(paged(found, request.query, file_shape, "asc"))

    async def retrieve(self, request: web.Request) -> web.Response:
        return reply(file_shape(self._file(request)))

    async def download(self, request: web.Request) -> web.StreamResponse:
        file = self._file(request)
        if not file.downloadable:
            raise refuse(400, f"File `{file.id}` is not downloadable.")
        return await send_blob(request, self._blobs, file.blob, {"Content-Type": file.mime_type})

    async def upload(self, request: web.Request) -> web.Response:
        if not request.content_type.startswith("multipart/"):
            raise refuse(400, "file: a multipart/form-data body is needed")
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name != "file":
                continue
            name = part.filename or "upload"
            blob = await self._blobs.receive(part_chunks(part))
            note_body(request, blob.size, {"filename": name})
            media_type = (
                part.headers.get("Content-Type")
                or mimetypes.guess_type(name)[0]
                or "application/octet-stream"
            )
            now = time.time()
            file = AgentFile(new_id("file_"), None, name, media_type, blob, now, now, downloadable=False)
            self._host.files[file.id] = file
            self._host.effect("anthropic", "file.uploaded", file.id, name=name, size=blob.size)
            return reply(file_shape(file))
        raise refuse(400, "file: Field required")

    async def delete(self, request: web.Request) -> web.Response:
        file = self._file(request)
        del self._host.files[file.id]
        self._host.effect("anthropic", "file.deleted", file.id)
        return reply({"id": file.id, "type": "file_deleted"})
