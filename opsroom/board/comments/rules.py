"""Pure decisions about comments: who is mentioned, who may change one, what an excerpt is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from opsroom.kernel.actor import Actor

MOST_MENTIONS: Final = 50
EXCERPT: Final = 200

# Not within a word or an address (name@example.com), nor after another at-sign or a slash (a path).
_MENTION: Final = re.compile(r"(?<![\w@./])@([^\W_](?:[\w.-]{0,78}\w)?)", re.UNICODE)
_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_CODE: Final = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)


def mentioned(content: str) -> list[str]:
    """The names after an at-sign, in order, each once, folded; none of those in code."""
    names = (match[1].casefold() for match in _MENTION.finditer(_CODE.sub(" ", _without_fences(content))))
    return list(dict.fromkeys(names))[:MOST_MENTIONS]


def _without_fences(content: str) -> str:
    kept: list[str] = []
    fence: str | None = None
    for line in content.splitlines():
        mark = _FENCE.match(line)
        if fence is None and mark is None:
            kept.append(line)
        elif fence is None and mark is not None:
            fence = mark[1]
        elif mark is not None and fence is not None and mark[1].startswith(fence):
            fence = None
    return "\n".join(kept)


def names_of(name: str) -> list[str]:
    """What somebody of this name may be called, the first name first: `alice`, `alice-smith`, `alice.smith`,
    `alice_smith`, `alicesmith`."""
    words = re.findall(r"\w+", name.casefold())
    return [*words[:1], *dict.fromkeys(sign.join(words) for sign in ("-", ".", "_", "") if words)]


def directory(everybody: Iterable[tuple[str, Iterable[str]]]) -> dict[str, str]:
    """Ids by what they are called. A name that two have stands for neither: better nobody than the wrong."""
    found: dict[str, str | None] = {}
    for identifier, names in everybody:
        for name in names:
            found[name] = identifier if found.get(name, identifier) == identifier else None
    return {name: identifier for name, identifier in found.items() if identifier is not None}


def resolve(names: Iterable[str], known: Mapping[str, str]) -> tuple[str, ...]:
    """The ids behind the names; a name nobody has is just text. A full stop may end a sentence."""
    ids = (known.get(name) or known.get(name.rstrip(".-")) for name in names)
    return tuple(dict.fromkeys(identifier for identifier in ids if identifier))


def may_change(actor: Actor, author_id: str) -> bool:
    """Its author may, and an admin."""
    return actor.id == author_id or actor.outranks("admin")


def excerpt(content: str) -> str:
    """The beginning of a comment, on one line."""
    line = " ".join(content.split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1].rstrip() + "…"
