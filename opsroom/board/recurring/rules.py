"""Pure decisions about recurrence: which rules we take, when they occur, and what to do with missed ones.

A rule is reckoned on the clock on the wall, without a zone, and only then placed in time: 09:00 stays 09:00
when the clocks change. A time that is skipped in spring happens as much later as the clocks jump (02:30
becomes 03:30); a time that comes twice in autumn happens the first time. RFC 5545 says the same.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from opsroom.board.recurring.shapes import Missed, Occurrence
from opsroom.kernel.errors import Problem

# The frequencies we take, with the largest interval of each.
_FREQUENCIES: Final = {"DAILY": 1000, "WEEKLY": 460, "MONTHLY": 108, "YEARLY": 9}
_MOST_COUNT, _MOST_YEARS, _MOST_A_DAY = 1000, 20, 4
_ENDLESS: Final = -1
# Longer than any rule within these limits waits, e.g. for a leap day every ninth year.
_GAP: Final = timedelta(days=45 * 366)
_CYCLES: Final = 19 * 400
_WEEK_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# Parts that only leave days out at this frequency.
_FILTERS: Final[Mapping[str, tuple[str, ...]]] = {
    "DAILY": ("BYMONTH", "BYDAY", "BYMONTHDAY"),
    "WEEKLY": ("BYMONTH",),
    "MONTHLY": (),
    "YEARLY": (),
}
# Parts that go with some frequencies only.
_GOES_WITH: Final[Mapping[str, tuple[str, ...]]] = {
    "BYMONTHDAY": ("DAILY", "MONTHLY", "YEARLY"),
    "BYSETPOS": ("MONTHLY", "YEARLY"),
    "BYYEARDAY": ("YEARLY",),
    "BYWEEKNO": ("YEARLY",),
}
MOST_MADE_AT_ONCE: Final = 100
_LIST = r"{0}(?:,{0})*"
# What a part may hold, and in words.
_PARTS: Final[Mapping[str, tuple[str, str]]] = {
    "FREQ": (r"[A-Z]+", "a frequency"),
    "INTERVAL": (r"[0-9]{1,9}", "a whole number"),
    "COUNT": (r"[0-9]{1,12}", "a whole number"),
    "UNTIL": (r"[0-9]{8}(?:T[0-9]{6}Z?)?", "a day as 20261231 or a time as 20261231T090000Z"),
    "BYDAY": (
        _LIST.format(r"(?:[+-]?(?:[1-9]|[1-4][0-9]|5[0-3]))?(?:MO|TU|WE|TH|FR|SA|SU)"),
        "days as MO or 1MO or -1FR",
    ),
    "BYMONTHDAY": (
        _LIST.format(r"[+-]?(?:[1-9]|[12][0-9]|3[01])"),
        "days of the month, 1 to 31 or -1 to -31",
    ),
    "BYMONTH": (_LIST.format(r"(?:[1-9]|1[0-2])"), "months, 1 to 12"),
    "BYYEARDAY": (
        _LIST.format(r"[+-]?(?:[1-9][0-9]?|[12][0-9]{2}|3[0-5][0-9]|36[0-6])"),
        "days of the year, 1 to 366",
    ),
    "BYWEEKNO": (_LIST.format(r"[+-]?(?:[1-9]|[1-4][0-9]|5[0-3])"), "weeks, 1 to 53"),
    "BYSETPOS": (
        _LIST.format(r"[+-]?(?:[1-9][0-9]?|[12][0-9]{2}|3[0-5][0-9]|36[0-6])"),
        "positions, 1 to 366",
    ),
    "BYHOUR": (_LIST.format(r"(?:1?[0-9]|2[0-3])"), "hours, 0 to 23"),
    "BYMINUTE": (_LIST.format(r"[1-5]?[0-9]"), "minutes, 0 to 59"),
    "WKST": (r"MO|TU|WE|TH|FR|SA|SU", "a day as MO"),
}


def parts_of(rule: str) -> dict[str, str]:
    """The parts of a rule by name, in upper case; `RRULE:` before it is taken off."""
    text = rule.strip().upper().removeprefix("RRULE:")
    pairs = (piece.partition("=") for piece in text.split(";") if piece)
    return {name.strip(): value.strip() for name, _, value in pairs}


def problems_of_rule(rule: str, starts: str, zone: str) -> tuple[Problem, ...]:
    """Everything that is wrong with a rule, its start and its zone."""
    problems = _spelling(rule)
    begin = wall_time(starts)
    if begin is None:
        problems.append(Problem("starts", f"{starts} is no time that exists; write it as 2026-12-31T09:00"))
    elif not 1990 <= begin.year <= 2100:
        problems.append(Problem("starts", "must be between the years 1990 and 2100"))
        begin = None
    if not zone_exists(zone):
        problems.append(Problem("time_zone", f"{zone} is no time zone; write one as Europe/Berlin"))
    if not problems and begin is not None:
        problems += _limits(parts_of(rule), begin, zone)
    if not problems and begin is not None and next(occurrences(rule, starts, zone, None), None) is None:
        problems.append(Problem("rule", "never occurs: no day fits it"))
    return tuple(problems)


def _spelling(rule: str) -> list[Problem]:
    found = [piece.partition("=")[0].strip().upper() for piece in _pieces(rule)]
    problems = [
        Problem("rule", f"says {name} twice") for name in dict.fromkeys(found) if found.count(name) > 1
    ]
    if re.search(r"[\r\n]|DTSTART|EXDATE|RDATE|EXRULE", rule.upper()):
        return [Problem("rule", "must be one RRULE alone; the start has a field of its own")]
    parts = parts_of(rule)
    frequency = parts.get("FREQ")
    if frequency is None:
        problems.append(Problem("rule", "needs FREQ=DAILY, WEEKLY, MONTHLY or YEARLY"))
    elif frequency in ("SECONDLY", "MINUTELY", "HOURLY"):
        problems.append(
            Problem("rule", f"FREQ={frequency} would flood the board; DAILY is the most frequent")
        )
    elif frequency not in _FREQUENCIES:
        problems.append(Problem("rule", f"FREQ={frequency[:20]} is unknown; use {', '.join(_FREQUENCIES)}"))
    for name, value in parts.items():
        if name == "BYSECOND":
            problems.append(Problem("rule", "BYSECOND is not taken: occurrences are told to the minute"))
        elif name not in _PARTS:
            problems.append(
                Problem("rule", f"{name[:20]} is no part of a rule; known are {', '.join(_PARTS)}")
            )
        elif not re.fullmatch(_PARTS[name][0], value):
            problems.append(Problem("rule", f"{name} must be {_PARTS[name][1]}"))
    return problems


def _pieces(rule: str) -> list[str]:
    return [piece for piece in rule.strip().upper().removeprefix("RRULE:").split(";") if piece]


def _limits(parts: Mapping[str, str], begin: datetime, zone: str) -> list[Problem]:
    problems: list[Problem] = []
    frequency = parts["FREQ"]
    most = _FREQUENCIES[frequency]
    if not 1 <= int(parts.get("INTERVAL", "1")) <= most:
        problems.append(Problem("rule", f"INTERVAL must be 1 to {most} with FREQ={frequency}"))
    if not 1 <= int(parts.get("COUNT", "1")) <= _MOST_COUNT:
        problems.append(
            Problem("rule", f"COUNT must be 1 to {_MOST_COUNT}; leave it out for a rule without end")
        )
    a_day = len(parts.get("BYHOUR", "0").split(",")) * len(parts.get("BYMINUTE", "0").split(","))
    if a_day > _MOST_A_DAY:
        problems.append(Problem("rule", f"occurs {a_day} times a day; {_MOST_A_DAY} is the most"))
    for name, allowed in _GOES_WITH.items():
        if name in parts and frequency not in allowed:
            problems.append(Problem("rule", f"{name} goes with FREQ={' or '.join(allowed)} only"))
    if re.search(r"\d", parts.get("BYDAY", "")) and frequency not in ("MONTHLY", "YEARLY"):
        problems.append(Problem("rule", "a numbered day as 1MO goes with FREQ=MONTHLY or YEARLY only"))
    return problems + _limits_of_end(parts, begin, zone)


def _limits_of_end(parts: Mapping[str, str], begin: datetime, zone: str) -> list[Problem]:
    if "UNTIL" not in parts:
        return []
    if "COUNT" in parts:
        return [Problem("rule", "cannot have both COUNT and UNTIL")]
    until = _until(parts["UNTIL"], zone)
    if until is None:
        return [Problem("rule", f"UNTIL={parts['UNTIL']} is no day that exists")]
    if until < begin:
        return [Problem("rule", "ends before it starts")]
    if until > begin + timedelta(days=366 * _MOST_YEARS):
        far = f"UNTIL is more than {_MOST_YEARS} years on; leave it out for a rule without end"
        return [Problem("rule", far)]
    return []


def wall_time(text: str) -> datetime | None:
    """`YYYY-MM-DDTHH:MM` as a time without a zone; None when no calendar has it."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - a clock on the wall has no zone
    except ValueError:
        return None


def zone_exists(name: str) -> bool:
    """Whether the name is one of the zone database's, and nothing like a path."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}", name):
        return False
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # a folder, a damaged file, nothing there
        return False
    return True


def told(at: datetime) -> str:
    """A clock's time as we keep it."""
    return at.strftime("%Y-%m-%dT%H:%M")


def placed(local: str, zone: str) -> Occurrence:
    """A time on the wall placed in time, with what the clocks did to it."""
    naive = wall_time(local)
    if naive is None:
        raise ValueError(f"{local} is no time")
    here = naive.replace(tzinfo=ZoneInfo(zone))
    at = here.astimezone(UTC)
    if at.astimezone(here.tzinfo).replace(tzinfo=None) != naive:
        return Occurrence(local=local, at=at, shift="skipped")
    twice = here.replace(fold=1).utcoffset() != here.utcoffset()
    return Occurrence(local=local, at=at, shift="repeated" if twice else "none")


def occurrences(rule: str, starts: str, zone: str, after: str | None) -> Iterator[str]:
    """Occurrences later than `after` (from the start without one), in order, each a time on the wall."""
    begin = wall_time(starts)
    if begin is None:
        return
    since = wall_time(after) if after is not None else None
    for at in _expanded(parts_of(rule), begin, zone):
        if since is None or at > since:
            yield told(at)


def _expanded(parts: dict[str, str], begin: datetime, zone: str) -> Iterator[datetime]:
    """Every occurrence. It ends where nothing fits for a whole `_GAP`, so that no rule holds us for ever.

    The library stops between two matches only in the year 9999. So what merely filters days is done
    here, where each step is seen, and what it must expand itself it does near that year: the calendar
    repeats every 400 years, weekdays and leap days and all.
    """
    until = _until(parts.pop("UNTIL"), zone) if "UNTIL" in parts else None
    left = int(parts.pop("COUNT", _ENDLESS))
    filters = {name: parts.pop(name) for name in _FILTERS[parts["FREQ"]] if name in parts}
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    steps: Iterable[datetime] = rrulestr(text, dtstart=begin.replace(year=begin.year + _CYCLES))
    latest = begin
    for step in steps:
        at = step.replace(year=step.year - _CYCLES)
        if at - latest > _GAP or (until is not None and at > until) or left == 0:
            return
        if _fits(at, filters):
            latest, left = at, left - 1
            yield at


def _fits(at: datetime, filters: Mapping[str, str]) -> bool:
    if "BYMONTH" in filters and str(at.month) not in filters["BYMONTH"].split(","):
        return False
    if "BYDAY" in filters and _WEEK_DAYS[at.weekday()] not in filters["BYDAY"].split(","):
        return False
    if "BYMONTHDAY" in filters:
        from_end = at.day - monthrange(at.year, at.month)[1] - 1
        return {at.day, from_end} & {int(day) for day in filters["BYMONTHDAY"].split(",")} != set()
    return True


def _until(text: str, zone: str) -> datetime | None:
    """UNTIL as a time on the wall: a day counts whole, a time with Z is UTC."""
    for form in ("%Y%m%d", "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ"):
        try:
            at = datetime.strptime(text, form)  # noqa: DTZ007
        except ValueError:
            continue
        if form == "%Y%m%d":
            return at + timedelta(hours=23, minutes=59)
        if text.endswith("Z"):
            return at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        return at
    return None


def upcoming(rule: str, starts: str, zone: str, after: str | None, count: int) -> tuple[Occurrence, ...]:
    """The next `count` occurrences after a time on the wall."""
    return tuple(placed(local, zone) for local in islice(occurrences(rule, starts, zone, after), count))


def first_after(rule: str, starts: str, zone: str, now: datetime) -> Occurrence | None:
    """The first occurrence that is not past."""
    day_before = told(now.astimezone(ZoneInfo(zone)) - timedelta(days=1))
    for local in occurrences(rule, starts, zone, day_before):
        found = placed(local, zone)
        if found.at >= now:
            return found
    return None


class Turn:
    """What is to be done about a rule now: what becomes a task, what is let go, what comes next."""

    def __init__(self, make: list[str], skip: list[str], then: Occurrence | None) -> None:
        self.make = make
        self.skip = skip
        self.then = then


def turn(
    rule: str, starts: str, zone: str, *, pending: str, now: datetime, missed: Missed, grace: timedelta
) -> Turn:
    """Decide about `pending` (the occurrence that was next) and those after it that are past.

    One that is no older than `grace` is on time, whatever `missed` says.
    """
    due: list[Occurrence] = []
    then: Occurrence | None = None
    for local in _from(rule, starts, zone, pending):
        one = placed(local, zone)
        if one.at > now:
            then = one
            break
        due.append(one)
    on_time = [one.local for one in due if now - one.at <= grace]
    late = [one.local for one in due if now - one.at > grace]
    if missed == "all":
        # A year away makes no wall of cards: the oldest beyond the ceiling are let go, and said so.
        make = [*late, *on_time]
        return Turn(make[-MOST_MADE_AT_ONCE:], make[:-MOST_MADE_AT_ONCE], then)
    if missed == "latest" and late and not on_time:
        return Turn(late[-1:], late[:-1], then)
    return Turn(on_time, late, then)


def _from(rule: str, starts: str, zone: str, pending: str) -> Iterator[str]:
    yield pending
    yield from occurrences(rule, starts, zone, pending)
