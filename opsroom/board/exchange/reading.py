"""Which reader reads a text, and a last look at what all of them may get wrong: parents and waiting. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Final

from opsroom.board.exchange.decoding import Text, json_of, looks_like_json, table_of
from opsroom.board.exchange.drafts import Draft, Found, Misfit, SourceKind
from opsroom.board.exchange.readers.asana import is_asana, read_asana
from opsroom.board.exchange.readers.clickup import is_clickup, read_clickup
from opsroom.board.exchange.readers.headings import Target
from opsroom.board.exchange.readers.linear import is_linear, read_linear
from opsroom.board.exchange.readers.own import is_own, read_own
from opsroom.board.exchange.readers.table import read_table
from opsroom.board.exchange.readers.trello import is_trello, read_trello
from opsroom.kernel.errors import Invalid, Malformed, Problem

Reader = Callable[[object, tzinfo], Found]

# The surest signs first.
_READERS: Final[tuple[tuple[SourceKind, Callable[[object], bool], Reader], ...]] = (
    ("opsroom", is_own, read_own),
    ("trello", is_trello, read_trello),
    ("asana", is_asana, read_asana),
    ("linear", is_linear, read_linear),
    ("clickup", is_clickup, read_clickup),
)
DEEPEST: Final = 40


def read(
    source: Text,
    zone: tzinfo,
    *,
    kind: SourceKind | None = None,
    name: str = "",
    headings: Mapping[str, Target] | None = None,
    days_first: bool | None = None,
) -> Found:
    """What is in a text. `kind` is what it is said to be, else it is recognised.

    Raises Malformed for what cannot be read at all, Invalid for JSON that none of the readers knows.
    """
    if looks_like_json(source.text):
        found = _read_json(json_of(source.text), zone, kind)
    elif kind not in (None, "csv", "linear"):
        message = f"is no JSON, which an export of {kind} is"
        raise Malformed(f"What you sent {message}.", problems=(Problem("content", message),))
    else:
        table = table_of(source.text)
        found = read_table(table, zone, name=name, said=headings or {}, days_first=days_first)
    if source.guessed:
        message = "does not say its encoding and is not UTF-8; read as this. Look whether accents are right"
        found.misfits.insert(0, _of_file("encoding", source.encoding, message))
    if name:
        found.name = name[:200]
    found.drafts = _parents_first(_without_knots(found))
    return found


def _read_json(data: object, zone: tzinfo, kind: SourceKind | None) -> Found:
    for name, recognises, reader in _READERS:
        if name == kind or (kind is None and recognises(data)):
            return reader(data, zone)
    known = "a Trello board, Asana, ClickUp or Linear tasks from their API, or our own export"
    raise Invalid(
        "This JSON is none that we can read.",
        problems=(Problem("content", f"is none of {known}; name the source if it is one of them"),),
    )


def _of_file(field: str, value: str, message: str) -> Misfit:
    return Misfit(place="file", source_id=None, field=field, value=value[:120], message=message)


def _without_knots(found: Found) -> list[Draft]:
    """Drafts whose parents and waiting lead nowhere in a circle, and to nothing that is not there."""
    ids = {draft.source_id for draft in found.drafts}
    named = _by_title(found) if found.source == "csv" else {}
    parents: dict[str, str | None] = {
        draft.source_id: draft.parent and named.get(draft.parent.casefold(), draft.parent)
        for draft in found.drafts
    }
    waits = _kept_waits(found, ids, named)
    drafts: list[Draft] = []
    for draft in found.drafts:
        parent = parents[draft.source_id]
        if parent is not None and (message := _parent_problem(draft.source_id, parent, ids, parents)):
            _note(found, draft, "parent", parent, message)
            parents[draft.source_id] = parent = None
        kept = waits.get(draft.source_id, ())
        same = parent == draft.parent and kept == draft.depends_on
        drafts.append(draft if same else draft.model_copy(update={"parent": parent, "depends_on": kept}))
    return drafts


def _by_title(found: Found) -> dict[str, str]:
    """Tables often name a parent by its title; it counts where one task alone has it."""
    titles: dict[str, str | None] = {}
    for draft in found.drafts:
        title = draft.title.casefold()
        titles[title] = None if title in titles else draft.source_id
    ids = {draft.source_id.casefold() for draft in found.drafts}
    return {title: source_id for title, source_id in titles.items() if source_id and title not in ids}


def _note(found: Found, draft: Draft, field: str, value: str, message: str) -> None:
    found.misfits.append(
        Misfit(place=draft.place, source_id=draft.source_id, field=field, value=value[:120], message=message)
    )


def _parent_problem(
    source_id: str, parent: str, ids: set[str], parents: Mapping[str, str | None]
) -> str | None:
    if parent not in ids:
        return "is not in this file; the task stands by itself"
    at: str | None = parent
    for _ in range(DEEPEST):
        if at is None:
            return None
        if at == source_id:
            return "is a part of this task itself; the circle is cut here"
        at = parents.get(at)
    return f"stands {DEEPEST} levels deep or more; the task stands by itself"


def _kept_waits(found: Found, ids: set[str], named: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """What each draft waits for, circles cut: one walk over all, however long the chains are."""
    by_id = {draft.source_id: draft for draft in found.drafts}
    waits: dict[str, list[str]] = {}
    for draft in found.drafts:
        for told in dict.fromkeys(draft.depends_on):
            other = told if told in ids else named.get(told.casefold(), told)
            if other in ids:
                waits.setdefault(draft.source_id, []).append(other)
            else:
                _note(found, draft, "depends_on", told, "is not in this file; left out")
    done: set[str] = set()
    for start in waits:
        on_the_way: dict[str, int] = {start: 0}  # in order, with how far each one's list was walked
        while on_the_way and start not in done:
            at, place = on_the_way.popitem()
            ahead = waits.get(at, [])
            if place >= len(ahead):
                done.add(at)
                continue
            on_the_way[at] = place + 1
            other = ahead[place]
            if other in on_the_way:
                _note(
                    found,
                    by_id[at],
                    "depends_on",
                    other,
                    "waits for this task itself; the circle is cut here",
                )
                del ahead[place]
                on_the_way[at] = place
            elif other not in done:
                on_the_way[other] = 0
    return {source_id: tuple(others) for source_id, others in waits.items()}


def _parents_first(drafts: list[Draft]) -> list[Draft]:
    """The same order, but nobody before the task they are a part of."""
    by_id = {draft.source_id: draft for draft in drafts}
    placed: set[str] = set()
    ordered: list[Draft] = []
    for draft in drafts:
        line: list[Draft] = []
        at: Draft | None = draft
        while at is not None and at.source_id not in placed:
            line.append(at)
            placed.add(at.source_id)
            at = by_id.get(at.parent) if at.parent else None
        ordered += reversed(line)
    return ordered
