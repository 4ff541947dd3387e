"""The git data API: blobs, trees, commits, refs."""

import base64
import binascii
import time

from aiohttp import web

from opsroom.sandbox.github.asking import asked_json, asked_repo, needed, when
from opsroom.sandbox.github.objects import Signature
from opsroom.sandbox.github.shapes import (
    git_commit_shape,
    lines_of_base64,
    ref_shape,
    refuse,
    tree_shape,
)
from opsroom.sandbox.github.state import GitHub, Repo
from opsroom.sandbox.wire import JsonObject, reply

_MODES = ("100644", "100755", "040000", "160000", "120000")


class GitHttp:
    def __init__(self, host: GitHub, urls: str) -> None:
        self._host = host
        self._urls = urls

    def routes(self) -> list[web.RouteDef]:
        at = "/github/repos/{owner}/{repo}/git"
        return [
            web.get(at + "/ref/{ref:.+}", self.get_ref),
            web.post(at + "/refs", self.add_ref),
            web.patch(at + "/refs/{ref:.+}", self.move_ref),
            web.delete(at + "/refs/{ref:.+}", self.delete_ref),
            web.post(at + "/blobs", self.add_blob),
            web.get(at + "/blobs/{sha}", self.get_blob),
            web.post(at + "/trees", self.add_tree),
            web.get(at + "/trees/{sha:.+}", self.get_tree),
            web.post(at + "/commits", self.add_commit),
            web.get(at + "/commits/{sha}", self.get_commit),
        ]

    def _repo(self, request: web.Request) -> Repo:
        """Raises 409 for an empty repository: this API does not work on one."""
        repo = asked_repo(self._host, request)
        if repo.is_empty:
            raise refuse(409, "Git Repository is empty.")
        return repo

    # Refs

    async def get_ref(self, request: web.Request) -> web.Response:
        repo, ref = self._repo(request), f"refs/{request.match_info['ref']}"
        if ref not in repo.refs:
            raise refuse(404, "Not Found")
        return reply(ref_shape(repo, ref, self._urls))

    async def add_ref(self, request: web.Request) -> web.Response:
        repo, body = self._repo(request), await asked_json(request)
        ref, sha = str(needed(body, "ref")), str(needed(body, "sha"))
        if not ref.startswith("refs/") or ref.count("/") < 2:
            raise refuse(422, "Reference name must start with 'refs/' and have at least two slashes.")
        if ref in repo.refs:
            raise refuse(422, "Reference already exists")
        self._check_commit(repo, sha)
        self._host.move(repo, ref, sha)
        return reply(ref_shape(repo, ref, self._urls), 201)

    async def move_ref(self, request: web.Request) -> web.Response:
        repo, body = self._repo(request), await asked_json(request)
        ref, sha = f"refs/{request.match_info['ref']}", str(needed(body, "sha"))
        if ref not in repo.refs:
            raise refuse(422, "Reference does not exist")
        self._check_commit(repo, sha)
        forward = any(c.sha == repo.refs[ref] for c in repo.objects.line_of(sha))
        if not forward and not body.get("force"):
            raise refuse(422, "Update is not a fast forward")
        if repo.refs[ref] != sha:
            self._host.move(repo, ref, sha)
        return reply(ref_shape(repo, ref, self._urls))

    async def delete_ref(self, request: web.Request) -> web.Response:
        repo, ref = self._repo(request), f"refs/{request.match_info['ref']}"
        if repo.refs.pop(ref, None) is None:
            raise refuse(422, "Reference does not exist")
        return web.Response(status=204)

    def _check_commit(self, repo: Repo, sha: str) -> None:
        if repo.objects.commit(sha) is None:
            raise refuse(422, "Object does not exist")

    # Blobs

    async def add_blob(self, request: web.Request) -> web.Response:
        repo, body = self._repo(request), await asked_json(request)
        sha = repo.objects.put_blob(_content(body))
        url = f"{self._urls}/github/repos/{repo.full_name}/git/blobs/{sha}"
        return reply({"sha": sha, "url": url}, 201)

    async def get_blob(self, request: web.Request) -> web.Response:
        repo, sha = self._repo(request), request.match_info["sha"]
        content = repo.objects.body(sha, "blob")
        if content is None:
            raise refuse(404, "Not Found")
        if "raw" in request.headers.get("Accept", ""):
            return web.Response(body=content, content_type="application/vnd.github.raw+json")
        url = f"{self._urls}/github/repos/{repo.full_name}/git/blobs/{sha}"
        shape = {"sha": sha, "node_id": f"B_{sha[:12]}", "size": len(content), "url": url}
        return reply(shape | {"content": lines_of_base64(content), "encoding": "base64"})

    # Trees

    async def add_tree(self, request: web.Request) -> web.Response:
        repo, body = self._repo(request), await asked_json(request)
        files: dict[str, tuple[str, str]] = {}
        if base := body.get("base_tree"):
            if repo.objects.tree(str(base)) is None:
                raise refuse(404, "Not Found")
            files = repo.objects.files(str(base))
        items = needed(body, "tree")
        if not isinstance(items, list) or not items:
            raise refuse(422, "Invalid tree info")
        for item in items:
            self._apply(repo, files, item)
        sha = repo.objects.put_files(files)
        return reply(tree_shape(repo, sha, self._urls, recursive=False, limit=self._host.tree_limit), 201)

    def _apply(self, repo: Repo, files: dict[str, tuple[str, str]], item: JsonObject) -> None:
        """One member of a new tree: a blob by hash or by content, or a deletion (`sha` is null)."""
        path, mode = str(item.get("path") or ""), str(item.get("mode") or "")
        parts = path.split("/")
        if not path or "" in parts or {".", "..", ".git"} & {p.lower() for p in parts}:
            raise refuse(422, f"tree.path contains a malformed path component: {path}")
        if mode not in _MODES:
            raise refuse(422, f"tree.mode {mode!r} is not one of {', '.join(_MODES)}")
        if "content" in item:
            files[path] = (mode, repo.objects.put_blob(str(item["content"]).encode()))
        elif item.get("sha") is None:
            if files.pop(path, None) is None:
                raise refuse(422, "GitRPC::BadObjectState")
        elif repo.objects.body(str(item["sha"]), "blob") is None:
            raise refuse(422, f"tree.sha {item['sha']} is not a valid blob")
        else:
            files[path] = (mode, str(item["sha"]))

    async def get_tree(self, request: web.Request) -> web.Response:
        repo, asked = self._repo(request), request.match_info["sha"]
        commit = repo.resolve(asked)
        sha = commit.tree if commit else asked
        if repo.objects.tree(sha) is None:
            raise refuse(404, "Not Found")
        recursive = "recursive" in request.query
        return reply(tree_shape(repo, sha, self._urls, recursive=recursive, limit=self._host.tree_limit))

    # Commits

    async def add_commit(self, request: web.Request) -> web.Response:
        repo, body = self._repo(request), await asked_json(request)
        message, tree = str(needed(body, "message")), str(needed(body, "tree"))
        parents = [str(p) for p in body.get("parents") or []]
        if repo.objects.tree(tree) is None:
            raise refuse(422, "Tree SHA does not exist")
        if any(repo.objects.commit(p) is None for p in parents):
            raise refuse(422, "Parent SHA does not exist or is not a commit object")
        author = signature_from(body.get("author"))
        committer = signature_from(body.get("committer") or body.get("author"))
        sha = repo.objects.put_commit(tree, parents, author, committer, message)
        commit = repo.objects.commit(sha)
        return reply(git_commit_shape(repo, commit, self._urls) if commit else {}, 201)

    async def get_commit(self, request: web.Request) -> web.Response:
        repo = self._repo(request)
        commit = repo.objects.commit(request.match_info["sha"])
        if commit is None:
            raise refuse(404, "Not Found")
        return reply(git_commit_shape(repo, commit, self._urls))


def _content(body: JsonObject) -> bytes:
    text = str(needed(body, "content"))
    if body.get("encoding", "utf-8") == "utf-8":
        return text.encode()
    if body["encoding"] != "base64":
        raise refuse(422, "encoding must be utf-8 or base64")
    try:
        return base64.b64decode(text)
    except binascii.Error as error:
        raise refuse(422, "content is not valid Base64") from error


def signature_from(given: object) -> Signature:
    """An author or committer as a client gives it; the account itself when it gives none."""
    if not isinstance(given, dict):
        return Signature("opsroom-bot", "bot@users.noreply.github.com", int(time.time()))
    if not given.get("name") or not given.get("email"):
        raise refuse(422, 'Invalid request.\n\n"name" and "email" are needed of an author.')
    at = when(str(given["date"])) if given.get("date") else time.time()
    if at is None:
        raise refuse(422, 'Invalid request.\n\n"date" is not an ISO 8601 time.')
    return Signature(str(given["name"]), str(given["email"]), int(at))
