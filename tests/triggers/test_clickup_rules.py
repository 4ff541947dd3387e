"""What a ClickUp webhook says: signatures, changes of status, keys. Pure, by property and by table."""

from __future__ import annotations

import hashlib
import hmac
import random
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsroom.triggers.sources.clickup.rules import (
    Transition,
    same_status,
    sign,
    signature_fits,
    transition_in,
    trigger_key,
)

SECRET = "SECRET-OF-THE-WEBHOOK"
BODY = (
    b'{"webhook_id":"7689a169","event":"taskStatusUpdated","task_id":"1vj37mc","history_items":'
    b'[{"id":"2800787326392370170","date":"1642736073330","field":"status",'
    b'"before":{"status":"to do"},"after":{"status":"ready"}}]}'
)
ANY_TEXT = st.one_of(st.none(), st.text(), st.text(string.hexdigits, min_size=60, max_size=68))


def test_the_signature_is_the_hex_hmac_sha256_of_the_raw_body() -> None:
    wanted = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()
    assert sign(BODY, SECRET) == wanted
    assert signature_fits(BODY, wanted, [SECRET])


def test_ten_thousand_made_up_headers_never_fit_and_never_raise() -> None:
    dice = random.Random(20261121)
    alphabets = (string.hexdigits, string.printable, "".join(map(chr, range(1, 0x2FF))), "é０１２３\ud800")
    right = sign(BODY, SECRET)
    for n in range(10_000):
        length = 64 if n % 2 else dice.randrange(200)
        header = "".join(dice.choices(alphabets[n % len(alphabets)], k=length))
        assert header == right or not signature_fits(BODY, header, [SECRET])


@given(ANY_TEXT, st.binary(max_size=200), st.lists(st.text(min_size=1, max_size=20), max_size=3))
def test_a_signature_fits_only_if_one_of_the_secrets_made_it(
    header: str | None, body: bytes, secrets: list[str]
) -> None:
    secrets = [s.encode("utf-8", "replace").decode() for s in secrets]
    made = {sign(body, secret) for secret in secrets}
    assert signature_fits(body, header, secrets) == (header in made)


def test_every_change_of_one_byte_of_the_body_is_seen() -> None:
    signature = sign(BODY, SECRET)
    for at in range(len(BODY)):
        for bit in range(8):
            changed = bytes([*BODY[:at], BODY[at] ^ (1 << bit), *BODY[at + 1 :]])
            assert not signature_fits(changed, signature, [SECRET]), (at, bit)
        assert not signature_fits(BODY[:at] + BODY[at + 1 :], signature, [SECRET])
    for more in (b" ", b"\n", b"\x00"):
        assert not signature_fits(BODY + more, signature, [SECRET])
        assert not signature_fits(more + BODY, signature, [SECRET])


def test_near_misses_of_the_right_signature_do_not_fit() -> None:
    right = sign(BODY, SECRET)
    misses = [right.upper(), right[:-1], right + "0", f" {right}", f"sha256={right}", right[::-1], ""]
    misses += [right[:n] + ("0" if right[n] != "0" else "1") + right[n + 1 :] for n in range(64)]
    for miss in misses:
        assert miss == right or not signature_fits(BODY, miss, [SECRET]), miss


def test_while_a_secret_is_replaced_both_hold_and_without_one_nothing_does() -> None:
    for signed_with, held, fits in (
        ("old", ("new", "old"), True),
        ("new", ("new", "old"), True),
        ("old", ("new",), False),
        ("old", (), False),
        ("", (), False),
    ):
        assert signature_fits(BODY, sign(BODY, signed_with), held) == fits


def event(*items: Any, task_id: Any = "t1", kind: Any = "taskStatusUpdated") -> dict[str, Any]:
    return {"event": kind, "task_id": task_id, "history_items": list(items)}


def change(into: Any = "ready", out_of: Any = "to do", date: Any = "1700000000000", **more: Any) -> Any:
    return {"field": "status", "date": date, "before": {"status": out_of}, "after": {"status": into}, **more}


STARTS: dict[str, Any] = {
    "into the status": event(change()),
    "in capitals": event(change("READY", "TO DO")),
    "with spaces": event(change(" Ready ")),
    "another change beside it": event({"field": "assignee", "after": {"id": 1}}, change()),
    "through another status": event(change("review"), change("ready", "review")),
    "the seed's example without a before": event(
        {"date": "1700000000000", "field": "status", "after": {"status": "ready"}}
    ),
    "without the name of the field": event(
        {"date": "1700000000000", "before": {"status": "x"}, "after": {"status": "ready"}}
    ),
}
STARTS_NOTHING: dict[str, tuple[Any, str]] = {
    "a list": ([], "not a JSON object"),
    "nothing": (None, "not a JSON object"),
    "another event": (event(change(), kind="taskCreated"), "'taskCreated'"),
    "an event that is no text": (event(change(), kind={"a": 1}), "not a change of status"),
    "no task": (event(change(), task_id=None), "names no task"),
    "an empty task": (event(change(), task_id=""), "names no task"),
    "a task that is a number": (event(change(), task_id=5), "names no task"),
    "a task too long": (event(change(), task_id="t" * 65), "names no task"),
    "a task with a line break": (event(change(), task_id="t\n1"), "names no task"),
    "no history": (event(), "no change of status"),
    "history that is no list": ({**event(), "history_items": {"a": 1}}, "no change of status"),
    "history that is text": ({**event(), "history_items": "ready"}, "no change of status"),
    "items that are no objects": (event(1, None, "ready"), "no change of status"),
    "another status": (event(change("done")), "'done'"),
    "out of the status": (event(change("done", "ready")), "'done'"),
    "a status that is no text": (event(change(7)), "no change of status"),
    "another field": (event(change(field="priority")), "no change of status"),
    "created in the status": (event(change(before=None)), "was created"),
    "created, as ClickUp puts it": (
        event(change(before={"status": None, "type": "removed"})),
        "was created",
    ),
    "there already": (event(change("ready", "Ready")), "already"),
}


@pytest.mark.parametrize("name", STARTS)
def test_a_move_into_the_status_starts(name: str) -> None:
    found = transition_in(STARTS[name], "ready")
    assert isinstance(found, Transition), found
    assert (found.task_id, found.changed_ms) == ("t1", "1700000000000")
    assert found.changed_at is not None
    assert found.changed_at.isoformat() == "2023-11-14T22:13:20+00:00"


@pytest.mark.parametrize("name", STARTS_NOTHING)
def test_anything_else_starts_nothing_and_says_why(name: str) -> None:
    payload, words = STARTS_NOTHING[name]
    found = transition_in(payload, "ready")
    assert isinstance(found, str), found
    assert words in found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, JSON, JSON, st.text(max_size=10))
def test_no_payload_raises(task_id: object, items: object, before: object, trigger_status: str) -> None:
    item = {"field": "status", "date": before, "before": before, "after": {"status": "ready"}}
    for payload in (
        items,
        {"event": "taskStatusUpdated", "task_id": task_id, "history_items": items},
        {"event": "taskStatusUpdated", "task_id": "t", "history_items": [items, item]},
    ):
        found = transition_in(payload, trigger_status)
        if isinstance(found, Transition):
            assert same_status(found.into, trigger_status)
            assert found.changed_at is None or found.changed_at.tzinfo is not None


@given(st.tuples(*[st.text(string.ascii_letters + string.digits + "-", min_size=1)] * 3))
def test_a_key_is_the_seeds_hash_of_agent_task_and_time(parts: tuple[str, str, str]) -> None:
    agent, task, changed = parts
    assert trigger_key(*parts) == hashlib.sha256(f"{agent}:{task}:{changed}".encode()).hexdigest()
    assert trigger_key(agent, task, changed + "0") != trigger_key(*parts)
