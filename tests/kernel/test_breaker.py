"""The breaker's states on a clock that stands still until told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from opsroom.kernel.breaker import Breaker, BreakerOpen, Breakers
from opsroom.kernel.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 11, 21, 12, 0, tzinfo=UTC))


@pytest.fixture
def breaker(clock: FakeClock) -> Breaker:
    return Breakers(clock, threshold=3, cooldown_s=10).of("clickup", "h")


def open_it(breaker: Breaker) -> None:
    assert [breaker.failed(breaker.enter()) for _ in range(3)] == [False, False, True]


def test_failures_in_a_row_open_it_and_a_success_between_does_not(breaker: Breaker) -> None:
    for _ in range(5):
        assert not breaker.failed(breaker.enter())
        assert not breaker.failed(breaker.enter())
        breaker.succeeded(breaker.enter())
    open_it(breaker)
    assert breaker.state == "open"
    with pytest.raises(BreakerOpen, match=r"clickup \(h\) failed 3 times in a row") as caught:
        breaker.enter()
    assert (caught.value.permanent, caught.value.retry_after_s, caught.value.adapter) == (
        False,
        10.0,
        "clickup",
    )


def test_one_probe_at_a_time_and_longer_rests(breaker: Breaker, clock: FakeClock) -> None:
    open_it(breaker)
    for rest_s in (10, 20, 40, 80, 160, 300, 300):
        clock.advance(timedelta(seconds=rest_s - 1))
        assert breaker.state == "open"
        with pytest.raises(BreakerOpen):
            breaker.enter()
        clock.advance(timedelta(seconds=1))
        assert breaker.state == "half_open"
        probe = breaker.enter()
        with pytest.raises(BreakerOpen):
            breaker.enter()
        assert breaker.failed(probe)
    clock.advance(timedelta(seconds=300))
    breaker.succeeded(breaker.enter())
    assert breaker.state == "closed"
    open_it(breaker)
    clock.advance(timedelta(seconds=10))
    assert breaker.state == "half_open"


def test_an_abandoned_probe_frees_its_place(breaker: Breaker, clock: FakeClock) -> None:
    open_it(breaker)
    clock.advance(timedelta(seconds=10))
    breaker.abandoned(breaker.enter())
    breaker.succeeded(breaker.enter())
    assert breaker.state == "closed"


def test_late_answers_of_an_earlier_round_do_not_count(clock: FakeClock) -> None:
    breaker = Breakers(clock, threshold=2, cooldown_s=10).of("clickup", "h")
    early = [breaker.enter() for _ in range(5)]
    assert [breaker.failed(permit) for permit in early[:4]] == [False, True, False, False]
    clock.advance(timedelta(seconds=10))
    probe = breaker.enter()
    breaker.succeeded(early[4])
    assert breaker.state == "half_open"
    assert breaker.failed(probe)
    assert breaker.state == "open"


def test_each_service_has_its_own(clock: FakeClock) -> None:
    breakers = Breakers(clock, threshold=1, cooldown_s=10)
    breakers.of("clickup", "a").failed(breakers.of("clickup", "a").enter())
    breakers.of("clickup", "b").enter()
    assert breakers.states() == {("clickup", "a"): "open", ("clickup", "b"): "closed"}
