"""The skill protocol: what a program's lines mean. Pure; see docs of the engines for authors.

A line is JSON with a `type`, or it is a plain message. What is misshapen is never lost: it is told as
`unknown` with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from opsroom.kernel.shape import Json, micro_to_usd, problems_of
from opsroom.runs.engines.clean import NotJson, read_json, shorten
from opsroom.runs.ports import RunEventKind

MAX_TEXT = 200_000
MAX_RAW = 20_000
_Count = Annotated[float, Field(ge=0, le=1e15)]


class _Line(BaseModel):
    """Unknown fields are passed over: a program written for a later version still runs here."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Message(_Line):
    type: Literal["message"]
    text: str


class Progress(_Line):
    type: Literal["progress"]
    done: _Count
    total: _Count | None = None
    note: str = ""


class ToolUse(_Line):
    type: Literal["tool_use"]
    id: str
    name: str
    input: dict[str, object] = Field(default_factory=dict)


class ToolResult(_Line):
    type: Literal["tool_result"]
    id: str
    is_error: bool = False
    text: str = ""


class Cost(_Line):
    type: Literal["cost"]
    micro_usd: Annotated[int, Field(ge=0, le=10**15)]
    note: str = ""


class Output(_Line):
    type: Literal["output"]
    path: str
    media_type: str | None = None
    title: str | None = None


class Priority(_Line):
    severity: str
    text: str


class Summary(_Line):
    type: Literal["summary"]
    headline: str
    score: int | float | None = None
    max_score: int | float | None = None
    priorities: tuple[Priority, ...] = ()


_LINES: dict[str, type[_Line]] = {
    "message": Message,
    "progress": Progress,
    "tool_use": ToolUse,
    "tool_result": ToolResult,
    "cost": Cost,
    "output": Output,
    "summary": Summary,
}


@dataclass(frozen=True, slots=True)
class Said:
    """One line, read. `told` is the checked line where something is to be done besides logging it."""

    source_type: str
    kind: RunEventKind
    body: Json
    told: _Line | None = None


def read_line(line: bytes, spent_micro_usd: int) -> Said:
    """What `line` says. `spent_micro_usd` is what the run has cost before it."""
    text = line.decode("utf-8", errors="replace").strip()
    if not text.startswith("{"):
        return _plain(text)
    try:
        value = read_json(text)
    except NotJson:
        return _plain(text)
    if not isinstance(value, dict):
        return _plain(text)
    kind = value.get("type")
    shape = _LINES.get(kind) if isinstance(kind, str) else None
    if shape is None:
        return _unknown(str(kind or ""), text, "no such type")
    try:
        told = shape.model_validate(value)
    except ValidationError as error:
        wrong = "; ".join(f"{p.path} {p.message}" for p in problems_of(error))
        return _unknown(str(kind), text, wrong)
    return _event_of(told, spent_micro_usd)


def _event_of(told: _Line, spent: int) -> Said:  # noqa: PLR0911 - one line for each type
    match told:
        case Message():
            return Said("message", "agent.message", {"text": shorten(told.text, MAX_TEXT)})
        case Progress():
            body: Json = {"done": _whole(told.done), "total": _whole(told.total), "note": told.note[:500]}
            return Said("progress", "progress", body, told)
        case ToolUse():
            body = {"id": told.id[:200], "name": told.name[:200], "input": told.input}
            return Said("tool_use", "tool.use", {**body, "tool_kind": "builtin", "permission": "allow"})
        case ToolResult():
            body = {"id": told.id[:200], "is_error": told.is_error, "text": shorten(told.text, MAX_TEXT)}
            return Said("tool_result", "tool.result", body)
        case Cost():
            body = {"cost_usd": micro_to_usd(spent + told.micro_usd), "note": told.note[:500]}
            return Said("cost", "cost", body, told)
        case Output():
            body = {"name": told.path[:500], "media_type": told.media_type, "title": told.title}
            return Said("output", "output", body, told)
        case Summary():
            return Said("summary", "summary", told.model_dump(mode="json", exclude={"type"}))
        case _:
            return _unknown("", repr(told), "no such type")


def _whole(number: float | None) -> float | int | None:
    return int(number) if number is not None and number.is_integer() else number


def _plain(text: str) -> Said:
    # A broken line may hold what JSON would have escaped; it becomes text a person can read.
    safe = "".join(c if c.isprintable() or c in "\t" else "\ufffd" for c in text)
    return Said("text", "agent.message", {"text": shorten(safe, MAX_TEXT)})


def _unknown(kind: str, text: str, problem: str) -> Said:
    body: Json = {"type": kind[:200], "raw": shorten(text, MAX_RAW), "problem": shorten(problem, 1000)}
    return Said(kind[:200] or "unknown", "unknown", body)
