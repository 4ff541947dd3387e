"""Pure decisions about columns and the ways between them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, Protocol

from opsroom.board.shapes import ColumnKind
from opsroom.kernel.errors import Problem

Transitions = Mapping[str, Sequence[str]]

# Where cards of a kind go when the new workflow has no column of their kind: the nearest in meaning.
_NEAREST: Final[dict[ColumnKind, tuple[ColumnKind, ...]]] = {
    "todo": ("todo",),
    "active": ("active", "todo"),
    "review": ("review", "active", "todo"),
    "done": ("done",),
    "blocked": ("blocked", "active", "todo"),
    "error": ("error", "blocked", "active", "todo"),
}


class Standing(Protocol):
    """A column, planned or real."""

    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> ColumnKind: ...


def missing_ends(kinds: Iterable[ColumnKind]) -> tuple[ColumnKind, ...]:
    """The kinds every workflow needs and these columns lack: somewhere to begin, somewhere to end."""
    there = set(kinds)
    needed: tuple[ColumnKind, ...] = ("todo", "done")
    return tuple(kind for kind in needed if kind not in there)


def transition_problems(transitions: Transitions, keys: Collection[str]) -> tuple[Problem, ...]:
    """What is wrong with the ways between columns."""
    problems: list[Problem] = []
    for source, targets in transitions.items():
        path = f"transitions.{source}"
        if source not in keys:
            problems.append(Problem(path, f"is no column of this board; it has {', '.join(keys)}"))
        strange = [target for target in dict.fromkeys(targets) if target not in keys]
        problems += [
            Problem(path, f"leads to {target}, which is no column of this board") for target in strange
        ]
    return tuple(problems)


def plain_transitions(transitions: Transitions) -> dict[str, tuple[str, ...]]:
    """Each way once, and none from a column to itself: a card may always stay where it is."""
    return {
        source: tuple(target for target in dict.fromkeys(targets) if target != source)
        for source, targets in transitions.items()
    }


def with_column(transitions: Transitions, key: str) -> dict[str, tuple[str, ...]]:
    """The ways after a column was added: every column that restricts its ways also leads to the new one."""
    return {source: (*targets, key) for source, targets in transitions.items()}


def without_column(transitions: Transitions, key: str) -> dict[str, tuple[str, ...]]:
    """The ways after a column was taken away."""
    return {
        source: tuple(target for target in targets if target != key)
        for source, targets in transitions.items()
        if source != key
    }


def mapped(old: Sequence[Standing], new: Sequence[Standing], wishes: Mapping[str, str]) -> dict[str, str]:
    """Where the cards of each old column go: as wished, to the same key if of like kind, else by kind."""
    by_key = {column.key: column for column in new}
    found: dict[str, str] = {}
    for column in old:
        if column.key in wishes:
            found[column.key] = wishes[column.key]
        elif column.key in by_key and by_key[column.key].kind == column.kind:
            found[column.key] = column.key
        else:
            found[column.key] = _by_kind(column.kind, new)
    return found


def _by_kind(kind: ColumnKind, columns: Sequence[Standing]) -> str:
    for near in _NEAREST[kind]:
        for column in columns:
            if column.kind == near:
                return column.key
    return columns[0].key


def mapping_problems(
    wishes: Mapping[str, str], old: Collection[str], new: Collection[str]
) -> tuple[Problem, ...]:
    """What is wrong with a mapping from the columns of one workflow to those of another."""
    problems = [
        Problem(f"mapping.{source}", f"is no column of this board; it has {', '.join(old)}")
        for source in wishes
        if source not in old
    ]
    problems += [
        Problem(f"mapping.{source}", f"leads to {target}, which the template does not have")
        for source, target in wishes.items()
        if target not in new
    ]
    return tuple(problems)
