"""Who gets a socket, for how long, and what becomes of those who misbehave."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import structlog

from opsroom.identity import api as identity
from opsroom.identity.shapes import NewActor, NewKey, NewPerson, PersonChange
from opsroom.kernel.actor import Actor
from opsroom.live.board.settings import LiveSettings
from tests.app.edge_town import PASSWORD, Town
from tests.live.board_sockets import (
    Client,
    add_task,
    address,
    greeted,
    open_client,
    open_sockets,
    ticket,
)


@pytest.fixture
async def town(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Town]:
    async with open_sockets(build_house, alice, bob) as served:
        yield served


async def turned_away(town: Town, token: str, code: int = 4401, **more: Any) -> str:
    """The reason a socket was ended for before it was let in."""
    async with town.http.ws_connect(address(town, token), **more) as ws:
        ended, said = await Client(ws, town, "alice").end()
        assert ended == code
        assert [frame["type"] for frame in said] == ["error"]
        return said[0]["message"]


# ---- tickets ------------------------------------------------------------------------------------------


async def test_a_ticket_opens_one_socket(town: Town) -> None:
    token = await ticket(town)
    async with open_client(town, token=token) as client:
        await client.next("hello")
        assert "POST /api/live/ticket" in await turned_away(town, token)
        await client.quiet()
    await turned_away(town, token)


async def test_of_many_who_use_a_ticket_at_once_one_gets_in(town: Town) -> None:
    token = await ticket(town)

    async def enter() -> str:
        async with town.http.ws_connect(address(town, token)) as ws:
            return (await Client(ws, town, "alice").next())["type"]

    seen = sorted(await asyncio.gather(*(enter() for _ in range(8))))
    assert seen == ["error"] * 7 + ["hello"]


async def test_a_late_ticket_opens_nothing(build_house: Any, alice: Actor, bob: Actor) -> None:
    async with open_sockets(build_house, alice, bob, live=LiveSettings(ticket_s=0.2)) as town:
        token = await ticket(town)
        await asyncio.sleep(0.3)
        await turned_away(town, token)


async def test_neither_a_key_nor_nonsense_is_a_ticket(town: Town) -> None:
    for token in ("", town.keys["alice"], "owt_" + "x" * 43, "owt_", "%00", "x" * 5000, "%F0%9F%98%80"):
        await turned_away(town, token)
    for query in (
        "token=a&token=b",
        "token=%FF",
        "token=a&since=x",
        "token=a&since=-1",
        "tok=a",
        "&since=" + "9" * 19,
    ):
        async with town.http.ws_connect(f"{town.url}/ws/board?{query}") as ws:
            assert (await Client(ws, town, "alice").end())[0] == 4400, query


async def test_tickets_are_for_those_who_may_read_the_board(town: Town) -> None:
    assert (await town.send("POST", "/api/live/ticket")).status == 401
    async with town.house.unit_of_work(town.alice) as tx:
        narrow = await identity.issue_key(tx, NewKey(label="n", verbs=("runs:read",)))
    assert (await town.send("POST", "/api/live/ticket", key=narrow.secret)).status == 403


async def test_unused_tickets_are_counted(build_house: Any, alice: Actor, bob: Actor) -> None:
    async with open_sockets(build_house, alice, bob, live=LiveSettings(tickets_at_once=3)) as town:
        tokens = [await ticket(town) for _ in range(3)]
        reply = await town.send("POST", "/api/live/ticket", key="alice")
        assert (reply.status, reply.headers["retry-after"]) == (429, "30")
        await ticket(town, "bob")
        async with open_client(town, token=tokens[0]) as client:
            await client.next("hello")
        await ticket(town)


async def test_a_page_of_another_site_gets_no_socket(town: Town) -> None:
    browser = await town.sign_in("alice@a.example")
    foreign = {"Origin": "https://evil.example", "Cookie": browser["Cookie"]}
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await town.http.ws_connect(address(town, await ticket(town)), headers=foreign)
    assert refused.value.status == 403
    own = {"Origin": town.url, "Cookie": browser["Cookie"]}
    token = await ticket(town, headers=browser)
    async with open_client(town, token=token, headers=own) as client:
        assert (await client.next("hello"))["you"]["name"] == "Alice"


async def test_the_path_is_told_to_nobody_with_its_ticket(town: Town) -> None:
    with structlog.testing.capture_logs() as logs:
        token = await ticket(town)
        async with open_client(town, token=token) as client:
            await client.next("hello")
        await turned_away(town, token)
        await asyncio.sleep(0.05)
    assert [line["path"] for line in logs if line["event"] == "http.socket"] == ["/ws/board"] * 2
    assert token not in str(logs)


# ---- who no longer may --------------------------------------------------------------------------------


async def test_a_revoked_key_ends_its_sockets_and_no_others(town: Town) -> None:
    async with town.house.unit_of_work(town.alice) as tx:
        issued = await identity.issue_key(tx, NewKey(label="short"))
    async with (
        open_client(town, token=await ticket(town, issued.secret)) as client,
        greeted(town) as (other, _),
    ):
        await client.next("hello")
        assert (await town.send("DELETE", f"/api/keys/{issued.key.id}", key="alice")).status == 200
        code, said = await client.end()
        assert (code, said[-1]["type"]) == (4401, "error")
        await add_task(town)
        assert len(await other.quiet()) == 1


async def test_signing_out_ends_the_socket(town: Town) -> None:
    browser = await town.sign_in("alice@a.example")
    async with open_client(town, token=await ticket(town, headers=browser)) as client:
        await client.next("hello")
        assert (await town.send("DELETE", "/api/session", headers=browser)).status == 200
        assert (await client.end())[0] == 4401


async def test_a_disabled_person_and_an_agent_whose_key_is_gone_are_sent_away(town: Town) -> None:
    hashed = await identity.hash_password(town.house, PASSWORD, email="c@a.example")
    async with town.house.unit_of_work(town.alice) as tx:
        carol = await identity.create_person(
            tx, NewPerson(email="c@a.example", name="Carol"), password_hash=hashed
        )
        robot = await identity.create_actor(tx, NewActor(kind="agent", slug="kenji", name="Kenji"))
        key = await identity.issue_key(tx, NewKey(label="k", actor_id=robot.id))
    browser = await town.sign_in("c@a.example")
    async with (
        open_client(town, token=await ticket(town, headers=browser)) as person,
        open_client(town, token=await ticket(town, key.secret)) as agent,
    ):
        assert (await person.next("hello"))["you"]["name"] == "Carol"
        assert (await agent.next("hello"))["you"] == {"id": robot.id, "name": "Kenji"}
        async with town.house.unit_of_work(town.alice) as tx:
            change = PersonChange(version=1, disabled=True)
            await identity.change_person(tx, carol.id, change)
            await identity.revoke_key(tx, key.key.id)
        assert (await person.end())[0] == 4401
        assert (await agent.end())[0] == 4401


async def test_an_end_whose_news_is_lost_is_found_by_looking(
    build_house: Any, alice: Actor, bob: Actor
) -> None:
    quick = LiveSettings(recheck_s=0.2)
    async with open_sockets(build_house, alice, bob, live=quick) as town, greeted(town) as (client, _):
        call, town.house.wakes.call = town.house.wakes.call, lambda topics: None
        async with town.house.unit_of_work(town.alice) as tx:
            for key in (await identity.list_keys(tx, limit=10, offset=0))[0]:
                await identity.revoke_key(tx, key.id)
        town.house.wakes.call = call
        assert (await client.end())[0] == 4401


async def test_a_session_that_enters_another_project_leaves_this_one(town: Town) -> None:
    browser = await town.sign_in("alice@a.example")
    made = await town.send("POST", "/api/projects", key="alice", json={"name": "Second"})
    async with open_client(town, token=await ticket(town, headers=browser)) as client:
        await client.next("hello")
        body = {"project_id": made.body["data"]["id"]}
        assert (await town.send("PATCH", "/api/session", headers=browser, json=body)).status == 200
        assert (await client.end())[0] == 4401


# ---- what clients say ---------------------------------------------------------------------------------


async def test_nobody_speaks_as_somebody_else(town: Town) -> None:
    async with greeted(town) as (client, _), greeted(town) as (other, _):
        await client.say(type="identify", agentId=town.bob.id)
        error = await client.next("error")
        assert error["code"] == "not_you"
        await client.say(type="identify", agentId=town.alice.id)
        await client.say(type="identify")
        await client.say(type="viewing_task", taskId="task_1")
        seen = await other.until(lambda f: f["type"] == "presence" and "task_1" in str(f))
        assert {entry["agentId"] for entry in seen["data"]} == {town.alice.id}
        assert await client.quiet() == []


BAD = [
    ('"x"', ""),
    ("[]", ""),
    ("null", ""),
    ("{", "JSON"),
    ("", "JSON"),
    ("{}", "type"),
    ('{"type":"shout"}', "identify"),
    ('{"type":["ping"]}', "type"),
    ('{"type":"ping","more":1}', "more"),
    ('{"type":"ping","type":"ping"}', "twice"),
    ('{"type":"viewing_task"}', "taskId"),
    ('{"type":"viewing_task","taskId":7}', "taskId"),
    ('{"type":"viewing_task","taskId":"<b>"}', "taskId"),
    ('{"type":"viewing_task","taskId":"a\\u0000"}', "NUL"),
    ('{"type":"cursor_move","x":"0","y":0}', "x"),
    ('{"type":"cursor_move","x":true,"y":0}', "x"),
    ('{"type":"cursor_move","x":1.01,"y":-1}', "y"),
    ('{"type":"cursor_move","x":NaN,"y":0}', "NaN"),
    ('{"type":"cursor_move","x":1e999,"y":0}', "large"),
    ('{"type":"cursor_move","x":0,"y":0,"column":"A B"}', "column"),
    ('{"type":"identify","agentId":7}', "agentId"),
    ("[" * 2000, ""),
]


async def test_a_message_that_does_not_fit_is_refused_by_name_and_the_line_stays(town: Town) -> None:
    async with greeted(town) as (client, _):
        for text, named in BAD:
            await client.ws.send_str(text)
            error = await client.next("error")
            assert error["code"] == "bad_message"
            assert named in error["message"], (text, error)
        await add_task(town)
        assert [f["type"] for f in await client.quiet()] == ["task_update"]


async def test_what_is_no_text_or_too_much_of_it_ends_the_line(town: Town) -> None:
    for send in (
        lambda ws: ws.send_bytes(b'{"type":"ping"}'),
        lambda ws: ws.send_bytes(os.urandom(100_000)),
        lambda ws: ws.send_str("x" * 4097),
        lambda ws: ws.send_str("\u20ac" * 1400),
        lambda ws: ws.send_str("x" * 1_000_000),
    ):
        async with greeted(town) as (client, _):
            await send(client.ws)
            code, said = await client.end()
            assert code == 4400
            assert said[-1]["code"] == "bad_message"
    async with greeted(town) as (client, _):
        await client.ws._writer.send_frame(b'{"type":"\xff\xfe"}', aiohttp.WSMsgType.TEXT)
        await client.end()  # the server's own protocol check
    async with greeted(town) as (client, _):
        assert await client.quiet() == []


async def test_a_flood_is_hung_up_on(town: Town) -> None:
    async with greeted(town) as (client, _), greeted(town) as (other, _):
        for _ in range(200):
            await client.ws.send_str('{"type":"ping"}')
        code, said = await client.end()
        assert code == 4429
        assert said[-1]["code"] == "too_much"
        await add_task(town)
        assert len(await other.quiet()) == 1


async def test_who_says_nothing_is_gone_and_who_pings_stays(
    build_house: Any, alice: Actor, bob: Actor
) -> None:
    async with (
        open_sockets(build_house, alice, bob, live=LiveSettings(idle_s=0.4)) as town,
        greeted(town) as (silent, _),
        greeted(town) as (lively, _),
    ):

        async def ping() -> None:
            while True:
                await lively.say(type="ping")
                await asyncio.sleep(0.1)

        pinging = asyncio.create_task(ping())
        assert (await silent.end())[0] == 4408
        await asyncio.sleep(0.5)
        await lively.next("pong")
        pinging.cancel()


async def test_connections_are_counted_by_address_and_by_actor(
    build_house: Any, alice: Actor, bob: Actor
) -> None:
    limits = LiveSettings(connections_per_address=3, connections_per_actor=2)
    async with open_sockets(build_house, alice, bob, live=limits) as town:
        async with greeted(town), greeted(town):
            assert "of yours" in await turned_away(town, await ticket(town), 4429)
            async with greeted(town, "bob"):
                assert "your address" in await turned_away(town, await ticket(town, "bob"), 4429)
            async with greeted(town, "bob"):
                pass
        async with greeted(town), greeted(town):
            pass


async def test_a_server_holds_so_many_connections(build_house: Any, alice: Actor, bob: Actor) -> None:
    async with (
        open_sockets(build_house, alice, bob, live=LiveSettings(connections=1)) as town,
        greeted(town),
    ):
        assert "This server" in await turned_away(town, "x", 4429)


async def test_a_socket_elsewhere_and_a_page_at_the_socket_are_refused(town: Town) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await town.http.ws_connect(f"{town.url}/ws/other")
    assert (await town.send("GET", "/ws/board")).status in (400, 404, 405)


async def test_metrics_count_it(town: Town) -> None:
    async with greeted(town) as (client, _):
        await add_task(town)
        await client.quiet()
        text = (await town.send("GET", "/metrics")).body
        numbers = dict(line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("opsroom_live"))
        assert numbers["opsroom_live_connections"] == "1.0"
        assert numbers["opsroom_live_boards"] == "1.0"
        assert float(numbers["opsroom_live_frames_sent_total"]) >= 3
        assert numbers["opsroom_live_frames_dropped_total"] == "0.0"
    await asyncio.sleep(0.1)
    text = (await town.send("GET", "/metrics")).body
    assert "opsroom_live_connections 0.0" in text
    assert 'opsroom_live_ended_total{code="0"} 1.0' in text
