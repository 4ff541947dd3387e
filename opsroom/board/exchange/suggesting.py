"""What a source's words most likely mean here, and what is wrong with a mapping. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from collections.abc import Mapping as Map
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeVar

from opsroom.board.exchange.drafts import Found, SourceColumn, SourceField, SourcePerson, SourceSprint
from opsroom.board.exchange.shapes import (
    CategoryChoice,
    ColumnChoice,
    FieldChoice,
    LabelChoice,
    Mapping,
    PersonChoice,
    SprintChoice,
)
from opsroom.board.revising import slug_of
from opsroom.board.shapes import Category, Column, ColumnKind, CustomField, RosterAgent, Sprint
from opsroom.identity.shapes import Member
from opsroom.kernel.errors import Problem

MOST_COLUMNS: Final = 40
MOST_FIELDS: Final = 50
_WORDS: Final[dict[ColumnKind, str]] = {
    "todo": "todo to do backlog open new ideas inbox next planned ready triage icebox unstarted queue",
    "active": "doing in progress active wip working started progress development developing",
    "review": "review in review qa testing test verify approval code review feedback",
    "done": "done complete completed closed finished resolved shipped released live canceled cancelled",
    "blocked": "blocked on hold waiting hold stuck paused",
}


def _phrases(words: str) -> set[str]:
    """Each word, and each two that stand together: "in progress"."""
    single = words.split()
    return {*single, *(a + b for a, b in pairwise(single))}


_MEANT: Final[dict[str, ColumnKind]] = {
    phrase: kind for kind, words in _WORDS.items() for phrase in _phrases(words)
}


@dataclass(frozen=True, slots=True)
class BoardNow:
    """The project as it stands, read once for a whole look."""

    columns: tuple[Column, ...]
    agents: tuple[RosterAgent, ...]
    members: tuple[Member, ...]
    categories: tuple[Category, ...]
    sprints: tuple[Sprint, ...]
    fields: tuple[CustomField, ...]


def plain(name: str) -> str:
    """A name without what makes spellings differ."""
    return re.sub(r"[\W_]+", "", name.casefold())


Choice = TypeVar("Choice")


def _over(said: Map[str, Choice], guessed: Iterable[tuple[str, Choice]]) -> dict[str, Choice]:
    """What was said goes before what is guessed."""
    return {key: said.get(key, choice) for key, choice in guessed}


def whole_mapping(found: Found, board: BoardNow, said: Mapping) -> Mapping:
    """The mapping that was given, with a suggestion for everything it does not name."""
    labels = dict.fromkeys(label for draft in found.drafts for label in draft.labels)
    categories = dict.fromkeys(draft.category for draft in found.drafts if draft.category)
    keys, made = {column.key for column in board.columns}, {}
    fields = {field.key for field in board.fields}
    return Mapping(
        columns=_over(
            said.columns, [(k, _column(one, board, keys, made)) for k, one in found.columns.items()]
        ),
        people=_over(said.people, [(k, _person(one, board)) for k, one in found.people.items()]),
        fields=_over(said.fields, [(k, _field(one, board, fields)) for k, one in found.fields.items()]),
        sprints=_over(said.sprints, [(k, _sprint(one, board)) for k, one in found.sprints.items()]),
        categories=_over(said.categories, [(name, _category(name, board)) for name in categories]),
        labels=_over(said.labels, [(label, _label(label)) for label in labels]),
        headings={one.heading: one.target for one in found.headings},  # pyright: ignore[reportArgumentType]
        days_first=said.days_first,
    )


def _column(
    one: SourceColumn, board: BoardNow, taken: set[str], made: dict[str, ColumnChoice]
) -> ColumnChoice:
    name = plain(one.name)
    if name in made:  # lists of one name become one column
        return made[name]
    for column in board.columns:
        if name in (plain(column.name), plain(column.key)) or one.key == column.key:
            return ColumnChoice(key=column.key)
    meant = _MEANT.get(name)
    kind = one.kind or meant
    same = next((column for column in board.columns if column.kind == kind), None)
    if same is not None and meant is not None:
        return ColumnChoice(key=same.key)
    key = slug_of(one.name, taken, separator="_", fallback="column")
    taken.add(key)
    shown = " ".join(one.name.split())[:60].strip() or key
    made[name] = ColumnChoice(key=key, create=True, name=shown, kind=kind or "active")
    return made[name]


def _person(one: SourcePerson, board: BoardNow) -> PersonChoice:
    names = {plain(one.name), plain(one.key), plain((one.email or one.name).partition("@")[0])} - {""}
    for agent in board.agents:
        if names & {plain(agent.name), plain(agent.id)}:
            return PersonChoice(agent_id=agent.id)
    for member in board.members:
        if one.key == member.id or names & {plain(member.name), plain(member.handle)}:
            return PersonChoice(person_id=member.id)
    return PersonChoice()


def _field(one: SourceField, board: BoardNow, taken: set[str]) -> FieldChoice:
    for field in board.fields:
        same = one.key == field.key or plain(one.name) in (plain(field.name), plain(field.key))
        if same and field.kind in (one.kind, "text"):
            return FieldChoice(key=field.key)
    key = slug_of(one.name, taken, separator="_", fallback="field")
    taken.add(key)
    options = tuple(dict.fromkeys(" ".join(option.split())[:120] for option in one.options))[:100]
    kind = "text" if one.kind == "choice" and not options else one.kind
    return FieldChoice(
        key=key,
        create=True,
        name=one.name.strip()[:80] or key,
        kind=kind,
        options=options if kind == "choice" else (),
    )


def _sprint(one: SourceSprint, board: BoardNow) -> SprintChoice:
    for sprint in board.sprints:
        if one.key == sprint.id or plain(one.name) == plain(sprint.name):
            return SprintChoice(sprint_id=sprint.id)
    return SprintChoice(create=one.start is not None and one.end is not None and one.start <= one.end)


def _category(name: str, board: BoardNow) -> CategoryChoice:
    for category in board.categories:
        if name == category.id or plain(name) == plain(category.name):
            return CategoryChoice(category_id=category.id)
    label = " ".join(name.split())[:60]
    return CategoryChoice(label=label or None)


def _label(label: str) -> LabelChoice:
    return LabelChoice(label=" ".join(label.split())[:60] or None)


# ---- what is wrong ------------------------------------------------------------------------------------


def mapping_problems(found: Found, board: BoardNow, said: Mapping, whole: Mapping) -> tuple[Problem, ...]:
    """Why a mapping cannot be taken: it names what is not there, here or in the source."""
    return (
        *_stray("columns", said.columns, found.columns),
        *_stray("people", said.people, found.people),
        *_stray("fields", said.fields, found.fields),
        *_stray("sprints", said.sprints, found.sprints),
        *_stray("headings", said.headings, {one.heading for one in found.headings}),
        *_column_problems(board, whole),
        *_people_problems(board, said),
        *_field_problems(board, whole),
        *_named(
            "sprints",
            {k: c.sprint_id for k, c in said.sprints.items()},
            {s.id for s in board.sprints},
            "sprint",
        ),
        *_named(
            "categories",
            {k: c.category_id for k, c in said.categories.items()},
            {c.id for c in board.categories},
            "category",
        ),
    )


def _stray(part: str, said: Collection[str], known: Collection[str]) -> tuple[Problem, ...]:
    wrong = [key for key in said if key not in known]
    return tuple(Problem(f"mapping.{part}.{key[:80]}", "is not in what you sent") for key in wrong)


def _named(part: str, named: Map[str, str | None], there: Collection[str], noun: str) -> tuple[Problem, ...]:
    return tuple(
        Problem(f"mapping.{part}.{key[:80]}", f"{name[:80]!r} is no {noun} of this board")
        for key, name in named.items()
        if name is not None and name not in there
    )


def _column_problems(board: BoardNow, whole: Mapping) -> tuple[Problem, ...]:
    there = {column.key for column in board.columns}
    wrong = tuple(
        Problem(
            f"mapping.columns.{key[:80]}",
            f"{choice.key!r} is no column of this board, there are {', '.join(sorted(there))}; or say create",
        )
        for key, choice in whole.columns.items()
        if choice.key not in there and not choice.create
    )
    added = {choice.key for choice in whole.columns.values() if choice.create} - there
    if len(there) + len(added) > MOST_COLUMNS:
        message = f"would make {len(there) + len(added)} columns, and a board has {MOST_COLUMNS} at most; "
        wrong += (Problem("mapping.columns", message + "let some go to columns that are there"),)
    return wrong


def _people_problems(board: BoardNow, said: Mapping) -> tuple[Problem, ...]:
    agents = {key: choice.agent_id for key, choice in said.people.items()}
    people = {key: choice.person_id for key, choice in said.people.items()}
    return (
        *_named("people", agents, {agent.id for agent in board.agents}, "agent"),
        *_named("people", people, {member.id for member in board.members}, "member"),
    )


def _field_problems(board: BoardNow, whole: Mapping) -> tuple[Problem, ...]:
    there = {field.key: field for field in board.fields}
    wrong = tuple(
        Problem(
            f"mapping.fields.{key[:80]}", f"{choice.key!r} is no custom field of this board; or say create"
        )
        for key, choice in whole.fields.items()
        if choice.key is not None and choice.key not in there and not choice.create
    )
    added = {choice.key for choice in whole.fields.values() if choice.create and choice.key} - there.keys()
    if len(there) + len(added) > MOST_FIELDS:
        message = (
            f"would make {len(there) + len(added)} custom fields, and a board has {MOST_FIELDS} at most; "
        )
        wrong += (Problem("mapping.fields", message + "leave some out with key null"),)
    return wrong
