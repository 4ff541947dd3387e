"""Git objects in memory: blobs, trees and commits under the hashes git itself gives them."""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

FILE, FOLDER = "100644", "40000"
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@dataclass(slots=True)
class GitObject:
    kind: str  # blob, tree, commit
    body: str  # base64 of git's own bytes, so that it goes into a state file


@dataclass(frozen=True, slots=True)
class Signature:
    """Who and when: an author or a committer."""

    name: str
    email: str
    at: int  # unix seconds

    @property
    def line(self) -> str:
        return f"{self.name} <{self.email}> {self.at} +0000"

    @property
    def date(self) -> str:
        return datetime.fromtimestamp(self.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str
    tree: str
    parents: list[str]
    author: Signature
    committer: Signature
    message: str


@dataclass(slots=True)
class Objects:
    """All objects of one repository."""

    known: dict[str, GitObject] = field(default_factory=dict)

    def _put(self, kind: str, body: bytes) -> str:
        sha = hashlib.sha1(b"%s %d\0%s" % (kind.encode(), len(body), body), usedforsecurity=False).hexdigest()
        self.known[sha] = GitObject(kind, base64.b64encode(body).decode())
        return sha

    def body(self, sha: str, kind: str) -> bytes | None:
        """The bytes of an object of this kind; None when there is none."""
        found = self.known.get(sha)
        return base64.b64decode(found.body) if found is not None and found.kind == kind else None

    def put_blob(self, content: bytes) -> str:
        return self._put("blob", content)

    def put_tree(self, entries: dict[str, tuple[str, str]]) -> str:
        """A tree of name to (mode, sha)."""

        def order(item: tuple[str, tuple[str, str]]) -> bytes:
            name, (mode, _) = item
            return name.encode() + (b"/" if mode == FOLDER else b"")

        rows = (
            mode.encode() + b" " + name.encode() + b"\0" + bytes.fromhex(sha)
            for name, (mode, sha) in sorted(entries.items(), key=order)
        )
        return self._put("tree", b"".join(rows))

    def tree(self, sha: str) -> dict[str, tuple[str, str]] | None:
        """Name to (mode, sha)."""
        body = self.body(sha, "tree") if sha != EMPTY_TREE else b""
        if body is None:
            return None
        entries: dict[str, tuple[str, str]] = {}
        while body:
            head, _, rest = body.partition(b"\0")
            mode, _, name = head.partition(b" ")
            entries[name.decode()] = (mode.decode(), rest[:20].hex())
            body = rest[20:]
        return entries

    def files(self, tree: str, prefix: str = "") -> dict[str, tuple[str, str]]:
        """Path to (mode, sha) of every file below a tree."""
        found: dict[str, tuple[str, str]] = {}
        for name, (mode, sha) in (self.tree(tree) or {}).items():
            if mode == FOLDER:
                found.update(self.files(sha, f"{prefix}{name}/"))
            else:
                found[f"{prefix}{name}"] = (mode, sha)
        return found

    def put_files(self, files: dict[str, tuple[str, str]]) -> str:
        """The tree of these paths, folders and all."""
        here: dict[str, tuple[str, str]] = {}
        below: dict[str, dict[str, tuple[str, str]]] = {}
        for path, entry in files.items():
            name, slash, rest = path.partition("/")
            if slash:
                below.setdefault(name, {})[rest] = entry
            else:
                here[name] = entry
        for name, inside in below.items():
            here[name] = (FOLDER, self.put_files(inside))
        return self.put_tree(here)

    def put_commit(
        self, tree: str, parents: list[str], author: Signature, committer: Signature, message: str
    ) -> str:
        lines = [f"tree {tree}", *(f"parent {p}" for p in parents)]
        lines += [f"author {author.line}", f"committer {committer.line}", "", message]
        return self._put("commit", "\n".join(lines).encode())

    def commit(self, sha: str) -> Commit | None:
        body = self.body(sha, "commit")
        if body is None:
            return None
        head, _, message = body.decode().partition("\n\n")
        values: dict[str, list[str]] = {}
        for line in head.split("\n"):
            key, _, value = line.partition(" ")
            values.setdefault(key, []).append(value)
        return Commit(
            sha,
            values["tree"][0],
            values.get("parent", []),
            _signature(values["author"][0]),
            _signature(values["committer"][0]),
            message,
        )

    def line_of(self, sha: str | None) -> list[Commit]:
        """A commit and those before it, by first parents, the newest first."""
        found: list[Commit] = []
        while sha is not None and (commit := self.commit(sha)) is not None:
            found.append(commit)
            sha = commit.parents[0] if commit.parents else None
        return found

    def at(self, tree: str, path: str) -> tuple[str, str] | None:
        """(mode, sha) of a file or folder; the tree itself for an empty path."""
        mode, sha = FOLDER, tree
        for name in filter(None, path.split("/")):
            entry = (self.tree(sha) or {}).get(name) if mode == FOLDER else None
            if entry is None:
                return None
            mode, sha = entry
        return mode, sha


def _signature(line: str) -> Signature:
    name, _, rest = line.partition(" <")
    email, _, when = rest.partition("> ")
    return Signature(name, email, int(when.split()[0]))
