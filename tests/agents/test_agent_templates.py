"""Placeholders: filled once, from what was handed in, and nothing else."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsroom.agents.api import placeholders, render
from opsroom.agents.templates import PROMPT_NAMES, template_problems
from opsroom.kernel.errors import Invalid

AT = datetime(2026, 4, 19, 12, 30, 5, tzinfo=UTC)


def test_values_and_built_ins() -> None:
    payload = {"client_id": "shamrock", "cities": ["Dublin", "Columbus"], "hours": {"mon": 8}, "none": None}
    assert render("{client_id}-{timestamp}.json", payload, at=AT) == "shamrock-20260419T123005Z.json"
    assert (
        render("{cities}|{hours}|{none}|{date}", payload, at=AT) == 'Dublin, Columbus|{"mon": 8}||2026-04-19'
    )
    assert json.loads(render("{payload_json}", payload)) == payload
    assert render("{agent_name}/{run_id}", payload, extra={"agent_name": "s", "run_id": "r"}) == "s/r"


def test_json_braces_stay() -> None:
    text = '{"a": {"b": [1, {}]}} { x } {} {a-b} {{client_id}} {client_id}'
    assert render(text, {"client_id": "c"}) == '{"a": {"b": [1, {}]}} { x } {} {a-b} {client_id} c'


def test_values_are_not_templates() -> None:
    payload = {"client_id": "{client_name}", "client_name": "{payload_json.__class__} {secret}"}
    assert render("{client_id} {client_name}", payload) == "{client_name} {payload_json.__class__} {secret}"


def test_the_payload_cannot_decide_the_run() -> None:
    assert render("{run_id}", {"run_id": "evil"}, extra={"run_id": "run_1"}) == "run_1"
    assert render("{timestamp}", {"timestamp": "evil"}, at=AT) == "20260419T123005Z"


def test_missing_values_are_all_named() -> None:
    with pytest.raises(Invalid) as caught:
        render("{a} {b} {timestamp} {c}", {"b": 1}, absent=("c",))
    assert [p.path for p in caught.value.problems] == ["a", "timestamp"]


@given(st.text(), st.dictionaries(st.text(alphabet="abc_", min_size=1, max_size=3), st.text(), max_size=3))
def test_rendering_never_surprises(template: str, payload: dict[str, object]) -> None:
    missing = set(placeholders(template)) - set(payload) - {"payload_json"}
    with pytest.raises(Invalid) if missing else nullcontext():
        render(template, payload)


def test_dressed_placeholders_are_told() -> None:
    found = [
        p.message
        for p in template_problems(
            "{client_id.x} {date!r} {a[0]} {b:>3}", "p", own=PROMPT_NAMES, fields=("a",)
        )
    ]
    assert len(found) == 3
    assert found[0] == "{client_id.x}: a placeholder is a bare name; write {client_id}"
