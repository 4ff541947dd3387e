"""The inventory of skills: folders with a SKILL.md whose head says what the program needs.

The head is the small part of YAML people write there: `key: value`, lists in brackets or as dashes,
and folded text. A mistake in one skill is told with that skill and does not hide the others.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationError

import opsroom
from opsroom.agents.reading import read_regular
from opsroom.agents.settings import AgentsSettings
from opsroom.agents.shapes import SkillInfo
from opsroom.agents.wording import shape_problems
from opsroom.kernel.errors import Problem
from opsroom.kernel.room import House
from opsroom.kernel.shape import Shape

MAX_FILES = 5_000
_MAX_HEAD_BYTES = 256 * 1024
_SKIPPED = frozenset({"__pycache__", ".git", ".ruff_cache", ".pytest_cache", ".mypy_cache"})
_ENTRY = re.compile(r"^([A-Za-z_][A-Za-z0-9_-]*):[ \t]*(.*)$")
_TEXT_KEYS = frozenset({"name", "description", "version"})


class SkillHead(Shape):
    """The front matter of SKILL.md."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
    description: Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]{1,40})?$")] = (
        "0.0.0"
    )
    program: Annotated[tuple[str, ...], Field(min_length=1)]
    network: bool = False
    timeout_s: Annotated[int, Field(ge=1, le=86_400)] = 600
    memory_mb: Annotated[int, Field(ge=16, le=65_536)] = 512


def skill_folders(house: House) -> tuple[Path, ...]:
    """Where skills are looked for: the workspace's own first, then those that come with Opsroom."""
    given = house.settings.section(AgentsSettings).skills_folder
    shipped = Path(given) if given else Path(opsroom.__file__).parent.parent / "skills"
    return (house.workspace / "skills", shipped)


def skills_in(folder: Path) -> list[SkillInfo]:
    """Every skill directly below `folder`, by name. No folder, no skills."""
    try:
        entries = sorted(entry.path for entry in os.scandir(folder) if entry.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [read_skill(Path(path)) for path in entries if (Path(path) / "SKILL.md").exists()]


def skills_of(folders: Sequence[Path]) -> list[SkillInfo]:
    """The skills of several folders; the earlier folder wins where two have one name."""
    found: dict[str, SkillInfo] = {}
    for folder in folders:
        for skill in skills_in(folder):
            found.setdefault(skill.name, skill)
    return [found[name] for name in sorted(found)]


def read_skill(folder: Path) -> SkillInfo:
    """One skill folder, with what is wrong about it."""
    head, problems = _head(folder)
    sha256, more = content_hash(folder)
    problems += more
    if head is not None and head.name != folder.name:
        problems += (Problem("name", f"is {head.name!r} but the folder is {folder.name!r}; they must agree"),)
    return SkillInfo(
        name=folder.name,
        description=head.description if head else "",
        version=head.version if head else "0.0.0",
        program=head.program if head else (),
        network=head.network if head else False,
        timeout_s=head.timeout_s if head else 600,
        memory_mb=head.memory_mb if head else 512,
        sha256=sha256,
        problems=problems,
        folder=folder,
    )


def content_hash(folder: Path) -> tuple[str, tuple[Problem, ...]]:
    """One hash over the path and bytes of every file of a skill, so that any flipped byte shows."""
    digest = hashlib.sha256()
    problems: list[Problem] = []
    for count, path in enumerate(_files(folder), start=1):
        if count > MAX_FILES:
            problems.append(Problem("", f"holds more than {MAX_FILES} files"))
            break
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not path.is_file():
            problems.append(Problem(name, "is not a regular file; a skill holds files and folders only"))
            continue
        with path.open("rb") as file:
            body = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{name}\0{body}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest(), tuple(problems)


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        linked = [name for name in folders if (Path(parent) / name).is_symlink()]
        yield from (Path(parent) / name for name in sorted([*names, *linked]) if not name.endswith(".pyc"))


def _head(folder: Path) -> tuple[SkillHead | None, tuple[Problem, ...]]:
    try:
        text = read_regular(folder / "SKILL.md", _MAX_HEAD_BYTES)
    except (OSError, ValueError) as error:
        return None, (Problem("SKILL.md", f"cannot be read: {error}"),)
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---" or "---" not in (line.strip() for line in lines[1:]):
        return None, (Problem("SKILL.md", "should begin with front matter between two lines of ---"),)
    end = next(n for n, line in enumerate(lines[1:], start=1) if line.strip() == "---")
    data, problems = front_matter(lines[1:end])
    try:
        head = SkillHead.model_validate(data)
    except ValidationError as error:
        return None, (*problems, *shape_problems(error, SkillHead))
    return head, problems


def front_matter(lines: Iterable[str]) -> tuple[dict[str, object], tuple[Problem, ...]]:
    """The values of the head, and the lines that are none."""
    found: dict[str, object] = {}
    problems: list[Problem] = []
    key = ""
    for number, line in enumerate(lines, start=2):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        entry = _ENTRY.match(line)
        if entry:
            key = entry[1]
            if key in found:
                problems.append(Problem(key, "is written more than once; keep one"))
            found[key] = _value(key, entry[2].strip())
        elif key and line[0] in " \t-":
            found[key] = _continued(found[key], line.strip())
        else:
            problems.append(Problem(f"SKILL.md line {number}", "is neither `key: value` nor part of one"))
    return found, tuple(problems)


def _value(key: str, written: str) -> object:
    if written in (">", ">-", "|", "|-"):
        return ""
    if len(written) > 1 and written[0] == written[-1] == "'":
        return written[1:-1].replace("''", "'")
    if written[:1] in ('"', "[") or key not in _TEXT_KEYS:
        return _as_json(written)
    return written


def _as_json(written: str) -> object:
    try:
        return json.loads(written)
    except ValueError:  # also an integer of thousands of digits
        return written


def _continued(value: object, line: str) -> object:
    """A further line of a value: the next item of a list, or more of a text."""
    if line.startswith("- "):
        items = value if isinstance(value, list) else []
        item = line[2:].strip()
        return [*items, item.strip("'\"") if item[:1] in "'\"" else item]
    return f"{value} {line}".strip()
