"""Automations, pure: events, filters over tasks, and everything that can be wrong with a rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import TypeAdapter

from opsroom.board import events
from opsroom.board.automations import rules
from opsroom.board.automations.checking import problems_of_automation
from opsroom.board.automations.shapes import Actions, NewAutomation, TaskFilter, When
from opsroom.board.automations.store import TaskFacts
from opsroom.board.references import KnownThings
from opsroom.board.shapes import CustomField
from opsroom.kernel.errors import Invalid
from opsroom.kernel.shape import parse

NOON = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)
TASK = TaskFacts(
    id="task_1",
    number=7,
    title="Fix the Sitemap",
    description="of the *shop*",
    status="todo",
    kind="todo",
    priority="p1",
    assigned_agent_id="kenji",
    accountable_id=None,
    category_id="content",
    sprint_id=None,
    parent_id=None,
    client_id="acme",
    brand=None,
    subscription=None,
    created_by="per_alice",
    start_date=None,
    due_date="2026-06-09",
    created_at=NOON,
    updated_at=NOON,
    completed_at=None,
    client_visible=False,
    archived_at=None,
    deleted_at=None,
    labels=("SEO", "urgent"),
    watchers=("per_bob",),
    custom={"budget": 250, "launch": "2026-06-12"},
)
FIELDS = [
    CustomField.model_validate(
        {"key": key, "name": key, "kind": kind, "options": (), "position": 0, "version": 1}
    )
    for key, kind in (("budget", "number"), ("launch", "date"), ("site", "url"))
]
KNOWN = KnownThings(
    columns={"todo": "todo", "doing": "active", "stuck": "blocked", "done": "done"},
    agents={"kenji"},
    categories={"content"},
    sprints={"sprint_1"},
    members={"per_alice", "actor_bot"},
    people={"per_alice"},
    fields={"budget"},
    fields_ever=FIELDS,
)


def event(kind: str, **body: object) -> Any:
    return SimpleNamespace(kind=kind, body=body)


def fits(
    wanted: str = "task_changed",
    *,
    kind: str = events.TaskChanged.KIND,
    when: dict[str, str],
    **body: object,
) -> bool:
    return rules.event_fits(When.model_validate({"event": wanted, **when}), event(kind, **body))


def test_moves_are_known_by_where_from_and_where_to() -> None:
    def moved(when: dict[str, str], was: str = "todo", now: str = "done") -> bool:
        return fits("task_moved", kind=events.TaskMoved.KIND, when=when, from_status=was, to_status=now)

    assert moved({})
    assert moved({"before": "doing,todo", "after": "done"})
    assert not moved({"before": "doing"})
    assert not moved({"after": "todo"})
    assert not moved({}, was="todo", now="todo")  # only its place in the column changed


def test_changes_are_known_by_field_and_values() -> None:
    changes = {
        "priority": ["p2", "p1"],
        "assigned_agent_id": [None, "kenji"],
        "labels": [["a", "b"], ["b", "c"]],
    }
    for when, expected in [
        ({}, True),
        ({"field": "priority"}, True),
        ({"field": "title"}, False),
        ({"field": "priority", "after": "p1"}, True),
        ({"field": "priority", "before": "p3"}, False),
        ({"field": "assigned_agent_id", "before": "none"}, True),
        ({"field": "assigned_agent_id", "after": "none"}, False),
        ({"field": "labels", "after": "c"}, True),
        ({"field": "labels", "after": "b"}, False),  # it was there before
        ({"field": "labels", "before": "a"}, True),
        ({"field": "labels", "before": "a", "after": "c"}, True),
    ]:
        assert fits(when=when, changes=changes) is expected, when
    # A change that moved the card as well is told by the move.
    assert fits(when={"field": "priority"}, kind=events.TaskMoved.KIND, changes=changes)
    assert not fits(when={"field": "priority"}, kind=events.TaskMoved.KIND, changes={})
    for changes in (None, "x", {"priority": "p1"}, {"priority": []}):
        assert not fits(when={"field": "priority"}, changes=changes)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, True),
        ({"status": "todo,doing"}, True),
        ({"status": "doing"}, False),
        ({"kind": "todo"}, True),
        ({"assigned": "none"}, False),
        ({"assigned": "none,kenji"}, True),
        ({"accountable": "none"}, True),
        ({"created_by": "me"}, True),
        ({"watcher": "me"}, False),
        ({"watcher": "per_bob"}, True),
        ({"label": "SEO"}, True),
        ({"label": "seo"}, False),
        ({"label": "other"}, False),
        ({"label": "none"}, False),
        ({"client": "acme", "brand": "none"}, True),
        ({"due_to": "today"}, True),
        ({"due_from": "today-1", "due_to": "2026-06-09"}, True),
        ({"due_from": "today"}, False),
        ({"start_from": "2026-01-01"}, False),
        ({"created_from": "2026-06-10", "created_to": "today"}, True),
        ({"completed_from": "2026-01-01"}, False),
        ({"overdue": True}, True),
        ({"overdue": False}, False),
        ({"blocked": False, "waiting": False, "client_visible": False}, True),
        ({"waiting": True}, False),
        ({"search": "site fix"}, True),
        ({"search": "shop"}, True),
        ({"search": "map"}, False),  # words are found by how they begin
        ({"custom": "budget:250.0,launch:today+2"}, True),
        ({"custom": "budget:any,site:none"}, True),
        ({"custom": "site:any"}, False),
        ({"custom_from": "budget:100,launch:today", "custom_to": "budget:500,launch:today+7"}, True),
        ({"custom_from": "launch:today+3"}, False),
        ({"custom_contains": "site:example"}, False),
        ({"label": "none\\,SEO"}, False),
    ],
)
def test_filters_ask_what_the_list_asks(wanted: dict[str, object], expected: bool) -> None:
    asked = TaskFilter.model_validate(wanted)
    found = rules.why_not(asked, TASK, today=date(2026, 6, 10), zone="UTC", me="per_alice", fields=FIELDS)
    assert (found is None) is expected, found


def test_days_are_of_the_project_s_zone_and_done_is_not_overdue() -> None:
    late = replace(TASK, created_at=datetime(2026, 6, 9, 23, 30, tzinfo=UTC), kind="done")
    asked = TaskFilter(created_from="2026-06-10", overdue=False)
    assert rules.why_not(asked, late, today=date(2026, 6, 10), zone="Europe/Berlin", me="x") is None
    assert rules.why_not(asked, late, today=date(2026, 6, 10), zone="UTC", me="x") == "created is 2026-06-09"


def check(**rule: object) -> dict[str, str]:
    whole = {
        "name": "r",
        "when": {"event": "task_created"},
        "then": [{"do": "comment", "content": "x"}],
        **rule,
    }
    new = NewAutomation.model_validate(whole)
    return {p.path: p.message for p in problems_of_automation(new.when, new.only_if, new.then, KNOWN)}


def test_everything_wrong_with_a_rule_is_said_at_once_each_with_its_path() -> None:
    found = check(
        when={"event": "task_moved", "field": "title", "before": "nowhere", "after": ","},
        only_if={"status": "todo,x", "assigned": "me,ghost", "due_from": "2026-02-30", "priority": "p9"},
        then=[
            {"do": "move", "status": "mars"},
            {"do": "move", "status": "stuck"},
            {"do": "assign", "agent": "ghost"},
            {"do": "set", "field": "priority", "value": "p9"},
            {"do": "set", "field": "due_date", "value": "2026-02-30"},
            {"do": "set", "field": "custom", "value": {"nope": 1}},
            {"do": "label"},
            {"do": "notify", "to": ["watchers", "per_bob", "actor_bot"], "message": "m"},
            {"do": "start_agent", "agent": "ghost"},
        ],
    )
    assert set(found) == {
        "when.field",
        "when.before",
        "when.after",
        "only_if.status",
        "only_if.assigned",
        "only_if.due_from",
        "only_if.priority",
        "then.0.status",
        "then.1.blocked_reason",
        "then.2.agent",
        "then.3.value",
        "then.4.value",
        "then.5.value",
        "then.6.add",
        "then.7.to.1",
        "then.7.to.2",
        "then.8.agent",
    }
    assert all(message for message in found.values())


def test_what_is_right_passes_and_what_cannot_be_after_a_deletion_does_not() -> None:
    actions = [
        {"do": "move", "status": "stuck", "blocked_reason": "because"},
        {"do": "assign", "agent": "auto"},
        {"do": "assign"},
        {"do": "set", "field": "estimate", "value": 3},
        {"do": "set", "field": "due_date", "value": "today+3"},
        {"do": "set", "field": "client_visible", "value": True},
        {"do": "set", "field": "accountable_id"},
        {"do": "set", "field": "custom", "value": {"budget": 5}},
        {"do": "label", "add": ["a"]},
        {"do": "start_agent"},
    ]
    assert check(then=actions) == {}
    assert check(when={"event": "task_changed", "field": "assigned_agent_id", "before": "none"}) == {}
    assert set(check(when={"event": "task_deleted"})) == {"then.0.do"}
    notify = [{"do": "notify", "to": ["per_alice", "creator"], "message": "gone"}]
    assert check(when={"event": "task_deleted"}, then=notify) == {}
    for value in (None, "yes", 1):
        assert "then.0.value" in check(then=[{"do": "set", "field": "client_visible", "value": value}])
    for value in (True, -1, "3", 10**6):
        assert "then.0.value" in check(then=[{"do": "set", "field": "estimate", "value": value}])


def test_shapes_refuse_all_that_has_not_their_form_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        parse(
            NewAutomation,
            {
                "name": " ",
                "when": {"event": "big_bang"},
                "only_if": {"colour": "red", "due_to": "tomorrow"},
                "then": [{"do": "explode"}, {"do": "move"}, {"do": "notify", "to": [], "message": ""}],
                "hourly_limit": 0,
                "x": 1,
            },
        )
    paths = {problem.path for problem in refused.value.problems}
    assert {"name", "when.event", "only_if.colour", "only_if.due_to", "then.0", "hourly_limit", "x"} <= paths
    assert any(path.startswith("then.1") for path in paths)
    with pytest.raises(ValueError):
        TypeAdapter(Actions).validate_python([{"do": "label", "add": ["a"]}] * 11)
