"""Pure decisions about custom fields."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from opsroom.board.shapes import FieldKind
from opsroom.kernel.errors import Problem


def option_problems(
    kind: FieldKind, options: Sequence[str], colors: Collection[str] = ()
) -> tuple[Problem, ...]:
    """What is wrong with the options of a field of this kind, and with what is coloured of them."""
    strange = [
        Problem(f"option_colors.{name}", "is none of the options") for name in colors if name not in options
    ]
    return (*_of_options(kind, options), *strange)


def _of_options(kind: FieldKind, options: Sequence[str]) -> tuple[Problem, ...]:
    if kind != "choice":
        return (Problem("options", f"belong to a choice; a {kind} has none"),) if options else ()
    if not options:
        return (Problem("options", "must list at least one choice"),)
    seen: set[str] = set()
    twice = [option for option in options if option in seen or seen.add(option)]
    return tuple(Problem("options", f"lists {option!r} twice") for option in dict.fromkeys(twice))
