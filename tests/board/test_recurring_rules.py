"""Recurrence, pure: which rules are taken, the clock on the wall across the changes, what was missed."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from opsroom.board.recurring.rules import (
    MOST_MADE_AT_ONCE,
    first_after,
    occurrences,
    placed,
    problems_of_rule,
    turn,
    upcoming,
    wall_time,
)

BERLIN = "Europe/Berlin"
START = "2026-01-01T09:00"


def some(rule: str, starts: str = START, count: int = 5, after: str | None = None) -> list[str]:
    return list(islice(occurrences(rule, starts, BERLIN, after), count))


def test_nine_o_clock_stays_nine_o_clock_across_both_changes() -> None:
    for start in ("2026-03-27T09:00", "2026-10-23T09:00"):
        found = upcoming("FREQ=DAILY", start, BERLIN, None, 5)
        assert {o.at.astimezone(ZoneInfo(BERLIN)).strftime("%H:%M") for o in found} == {"09:00"}
        assert len({o.at.hour for o in found}) == 2  # and that is not the same hour in UTC
        assert {o.shift for o in found} == {"none"}


def test_a_skipped_time_happens_as_much_later_and_one_that_comes_twice_the_first_time() -> None:
    skipped = placed("2026-03-29T02:30", BERLIN)
    assert (skipped.shift, skipped.at) == ("skipped", datetime(2026, 3, 29, 1, 30, tzinfo=UTC))  # 03:30
    repeated = placed("2026-10-25T02:30", BERLIN)
    assert (repeated.shift, repeated.at) == ("repeated", datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    south = placed("2026-10-04T02:15", "Australia/Lord_Howe")  # half an hour of daylight saving
    assert (south.shift, south.at) == ("skipped", datetime(2026, 10, 3, 15, 45, tzinfo=UTC))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=WEEKLY;BYDAY=MO,TH", ["01-01", "01-05", "01-08", "01-12", "01-15"]),
        ("FREQ=MONTHLY;BYDAY=-1FR", ["01-30", "02-27", "03-27", "04-24", "05-29"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["01-30", "02-27", "03-31", "04-30", "05-29"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31", ["01-31", "03-31", "05-31", "07-31", "08-31"]),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=3", ["01-01", "01-02", "01-05"]),
        ("RRULE:FREQ=DAILY;INTERVAL=10;UNTIL=20260121", ["01-01", "01-11", "01-21"]),
        ("freq=yearly;bymonth=2,3;bymonthday=1", ["02-01", "03-01", "02-01", "03-01", "02-01"]),
        ("FREQ=DAILY;BYMONTHDAY=-1", ["01-31", "02-28", "03-31", "04-30", "05-31"]),
    ],
)
def test_rules_mean_what_the_standard_says(rule: str, expected: list[str]) -> None:
    assert problems_of_rule(rule, START, BERLIN) == ()
    assert [local[5:10] for local in some(rule)] == expected


DAYS = st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), unique=True, max_size=3)
MONTHS = st.lists(st.integers(1, 12), unique=True, max_size=3)


@settings(max_examples=120, deadline=None)
@given(
    frequency=st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    interval=st.integers(1, 4),
    days=DAYS,
    months=MONTHS,
    start=st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1)),  # noqa: DTZ001 - on the wall
)
def test_our_expansion_is_the_library_s_where_that_ends(
    frequency: str, interval: int, days: list[str], months: list[int], start: datetime
) -> None:
    rule = f"FREQ={frequency};INTERVAL={interval}"
    rule += f";BYDAY={','.join(days)}" if days else ""
    rule += f";BYMONTH={','.join(map(str, months))}" if months else ""
    begin = start.replace(second=0, microsecond=0)
    local = begin.strftime("%Y-%m-%dT%H:%M")
    ours = some(rule, local, 6)
    if ours:
        end = wall_time(ours[-1])
        theirs = rrulestr(f"{rule};UNTIL={end:%Y%m%dT%H%M%S}", dtstart=begin)
        assert ours == [at.strftime("%Y-%m-%dT%H:%M") for at in theirs]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("FREQ=SECONDLY", "flood the board"),
        ("FREQ=MINUTELY;COUNT=5", "flood the board"),
        ("FREQ=HOURLY", "flood the board"),
        ("FREQ=DAILY;COUNT=1000000000", "COUNT must be 1 to 1000"),
        ("FREQ=DAILY;COUNT=0", "COUNT must be 1 to 1000"),
        ("FREQ=DAILY;UNTIL=99991231", "more than 20 years on"),
        ("FREQ=DAILY;UNTIL=20251231", "ends before it starts"),
        ("FREQ=DAILY;UNTIL=20260230", "no day that exists"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20261231", "both COUNT and UNTIL"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL must be 1 to 1000"),
        ("FREQ=YEARLY;INTERVAL=100", "INTERVAL must be 1 to 9"),
        ("FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=0,30", "occurs 6 times a day"),
        ("FREQ=DAILY;BYSECOND=1", "told to the minute"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never occurs"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "never occurs"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "never occurs"),
        ("FREQ=MONTHLY;BYSETPOS=300;BYDAY=MO", "never occurs"),
        ("FREQ=DAILY;BYSETPOS=1", "goes with FREQ=MONTHLY or YEARLY only"),
        ("FREQ=WEEKLY;BYDAY=1MO", "a numbered day"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY must be days"),
        ("FREQ=DAILY;FREQ=WEEKLY", "says FREQ twice"),
        ("INTERVAL=2", "needs FREQ"),
        ("FREQ=DAILY;COLOR=RED", "COLOR is no part of a rule"),
        ("FREQ=DAILY\nDTSTART:20260101T000000", "one RRULE alone"),
        ("FREQ=FORTNIGHTLY", "is unknown"),
    ],
)
def test_what_is_no_good_rule_is_refused_with_its_reason_and_at_once(rule: str, reason: str) -> None:
    began = time.monotonic()
    problems = problems_of_rule(rule, START, BERLIN)
    assert time.monotonic() - began < 1.0
    assert any(reason in p.message for p in problems), problems
    assert {p.path for p in problems} == {"rule"}


def test_everything_wrong_is_said_at_once() -> None:
    problems = problems_of_rule("FREQ=SECONDLY;BYDAY=XX;FOO=1", "2026-02-30T09:00", "Mars/Olympus")
    assert [p.path for p in problems].count("rule") == 3
    assert {"starts", "time_zone"} < {p.path for p in problems}
    for zone in ("../../etc/passwd", "", "Europe", "Europe/Berlin\x00", "a" * 300):
        assert [p.path for p in problems_of_rule("FREQ=DAILY", START, zone)] == ["time_zone"]


def test_leap_days_are_waited_for_and_the_century_s_gap_too() -> None:
    rule = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"
    assert [d[:4] for d in some(rule, "2090-01-01T09:00", 4)] == ["2092", "2096", "2104", "2108"]


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 1, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("missed", "make", "skip"),
    [
        ("skip", [], ["05", "06", "07"]),
        ("latest", ["07"], ["05", "06"]),
        ("all", ["05", "06", "07"], []),
    ],
)
def test_missed_occurrences_follow_their_policy(missed: str, make: list[str], skip: list[str]) -> None:
    decided = turn(
        "FREQ=DAILY", START, "UTC", pending="2026-01-05T09:00", now=at(7), missed=missed,  # type: ignore[arg-type]
        grace=timedelta(minutes=10),
    )  # fmt: skip
    assert [local[8:10] for local in decided.make] == make
    assert [local[8:10] for local in decided.skip] == skip
    assert decided.then is not None
    assert decided.then.local == "2026-01-08T09:00"


@pytest.mark.parametrize("missed", ["skip", "latest", "all"])
def test_one_that_is_on_time_is_made_whatever_the_policy(missed: str) -> None:
    decided = turn(
        "FREQ=DAILY;COUNT=3", START, "UTC", pending="2026-01-03T09:00",
        now=datetime(2026, 1, 3, 9, 0, 30, tzinfo=UTC), missed=missed, grace=timedelta(minutes=10),  # type: ignore[arg-type]
    )  # fmt: skip
    assert (decided.make, decided.skip, decided.then) == (["2026-01-03T09:00"], [], None)


def test_a_year_away_makes_no_wall_of_cards() -> None:
    decided = turn(
        "FREQ=DAILY", START, "UTC", pending=START, now=at(1) + timedelta(days=365), missed="all",
        grace=timedelta(minutes=10),
    )  # fmt: skip
    assert len(decided.make) == MOST_MADE_AT_ONCE
    assert decided.make[-1] == "2027-01-01T09:00"
    assert len(decided.skip) == 366 - MOST_MADE_AT_ONCE


def test_what_is_past_when_it_is_set_up_is_none_of_it() -> None:
    found = first_after("FREQ=DAILY", "2020-01-01T09:00", BERLIN, datetime(2026, 7, 1, 8, 0, tzinfo=UTC))
    assert found is not None
    assert found.local == "2026-07-02T09:00"
