"""Decision records: numbered, complete, and each held by something that exists."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DECISIONS = ROOT / "docs" / "decisions"
RECORDS = sorted(DECISIONS.glob("[0-9][0-9][0-9][0-9]-*.md"))
PARTS = ("**Context.**", "**Decision.**", "**Consequences.**", "**Held by:**")


def test_numbers_have_no_gaps_and_the_list_is_whole() -> None:
    numbers = [int(path.name[:4]) for path in RECORDS]
    assert numbers == list(range(1, len(RECORDS) + 1))
    listed = re.findall(r"\]\((\d{4}-[a-z0-9-]+\.md)\)", (DECISIONS / "README.md").read_text())
    assert listed == [path.name for path in RECORDS]


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.name[:4])
def test_a_record_is_whole(path: Path) -> None:
    text = path.read_text()
    assert text.startswith(f"# {path.name[:4]}: ")
    places = [text.find(f"\n{part}") for part in PARTS]
    assert -1 not in places
    assert places == sorted(places)
    assert len(text) < 6_500, "one page"


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.name[:4])
def test_a_record_is_held(path: Path) -> None:
    """A rule without a lint or a test is a wish."""
    held = path.read_text().partition("**Held by:**")[2]
    named = [name for name in re.findall(r"`([\w./-]+)`", held) if "/" in name or name.endswith(".toml")]
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
    for test in re.findall(r"`(test_\w+)`", held):
        files = [(ROOT / name).read_text() for name in named if (ROOT / name).is_file()]
        assert any(f"def {test}(" in text for text in files), test


def dependencies() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted: list[str] = list(project["project"]["dependencies"])
    for group in (project["project"]["optional-dependencies"], project["dependency-groups"]):
        wanted += [line for lines in group.values() for line in lines]
    web = json.loads((ROOT / "web" / "package.json").read_text())
    names = {re.split(r"[\[<>=~!; ]", line, maxsplit=1)[0] for line in wanted}
    return names | set(web["dependencies"]) | set(web["devDependencies"])


def test_every_dependency_has_its_reason() -> None:
    text = (DECISIONS / "0003-dependencies.md").read_text()
    unnamed = [
        name
        for name in sorted(dependencies())
        if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)
    ]
    assert unnamed == []
