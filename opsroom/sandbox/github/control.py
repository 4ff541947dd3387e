"""The GitHub part of /_control: repositories, Apps, and what somebody else pushes."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict

from aiohttp import web

from opsroom.sandbox.github.state import GitHub, Repo
from opsroom.sandbox.wire import JsonObject

Post = Callable[[web.Request, JsonObject], Awaitable[object]]
Get = Callable[[web.Request], object]


class GitHubControl:
    def __init__(self, host: GitHub) -> None:
        self._host = host

    def posts(self) -> dict[str, Post]:
        return {"github/repos": self._repo, "github/apps": self._app, "github/push": self._push}

    def gets(self) -> dict[str, Get]:
        return {"github/commits": self._commits, "github/files": self._files}

    def _found(self, name: str) -> Repo:
        owner, _, rest = name.partition("/")
        repo = self._host.find(owner, rest)
        if repo is None:
            raise ValueError(f"there is no repository {name}")
        return repo

    async def _repo(self, request: web.Request, body: JsonObject) -> object:
        branch = str(body.get("default_branch") or "main")
        return {"full_name": self._host.add_repo(str(body["owner"]), str(body["name"]), branch).full_name}

    async def _app(self, request: web.Request, body: JsonObject) -> object:
        return {"app_id": str(body["app_id"]), "private_key": self._host.new_app(str(body["app_id"]))}

    async def _push(self, request: web.Request, body: JsonObject) -> object:
        text = body.get("text")
        repo = self._found(str(body["repo"]))
        return {"commit": self._host.push(repo, str(body["path"]), None if text is None else str(text))}

    def _commits(self, request: web.Request) -> object:
        wanted = request.query.get("repo")
        repos = [self._found(wanted)] if wanted else list(self._host.repos.values())
        return [asdict(c) | {"repo": repo.full_name} for repo in repos for c in repo.log()]

    def _files(self, request: web.Request) -> object:
        rows: list[JsonObject] = []
        for repo in self._host.repos.values():
            commits = repo.log()
            paths = repo.objects.files(commits[0].tree) if commits else ()
            rows += [{"repo": repo.full_name, "path": path, "text": repo.text(path)} for path in paths]
        return rows
