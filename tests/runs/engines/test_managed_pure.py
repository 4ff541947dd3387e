"""What needs no network: the meaning of events and stops, against the SDK's own unions; the SSE parser."""

from __future__ import annotations

import json
import typing
from datetime import UTC, datetime

import pytest
from anthropic.types.beta.sessions import (
    beta_managed_agents_session_event_type,
    beta_managed_agents_session_status_idle_event,
    beta_managed_agents_session_thread_status_idle_event,
    beta_managed_agents_stream_session_events,
)
from hypothesis import given
from hypothesis import strategies as st

from opsroom.kernel.ids import new_id
from opsroom.runs.engines.anthropic_managed.mapping import (
    EVENTS,
    MAX_EVENT,
    PREVIEWS,
    event_of,
    list_cost_micro_usd,
)
from opsroom.runs.engines.anthropic_managed.opening import born_at
from opsroom.runs.engines.anthropic_managed.sse import Frame, SseParser
from opsroom.runs.engines.anthropic_managed.stops import STOP_KINDS, Standing

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def types_of(union: object) -> set[str]:
    """The `type` words of a discriminated union of the SDK."""
    members = typing.get_args(typing.get_args(union)[0])
    return {word for member in members for word in typing.get_args(member.model_fields["type"].annotation)}


STREAMED = types_of(beta_managed_agents_stream_session_events.BetaManagedAgentsStreamSessionEvents)
LISTED = set(typing.get_args(beta_managed_agents_session_event_type.BetaManagedAgentsSessionEventType))


def test_every_event_of_the_sdk_has_a_meaning_here() -> None:
    assert len(STREAMED) > 40
    assert set(EVENTS) | PREVIEWS == (STREAMED | LISTED)


@pytest.mark.parametrize(
    "union",
    [
        beta_managed_agents_session_status_idle_event.StopReason,
        beta_managed_agents_session_thread_status_idle_event.StopReason,
    ],
)
def test_every_stop_reason_of_the_sdk_has_a_meaning_here(union: object) -> None:
    assert types_of(union) == set(STOP_KINDS)


@pytest.mark.parametrize("kind", sorted(STREAMED | LISTED))
def test_no_event_is_unknown_or_breaks_when_it_is_bare(kind: str) -> None:
    event = event_of({"id": "sevt_1", "type": kind, "processed_at": None}, NOW)
    if kind in PREVIEWS:
        assert event is None
        return
    assert event is not None
    assert event.kind != "unknown"
    json.dumps(event.body, allow_nan=False)


@given(
    st.sampled_from(sorted(EVENTS)),
    st.dictionaries(
        st.sampled_from(
            [
                "id",
                "content",
                "input",
                "name",
                "error",
                "usage",
                "stop_reason",
                "processed_at",
                "model_usage",
                "evaluated_permission",
                "result",
            ]
        ),
        st.recursive(
            st.none() | st.integers() | st.text(),
            lambda i: st.lists(i) | st.dictionaries(st.text(), i),
            max_leaves=6,
        ),
    ),
)
def test_misshapen_events_never_break_the_reader(kind: str, fields: dict[str, object]) -> None:
    raw = {**fields, "type": kind}
    event = event_of(raw, NOW)
    assert event is not None
    standing = Standing()
    standing.read(raw)
    if standing.stands_on:
        standing.stop()


def test_unknown_and_oversize_events_are_kept() -> None:
    unknown = event_of({"id": "sevt_1", "type": "agent.telepathy", "thought": 1}, NOW)
    assert unknown is not None
    assert (unknown.kind, unknown.source_type) == ("unknown", "agent.telepathy")
    assert unknown.body["raw"] == {"id": "sevt_1", "type": "agent.telepathy", "thought": 1}
    large = event_of(
        {"id": "sevt_2", "type": "agent.message", "content": "x" * 30_000}, NOW, size=MAX_EVENT + 1
    )
    assert large is not None
    assert (large.kind, large.source_id) == ("unknown", "sevt_2")
    assert len(str(large.body["raw"])) < 25_000


def test_an_event_without_id_gets_the_same_one_every_time() -> None:
    first, again, other = (event_of({"type": "x", "n": n}, NOW) for n in (1, 1, 2))
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.source_id == again.source_id != other.source_id


@pytest.mark.parametrize(
    ("amount", "micro"),
    [
        ("2500", 25_000_000),
        ("1", 10_000),
        ("0", 0),
        ("12.5", 125_000),
        ("x", None),
        (None, None),
        ("NaN", None),
        ("1e99", None),
    ],
)
def test_cents_as_text_become_micro_dollars(amount: object, micro: int | None) -> None:
    assert list_cost_micro_usd({"list_cost": {"amount": amount, "currency": "USD"}}) == micro


def test_session_usage_tells_the_total() -> None:
    usage = {"list_cost": {"amount": "104", "currency": "USD"}, "input_tokens": 5, "output_tokens": 2}
    event = event_of({"id": "e", "type": "session.usage", "usage": usage}, NOW)
    assert event is not None
    assert event.cost_micro_usd == 1_040_000
    assert event.body == {"cost_usd": "1.04", "input_tokens": 5, "output_tokens": 2}


def idle(reason: str, **more: object) -> dict[str, object]:
    return {"id": f"idle_{reason}", "type": "session.status_idle", "stop_reason": {"type": reason, **more}}


RUNNING: dict[str, object] = {"id": "run", "type": "session.status_running"}
USE: dict[str, object] = {
    "id": "use_1", "type": "agent.tool_use", "name": "bash", "input": {"command": "ls"},
    "evaluated_permission": "ask", "session_thread_id": "sthr_2",
}  # fmt: skip


def standing(*raws: dict[str, object]) -> Standing:
    found = Standing()
    for raw in raws:
        found.read(raw)
    return found


@pytest.mark.parametrize(
    ("reason", "kind"), [*STOP_KINDS.items(), ("paused_for_maintenance", "unknown"), ("", "unknown")]
)
def test_each_stop_reason(reason: str, kind: str) -> None:
    found = standing(RUNNING, USE, idle(reason, event_ids=["use_1"]))
    assert found.stands_on == f"idle_{reason}"
    assert found.stop().kind == kind


def test_a_session_that_goes_on_does_not_stand() -> None:
    assert standing(idle("end_turn"), RUNNING).stands_on is None


def test_what_waits_is_told_with_its_input() -> None:
    (pending,) = standing(RUNNING, USE, idle("requires_action", event_ids=["use_1"])).stop().pending
    assert (pending.tool_use_id, pending.tool_name, pending.input) == ("use_1", "bash", {"command": "ls"})
    assert pending.thread_id == "sthr_2"


def test_an_answered_question_is_no_stop_and_half_an_answer_is() -> None:
    other = {**USE, "id": "use_2"}
    question = idle("requires_action", event_ids=["use_1", "use_2"])
    one = {"type": "user.tool_confirmation", "tool_use_id": "use_1", "result": "allow"}
    two = {"type": "user.tool_confirmation", "tool_use_id": "use_2", "result": "deny"}
    half = standing(USE, other, question, one)
    assert [pending.tool_use_id for pending in half.stop().pending] == ["use_2"]
    assert standing(USE, other, question, one, two).stands_on is None


def test_a_refusal_carries_its_reason() -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "Not this."}
    assert standing({**idle("refusal"), "stop_details": details}).stop().detail == "cyber: Not this."


@given(st.lists(st.integers(1, 40), max_size=60), st.sampled_from(["\n", "\r\n", "\r"]))
def test_frames_do_not_depend_on_how_the_bytes_arrive(cuts: list[int], end: str) -> None:
    text = "\ufeff: hello\n\nevent: a\ndata: {1}\n\nevent: ping\ndata: {}\n\n"
    text += "data: x\ndata: y\n\nid: 7\n\nevent: b\ndata: é\n\n"
    stream = text.replace("\n", end).encode() + b"event: end\ndata: z" + end.encode() * 2
    parser, frames, at = SseParser(), [], 0
    for cut in [*cuts, len(stream)]:
        frames += parser.feed(stream[at : at + cut])
        at += cut
    frames += parser.feed(b"\n")  # a lone CR at the very end is only settled by what follows
    first = [Frame("a", b"{1}"), Frame("ping", b"{}"), Frame("", b"x\ny")]
    assert frames == [*first, Frame("b", "é".encode()), Frame("end", b"z")]


@pytest.mark.parametrize("step", [1000, 1, 7])
def test_a_frame_without_end_costs_no_memory(step: int) -> None:
    parser = SseParser(max_frame=100)
    stream = b"data: " + b"x" * 2000 + b"\n\nevent: next\ndata: y\n\n"
    frames = [f for at in range(0, len(stream), step) for f in parser.feed(stream[at : at + step])]
    assert [(f.name, f.cut) for f in frames] == [("", True), ("next", False)]
    assert len(frames[0].data) <= 100
    for _ in range(50):
        parser.feed(b"z" * 1000)
        assert len(parser._rest) <= 2000


def test_a_run_id_tells_when_it_was_made() -> None:
    born = born_at(new_id("run"))
    assert born is not None
    assert abs((datetime.now(UTC) - born).total_seconds()) < 5
    assert born_at("run_1") is None
