"""The routes of the page: overview, its refreshed part, and a page for each session, task and file."""

import hashlib
from importlib import resources
from typing import TYPE_CHECKING

from aiohttp import web

from opsroom.sandbox.blobs import Blob, send_blob
from opsroom.sandbox.page.detail import file_page, session_page, task_page
from opsroom.sandbox.page.github import repo_page
from opsroom.sandbox.page.layout import document
from opsroom.sandbox.page.overview import overview

if TYPE_CHECKING:
    from opsroom.sandbox.api import Sandbox

_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "frame-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
# What an agent wrote is shown, never run: no scripts, no network, an origin of its own.
_RAW_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
_SHOWN_AS_IS = frozenset(
    {"text/html", "image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"}
)
_ASSETS = {"style.css": "text/css", "refresh.js": "text/javascript"}


class PageHttp:
    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self.home),
            web.get("/_page/fragment", self.fragment),
            web.get("/_page/{asset}", self.asset),
            web.get("/view/session/{id}", self.session),
            web.get("/view/clickup/{id}", self.task),
            web.get("/view/clickup-attachment/{id}", self.attachment),
            web.get("/view/clickup-attachment/{id}/raw", self.attachment),
            web.get("/view/output/{id}", self.output),
            web.get("/view/output/{id}/raw", self.output),
            web.get("/view/github/{owner}/{repo}", self.repo),
            web.get("/view/drive/{id}", self.drive_file),
            web.get("/view/drive/{id}/raw", self.drive_file),
        ]

    async def home(self, request: web.Request) -> web.Response:
        return _html(document("Sandbox", overview(self._sandbox)))

    async def fragment(self, request: web.Request) -> web.Response:
        """The changing part, answered with 304 while nothing changed."""
        body = overview(self._sandbox)
        tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:24]}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        answer = _html(body)
        answer.headers["ETag"] = tag
        return answer

    async def asset(self, request: web.Request) -> web.Response:
        name = request.match_info["asset"]
        if name not in _ASSETS:
            return _missing(name)
        text = resources.files("opsroom.sandbox.page").joinpath(name).read_text(encoding="utf-8")
        return web.Response(text=text, content_type=_ASSETS[name], headers={"Cache-Control": "no-cache"})

    async def session(self, request: web.Request) -> web.Response:
        session = self._sandbox.anthropic.sessions.get(request.match_info["id"])
        if session is None:
            return _missing("session")
        return _html(document(session.title or session.id, session_page(session)))

    async def task(self, request: web.Request) -> web.Response:
        task = self._sandbox.clickup.tasks.get(request.match_info["id"])
        if task is None:
            return _missing("task")
        return _html(document(task.name, task_page(self._sandbox, task)))

    async def attachment(self, request: web.Request) -> web.StreamResponse:
        wanted = request.match_info["id"]
        for task in self._sandbox.clickup.tasks.values():
            for one in task.attachments:
                if one.id == wanted:
                    return await self._file(request, one.title, one.media_type, one.blob, f"on {task.name}")
        return _missing("attachment")

    async def output(self, request: web.Request) -> web.StreamResponse:
        file = self._sandbox.anthropic.files.get(request.match_info["id"])
        if file is None:
            return _missing("file")
        where = f"written in {file.session_id}" if file.session_id else "uploaded"
        return await self._file(request, file.filename, file.mime_type, file.blob, where)

    async def repo(self, request: web.Request) -> web.Response:
        repo = self._sandbox.github.find(request.match_info["owner"], request.match_info["repo"])
        if repo is None:
            return _missing("repository")
        return _html(document(repo.full_name, repo_page(repo)))

    async def drive_file(self, request: web.Request) -> web.StreamResponse:
        drive = self._sandbox.drive
        file = drive.files.get(request.match_info["id"])
        if file is None or file.blob is None:
            return _missing("file") if file is None else _html(document(file.name, overview(self._sandbox)))
        return await self._file(request, file.name, file.mime_type, file.blob, drive.path_of(file))

    async def _file(
        self, request: web.Request, name: str, media_type: str, blob: Blob, where: str
    ) -> web.StreamResponse:
        if not request.path.endswith("/raw"):
            framed = media_type.partition(";")[0] in _SHOWN_AS_IS
            page = file_page(
                self._sandbox, name, media_type, blob, where, f"{request.path}/raw" if framed else ""
            )
            return _html(document(name, page))
        plain = media_type.partition(";")[0]
        shown = plain if plain in _SHOWN_AS_IS else "text/plain; charset=utf-8"
        return await send_blob(request, self._sandbox.blobs, blob, _RAW_HEADERS | {"Content-Type": shown})


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html", headers=_PAGE_HEADERS)


def _missing(what: str) -> web.Response:
    text = 'The sandbox has no such thing. <a href="/">Everything received</a>'
    body = f'<section class="card"><h2>Not here</h2><p>{text}</p></section>'
    answer = _html(document(f"No such {what}", body))
    answer.set_status(404)
    return answer
