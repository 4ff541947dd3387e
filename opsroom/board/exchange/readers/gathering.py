"""What readers share: careful looks into foreign JSON, and a place for what they find and what is odd."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, tzinfo
from typing import Final
from urllib.parse import urlsplit

from opsroom.board.exchange.dates import day_of, moment_of
from opsroom.board.exchange.drafts import (
    Draft,
    DraftComment,
    DraftLink,
    Found,
    Misfit,
    SourceColumn,
    SourceKind,
    SourcePerson,
)
from opsroom.board.shapes import ColumnKind, Priority
from opsroom.kernel.shape import Json

MOST_TASKS: Final = 200_000
MOST_MISFITS: Final = 20_000
_EXCERPT: Final = 120
_PRIORITIES: Final[dict[str, Priority]] = {
    "urgent": "p1", "highest": "p1", "critical": "p1", "blocker": "p1", "high": "p1",
    "p0": "p1", "p1": "p1", "1": "p1",
    "normal": "p2", "medium": "p2", "p2": "p2", "2": "p2",
    "low": "p3", "lowest": "p3", "minor": "p3", "p3": "p3", "p4": "p3", "3": "p3", "4": "p3",
}  # fmt: skip
_NO_PRIORITY: Final = frozenset({"", "none", "no priority", "0"})


class Gathering:
    """Collects what one reader finds. `zone` is the project's: a time of the source is one of its days."""

    def __init__(self, source: SourceKind, name: str, zone: tzinfo) -> None:
        self.found = Found(source, name[:200] or source)
        self.zone = zone
        self._ids: set[str] = set()
        self._met: dict[str, tuple[str, str]] = {}

    def misfit(
        self, place: str, field: str, value: object, message: str, source_id: str | None = None
    ) -> None:
        """Note something that does not come along as it was."""
        if len(self.found.misfits) < MOST_MISFITS:
            shown = " ".join(str(value if value is not None else "").split())[:_EXCERPT]
            known = source_id[:200] if source_id else None
            made = Misfit(place=place[:200], source_id=known, field=field[:80], value=shown, message=message)
            self.found.misfits.append(made)

    def add(self, draft: Draft) -> bool:
        """Take a draft in, unless one of its id is there already."""
        if draft.source_id in self._ids:
            message = "is there twice under this id; the first one comes along"
            self.misfit(draft.place, "id", draft.source_id, message, draft.source_id)
            return False
        if len(self._ids) == MOST_TASKS:
            self.misfit(
                draft.place, "", "", f"and what follows: an import takes {MOST_TASKS:,} tasks at most"
            )
        if len(self._ids) >= MOST_TASKS:
            return False
        self._ids.add(draft.source_id)
        self.found.drafts.append(draft)
        return True

    def column(self, key: str, name: str, kind: ColumnKind | None = None) -> str:
        """A column of the source; its key."""
        self.found.columns.setdefault(key, SourceColumn(key=key, name=(name.strip() or key)[:200], kind=kind))
        return key

    def meet(self, key: str, name: str, email: str | None = None) -> None:
        """What the source says of somebody, wherever it says it: they need not have to do with a task."""
        known_name, known_email = self._met.get(key, ("", ""))
        told = (known_name or name.strip(), known_email or (email or "").strip())
        self._met[key] = told
        known = self.found.people.get(key)
        if known is None:
            return
        if known.name in (key, known.email):  # so far they had no name of their own
            known = known.model_copy(update={"name": _called(key, *told)})
        self.found.people[key] = known.model_copy(update={"email": known.email or told[1] or None})

    def has_met(self, key: str) -> bool:
        """Whether the source said who this is."""
        return any(self._met.get(key, ()))

    def person(self, key: str, name: str, email: str | None = None) -> str:
        """Somebody who has to do with a task; their key."""
        self.meet(key, name, email)
        told = self._met[key]
        self.found.people.setdefault(
            key, SourcePerson(key=key, name=_called(key, *told), email=told[1] or None)
        )
        return key

    def day(self, place: str, field: str, value: object, source_id: str) -> date | None:
        """A day, or a misfit for what is none."""
        if value in (None, ""):
            return None
        found = day_of(value, self.zone)
        if found is None:
            self.misfit(place, field, value, "is no day we can read; left out", source_id)
        return found

    def moment(self, place: str, field: str, value: object, source_id: str) -> datetime | None:
        """A time, or a misfit for what is none."""
        if value in (None, ""):
            return None
        found = moment_of(value, self.zone)
        if found is None:
            self.misfit(place, field, value, "is no time we can read; left out", source_id)
        return found

    def number(self, place: str, field: str, value: object, source_id: str) -> float | None:
        """A number from 0 to 10,000, or a misfit for what is none."""
        if value in (None, ""):
            return None
        try:
            found = float(str(value).replace(",", "."))
        except ValueError:
            found = -1.0
        if not 0 <= found <= 10_000:
            self.misfit(place, field, value, "is no number from 0 to 10,000; left out", source_id)
            return None
        return found

    def priority(self, place: str, value: object, source_id: str) -> Priority | None:
        """Ours for theirs, or a misfit for one we do not know."""
        word = str(value if value is not None else "").strip().lower()
        if word in _NO_PRIORITY:
            return None
        found = _PRIORITIES.get(word)
        if found is None:
            self.misfit(place, "priority", value, "is no priority we know; it becomes p2", source_id)
        return found

    def link(self, place: str, name: str, url: str, source_id: str) -> DraftLink | None:
        """An attachment's address, or a misfit for what leads nowhere."""
        try:
            parts = urlsplit(url)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.netloc or len(url) > 2000:
            self.misfit(place, "attachment", url or name, "has no http address; left out", source_id)
            return None
        return DraftLink(name=(name.strip() or url)[:200], url=url)

    def links(self, place: str, pairs: Iterable[tuple[str, str]], source_id: str) -> tuple[DraftLink, ...]:
        """The attachments that have an address."""
        made = (self.link(place, name, url, source_id) for name, url in pairs)
        return tuple(link for link in made if link is not None)


def _called(key: str, name: str, email: str) -> str:
    return (name or email or key)[:200]


def comment(
    source_id: str, author: str, text: str, at: datetime | None, person: str | None = None
) -> DraftComment:
    """A comment; one without an id is known by what it says, who said it and when."""
    if not source_id:
        said = f"{author}\n{at}\n{text}".encode("utf-8", "replace")
        source_id = hashlib.sha256(said).hexdigest()[:32]
    return DraftComment(
        source_id=source_id[:120], author=author[:150] or "somebody", person=person, at=at, text=text
    )


# ---- looks into foreign JSON --------------------------------------------------------------------------


def mapping(value: object) -> Json:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> Iterator[Json]:
    """The objects of a list."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def text(value: object) -> str:
    """A text, a number as text, nothing for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(int(value)) if float(value).is_integer() else str(value)
    return ""


def texts(value: object) -> list[str]:
    """The texts and numbers of a list."""
    return [found for item in value if (found := text(item))] if isinstance(value, list) else []


def place_number(value: object) -> float:
    """Where something stands by the source's own number, the end for what has none."""
    try:
        return float(str(value))
    except ValueError:
        return float("inf")
