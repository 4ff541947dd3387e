"""Words in one JSON column of which some carry a note: an option its colour, a skill its level. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def noted(words: Sequence[str], notes: Mapping[str, object]) -> list[object]:
    """As they are kept: a word alone, or a pair of the word and its note."""
    return [[word, notes[word]] if word in notes else word for word in words]


def words_of(held: Sequence[object]) -> list[str]:
    """The words, in their order."""
    return [str(one[0]) if isinstance(one, list | tuple) else str(one) for one in held]


def notes_of(held: Sequence[object]) -> dict[str, object]:
    """The notes by their word; words without one are left out."""
    return {str(one[0]): one[1] for one in held if isinstance(one, list | tuple)}
