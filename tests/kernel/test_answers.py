"""How long a service asks us to wait, in the forms in use."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsroom.kernel.answers import retry_after_s
from opsroom.kernel.clock import FakeClock

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "Sat, 21 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"Retry-After": "Sat, 21 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) + 12)}, 12.0),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp() * 1000) + 12_000)}, 12.0),
        ({"X-RateLimit-Reset": "15"}, 15.0),
        ({"X-RateLimit-Reset": "junk"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after_s(headers, FakeClock(NOW)) == expected


@given(st.sampled_from(["Retry-After", "X-RateLimit-Reset"]), st.text(max_size=40))
def test_any_header_gives_a_wait_or_none(name: str, value: str) -> None:
    waiting = retry_after_s({name: value}, FakeClock(NOW))
    assert waiting is None or waiting >= 0
