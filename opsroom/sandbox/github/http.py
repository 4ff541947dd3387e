"""Repositories, contents, lists of commits, the rate limit, and the tokens of Apps."""

import base64
import binascii
import json
import time
from collections.abc import Callable

from aiohttp import web

from opsroom.sandbox.github.asking import asked_json, asked_repo, needed, page_of, when
from opsroom.sandbox.github.git_http import signature_from
from opsroom.sandbox.github.objects import EMPTY_TREE, FILE, FOLDER, Commit
from opsroom.sandbox.github.shapes import (
    commit_shape,
    content_shape,
    git_commit_shape,
    refuse,
    repo_shape,
)
from opsroom.sandbox.github.state import HOURLY, GitHub, Repo
from opsroom.sandbox.wire import JsonObject, new_id, reply, rfc3339

_LARGEST = 100 * 1024 * 1024
_LISTED = 1_000
_APP_LIFE_S = 600
_SKEW_S = 60


class GitHubHttp:
    def __init__(self, host: GitHub, urls: str) -> None:
        self._host = host
        self._urls = urls

    def routes(self) -> list[web.RouteDef]:
        at = "/github/repos/{owner}/{repo}"
        return [
            web.get(at, self.get_repo),
            web.get(at + "/branches/{branch:.+}", self.get_branch),
            web.get(at + "/contents/{path:.*}", self.get_content),
            web.get(at + "/contents", self.get_content),
            web.put(at + "/contents/{path:.+}", self.put_content),
            web.delete(at + "/contents/{path:.+}", self.delete_content),
            web.get(at + "/commits", self.list_commits),
            web.get(at + "/commits/{ref:.+}", self.get_commit),
            web.get("/github/rate_limit", self.rate_limit),
            web.post("/github/app/installations/{installation_id}/access_tokens", self.access_token),
        ]

    async def get_repo(self, request: web.Request) -> web.Response:
        return reply(repo_shape(asked_repo(self._host, request), self._urls))

    async def get_branch(self, request: web.Request) -> web.Response:
        repo, branch = asked_repo(self._host, request), request.match_info["branch"]
        head = repo.head(branch)
        commit = repo.objects.commit(head) if head else None
        if commit is None:
            raise refuse(404, "Branch not found")
        return reply({"name": branch, "commit": commit_shape(repo, commit, self._urls), "protected": False})

    # Contents

    async def get_content(self, request: web.Request) -> web.Response:
        repo, path = asked_repo(self._host, request), request.match_info.get("path", "").strip("/")
        if repo.is_empty:
            raise refuse(404, "This repository is empty.")
        ref = request.query.get("ref") or repo.default_branch
        commit = repo.resolve(ref)
        if commit is None:
            raise refuse(404, f"No commit found for the ref {ref}")
        entry = repo.objects.at(commit.tree, path)
        if entry is None:
            raise refuse(404, "Not Found")
        mode, sha = entry
        accept = request.headers.get("Accept", "")
        if mode == FOLDER:
            return self._folder(repo, path, sha, accept)
        content = repo.objects.body(sha, "blob") or b""
        if len(content) > _LARGEST:
            raise refuse(403, "This API returns blobs up to 100 MB in size. The requested blob is too large.")
        if ".raw" in accept:
            return web.Response(body=content, content_type="application/vnd.github.raw+json", charset="utf-8")
        return reply(content_shape(repo, path, mode, sha, self._urls, whole=True))

    def _folder(self, repo: Repo, path: str, sha: str, accept: str) -> web.Response:
        inside = list((repo.objects.tree(sha) or {}).items())[:_LISTED]
        rows = [
            content_shape(repo, f"{path}/{name}".strip("/"), mode, inner, self._urls, whole=False)
            for name, (mode, inner) in inside
        ]
        if ".object" not in accept:
            return reply(rows)
        shape = content_shape(repo, path, FOLDER, sha, self._urls, whole=False)
        return reply(shape | {"entries": rows})

    async def put_content(self, request: web.Request) -> web.Response:
        repo, path = asked_repo(self._host, request), request.match_info["path"]
        body = await asked_json(request)
        message = str(needed(body, "message"))
        try:
            content = base64.b64decode(str(needed(body, "content")), validate=True)
        except binascii.Error as error:
            raise refuse(422, "content is not valid Base64") from error
        base, files = self._standing(repo, body)
        _check_path(path)
        had = files.get(path)
        if had is not None and body.get("sha") is None:
            raise refuse(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
        if body.get("sha") is not None and (had is None or had[1] != body["sha"]):
            raise refuse(409, f"{path} does not match {body['sha']}")
        files[path] = (FILE, repo.objects.put_blob(content))
        commit = self._land(repo, body, base, files, message)
        shape = content_shape(repo, path, *files[path], self._urls, whole=False)
        answer = {"content": shape, "commit": git_commit_shape(repo, commit, self._urls)}
        return reply(answer, 200 if had is not None else 201)

    async def delete_content(self, request: web.Request) -> web.Response:
        repo, path = asked_repo(self._host, request), request.match_info["path"]
        body = await asked_json(request)
        message, sha = str(needed(body, "message")), str(needed(body, "sha"))
        base, files = self._standing(repo, body)
        had = files.pop(path, None)
        if had is None:
            raise refuse(404, "Not Found")
        if had[1] != sha:
            raise refuse(409, f"{path} does not match {sha}")
        commit = self._land(repo, body, base, files, message)
        return reply({"content": None, "commit": git_commit_shape(repo, commit, self._urls)})

    def _standing(self, repo: Repo, body: JsonObject) -> tuple[Commit | None, dict[str, tuple[str, str]]]:
        """The commit a write is made on, and its files; the first write of a repository makes the branch."""
        branch = str(body.get("branch") or repo.default_branch)
        head = repo.head(branch)
        if head is None and not repo.is_empty:
            raise refuse(404, f"Branch {branch} not found")
        commit = repo.objects.commit(head) if head else None
        return commit, repo.objects.files(commit.tree if commit else EMPTY_TREE)

    def _land(
        self,
        repo: Repo,
        body: JsonObject,
        base: Commit | None,
        files: dict[str, tuple[str, str]],
        message: str,
    ) -> Commit:
        committer = signature_from(body.get("committer") or body.get("author"))
        author = signature_from(body.get("author") or body.get("committer"))
        tree = repo.objects.put_files(files)
        sha = repo.objects.put_commit(tree, [base.sha] if base else [], author, committer, message)
        self._host.move(repo, f"refs/heads/{body.get('branch') or repo.default_branch}", sha)
        commit = repo.objects.commit(sha)
        assert commit is not None  # noqa: S101 - it was put a line above
        return commit

    # Commits

    async def list_commits(self, request: web.Request) -> web.Response:
        repo = asked_repo(self._host, request)
        if repo.is_empty:
            raise refuse(409, "Git Repository is empty.")
        tip = repo.resolve(request.query.get("sha") or repo.default_branch)
        if tip is None:
            raise refuse(404, "Not Found")
        path, since, until = (request.query.get(name) for name in ("path", "since", "until"))
        found = repo.objects.line_of(tip.sha)
        if path:
            found = [c for c in found if self._changed(repo, c, path)]
        if since and (after := when(since)) is not None:
            found = [c for c in found if c.committer.at >= after]
        if until and (before := when(until)) is not None:
            found = [c for c in found if c.committer.at <= before]
        first, end = page_of(request)
        headers = {}
        if end < len(found):
            following = request.url.update_query(page=str(end // (end - first) + 1))
            headers["Link"] = f'<{following}>; rel="next"'
        return reply([commit_shape(repo, c, self._urls) for c in found[first:end]], headers=headers)

    def _changed(self, repo: Repo, commit: Commit, path: str) -> bool:
        parent = repo.objects.commit(commit.parents[0]) if commit.parents else None
        before = repo.objects.at(parent.tree, path) if parent else None
        return repo.objects.at(commit.tree, path) != before

    async def get_commit(self, request: web.Request) -> web.Response:
        repo = asked_repo(self._host, request)
        commit = repo.resolve(request.match_info["ref"])
        if commit is None:
            raise refuse(422, f"No commit found for SHA: {request.match_info['ref']}")
        return reply(commit_shape(repo, commit, self._urls))

    # Who, and how often

    async def rate_limit(self, request: web.Request) -> web.Response:
        left = max(self._host.remaining, 0)
        core = {"limit": HOURLY, "used": HOURLY - left, "remaining": left, "reset": _next_hour()}
        return reply({"resources": {"core": core}, "rate": core})

    async def access_token(self, request: web.Request) -> web.Response:
        app_id = self._app_of(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if not request.match_info["installation_id"].isdigit():
            raise refuse(404, "Not Found")
        token, ends = self._host.new_token(app_id)
        answer = {"token": token, "expires_at": rfc3339(int(ends)).split(".")[0] + "Z"}
        return reply(answer | {"permissions": {"contents": "write"}, "repository_selection": "all"}, 201)

    def _app_of(self, word: str) -> str:
        """The App whose JWT this is. Raises 401 for one that is not whole, not signed by it, or too old."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import padding, rsa

        try:
            head, claims, signature = word.split(".")
            header, said = json.loads(_unbase64(head)), json.loads(_unbase64(claims))
            public = serialization.load_pem_public_key(self._host.apps[str(said["iss"])])
            signed = f"{head}.{claims}".encode()
            if isinstance(public, rsa.RSAPublicKey):
                public.verify(_unbase64(signature), signed, padding.PKCS1v15(), hashes.SHA256())
        except (ValueError, KeyError, TypeError, InvalidSignature) as error:
            raise refuse(401, "A JSON web token could not be decoded") from error
        if header.get("alg") != "RS256":
            raise refuse(401, "A JSON web token could not be decoded")
        now = time.time()
        if said.get("iat", now + 1e9) > now + _SKEW_S or said.get("exp", 0) < now:
            raise refuse(401, "'Expiration time' claim ('exp') must be a numeric value in the future")
        if said["exp"] - now > _APP_LIFE_S:
            raise refuse(401, "'Expiration time' claim ('exp') is too far in the future")
        return str(said["iss"])


def github_gate(host: GitHub) -> Callable[[web.Request], dict[str, str]]:
    """Who asks, and whether it may still ask this hour."""

    def gate(request: web.Request) -> dict[str, str]:
        headers = {"X-GitHub-Request-Id": new_id("GH"), "X-GitHub-Media-Type": "github.v3; format=json"}
        if request.path.startswith("/github/app/"):
            return headers
        if not request.headers.get("User-Agent"):
            raise refuse(
                403,
                "Request forbidden by administrative rules: a User-Agent header is needed.",
            )
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() not in ("bearer", "token") or not token:
            raise refuse(401, "Requires authentication")
        ends = host.tokens.get(token, 0.0 if token.startswith("ghs_") else float("inf"))
        if "invalid" in token or ends < time.time():
            raise refuse(401, "Bad credentials")
        if request.path != "/github/rate_limit":
            host.remaining -= 1
        headers |= _limits(host)
        if host.remaining < 0 and request.path != "/github/rate_limit":
            raise refuse(403, "API rate limit exceeded for installation.", headers)
        return headers

    return gate


def _limits(host: GitHub) -> dict[str, str]:
    left = max(host.remaining, 0)
    return {
        "X-RateLimit-Limit": str(HOURLY),
        "X-RateLimit-Remaining": str(left),
        "X-RateLimit-Used": str(HOURLY - left),
        "X-RateLimit-Reset": str(_next_hour()),
        "X-RateLimit-Resource": "core",
    }


def _next_hour() -> int:
    return int(time.time() // 3600 + 1) * 3600


def _check_path(path: str) -> None:
    parts = path.split("/")
    if "" in parts or {".", "..", ".git"} & {p.lower() for p in parts}:
        raise refuse(422, "path contains a malformed path component")


def _unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
