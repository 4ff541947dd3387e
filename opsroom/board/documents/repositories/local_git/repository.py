"""The adapter `local_git`. A commit is one run of `git fast-import`: on the tip and whole, or not at all."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Final

from opsroom.board.documents import rules
from opsroom.board.documents.ports import Change, Committed, Entry, LogEntry, Moved, Order, Place, Tree
from opsroom.board.documents.repositories.local_git.program import ADAPTER, git
from opsroom.kernel.errors import AdapterError, Fault, TooLarge

_BRANCH: Final = "refs/heads/main"
_COMMIT: Final = re.compile(r"[0-9a-f]{40,64}")
_PROJECT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
_TIDY_EVERY: Final = 250
# Clocks of two machines, and of git itself, may differ by this when a commit is looked for by its time.
_SLACK: Final = timedelta(hours=1)


class LocalGit:
    """Fulfils `DocumentRepository` with bare repositories below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: defaultdict[Path, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._written = 0

    async def check(self, place: Place) -> str:
        said = await git(self.path_of(place), "version")
        return f"documents are kept below {self._folder} ({said.out.decode().strip()})"

    def path_of(self, place: Place) -> Path:
        """The folder of a project's repository."""
        if place.location:
            return Path(place.location)
        if not _PROJECT.fullmatch(place.project_id):
            raise Fault(f"{place.project_id!r} cannot be the name of a folder")
        return self._folder / f"{place.project_id}.git"

    # -- reading -----------------------------------------------------------------------------

    async def tree(self, place: Place, known_head: str | None) -> Tree | None:
        folder = self.path_of(place)
        head = await self._head(folder)
        if head is None:
            return Tree(None, {})
        if head == known_head:
            return None
        listed = (await git(folder, "ls-tree", "-r", "-l", "-z", head)).out
        files: dict[str, Entry] = {}
        for line in listed.split(b"\0"):
            facts, _, path = line.partition(b"\t")
            if not facts:
                continue
            _mode, kind, blob, size = facts.split()
            if kind == b"blob":
                files[path.decode("utf-8", "replace")] = Entry(blob.decode(), int(size))
        return Tree(head, files)

    async def read(self, place: Place, path: str, revision: str | None, max_bytes: int) -> bytes | None:
        folder = self.path_of(place)
        if (revision is not None and not _COMMIT.fullmatch(revision)) or "\n" in path:
            return None
        if not (folder / "HEAD").exists():
            return None
        named = f"{revision or _BRANCH}:{path}\n".encode()
        found = (await git(folder, "cat-file", "--batch-check", given=named)).out.split()
        if len(found) < 3 or found[-2] != b"blob":
            return None
        if int(found[-1]) > max_bytes:
            raise TooLarge(f"{path} is {int(found[-1])} bytes; the most is {max_bytes}.")
        return (await git(folder, "cat-file", "blob", found[-3].decode())).out

    async def history(self, place: Place, path: str, limit: int, offset: int) -> list[LogEntry]:
        folder = self.path_of(place)
        if await self._head(folder) is None:
            return []
        shape = "--format=%H%x00%an%x00%aI%x00%B%x01"
        said = await git(
            folder, "log", shape, f"--skip={offset}", f"--max-count={limit}", _BRANCH, "--", path
        )
        return [_entry(text) for text in said.out.decode("utf-8", "replace").split("\x01\n") if text.strip()]

    async def _head(self, folder: Path) -> str | None:
        if not (folder / "HEAD").exists():
            return None
        # Git writes this file whole or not at all; reading it saves a process for each commit. Where it is
        # not there (packed by housekeeping, another ref format) git is asked.
        with suppress(OSError):
            text = (folder / _BRANCH).read_text(encoding="ascii").strip()
            if _COMMIT.fullmatch(text):
                return text
        said = await git(folder, "rev-parse", "-q", "--verify", _BRANCH, ok=(0, 1))
        return said.out.decode().strip() or None

    # -- writing -----------------------------------------------------------------------------

    async def commit(self, place: Place, order: Order) -> Committed:
        folder = self.path_of(place)
        async with self._locks[folder]:
            await self._made(folder)
            if order.repeated and (found := await self._find(folder, order)):
                return found
            head = await self._head(folder)
            if head != order.head:
                raise Moved("Somebody committed to the repository meanwhile.")
            stream = b"".join(_stream(order, head))
            said = await git(
                folder, "fast-import", "--quiet", "--done", "--date-format=raw", given=stream, ok=range(256)
            )
            commit = said.out.decode().strip()
            if said.code != 0 or not _COMMIT.fullmatch(commit):
                if await self._head(folder) != head:
                    raise Moved("Somebody committed to the repository meanwhile.")
                raise AdapterError(f"git could not write: {said.err[:500]}", adapter=ADAPTER, permanent=False)
            await self._tidy(folder)
            return Committed(commit, head)

    async def _made(self, folder: Path) -> None:
        if (folder / "HEAD").exists():
            return
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made aside and moved into place whole: nobody may find half a repository there.
        new = folder.with_name(f".{token_hex(8)}.new")
        try:
            await git(new, "init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(new))
            await asyncio.to_thread(_move_into_place, new, folder)
        finally:
            await asyncio.to_thread(shutil.rmtree, new, ignore_errors=True)

    async def _find(self, folder: Path, order: Order) -> Committed | None:
        """The commit an earlier attempt made."""
        if await self._head(folder) is None:
            return None
        since = f"--since={(order.made_at - _SLACK).isoformat()}"
        said = await git(folder, "log", "--format=%H%x00%P%x00%B%x01", since, _BRANCH)
        for text in said.out.decode("utf-8", "replace").split("\x01\n"):
            commit, _, rest = text.partition("\0")
            parents, _, message = rest.partition("\0")
            if rules.trailer_of(message) == order.write_id:
                return Committed(commit.strip(), parents.split()[0] if parents else None)
        return None

    async def _tidy(self, folder: Path) -> None:
        """Housekeeping now and then: packs instead of many small files, and an index for histories."""
        self._written += 1
        if self._written % _TIDY_EVERY == 0:
            await git(folder, "gc", "--auto", "--quiet", ok=range(256))
            await git(folder, "commit-graph", "write", "--reachable", "--changed-paths", ok=range(256))


def _move_into_place(new: Path, folder: Path) -> None:
    try:
        new.rename(folder)
    except OSError:
        if not (folder / "HEAD").exists():  # else another process was first, which is as good
            raise


def _entry(text: str) -> LogEntry:
    commit, author, at, message = text.strip("\n").split("\0", 3)
    return LogEntry(
        commit=commit,
        author_name=author,
        at=datetime.fromisoformat(at).astimezone(UTC),
        message=rules.without_trailer(message),
        write_id=rules.trailer_of(message),
    )


def _stream(order: Order, head: str | None) -> Iterator[bytes]:
    """A commit in the language of `git fast-import`."""
    message = rules.message_with_trailer(order.message, order.write_id).encode("utf-8", "replace")
    at, now = int(order.made_at.timestamp()), int(datetime.now(UTC).timestamp())
    author = _identity(order.author_name, order.author_email)
    yield f"commit {_BRANCH}\nmark :1\n".encode()
    yield f"author {author} {at} +0000\n".encode()
    yield f"committer Opsroom <opsroom@opsroom.invalid> {now} +0000\n".encode()
    yield b"data %d\n%s\n" % (len(message), message)
    if head is not None:
        yield f"from {head}\n".encode()
    for change in order.changes:
        yield from _changed(change)
    yield b"get-mark :1\ndone\n"


def _changed(change: Change) -> Iterator[bytes]:
    path = _quoted(change.path)
    if change.content is None:
        yield f"D {path}\n".encode()
        return
    yield f"M 100644 inline {path}\n".encode()
    yield b"data %d\n" % len(change.content)
    yield change.content
    yield b"\n"


def _quoted(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _identity(name: str, email: str) -> str:
    """Name and address as git wants them: nothing in them can end the line or the address."""
    clean = " ".join(re.sub(r"[<>\x00-\x1f\x7f]", " ", name).split()).encode("utf-8", "replace").decode()
    address = re.sub(r"[<>\s\x00-\x1f\x7f]", "", email).encode("utf-8", "replace").decode()
    return f"{clean or 'Somebody'} <{address}>"
