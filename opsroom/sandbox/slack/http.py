"""The routes of the Slack stand-in: one path for every method, GET or POST, JSON or form."""

import json
from collections.abc import Callable

from aiohttp import web

from opsroom.sandbox.blobs import BlobStore, send_blob
from opsroom.sandbox.keys import note_body
from opsroom.sandbox.slack.chat import Chat, refuse
from opsroom.sandbox.slack.conversations import Conversations
from opsroom.sandbox.slack.state import BOT_ID, BOT_USER, TEAM_ID, Slack, SlackFile
from opsroom.sandbox.wire import JsonObject, Refused, parse_object, reply

Method = Callable[[JsonObject], JsonObject]


class SlackHttp:
    def __init__(self, host: Slack, blobs: BlobStore, urls: str) -> None:
        self._host = host
        self._blobs = blobs
        self.urls = urls
        self._methods: dict[str, Method] = {
            "auth.test": self._auth_test,
            "api.test": lambda args: {"ok": True, "args": args},
            "files.getUploadURLExternal": self._get_upload_url,
            "files.completeUploadExternal": self._complete_upload,
            "files.info": self._file_info,
            **Chat(host, lambda: self.urls).methods(),
            **Conversations(host, lambda: self.urls).methods(),
        }

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/slack/api/{method}", self.call),
            web.post("/slack/upload/{file_id}", self.upload),
            web.get("/slack/files/{file_id}", self.download),
        ]

    async def call(self, request: web.Request) -> web.Response:
        args = await self._arguments(request)
        token = _token(request, args)
        if not token:
            return _no("not_authed")
        if "invalid" in token:
            return _no("invalid_auth")
        method = self._methods.get(request.match_info["method"])
        if method is None:
            return _no("unknown_method", req_method=request.match_info["method"])
        try:
            return reply({"ok": True, **method(args)})
        except Refused as refused:
            return reply(refused.body)

    async def _arguments(self, request: web.Request) -> JsonObject:
        args: JsonObject = dict(request.query)
        if request.content_type == "application/json":
            args |= parse_object(await request.read()) or {}
        elif request.method == "POST":
            args |= {k: v for k, v in (await request.post()).items() if isinstance(v, str)}
        return args

    def _auth_test(self, args: JsonObject) -> JsonObject:
        return {
            "url": "https://sandbox.slack.com/",
            "team": "Sandbox",
            "user": "opsroom",
            "team_id": TEAM_ID,
            "user_id": BOT_USER,
            "bot_id": BOT_ID,
            "is_enterprise_install": False,
        }

    # Files, in three steps: ask for a place, put the bytes there, share

    def _get_upload_url(self, args: JsonObject) -> JsonObject:
        length = str(args.get("length", ""))
        if not args.get("filename") or not length.isdigit() or int(length) == 0:
            raise refuse("invalid_arguments", messages=["filename and length are needed"])
        file = self._host.start_file(str(args["filename"]), int(length))
        return {"upload_url": f"{self.urls}/slack/upload/{file.id}", "file_id": file.id}

    async def upload(self, request: web.Request) -> web.Response:
        file = self._host.files.get(request.match_info["file_id"])
        if file is None:
            return web.Response(status=404, text="no such upload")
        blob = await self._blobs.receive(request.content.iter_chunked(256 * 1024))
        note_body(request, blob.size, {"filename": file.name})
        if blob.size != file.length:
            return web.Response(status=400, text=f"expected {file.length} bytes, got {blob.size}")
        file.blob = blob
        return web.Response(text=f"OK - {blob.size}")

    def _complete_upload(self, args: JsonObject) -> JsonObject:
        wanted = args.get("files")
        items = _parsed(wanted) if isinstance(wanted, str) else wanted
        if not isinstance(items, list) or not items:
            raise refuse("invalid_arguments", messages=["files is needed"])
        done = [self._finish(item) for item in items]
        channels = [c for c in str(args.get("channel_id") or args.get("channels") or "").split(",") if c]
        if not all(c in self._host.channels for c in channels):
            raise refuse("channel_not_found")
        if not all(self._host.channels[c].is_member for c in channels):
            raise refuse("not_in_channel")
        for channel in channels:
            Chat(self._host, lambda: self.urls).share(
                channel, str(args.get("initial_comment") or ""), args.get("thread_ts"), [f.id for f in done]
            )
        for file in done:
            file.completed = True
            self._host.effect(
                "slack", "file.shared", file.id, name=file.name, channels=channels, size=file.length
            )
        return {"files": [{"id": f.id, "title": f.title} for f in done]}

    def _finish(self, item: object) -> SlackFile:
        file = self._host.files.get(str(item.get("id"))) if isinstance(item, dict) else None
        if file is None or file.blob is None or not isinstance(item, dict):
            raise refuse("file_not_found")
        file.title = str(item.get("title") or file.name)
        return file

    def _file_info(self, args: JsonObject) -> JsonObject:
        file = self._host.files.get(str(args.get("file")))
        if file is None or not file.completed:
            raise refuse("file_not_found")
        return {"file": file_shape(file, self.urls)}

    async def download(self, request: web.Request) -> web.StreamResponse:
        file = self._host.files.get(request.match_info["file_id"])
        if file is None or file.blob is None:
            return web.Response(status=404, text="no such file")
        return await send_blob(request, self._blobs, file.blob, _SAFE_DOWNLOAD)


_SAFE_DOWNLOAD = {
    "Content-Type": "application/octet-stream",
    "Content-Disposition": "attachment",
    "X-Content-Type-Options": "nosniff",
}


def _no(error: str, **members: str) -> web.Response:
    return reply({"ok": False, "error": error, **members})


def _token(request: web.Request, args: JsonObject) -> str:
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ").strip() or str(args.get("token") or "")


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def file_shape(file: SlackFile, urls: str) -> JsonObject:
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "size": file.length,
        "created": int(file.created),
        "url_private": f"{urls}/slack/files/{file.id}",
        "permalink": f"{urls}/slack/files/{file.id}",
    }
