"""Uploads to Drive: simple, multipart and resumable."""

import email.parser
import email.policy
import re
import time
from collections.abc import AsyncIterator

from aiohttp import web

from opsroom.sandbox.blobs import Blob, BlobStore
from opsroom.sandbox.drive.http import DriveHttp, check_bearer, refuse
from opsroom.sandbox.drive.state import Drive, DriveFile, Upload
from opsroom.sandbox.keys import note_body
from opsroom.sandbox.wire import JsonObject, new_id, parse_object

_STEP = 256 * 1024  # a chunk that is not the last must be a multiple of this
_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


class UploadsHttp:
    def __init__(self, host: Drive, files: DriveHttp, blobs: BlobStore) -> None:
        self._host = host
        self._files = files
        self._blobs = blobs

    def routes(self) -> list[web.RouteDef]:
        routes: list[web.RouteDef] = []
        for base in ("/google/upload/drive/v3/files", "/google/resumable/upload/drive/v3/files"):
            routes += [
                web.post(base, self.start),
                web.put(base, self.put),
                web.patch(f"{base}/{{file_id}}", self.start),
                web.put(f"{base}/{{file_id}}", self.put),
            ]
        return routes

    async def start(self, request: web.Request) -> web.Response:
        check_bearer(request)
        kind = request.query.get("uploadType")
        replaced = request.match_info.get("file_id")
        if replaced is not None:
            self._files.find(replaced, request.query)
        if kind == "resumable":
            return await self._open(request, replaced)
        if kind == "multipart":
            metadata, media_type, data = _related(
                await request.read(), request.headers.get("Content-Type", "")
            )
        elif kind == "media":
            metadata, media_type, data = {}, request.content_type, await request.read()
        else:
            raise refuse(400, "Unknown uploadType", "badRequest")
        note_body(request, len(data), metadata)
        if replaced is None:
            self._files.check_new(metadata, request.query, has_bytes=True)
        file = self._store(metadata, media_type, self._blobs.put(data), replaced)
        return self._files.shown(file, request.query)

    def _store(self, metadata: JsonObject, media_type: str, blob: Blob, replaced: str | None) -> DriveFile:
        md5 = self._blobs.checksum(blob)
        if replaced is None:
            return self._host.add(metadata, media_type, blob, md5)
        file = self._host.files[replaced]
        file.blob, file.md5, file.modified_at = blob, md5, time.time()
        file.name = str(metadata.get("name", file.name))
        file.version += 1
        self._host.effect("drive", "file.replaced", file.id, name=file.name, size=blob.size)
        return file

    # Resumable

    async def _open(self, request: web.Request, replaced: str | None) -> web.Response:
        metadata = parse_object(await request.read())
        if metadata is None:
            raise refuse(400, "Parse Error", "parseError")
        if replaced is None:
            self._files.check_new(metadata, request.query, has_bytes=True)
        length = request.headers.get("X-Upload-Content-Length", "")
        upload = Upload(
            id=new_id("AHm"),
            metadata=metadata,
            media_type=request.headers.get("X-Upload-Content-Type", ""),
            query=dict(request.query),
            key=self._blobs.start(),
            total=int(length) if length.isdigit() else None,
            replaces=replaced,
        )
        self._host.uploads[upload.id] = upload
        location = request.url.with_query({**dict(request.query), "upload_id": upload.id})
        return web.Response(
            status=200, headers={"Location": str(location), "X-GUploader-UploadID": upload.id}
        )

    async def put(self, request: web.Request) -> web.Response:
        upload = self._host.uploads.get(request.query.get("upload_id", ""))
        if upload is None:
            raise refuse(404, "Upload session not found or expired.", "notFound")
        start, end, total = self._range(request, upload)
        if upload.file_id is not None:
            return self._finished(upload, request)
        if total is not None:
            upload.total = total
        if start is None or end is None:
            return self._state(upload, request)
        if start != upload.received:
            # Bytes we hold already, or a gap: say what we have, and take nothing.
            note_body(request, 0, {"content_range": request.headers.get("Content-Range")})
            answer = self._progress(upload)
            answer.force_close()  # the body was not read, so nothing else can follow on this connection
            return answer
        last = upload.total is not None and end + 1 >= upload.total
        if not last and (end + 1 - start) % _STEP:
            raise refuse(
                400, "The size of a chunk that is not the last must be a multiple of 262144.", "badRequest"
            )
        await self._take(upload, request.content.iter_chunked(_STEP))
        note_body(request, end + 1 - start, {"content_range": request.headers.get("Content-Range")})
        return self._state(upload, request)

    def _range(self, request: web.Request, upload: Upload) -> tuple[int | None, int | None, int | None]:
        """Start and end of what this request carries (None: it only asks), and the whole size when known."""
        header = request.headers.get("Content-Range")
        if header is None:
            length = request.content_length or 0
            return (0, length - 1, length) if length else (None, None, upload.total)
        match = _RANGE.fullmatch(header)
        if match is None:
            raise refuse(400, f"Invalid Content-Range: {header}", "badRequest")
        start, end, total = match.groups()
        whole = int(total) if total != "*" else None
        return (int(start), int(end), whole) if start is not None else (None, None, whole)

    async def _take(self, upload: Upload, chunks: AsyncIterator[bytes]) -> None:
        """Keep what arrives. When the line breaks, whole steps of 256 KiB stay, as Google does it."""
        try:
            async for chunk in chunks:
                self._blobs.append(upload.key, chunk)
                upload.received += len(chunk)
        except ConnectionError:
            upload.received -= upload.received % _STEP
            self._blobs.truncate(upload.key, upload.received)
            raise

    def _state(self, upload: Upload, request: web.Request) -> web.Response:
        if upload.total is None or upload.received < upload.total:
            return self._progress(upload)
        file = self._store(
            upload.metadata, upload.media_type, self._blobs.finish(upload.key), upload.replaces
        )
        upload.file_id = file.id
        return self._finished(upload, request)

    def _progress(self, upload: Upload) -> web.Response:
        headers = {"Range": f"bytes=0-{upload.received - 1}"} if upload.received else {}
        return web.Response(status=308, headers=headers)

    def _finished(self, upload: Upload, request: web.Request) -> web.Response:
        file = self._host.files.get(upload.file_id or "")
        if file is None:
            raise refuse(404, "The uploaded file was deleted.", "notFound")
        return self._files.shown(file, request.query)


def _related(body: bytes, content_type: str) -> tuple[JsonObject, str, bytes]:
    """Metadata, media type and bytes of a multipart/related body.

    Cut by hand: the bytes may hold anything, and a mail parser would change their line ends.
    """
    match = re.search(r'boundary="?([^";]+)"?', content_type)
    if match is None:
        raise refuse(400, "Missing boundary", "badContent")
    mark = b"--" + match.group(1).encode()
    pieces = body.split(mark)
    if len(pieces) < 4:
        raise refuse(400, "Two parts are needed: metadata and media", "badContent")
    metadata_headers, metadata_text = _part(pieces[1])
    media_headers, media = _part(mark.join(pieces[2:-1]))
    metadata = parse_object(metadata_text)
    if metadata is None or "json" not in metadata_headers.get("content-type", "application/json"):
        raise refuse(400, "Parse Error", "parseError")
    return metadata, media_headers.get("content-type", "application/octet-stream"), media


def _part(piece: bytes) -> tuple[dict[str, str], bytes]:
    piece = piece.removeprefix(b"\r\n").removeprefix(b"\n")
    break_at, width = min(
        ((i, len(gap)) for gap in (b"\r\n\r\n", b"\n\n") if (i := piece.find(gap)) >= 0), default=(0, 0)
    )
    head, body = piece[:break_at], piece[break_at + width :]
    parsed = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + b"\r\n\r\n")
    for ending in (b"\r\n", b"\n"):
        if body.endswith(ending):
            body = body[: -len(ending)]
            break
    return {k.lower(): v for k, v in parsed.items()}, body
