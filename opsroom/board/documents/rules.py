"""Pure decisions: names and paths, git's hash, what an upload may be, how waiting saves follow a change."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from opsroom.artifacts.api import safe_name
from opsroom.board.documents.merge import merged
from opsroom.board.documents.shapes import OwnerKind

FOLDERS: dict[OwnerKind, str] = {"task": "tasks", "sprint": "sprints", "template": "templates"}
TRAILER = "Opsroom-Write"
INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
MAX_NAME_BYTES = 120
_OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_DOCUMENT = re.compile(r"(tasks|sprints)/([A-Za-z0-9][A-Za-z0-9_-]{0,39})/([^/]+\.md)")
_TEMPLATE = re.compile(r"(templates)/()([^/]+\.md)")
_ATTACHMENT = re.compile(r"(tasks)/([A-Za-z0-9][A-Za-z0-9_-]{0,39})/attachments/([^/]+)")
_KINDS: dict[str, OwnerKind] = {"tasks": "task", "sprints": "sprint", "templates": "template"}
_CLAIMS = {
    "png": ("image/png",),
    "jpg": ("image/jpeg",),
    "jpeg": ("image/jpeg",),
    "gif": ("image/gif",),
    "webp": ("image/webp",),
    "pdf": ("application/pdf",),
    "gz": ("application/gzip",),
    "zip": ("application/zip",),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
    "pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation",),
}


@dataclass(frozen=True, slots=True)
class Located:
    """A path of the repository, read."""

    kind: OwnerKind
    owner_id: str
    name: str
    attachment: bool


def document_name_problem(name: str) -> str | None:
    """What is wrong with a document's name; None when nothing is."""
    if not name.lower().endswith(".md"):
        return "must end in .md: documents are Markdown"
    if len(name.encode("utf-8", "replace")) > MAX_NAME_BYTES:
        return f"is longer than {MAX_NAME_BYTES} bytes"
    safe = safe_name(name)
    if safe != name or not safe.endswith(".md") or len(name) == len(".md"):
        return f"is not a name every system can keep; {safe.removesuffix('.md')[:60] or 'notes'}.md would be"
    if _is_git_name(name):
        return "is a name git keeps for itself"
    return None


def attachment_name(name: str) -> str:
    """A safe name for an uploaded file."""
    safe = safe_name(name)
    return f"_{safe}" if _is_git_name(safe) else safe


def _is_git_name(name: str) -> bool:
    return bool(re.fullmatch(r"\.?git(~\d+)?\s*|gi7eba~\d+", name, re.IGNORECASE))


def owner_id_fits(owner_id: str) -> bool:
    """True for an id that can be a folder."""
    return _OWNER.fullmatch(owner_id) is not None


def path_of(kind: OwnerKind, owner_id: str, name: str, *, attachment: bool = False) -> str:
    """Where a document or attachment stands in the repository."""
    parts = [FOLDERS[kind], *([owner_id] if owner_id else []), *(["attachments"] if attachment else []), name]
    return "/".join(parts)


def located(path: str) -> Located | None:
    """What a path of the repository is; None for a file that is not of the board."""
    attachment = _ATTACHMENT.fullmatch(path)
    match = attachment or _DOCUMENT.fullmatch(path) or _TEMPLATE.fullmatch(path)
    if match is None or len(path) > 300:
        return None
    name = match[3]
    if safe_name(name) != name or _is_git_name(name):
        return None
    return Located(_KINDS[match[1]], match[2], name, attachment is not None)


def git_blob(content: bytes) -> str:
    """Git's hash of a file's content (hex)."""
    digest = hashlib.sha1(b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()


def blob_of_text(text: str) -> str:
    """Git's hash of a text."""
    return git_blob(text.encode())


def pointer_text(sha256: str, size_bytes: int) -> str:
    """What stands in the repository for a file too large for it: the format of Git LFS pointers."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size_bytes}\n"


def upload_problem(name: str, size_bytes: int, media_type: str) -> str | None:
    """Why an uploaded file is refused; None when it is not. `media_type` is what its content says."""
    if size_bytes == 0:
        return "is empty"
    suffix = name.rpartition(".")[2].lower()
    claimed = _CLAIMS.get(suffix)
    if claimed and media_type not in claimed:
        return f"is called .{suffix}, but its content is {media_type}; rename it to what it is"
    return None


def normal(text: str) -> str:
    """A text with one kind of line end, so that a save from another system changes only what it changes."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def text_problem(text: str, max_bytes: int) -> str | None:
    """What is wrong with a text; None when nothing is."""
    if "\0" in text:
        return "contains a NUL character"
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        return "contains half a character (a lone surrogate)"
    return f"is {size} bytes; the most is {max_bytes}" if size > max_bytes else None


def trailer_of(message: str) -> str | None:
    """The write id a commit message carries."""
    found = re.findall(rf"^{TRAILER}: (\S+)$", message, re.MULTILINE)
    return found[-1] if found else None


def message_with_trailer(message: str, write_id: str) -> str:
    """A commit message as it goes into the repository."""
    return f"{message.strip() or 'Save'}\n\n{TRAILER}: {write_id}\n"


def without_trailer(message: str) -> str:
    """A commit message as people read it."""
    return re.sub(rf"\n*^{TRAILER}: \S+\s*$", "", message, flags=re.MULTILINE).strip()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A save that waits for the repository: its text, None for a deletion."""

    write_id: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Rebased:
    """A waiting save after the repository changed: `text` is what will be written, unless `lost`."""

    write_id: str
    text: str | None
    lost: bool


def rebase(known: str | None, outside: str | None, waiting: Sequence[Waiting]) -> list[Rebased]:
    """Put the waiting saves onto `outside`, which took the place of `known` in the repository.

    Each is merged by lines. Where that cannot be, the repository's text stands and the save is lost to it.
    """
    base, theirs = known, outside
    result: list[Rebased] = []
    for save in waiting:
        text, lost = _joined(base, theirs, save.text)
        result.append(Rebased(save.write_id, text, lost))
        base = save.text
        theirs = theirs if lost else text
    return result


def _joined(base: str | None, theirs: str | None, mine: str | None) -> tuple[str | None, bool]:
    if theirs in (mine, base):
        return mine, False
    if mine == base:
        return theirs, False
    if theirs is None:  # deleted over there, edited here: nothing is lost by keeping the edit
        return mine, False
    if mine is None:  # edited over there, deleted here: what was deleted is not what stands there
        return None, True
    text = merged(base or "", mine, theirs)
    return (text, False) if text is not None else (mine, True)


def backoff_s(failures: int, first_s: float, longest_s: float) -> float:
    """Pause before the next try after so many failures in a row."""
    return min(longest_s, first_s * 2 ** min(max(failures - 1, 0), 20))


TEMPLATES: dict[str, str] = {
    "task-spec.md": """# {{title}}

Task {{id}}, written by {{author}} on {{date}}.

## Why

What is the matter, and for whom.

## What

- [ ] The first thing that will be true when this is done

## Not in it

What people might expect and will not get.

## How it is checked

Who looks at what.
""",
    "sprint-goals.md": """# {{title}}

Written by {{author}} on {{date}}.

## Goal

One sentence the team can repeat.

## What we will show at the end

-

## What could stop us

-
""",
}


def filled(template: str, values: dict[str, str]) -> str:
    """A template with its {{places}} filled; unknown places stay as they are."""
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda m: values.get(m[1], m[0]), template)
