"""What the lines of a program mean, the misshapen ones above all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsroom.runs.engines.clean import NotJson, clean, read_json
from opsroom.runs.engines.programs.protocol import MAX_TEXT, read_line
from opsroom.runs.ports import EngineEvent


def line(**fields: object) -> bytes:
    return json.dumps(fields).encode()


@pytest.mark.parametrize(
    ("written", "kind", "body"),
    [
        (line(type="message", text="hello"), "agent.message", {"text": "hello"}),
        (b"just words", "agent.message", {"text": "just words"}),
        (b"[1, 2]", "agent.message", {"text": "[1, 2]"}),
        (
            b'{"type": "message", "text": "half',
            "agent.message",
            {"text": '{"type": "message", "text": "half'},
        ),
        (
            line(type="progress", done=12, total=50, note="crawling"),
            "progress",
            {"done": 12, "total": 50, "note": "crawling"},
        ),
        (line(type="progress", done=1, total=None), "progress", {"done": 1, "total": None, "note": ""}),
        (
            line(type="tool_use", id="t1", name="crawl", input={"a": 1}),
            "tool.use",
            {"id": "t1", "name": "crawl", "input": {"a": 1}, "tool_kind": "builtin", "permission": "allow"},
        ),
        (
            line(type="tool_result", id="t1", is_error=True, text="no"),
            "tool.result",
            {"id": "t1", "is_error": True, "text": "no"},
        ),
        (line(type="cost", micro_usd=1200, note="model"), "cost", {"cost_usd": "0.0032", "note": "model"}),
        (
            line(type="output", path="a.json", media_type="application/json", title="A"),
            "output",
            {"name": "a.json", "media_type": "application/json", "title": "A"},
        ),
        (
            line(
                type="summary",
                headline="h",
                score=71,
                max_score=100,
                priorities=[{"severity": "P1", "text": "x"}],
            ),
            "summary",
            {"headline": "h", "score": 71, "max_score": 100, "priorities": [{"severity": "P1", "text": "x"}]},
        ),
    ],
)
def test_each_line_becomes_its_event(written: bytes, kind: str, body: dict[str, object]) -> None:
    said = read_line(written, 2000)
    assert (said.kind, said.body) == (kind, body)


@pytest.mark.parametrize(
    "written",
    [
        line(type="greeting", text="hello"),
        line(text="no type"),
        line(type=7),
        line(type="message"),
        line(type="message", text=5),
        line(type="cost", micro_usd=-5),
        line(type="cost", micro_usd="12"),
        line(type="progress", done=-1),
        line(type="tool_use", id="t", name="x", input=[1]),
    ],
)
def test_what_is_misshapen_is_kept_as_unknown_with_the_reason(written: bytes) -> None:
    said = read_line(written, 0)
    if said.kind == "cost":  # a number in quotes is still that number
        assert said.body["cost_usd"] == "0.000012"
        return
    assert said.kind == "unknown"
    assert json.loads(str(said.body["raw"])) == json.loads(written)
    assert said.body["problem"]


def test_bytes_that_are_no_text_are_shown_replaced() -> None:
    assert read_line(b"caf\xe9 \x00\x07 ok", 0).body == {"text": "caf\ufffd \ufffd\ufffd ok"}


def test_a_very_long_message_is_cut_and_says_so() -> None:
    text = str(read_line(line(type="message", text="x" * (MAX_TEXT + 5)), 0).body["text"])
    assert text.endswith("… (5 more characters cut)")


def test_what_no_database_takes_is_replaced() -> None:
    written = (
        b'{"type":"tool_use","id":"a\\u0000b","name":"\\ud800x","input":{"n":NaN,"big":1e999,"i":%s}}'
        % (b"9" * 400)
    )
    body = read_line(written, 0).body
    assert body["id"] == "a\ufffdb"
    assert body["name"] == "\ufffdx"
    assert body["input"] == {"n": None, "big": None, "i": "9" * 400}


def test_deep_nesting_is_cut_or_refused_never_a_crash() -> None:
    deep = b'{"type":"tool_use","id":"t","name":"n","input":{"a":%s1%s}}' % (b"[" * 500, b"]" * 500)
    assert "nested too deeply" in json.dumps(read_line(deep, 0).body, ensure_ascii=False)
    with pytest.raises(NotJson):
        read_json("[" * 200_000)


@given(st.binary(max_size=300))
def test_no_line_breaks_the_reader(written: bytes) -> None:
    said = read_line(written, 0)
    json.dumps(said.body, allow_nan=False).encode("utf-8")
    assert said.kind in EngineEvent.model_fields["kind"].annotation.__args__  # type: ignore[union-attr]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_JSON)
def test_clean_values_can_always_be_stored(value: object) -> None:
    text = json.dumps(clean(value), allow_nan=False, ensure_ascii=False)
    assert "\0" not in text
    text.encode("utf-8")


def test_a_whole_score_stays_whole() -> None:
    said = read_line(line(type="summary", headline="h", score=71, max_score=100), 0)
    assert json.dumps(said.body["score"]) == "71"
