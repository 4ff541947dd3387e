"""The adapter `github`: one file by the contents API, several by the git data API, one write at a time."""

from __future__ import annotations

import asyncio
import base64
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn

from opsroom.board.documents import rules
from opsroom.board.documents.errors import BadDocument
from opsroom.board.documents.ports import Change, Committed, Entry, LogEntry, Moved, Order, Place, Tree
from opsroom.board.documents.repositories.github.client import GitHubClient
from opsroom.board.documents.repositories.github.credentials import ADAPTER
from opsroom.kernel.errors import AdapterError, TooLarge
from opsroom.kernel.outbound import HttpFailure, path_of

_LOCATION: Final = re.compile(r"([A-Za-z0-9-]{1,39})/([A-Za-z0-9._-]{1,100})(?:@([A-Za-z0-9._/-]{1,200}))?")
_COMMIT: Final = re.compile(r"[0-9a-f]{40,64}")
_COMMITTER: Final = {"name": "Opsroom", "email": "opsroom@opsroom.invalid"}
_PER_PAGE: Final = 100
_MOST_PAGES: Final = 50
_SLACK: Final = timedelta(hours=1)
# What the contents API takes comfortably; above, a file goes up as a blob of its own.
_CONTENTS_BYTES: Final = 1_000_000
_README: Final = (
    b"# Documents\n\nTask and sprint documents, attachments and templates of an Opsroom project.\n"
)


@dataclass(frozen=True, slots=True)
class _Repo:
    owner: str
    name: str
    branch: str

    def path(self, *rest: str) -> str:
        return path_of("repos", self.owner, self.name, *rest)


class GitHubRepository:
    """Fulfils `DocumentRepository`."""

    def __init__(self, client: GitHubClient) -> None:
        self._client = client
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def check(self, place: Place) -> str:
        repo = _repo(place)
        found = await self._client.get(repo.path())
        if not isinstance(found, dict):
            _no_repository(repo)
        return f"documents are kept at GitHub in {repo.owner}/{repo.name}, branch {repo.branch}"

    # -- reading -----------------------------------------------------------------------------

    async def tree(self, place: Place, known_head: str | None) -> Tree | None:
        repo = _repo(place)
        head = await self._head(repo)
        if head is None:
            return Tree(None, {})
        if head == known_head:
            return None
        listed = await self._client.get(repo.path("git", "trees", head), recursive="1")
        if isinstance(listed, dict) and listed.get("truncated"):
            return Tree(head, await self._walked(repo, head))
        return Tree(head, dict(_entries(listed, "")))

    async def _walked(self, repo: _Repo, head: str) -> dict[str, Entry]:
        """Folder by folder: more files than GitHub lists in one answer."""
        files: dict[str, Entry] = {}
        folders = [("", head)]
        while folders:
            prefix, sha = folders.pop()
            listed = await self._client.get(repo.path("git", "trees", sha))
            files.update(_entries(listed, prefix))
            folders += [
                (f"{prefix}{item['path']}/", item["sha"]) for item in listed["tree"] if item["type"] == "tree"
            ]
        return files

    async def read(self, place: Place, path: str, revision: str | None, max_bytes: int) -> bytes | None:
        repo = _repo(place)
        if revision is not None and not _COMMIT.fullmatch(revision):
            return None
        content = await self._client.raw(repo.path("contents", *path.split("/")), ref=revision or repo.branch)
        if content is not None and len(content) > max_bytes:
            raise TooLarge(f"{path} is {len(content)} bytes; the most is {max_bytes}.")
        return content

    async def history(self, place: Place, path: str, limit: int, offset: int) -> list[LogEntry]:
        repo = _repo(place)
        page, skip = divmod(offset, _PER_PAGE)
        found: list[LogEntry] = []
        while len(found) < skip + limit:
            page += 1
            listed = await self._commits(repo, page, path=path)
            found += [_logged(item) for item in listed]
            if len(listed) < _PER_PAGE:
                break
        return found[skip : skip + limit]

    async def _commits(self, repo: _Repo, page: int, **params: str) -> list[dict[str, Any]]:
        listed = await self._client.get(
            repo.path("commits"), sha=repo.branch, per_page=_PER_PAGE, page=page, **params
        )
        return listed if isinstance(listed, list) else []

    async def _head(self, repo: _Repo) -> str | None:
        """The tip of the branch; None for a repository without a commit."""
        found = await self._client.get(repo.path("git", "ref", "heads", *repo.branch.split("/")))
        if isinstance(found, dict):
            return str(found["object"]["sha"])
        about = await self._client.get(repo.path())
        if not isinstance(about, dict):
            _no_repository(repo)
        if await self._client.get(repo.path("commits"), per_page=1):
            raise AdapterError(
                f"{repo.owner}/{repo.name} has no branch {repo.branch}; make it, or name another after an @.",
                adapter=ADAPTER,
                permanent=True,
            )
        return None

    # -- writing -----------------------------------------------------------------------------

    async def commit(self, place: Place, order: Order) -> Committed:
        repo = _repo(place)
        async with self._locks[f"{repo.owner}/{repo.name}".lower()]:
            if order.repeated and (found := await self._find(repo, order)):
                return found
            try:
                return await self._commit(repo, order)
            except HttpFailure as error:
                raise _meaning(error, order) from error

    async def _commit(self, repo: _Repo, order: Order) -> Committed:
        alone = order.changes[0] if len(order.changes) == 1 else None
        if alone is not None and _fits_contents(alone):
            return await self._by_contents(repo, order, alone)
        return await self._by_git_data(repo, order)

    async def _by_contents(self, repo: _Repo, order: Order, change: Change) -> Committed:
        """One call. The file's own hash is the condition: whoever changed it meanwhile makes it fail."""
        body: dict[str, object] = {
            "message": rules.message_with_trailer(order.message, order.write_id),
            "branch": repo.branch,
            "author": _author(order),
            "committer": _COMMITTER,
        }
        if change.before is not None:
            body["sha"] = change.before
        path = repo.path("contents", *change.path.split("/"))
        if change.content is None:
            answer = await self._client.send("DELETE", path, body)
        else:
            body["content"] = base64.b64encode(change.content).decode()
            answer = await self._client.send("PUT", path, body)
        commit = answer["commit"]
        parents = commit.get("parents") or []
        return Committed(str(commit["sha"]), str(parents[0]["sha"]) if parents else None)

    async def _by_git_data(self, repo: _Repo, order: Order) -> Committed:
        """Blobs, a tree, a commit: harmless each. Only moving the branch counts, and only forwards."""
        head = await self._head(repo)
        if head is None:
            await self._begin(repo)
            raise Moved("The repository had no commit; it has one now.")
        if head != order.head:
            raise Moved("Somebody committed to the repository meanwhile.")
        base = await self._client.get(repo.path("git", "commits", head))
        items = [await self._item(repo, c) for c in order.changes if not (c.content is None is c.before)]
        tree = str(base["tree"]["sha"])
        if items:
            body = {"base_tree": tree, "tree": items}
            tree = str(
                (await self._client.send("POST", repo.path("git", "trees"), body, harmless=True))["sha"]
            )
        commit = await self._client.send(
            "POST",
            repo.path("git", "commits"),
            {
                "message": rules.message_with_trailer(order.message, order.write_id),
                "tree": tree,
                "parents": [head],
                "author": _author(order),
                "committer": {**_COMMITTER, "date": _moment(datetime.now(UTC))},
            },
            harmless=True,
        )
        sha = str(commit["sha"])
        ref = repo.path("git", "refs", "heads", *repo.branch.split("/"))
        await self._client.send("PATCH", ref, {"sha": sha, "force": False})
        return Committed(sha, head)

    async def _item(self, repo: _Repo, change: Change) -> dict[str, object]:
        sha: str | None = None
        if change.content is not None:
            body = {"content": base64.b64encode(change.content).decode(), "encoding": "base64"}
            made = await self._client.send("POST", repo.path("git", "blobs"), body, harmless=True)
            sha = str(made["sha"])
        return {"path": change.path, "mode": "100644", "type": "blob", "sha": sha}

    async def _begin(self, repo: _Repo) -> None:
        """The git data API refuses an empty repository: its first commit comes by the contents API."""
        body = {
            "message": "Begin",
            "content": base64.b64encode(_README).decode(),
            "branch": repo.branch,
            "committer": _COMMITTER,
        }
        await self._client.send("PUT", repo.path("contents", "README.md"), body)

    async def _find(self, repo: _Repo, order: Order) -> Committed | None:
        """The commit an earlier attempt made."""
        since = _moment(order.made_at - _SLACK)
        for page in range(1, _MOST_PAGES + 1):
            listed = await self._commits(repo, page, since=since)
            for item in listed:
                if rules.trailer_of(str(item["commit"]["message"])) == order.write_id:
                    parents = item.get("parents") or []
                    return Committed(str(item["sha"]), str(parents[0]["sha"]) if parents else None)
            if len(listed) < _PER_PAGE:
                return None
        raise AdapterError(
            f"More than {_MOST_PAGES * _PER_PAGE} commits since a save that may be among them; look.",
            adapter=ADAPTER,
            permanent=True,
        )


def _repo(place: Place) -> _Repo:
    match = _LOCATION.fullmatch(place.location)
    if match is None:
        raise AdapterError(
            f"{place.location!r} is not a GitHub repository: write github:owner/name or "
            "github:owner/name@branch in [documents].",
            adapter=ADAPTER,
            permanent=True,
        )
    return _Repo(match[1], match[2], match[3] or "main")


def _no_repository(repo: _Repo) -> NoReturn:
    raise AdapterError(
        f"GitHub has no repository {repo.owner}/{repo.name} for this account; make it, or give the token or "
        "App access to it.",
        adapter=ADAPTER,
        permanent=True,
    )


def _fits_contents(change: Change) -> bool:
    if change.content is None:
        return change.before is not None
    return len(change.content) <= _CONTENTS_BYTES


def _meaning(error: HttpFailure, order: Order) -> Exception:
    """What a refusal of GitHub says about this write."""
    said = error.body.lower()
    if error.status == 409 or (error.status == 422 and ("sha" in said or "fast forward" in said)):
        return Moved("The repository changed meanwhile.")
    if error.status == 404 and any(change.content is None for change in order.changes):
        return Moved("What was to be deleted is not there any more.")
    if error.status == 413:
        return TooLarge("GitHub says the file is too large for it.")
    if error.status == 422:
        return BadDocument(f"GitHub refuses it: {error.message}")
    return error


def _entries(listed: Mapping[str, Any], prefix: str) -> list[tuple[str, Entry]]:
    return [
        (f"{prefix}{item['path']}", Entry(str(item["sha"]), int(item.get("size", -1))))
        for item in (listed or {}).get("tree", ())
        if item["type"] == "blob"
    ]


def _logged(item: Mapping[str, Any]) -> LogEntry:
    commit = item["commit"]
    message = str(commit["message"])
    return LogEntry(
        commit=str(item["sha"]),
        author_name=str(commit["author"]["name"]),
        at=datetime.fromisoformat(str(commit["author"]["date"]).replace("Z", "+00:00")),
        message=rules.without_trailer(message),
        write_id=rules.trailer_of(message),
    )


def _author(order: Order) -> dict[str, str]:
    name = " ".join(order.author_name.split()) or "Somebody"
    return {"name": name, "email": order.author_email, "date": _moment(order.made_at)}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
