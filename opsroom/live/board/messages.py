"""What a client says. Read strictly: a message is one of these or it is refused by name."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StrictStr, StringConstraints, TypeAdapter, ValidationError

from opsroom.kernel.errors import Invalid, Malformed
from opsroom.kernel.shape import Shape, problems_of
from opsroom.kernel.strict_json import read_json

TaskId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$", strict=True)]
ColumnKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$", strict=True)]
Share = Annotated[float, Field(ge=0, le=1, strict=True, allow_inf_nan=False)]


class _Message(Shape):
    model_config = ConfigDict(strict=True)


class Identify(_Message):
    """The seed's greeting. Who speaks is known from the ticket; another id is refused."""

    type: Literal["identify"]
    agentId: StrictStr | None = Field(default=None, max_length=200)  # noqa: N815 - as the wire has it


class ViewingTask(_Message):
    """The card that is open at the client, or none."""

    type: Literal["viewing_task"]
    taskId: TaskId | None  # noqa: N815


class CursorMove(_Message):
    """Where the pointer is, as shares of the board's size."""

    type: Literal["cursor_move"]
    x: Share
    y: Share
    column: ColumnKey | None = None


class Ping(_Message):
    """The client lives."""

    type: Literal["ping"]


Message = Identify | ViewingTask | CursorMove | Ping

_READER: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="type")])
_MAX_DEPTH = 8
# What most messages of a quiet board are: read without reading.
_PLAIN_PING = '{"type":"ping"}'
_PING = Ping(type="ping")


def read_message(text: str) -> Message:
    """The message in a text frame. Raises Malformed or Invalid, in words for the one who wrote it."""
    if text == _PLAIN_PING:
        return _PING
    value = read_json(text.encode("utf-8", "surrogatepass"), max_depth=_MAX_DEPTH)
    try:
        return _READER.validate_python(value)
    except ValidationError as error:
        problems = problems_of(error)
        raise Invalid("The message does not fit.", problems=problems) from error


def told(error: Malformed | Invalid) -> str:
    """The refusal in one line."""
    if not error.problems or isinstance(error, Malformed):
        return error.message.replace("The body", "The message")[:500]
    lines = [f"{p.path}: {p.message}" if p.path else p.message for p in error.problems]
    return f"{error.message} {'; '.join(lines)}"[:500]
