"""Shapes: frozen records that cross a room's door, and how their mistakes are told."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, PlainSerializer, ValidationError

from opsroom.kernel.errors import Invalid, Problem

Json = dict[str, object]


class Shape(BaseModel):
    """Base of every record that crosses a door: immutable, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


def micro_to_usd(micro: int) -> str:
    """Integer micro-dollars as the decimal string we show: 1_234_500 → "1.2345"."""
    sign = "-" if micro < 0 else ""
    whole, rest = divmod(abs(micro), 1_000_000)
    digits = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}{whole}.{digits}"


MicroUsd = Annotated[int, PlainSerializer(micro_to_usd, return_type=str, when_used="json")]
"""Micro-dollars inside, a decimal string in JSON."""


def problems_of(error: ValidationError, *, prefix: str = "") -> tuple[Problem, ...]:
    """Every mistake pydantic found, as paths a person can follow."""
    return tuple(
        Problem(".".join([prefix, *map(str, e["loc"])]).strip("."), _plain(e["msg"], e["type"]))
        for e in error.errors(include_url=False, include_context=False, include_input=False)
    )


def _plain(message: str, kind: str) -> str:
    if kind == "extra_forbidden":
        return "is not a known field; remove it or check its spelling"
    if kind == "missing":
        return "is required"
    return message[0].lower() + message[1:] if message else kind


class Meta(Shape):
    """What surrounds an answer: a list's whole length, the part shown, where the live tail begins; of a
    change, the fields that others had changed meanwhile and that were merged."""

    total: int | None = None
    limit: int | None = None
    offset: int | None = None
    seq: int | None = None
    merged: tuple[str, ...] | None = None


T = TypeVar("T")


class Answer(Shape, Generic[T]):
    """The envelope of every successful answer (DESIGN section 9)."""

    success: Literal[True] = True
    data: T
    meta: Meta = Meta()


S = TypeVar("S", bound=BaseModel)


def parse(shape: type[S], data: object, *, what: str = "The input") -> S:
    """`data` as `shape`. Raises Invalid listing all problems at once."""
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        problems = problems_of(error)
        count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise Invalid(f"{what} has {count}.", problems=problems) from error
