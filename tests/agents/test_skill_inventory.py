"""The inventory of skills."""

from __future__ import annotations

from pathlib import Path

from opsroom.agents.api import read_skill, skills_in, skills_of

HEAD = """---
name: greet
description: >
  Says hello
  to everybody.
version: 1.2.0
program: ["python3", "greet.py"]
network: false
timeout_s: 30
memory_mb: 64
---
# Greet
Prose for people: with a colon.
"""


def skill(folder: Path, name: str, head: str = HEAD) -> Path:
    (folder / name).mkdir(parents=True)
    (folder / name / "SKILL.md").write_text(head.replace("name: greet", f"name: {name}"))
    (folder / name / "greet.py").write_text("print('hello')\n")
    return folder / name


def test_a_skill_is_read(tmp_path: Path) -> None:
    skill(tmp_path, "greet")
    (tmp_path / "no-skill").mkdir()
    (found,) = skills_in(tmp_path)
    assert found.problems == ()
    assert found.description == "Says hello to everybody."
    assert (found.program, found.network, found.timeout_s, found.memory_mb) == (
        ("python3", "greet.py"),
        False,
        30,
        64,
    )
    assert "folder" not in found.model_dump(mode="json")
    assert skills_in(tmp_path / "nowhere") == []


def test_lists_may_be_dashes_and_text_quoted(tmp_path: Path) -> None:
    head = "---\nname: greet\ndescription: 'It''s: fine'\nprogram:\n  - python3\n  - 'greet.py'\n---\n"
    found = read_skill(skill(tmp_path, "greet", head))
    assert found.problems == ()
    assert found.program == ("python3", "greet.py")
    assert found.description == "It's: fine"


def test_mistakes_are_told_with_the_skill(tmp_path: Path) -> None:
    head = "---\nname: greet\nname: other\ndescripton: x\nprogram: []\ntimeout_s: soon\n???\n---\n"
    found = read_skill(skill(tmp_path, "greet", head))
    told = {p.path: p.message for p in found.problems}
    assert told["name"].startswith("is written more than once")
    assert told["descripton"] == "is not a known field; did you mean description?"
    assert {"description", "program", "timeout_s"} <= set(told)
    assert read_skill(tmp_path / "absent").problems
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "SKILL.md").write_text("# no head\n")
    assert "front matter" in read_skill(tmp_path / "bare").problems[0].message


def test_the_hash_sees_one_flipped_byte(tmp_path: Path) -> None:
    folder = skill(tmp_path, "greet")
    before = read_skill(folder).sha256
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "greet.pyc").write_bytes(b"x")
    assert read_skill(folder).sha256 == before
    (folder / "greet.py").write_text("print('hellp')\n")
    assert read_skill(folder).sha256 != before


def test_links_in_a_skill_are_told(tmp_path: Path) -> None:
    folder = skill(tmp_path, "greet")
    (folder / "passwd").symlink_to("/etc/passwd")
    (folder / "etc").symlink_to("/etc")
    assert {p.path for p in read_skill(folder).problems} == {"passwd", "etc"}


def test_the_earlier_folder_wins(tmp_path: Path) -> None:
    skill(tmp_path / "own", "greet", HEAD.replace("1.2.0", "9.0.0"))
    skill(tmp_path / "shipped", "greet")
    skill(tmp_path / "shipped", "other")
    found = skills_of((tmp_path / "own", tmp_path / "shipped"))
    assert [(s.name, s.version) for s in found] == [("greet", "9.0.0"), ("other", "1.2.0")]
