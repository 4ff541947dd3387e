"""The life cycle of a run as a table, and the pure decisions around it.

The seed's states, plus what the real stop reasons need (contracts.md 1.5). Every move of a run
goes through `move`; tests try the full product of states.
"""

from __future__ import annotations

import re
from typing import Literal, get_args

from opsroom.kernel.errors import Fault
from opsroom.kernel.shape import Json
from opsroom.runs.ports import Stop, StopKind

State = Literal[
    "CREATED",
    "SENDING_KICKOFF",
    "STREAMING",
    "REQUIRES_ACTION",
    "AWAITING_HUMAN",
    "FETCHING_OUTPUTS",
    "DELIVERING",
    "BUDGET_EXCEEDED",
    "DURATION_EXCEEDED",
    "CANCELLING",
    "REFUSED",
    "RETRIES_EXHAUSTED",
    "SESSION_LOST",
    "ERROR",
    "DONE",
    "EMPTY",
    "UNDELIVERED",
    "TERMINATED",
    "CANCELLED",
    "ALERTED",
]
STATES: tuple[State, ...] = get_args(State)

Outcome = Literal[
    "succeeded",
    "empty",
    "undelivered",
    "budget_exceeded",
    "duration_exceeded",
    "refused",
    "retries_exhausted",
    "session_terminated",
    "error",
    "cancelled",
]

ENDS: frozenset[State] = frozenset({"DONE", "EMPTY", "UNDELIVERED", "TERMINATED", "CANCELLED", "ALERTED"})


def _states(*states: State) -> frozenset[State]:
    return frozenset(states)


# What can go wrong at any point before the end, and where a person may step in.
_TROUBLE = _states("ERROR", "CANCELLING")
_STREAM_STOPS = _states(
    "BUDGET_EXCEEDED", "DURATION_EXCEEDED", "REFUSED", "RETRIES_EXHAUSTED", "SESSION_LOST"
)

TRANSITIONS: dict[State, frozenset[State]] = {
    "CREATED": _states("SENDING_KICKOFF") | _TROUBLE,
    "SENDING_KICKOFF": _states("STREAMING") | _TROUBLE,
    "STREAMING": _states("REQUIRES_ACTION", "FETCHING_OUTPUTS") | _STREAM_STOPS | _TROUBLE,
    "REQUIRES_ACTION": _states("AWAITING_HUMAN", "STREAMING") | _TROUBLE,
    "AWAITING_HUMAN": _states("STREAMING") | _TROUBLE,
    "FETCHING_OUTPUTS": _states("DELIVERING", "EMPTY") | _TROUBLE,
    # Once delivery is ordered it cannot be cancelled: some of it may have been read already.
    "DELIVERING": _states("DONE", "UNDELIVERED", "ERROR"),
    "BUDGET_EXCEEDED": _states("TERMINATED", "ERROR"),
    "DURATION_EXCEEDED": _states("TERMINATED", "ERROR"),
    "CANCELLING": _states("CANCELLED", "ERROR"),
    "REFUSED": _states("ALERTED"),
    "RETRIES_EXHAUSTED": _states("ALERTED"),
    "SESSION_LOST": _states("ALERTED"),
    "ERROR": _states("ALERTED"),
    # Delivering again opens these; nothing else ever leaves an end.
    "DONE": _states("DELIVERING"),
    "UNDELIVERED": _states("DELIVERING"),
    "EMPTY": _states(),
    "TERMINATED": _states(),
    "CANCELLED": _states(),
    "ALERTED": _states(),
}

OUTCOME_OF: dict[State, Outcome] = {
    "DONE": "succeeded",
    "EMPTY": "empty",
    "UNDELIVERED": "undelivered",
    "BUDGET_EXCEEDED": "budget_exceeded",
    "DURATION_EXCEEDED": "duration_exceeded",
    "REFUSED": "refused",
    "RETRIES_EXHAUSTED": "retries_exhausted",
    "SESSION_LOST": "session_terminated",
    "ERROR": "error",
    "CANCELLED": "cancelled",
}

_STATE_OF_STOP: dict[StopKind, State] = {
    "finished": "FETCHING_OUTPUTS",
    "requires_action": "REQUIRES_ACTION",
    "refused": "REFUSED",
    "retries_exhausted": "RETRIES_EXHAUSTED",
    "budget_reached": "BUDGET_EXCEEDED",
    "terminated": "SESSION_LOST",
    "deleted": "SESSION_LOST",
    "failed": "ERROR",
    # A stop we do not know is not a success: a person has to look.
    "unknown": "ERROR",
}


def may_move(state: State, to: State) -> bool:
    """True when the table allows `state` → `to`."""
    return to in TRANSITIONS[state]


def move(state: State, to: State) -> State:
    """`to`, or Fault when the table does not allow it: a bug, never somebody's input."""
    if not may_move(state, to):
        raise Fault(f"a run cannot go from {state} to {to}")
    return to


def is_end(state: State) -> bool:
    """True for the states nothing leaves by itself."""
    return state in ENDS


def may_cancel(state: State) -> bool:
    """True while there is something left to stop."""
    return may_move(state, "CANCELLING")


def state_of_stop(stop: Stop) -> State:
    """Where a session that stopped this way takes its run."""
    return _STATE_OF_STOP[stop.kind]


def over_budget(cost_micro_usd: int, limit_micro_usd: int) -> bool:
    """True when the session has spent all it may. A limit of 0 means none."""
    return limit_micro_usd > 0 and cost_micro_usd >= limit_micro_usd


def over_alert(cost_micro_usd: int, alert_micro_usd: int | None) -> bool:
    """True when the warning threshold is crossed."""
    return alert_micro_usd is not None and alert_micro_usd > 0 and cost_micro_usd >= alert_micro_usd


# -- the summary people see, from whatever the agent wrote ------------------------------------

_SCORE = re.compile(r"score[^0-9\n]{0,20}(\d{1,3}(?:\.\d+)?)\s*/\s*(\d{1,3})", re.IGNORECASE)
_PRIORITY = re.compile(r"^\W*(P[0-3])\b\W*(.+?)\s*$", re.MULTILINE)
_HEADING = re.compile(r"^#\s+(.+?)\s*$", re.MULTILINE)
_MAX_PRIORITIES = 3


def summary_of_json(data: object) -> Json | None:
    """A summary out of an audit's JSON: `overall_score`, `max_score`, `top_priorities`; None if absent."""
    if not isinstance(data, dict) or not isinstance(data.get("overall_score"), int | float):
        return None
    priorities = [
        {"severity": str(p.get("severity", "P2")), "text": str(p.get("text") or p.get("title") or "")}
        for p in data.get("top_priorities") or []
        if isinstance(p, dict)
    ]
    return {
        "headline": str(data["headline"]) if data.get("headline") else None,
        "score": data["overall_score"],
        "max_score": data.get("max_score") or 100,
        "priorities": priorities[:_MAX_PRIORITIES],
    }


def summary_of_markdown(text: str) -> Json | None:
    """A summary out of a report's Markdown: a score "71/100" and lines that begin with P1 to P3."""
    score = _SCORE.search(text)
    priorities = [
        {"severity": m.group(1).upper(), "text": m.group(2).strip(" *:-")} for m in _PRIORITY.finditer(text)
    ]
    if not score and not priorities:
        return None
    heading = _HEADING.search(text)
    return {
        "headline": heading.group(1) if heading else None,
        "score": float(score.group(1)) if score else None,
        "max_score": float(score.group(2)) if score else None,
        "priorities": priorities[:_MAX_PRIORITIES],
    }
