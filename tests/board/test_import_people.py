"""Whom a source names: called by name or address in preview and report, and mapped before anything lands."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from opsroom.kernel.actor import Actor
from tests.board.exchange_kit import Exchange, open_exchange
from tests.board.test_import import board_of, bring

GONE, SILENT = "5f0000000000000000000001", "5f0000000000000000abcdef"
TRELLO = {
    "name": "Old board",
    "lists": [{"id": "l1", "name": "To do", "pos": 1}],
    "members": [{"id": "m1", "fullName": "Noor Haddad", "username": "noor"}],
    "actions": [
        {
            "id": "a1",
            "type": "removeMemberFromCard",
            "member": {"id": GONE, "fullName": "Gustav Left", "username": "gustav"},
            "memberCreator": {"id": "m9", "fullName": "Has nothing to do with it"},
        }
    ],
    "cards": [
        {"id": "c1", "name": "Known", "idList": "l1", "pos": 1, "idMembers": ["m1"]},
        {"id": "c2", "name": "Left", "idList": "l1", "pos": 2, "idMembers": [GONE, SILENT]},
    ],
}
ASANA = {
    "data": [
        {"gid": "1", "name": "Assigned", "assignee": {"gid": "77"}},
        {
            "gid": "2",
            "name": "Other",
            "followers": [{"gid": "77", "name": "Noor", "email": "noor@x.example"}],
        },
        {"gid": "3", "name": "Mail only", "assignee": {"gid": "78", "email": "zed@x.example"}},
    ]
}
CLICKUP = {
    "tasks": [
        {
            "id": "t1",
            "name": "Invited",
            "status": {"status": "open", "type": "open"},
            "assignees": [{"id": 5, "username": None, "email": "new@x.example"}],
        },
        {
            "id": "t2",
            "name": "Watched",
            "status": {"status": "open", "type": "open"},
            "assignees": [{"id": 6}],
            "watchers": [{"id": 6, "username": "Noor", "email": "noor@x.example"}],
        },
    ]
}
LINEAR = {
    "issues": {
        "nodes": [
            {
                "id": "i1",
                "identifier": "WEB-1",
                "title": "One",
                "state": {"name": "Todo", "type": "unstarted"},
                "assignee": {"id": "u1", "displayName": "noor", "email": "noor@x.example"},
            },
            {
                "id": "i2",
                "identifier": "WEB-2",
                "title": "Two",
                "state": {"name": "Todo", "type": "unstarted"},
                "assignee": {"id": "u2"},
                "subscribers": {"nodes": [{"id": "u2", "name": "Zed", "email": "zed@x.example"}]},
            },
        ]
    }
}


@pytest.fixture
async def room(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Exchange]:
    async with open_exchange(build_house, alice, bob) as opened:
        yield opened


def nobody(found: Any) -> list[str]:
    """Whom a list of misfits says nobody here is."""
    return [one["value"] for one in found["misfits"] if "nobody here" in one["message"]]


async def test_trellos_former_members_are_named_by_its_history_and_can_be_mapped(room: Exchange) -> None:
    body: dict[str, Any] = {"content": json.dumps(TRELLO)}
    seen = await room.ask("POST", "/imports/preview", body)
    names = {one["key"]: one["name"] for one in seen["people"]}
    assert names == {"m1": "Noor Haddad", GONE: "Gustav Left", SILENT: "Former member abcdef"}
    assert nobody(seen) == ["Noor Haddad", "Gustav Left", "Former member abcdef"]

    mapping = {"people": {GONE: {"person_id": "per_alice"}, SILENT: {"agent_id": "kenji"}}}
    report = await bring(room, {**body, "mapping": mapping})
    assert nobody(report) == ["Noor Haddad"]
    card = (await board_of(room))["Left"]
    assert (card.accountable_id, card.assigned_agent_id) == ("per_alice", "kenji")


@pytest.mark.parametrize(
    ("source", "called"),
    [
        (ASANA, ["Noor (noor@x.example)", "zed@x.example"]),
        (CLICKUP, ["new@x.example", "Noor (noor@x.example)"]),
        (LINEAR, ["noor (noor@x.example)", "Zed (zed@x.example)"]),
    ],
    ids=["asana", "clickup", "linear"],
)
async def test_the_report_calls_people_by_name_and_address_never_by_an_id(
    room: Exchange, source: Any, called: list[str]
) -> None:
    body = {"content": json.dumps(source)}
    assert nobody(await room.ask("POST", "/imports/preview", body)) == called
    assert nobody(await bring(room, body)) == called


async def test_whoever_comes_second_on_a_card_is_named_too(room: Exchange) -> None:
    mapping = {"people": {key: {"person_id": "per_alice"} for key in (GONE, SILENT)}}
    report = await bring(room, {"content": json.dumps(TRELLO), "mapping": mapping})
    told = {one["value"]: one["message"] for one in report["misfits"]}
    assert told["Former member abcdef"] == "a task has one accountable person; the first one stays"
