"""Names that cannot hurt, whatever an agent calls its files."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsroom.artifacts.api import safe_name
from opsroom.artifacts.names import MAX_BYTES, numbered


@pytest.mark.parametrize(
    ("written", "safe"),
    [
        ("sentinel-audit.json", "sentinel-audit.json"),
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Windows\\system.ini", "system.ini"),
        ("c:evil.txt", "c-evil.txt"),
        ("a\0b\nc\x1b[31m.md", "abc[31m.md"),
        ("gpj.\u202eexe.report", "gpj.exe.report"),
        ("zero\u200bwidth.md", "zerowidth.md"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1.log.md", "_com1.log.md"),
        ("COM\u00b9.txt", "_COM\u00b9.txt"),
        ("console.md", "console.md"),
        ("report.md. . .", "report.md"),
        (".htaccess", "htaccess"),
        ("...", "file"),
        ("", "file"),
        ("/", "file"),
        ("..", "file"),
        ("dir/", "dir"),
        (" spaced name .md", "spaced name .md"),
        ('what? "a<b>|c*".md', "what- -a-b--c--.md"),
        ("re\u0301sume\u0301.pdf", "r\u00e9sum\u00e9.pdf"),
        ("\ud800.md", "?.md".replace("?", "-")),
        ("日本語.md", "日本語.md"),
    ],
)
def test_names(written: str, safe: str) -> None:
    assert safe_name(written) == safe


def test_long_names_keep_their_extension() -> None:
    assert safe_name("x" * 300 + ".json") == "x" * (MAX_BYTES - 1 - 5) + ".json"
    assert safe_name("é" * 300 + ".json").endswith("é.json")
    assert len(safe_name("日" * 300 + ".md").encode()) <= MAX_BYTES
    assert safe_name("a." + "x" * 300) == ("a." + "x" * 300)[: MAX_BYTES - 1]


def test_the_second_of_a_name_is_numbered() -> None:
    assert numbered("audit.json", 2) == "audit (2).json"
    assert numbered("audit", 3) == "audit (3)"
    assert numbered("x" * 144 + ".json", 12).endswith(" (12).json")
    assert len(numbered("日" * 48 + ".json", 999).encode()) <= MAX_BYTES


@given(st.text(max_size=400) | st.from_regex(r"([.]{0,3}[/\\]?[a-zA-Z. ]{0,6}){0,5}", fullmatch=True))
def test_every_name_is_safe_and_stays(written: str) -> None:
    name = safe_name(written)
    assert safe_name(name) == name
    assert 0 < len(name.encode("utf-8")) <= MAX_BYTES
    assert not set(name) & set('/\\\0<>:"|?*')
    assert name not in (".", "..")
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    assert all(unicodedata.category(c) not in ("Cc", "Cf", "Cs") for c in name)
    assert len(numbered(name, 1000).encode("utf-8")) <= MAX_BYTES
