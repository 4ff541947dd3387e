"""Notifications, pure: whom an event concerns, in which words, and when it is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from opsroom.board import events
from opsroom.board.notifications import rules
from opsroom.board.notifications.rules import Concerned, News
from opsroom.board.notifications.shapes import Preferences, QuietHours

TASK = Concerned("Fix *it*", 7, "todo", "per_ann", ("per_ann", "per_ben", "actor_kenji"))
EVERYBODY = ("per_ann", "per_ben", "per_cat")


def news(kind: str, actor: str = "per_cat", **body: object) -> News:
    return News(kind, actor, "Cat", body)


def heard(told: News, task: Concerned | None = TASK) -> dict[str, str]:
    found = dict(rules.audience(told, task, EVERYBODY))
    assert not (found and rules.concerns_nobody(told)), "known without its card to be nobody's business"
    return found


def test_what_one_did_oneself_is_no_news() -> None:
    moved = {"from_status": "todo", "to_status": "done"}
    assert "per_ben" not in heard(news(events.TaskMoved.KIND, "per_ben", **moved))
    assert heard(news(events.CommentAdded.KIND, "per_ben", mentions=["per_ben"])).keys() == {
        "per_ann",
        "actor_kenji",
    }
    assert heard(news(events.SprintStarted.KIND, "per_ann")).keys() == {"per_ben", "per_cat"}


def test_one_event_is_told_under_its_strongest_reason() -> None:
    comment = heard(news(events.CommentAdded.KIND, mentions=["per_ann"]))
    assert comment == {"per_ann": "mentioned", "per_ben": "comment", "actor_kenji": "comment"}
    both = {"from_status": "todo", "to_status": "done", "changes": {"accountable_id": [None, "per_ben"]}}
    assert heard(news(events.TaskMoved.KIND, **both))["per_ben"] == "assigned"


def test_each_event_reaches_those_it_concerns() -> None:
    assert heard(news(events.TaskCreated.KIND, task={"accountable_id": "per_dan"})) == {"per_dan": "assigned"}
    assert heard(news(events.TaskCreated.KIND, task={})) == {}
    assert heard(news(events.TaskChanged.KIND, changes={"accountable_id": ["per_ann", "per_dan"]})) == {
        "per_dan": "assigned"
    }
    assert heard(news(events.TaskChanged.KIND, changes={"title": ["a", "b"]})) == {}
    assert heard(news(events.TaskMoved.KIND, from_status="todo", to_status="todo")) == {}  # within its column
    assert heard(news(events.CommentChanged.KIND, mentions=["per_ben"])) == {"per_ben": "mentioned"}
    assert set(heard(news(events.TaskOverdue.KIND, "actor_system")).values()) == {"overdue"}
    assert heard(news(events.AutomationFailed.KIND, "actor_system", owner_id="per_cat"), None) == {
        "per_cat": "automation_failed"
    }
    assert heard(news(events.TaskMoved.KIND, from_status="a", to_status="b"), None) == {}


def test_what_is_nobody_s_business_is_known_without_the_card() -> None:
    assert rules.concerns_nobody(news(events.TaskCreated.KIND, task={"accountable_id": None}))
    assert rules.concerns_nobody(news(events.TaskChanged.KIND, changes={"title": ["a", "b"]}))
    assert rules.concerns_nobody(news(events.TaskMoved.KIND, from_status="todo", to_status="todo"))
    assert not rules.concerns_nobody(news(events.TaskMoved.KIND, from_status="todo", to_status="done"))
    assert not rules.concerns_nobody(news(events.CommentAdded.KIND))
    assert not rules.concerns_nobody(news(events.SprintStarted.KIND))


def test_malformed_bodies_concern_nobody() -> None:
    for changes in (
        None,
        [],
        {"accountable_id": "x"},
        {"accountable_id": [1]},
        {"accountable_id": [None, 5]},
    ):
        assert heard(news(events.TaskChanged.KIND, changes=changes)) == {}
    assert heard(news(events.CommentAdded.KIND, mentions="per_ann"), None) == {}


def test_words_say_who_did_what_to_which_card() -> None:
    moved = news(events.TaskMoved.KIND, from_status="todo", to_status="blocked", blocked_reason="no key")
    assert rules.wording(moved, "status_changed", TASK) == (
        "Cat moved #7 Fix *it* from todo to blocked",
        "Reason: no key",
    )
    for kind in rules.KINDS:
        title, text = rules.wording(news("x", name="N", title="T", reason="R" * 9000), kind, None)
        assert title
        assert len(text) <= 4000


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("21:59", "21:59"), ("22:00", "07:00"), ("23:30", "07:00"), ("03:00", "07:00"), ("07:00", "07:00")],
)
def test_quiet_hours_run_over_midnight_on_the_person_s_clock(clock: str, expected: str) -> None:
    zone = ZoneInfo("America/New_York")
    hour, minute = map(int, clock.split(":"))
    now = datetime(2026, 6, 10, hour, minute, tzinfo=zone).astimezone(UTC)
    until = rules.after_quiet(now, "America/New_York", QuietHours(start="22:00", end="07:00"))
    assert until.astimezone(zone).strftime("%H:%M") == expected
    assert timedelta(0) <= until - now < timedelta(hours=9, minutes=1)


def test_quiet_hours_end_by_the_clock_also_when_it_is_changed() -> None:
    before = datetime(2026, 3, 28, 23, 0, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    until = rules.after_quiet(before, "Europe/Berlin", QuietHours(start="22:00", end="07:00"))
    assert until == datetime(2026, 3, 29, 5, 0, tzinfo=UTC)  # 07:00, an hour earlier than in winter
    noon = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)
    assert rules.after_quiet(noon, "UTC", QuietHours(start="09:00", end="17:00")).hour == 17
    assert rules.after_quiet(noon, "UTC", QuietHours(start="09:00", end="09:00")) == noon
    assert rules.after_quiet(noon, "UTC", None) == noon


def test_the_digest_comes_at_its_hour_every_day() -> None:
    zone = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 3, 28, 8, 0, tzinfo=zone)
    assert rules.next_digest(now, "Europe/Berlin", 8).astimezone(zone).strftime("%d %H") == "29 08"
    early = datetime(2026, 3, 28, 7, 59, tzinfo=zone)
    assert rules.next_digest(early, "Europe/Berlin", 8).astimezone(zone).strftime("%d %H") == "28 08"
    title, text = rules.digest_of([(f"t{n}", "") for n in range(60)])
    assert title == "60 things happened on the board"
    assert text.splitlines()[-1] == "… and 10 more in the inbox"


def test_choices_fill_in_what_was_not_chosen() -> None:
    chosen = rules.choices_of(Preferences(choices={"comment": {"email": "now"}}))
    assert chosen["comment"] == {"in_app": "now", "slack": "off", "discord": "off", "email": "now"}
    assert chosen["assigned"]["email"] == "now"
    assert rules.choices_of(None) == rules.defaults()


def test_pauses_grow_and_heed_what_was_asked() -> None:
    assert [rules.pause_s(n, None) for n in (1, 2, 3)] == [30.0, 120.0, 480.0]
    assert rules.pause_s(1, 300.0) == 300.0
    assert rules.pause_s(50, None) == 6 * 3600
