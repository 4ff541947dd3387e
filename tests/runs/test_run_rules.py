"""The transition table over the full product of states, and what is read out of an agent's own words."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsroom.kernel.errors import Fault
from opsroom.runs.ports import Stop, StopKind
from opsroom.runs.rules import (
    ENDS,
    OUTCOME_OF,
    STATES,
    TRANSITIONS,
    State,
    is_end,
    may_cancel,
    may_move,
    move,
    over_budget,
    state_of_stop,
    summary_of_json,
    summary_of_markdown,
)


@pytest.mark.parametrize(("state", "to"), list(product(STATES, STATES)))
def test_every_pair_of_states_is_decided(state: State, to: State) -> None:
    if to in TRANSITIONS[state]:
        assert move(state, to) == to
    else:
        with pytest.raises(Fault):
            move(state, to)


def test_the_table_knows_every_state_and_no_other() -> None:
    assert set(TRANSITIONS) == set(STATES)
    assert set().union(*TRANSITIONS.values()) <= set(STATES)


def test_every_state_is_reached_and_leads_to_an_end() -> None:
    reached, edge = {"CREATED"}, ["CREATED"]
    while edge:
        for to in TRANSITIONS[edge.pop()]:
            if to not in reached:
                reached.add(to)
                edge.append(to)
    assert reached == set(STATES)
    for start in STATES:
        seen, edge = {start}, [start]
        while edge:
            for to in TRANSITIONS[edge.pop()] - seen:
                seen.add(to)
                edge.append(to)
        assert seen & ENDS, f"{start} never ends"


def test_an_end_is_left_only_to_deliver_again() -> None:
    for state in ENDS:
        assert is_end(state)
        assert TRANSITIONS[state] <= {"DELIVERING"}
        assert not may_cancel(state)


def test_a_success_needs_a_delivery() -> None:
    assert [s for s in STATES if may_move(s, "DONE")] == ["DELIVERING"]


@pytest.mark.parametrize("kind", get_args(StopKind))
def test_every_stop_has_a_state_that_streaming_may_take(kind: StopKind) -> None:
    assert may_move("STREAMING", state_of_stop(Stop(kind=kind)))


def test_only_a_finished_session_counts_as_success() -> None:
    good = {k for k in get_args(StopKind) if state_of_stop(Stop(kind=k)) == "FETCHING_OUTPUTS"}
    assert good == {"finished"}


def test_every_trouble_has_an_outcome() -> None:
    good = {
        "CREATED",
        "SENDING_KICKOFF",
        "STREAMING",
        "REQUIRES_ACTION",
        "AWAITING_HUMAN",
        "FETCHING_OUTPUTS",
    }
    between = good | {"DELIVERING", "CANCELLING", "TERMINATED", "ALERTED"}
    assert set(OUTCOME_OF) == set(STATES) - between


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_budget_is_reached_not_passed(cost: int, limit: int) -> None:
    assert over_budget(cost, limit) == (limit > 0 and cost >= limit)


def test_a_summary_out_of_an_audits_json() -> None:
    data = {
        "overall_score": 71,
        "max_score": 100,
        "top_priorities": [
            {"severity": "P1", "text": "Add 8 missing services"},
            "nonsense",
            {"title": "Other"},
        ],
    }
    summary = summary_of_json(data)
    assert summary is not None
    assert summary["score"] == 71
    assert summary["priorities"] == [
        {"severity": "P1", "text": "Add 8 missing services"},
        {"severity": "P2", "text": "Other"},
    ]
    assert summary_of_json({"score": 3}) is None
    assert summary_of_json([1]) is None


def test_a_summary_out_of_markdown() -> None:
    text = (
        "# Audit of Shamrock\n\n**Overall Score:** 71/100\n\n- **P1:** Add 8 services\n- P2 – Build pages\n"
    )
    summary = summary_of_markdown(text)
    assert summary is not None
    assert (summary["score"], summary["max_score"], summary["headline"]) == (71.0, 100.0, "Audit of Shamrock")
    assert [p["severity"] for p in summary["priorities"]] == ["P1", "P2"]  # type: ignore[index]
    assert summary_of_markdown("nothing to see") is None


@given(st.text(max_size=2000))
def test_no_markdown_breaks_the_reader(text: str) -> None:
    summary_of_markdown(text)
