"""The workflows a project can begin with. Colours of the four states are those of the product's palette."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from opsroom.board.shapes import ColumnKind

GREY: Final = "#a7afbe"
BLUE: Final = "#0da6f2"
GREEN: Final = "#22c365"
RED: Final = "#dd3c3c"
VIOLET: Final = "#5c3df5"
AMBER: Final = "#f49d25"
TEAL: Final = "#14b8a6"


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """A column as a template has it."""

    key: str
    name: str
    color: str
    kind: ColumnKind
    wip_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A template: its columns from left to right, and the ways between them (none given: every way)."""

    key: str
    name: str
    description: str
    columns: tuple[ColumnPlan, ...]
    transitions: tuple[tuple[str, tuple[str, ...]], ...] = ()


SIMPLE: Final = Plan(
    "simple",
    "Simple",
    "Four columns, every move allowed.",
    (
        ColumnPlan("todo", "To do", GREY, "todo"),
        ColumnPlan("in_progress", "In progress", BLUE, "active"),
        ColumnPlan("done", "Done", GREEN, "done"),
        ColumnPlan("blocked", "Blocked", RED, "blocked"),
    ),
)

BUILD: Final = Plan(
    "build",
    "Build",
    "From intake to merged: what agents build is reviewed by a person before it counts as done.",
    (
        ColumnPlan("intake", "Intake", GREY, "todo"),
        ColumnPlan("clarification", "Clarification", AMBER, "todo"),
        ColumnPlan("ready", "Ready", VIOLET, "todo"),
        ColumnPlan("in_progress", "In progress", BLUE, "active"),
        ColumnPlan("review", "Review", TEAL, "review"),
        ColumnPlan("blocked", "Blocked", RED, "blocked"),
        ColumnPlan("merged", "Merged", GREEN, "done"),
        ColumnPlan("error", "Error", RED, "error"),
    ),
    (
        ("intake", ("clarification", "ready", "blocked", "error")),
        ("clarification", ("intake", "ready", "blocked", "error")),
        ("ready", ("intake", "clarification", "in_progress", "blocked", "error")),
        ("in_progress", ("ready", "clarification", "review", "blocked", "error")),
        ("review", ("in_progress", "ready", "merged", "blocked", "error")),
        ("merged", ("review",)),
    ),
)

CLIENT_DELIVERY: Final = Plan(
    "client_delivery",
    "Client delivery",
    "Work for a client: nothing is delivered before it was reviewed inside and then by the client.",
    (
        ColumnPlan("backlog", "Backlog", GREY, "todo"),
        ColumnPlan("briefed", "Briefed", VIOLET, "todo"),
        ColumnPlan("in_progress", "In progress", BLUE, "active"),
        ColumnPlan("internal_review", "Internal review", TEAL, "review"),
        ColumnPlan("client_review", "Client review", AMBER, "review"),
        ColumnPlan("delivered", "Delivered", GREEN, "done"),
        ColumnPlan("on_hold", "On hold", RED, "blocked"),
    ),
    (
        ("backlog", ("briefed", "in_progress", "on_hold")),
        ("briefed", ("backlog", "in_progress", "on_hold")),
        ("in_progress", ("backlog", "briefed", "internal_review", "on_hold")),
        ("internal_review", ("in_progress", "client_review", "on_hold")),
        ("client_review", ("in_progress", "internal_review", "delivered", "on_hold")),
        ("delivered", ("client_review", "in_progress")),
    ),
)

PLANS: Final[dict[str, Plan]] = {plan.key: plan for plan in (SIMPLE, BUILD, CLIENT_DELIVERY)}
DEFAULT: Final = SIMPLE
