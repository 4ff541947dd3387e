"""How one changed field of a task reads. Pure.

A sentence is Markdown with nothing but emphasis: what people wrote is escaped and cut, so that no title can
put a link or an image into everybody's feed.
"""

# ruff: noqa: ARG001, ARG005 - one signature for every row of a table, whatever a row needs of it

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from opsroom.board.activity.shapes import Names

_LONGEST: Final = 120
_MARKS: Final = re.compile(r"([\\`*_\[\]<>#~|!])")


def plain(text: object) -> str:
    """Text that stays text within Markdown, on one line, not too long."""
    line = " ".join(str(text).split())
    if len(line) > _LONGEST:
        line = line[: _LONGEST - 1].rstrip() + "…"
    return _MARKS.sub(r"\\\1", line)


def named(text: object) -> str:
    """A title or a name, emphasised."""
    return f"*{plain(text)}*" if str(text).strip() else "*untitled*"


def day(value: object) -> str:
    """2026-02-20 as 20 Feb 2026."""
    try:
        at = date.fromisoformat(str(value))
    except ValueError:
        return plain(value)
    return f"{at.day} {at:%b %Y}"


def joined(parts: list[str]) -> str:
    """a, b and c."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


Pair = Sequence[object]  # [before, after] as an event's body has it
Phrase = Callable[[str, object, object, Names], str]


def in_order(changes: Mapping[str, Pair]) -> list[tuple[str, Pair]]:
    """The changes in one order, the weightier first: PostgreSQL keeps the keys of a body in its own."""
    weights = {name: place for place, name in enumerate(_PHRASES)}
    return sorted(changes.items(), key=lambda change: (weights.get(change[0], len(weights)), change[0]))


def phrase(field: str, task: str, before: object, after: object, names: Names) -> str:
    """What happened to a field, after the name of who did it: `assigned *Fix sitemap* to Kenji`."""
    say = _PHRASES.get(field)
    if say is not None:
        return say(task, before, after, names)
    return _set(field.replace("_", " "))(task, before, after, names)


def _set(what: str, show: Callable[[object, Names], str] = lambda value, _: plain(value)) -> Phrase:
    def say(task: str, before: object, after: object, names: Names) -> str:
        if after in (None, ""):
            return f"removed the {what} of {task}" + (f", {show(before, names)}" if before else "")
        return f"set the {what} of {task} to {show(after, names)}"

    return say


def _assigned(task: str, before: object, after: object, names: Names) -> str:
    if after is None:
        return f"took {task} from {plain(names.agents.get(str(before), str(before)))}"
    return f"assigned {task} to {plain(names.agents.get(str(after), str(after)))}"


def _accountable(task: str, before: object, after: object, names: Names) -> str:
    if after is None:
        return f"left nobody accountable for {task}"
    return f"made {plain(names.people.get(str(after), str(after)))} accountable for {task}"


def _sprint(task: str, before: object, after: object, names: Names) -> str:
    if after is None:
        return (
            f"sent {task} from the sprint {plain(names.sprints.get(str(before), str(before)))} to the backlog"
        )
    return f"put {task} into the sprint {plain(names.sprints.get(str(after), str(after)))}"


def _labels(task: str, before: object, after: object, names: Names) -> str:
    was, now = _texts(before), _texts(after)
    added, gone = [x for x in now if x not in was], [x for x in was if x not in now]
    parts = []
    if added:
        parts.append(f"added {joined([plain(x) for x in added])} to the labels of {task}")
    if gone:
        parts.append(
            f"removed {joined([plain(x) for x in gone])} from the labels of {'it' if added else task}"
        )
    return joined(parts) or f"changed the labels of {task}"


def _custom(task: str, before: object, after: object, names: Names) -> str:
    was = before if isinstance(before, dict) else {}
    now = after if isinstance(after, dict) else {}
    parts: list[str] = []
    for key in dict.fromkeys([*now, *was]):
        if was.get(key) != now.get(key):
            what = plain(names.fields.get(str(key), str(key)))
            parts.append(_set(what)("it" if parts else task, was.get(key), now.get(key), names))
    return joined(parts) or f"changed the custom fields of {task}"


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else []


_PHRASES: Final[dict[str, Phrase]] = {
    "title": lambda t, before, after, names: f"renamed {named(before)} to {named(after)}",
    "description": lambda t, before, after, names: f"rewrote the description of {t}",
    "priority": _set("priority", lambda value, _: str(value).upper()),
    "assigned_agent_id": _assigned,
    "accountable_id": _accountable,
    "category_id": _set("category", lambda v, names: plain(names.categories.get(str(v), str(v)))),
    "sprint_id": _sprint,
    "parent_id": lambda t, before, after, names: (
        f"made {t} a part of another task" if after else f"made {t} a task of its own"
    ),
    "start_date": _set("start date", lambda value, _: day(value)),
    "due_date": _set("due date", lambda value, _: day(value)),
    "estimate": _set(
        "estimate", lambda value, _: f"{value:g}" if isinstance(value, int | float) else plain(value)
    ),
    "labels": _labels,
    "custom": _custom,
    "depends_on": lambda t, before, after, names: f"changed what {t} waits for",
    "watchers": lambda t, before, after, names: f"changed who watches {t}",
    "client_id": _set("client"),
    "blocked_reason": _set("reason why it is blocked"),
    "client_visible": lambda t, before, after, names: (
        f"made {t} visible to the client" if after else f"hid {t} from the client"
    ),
}
