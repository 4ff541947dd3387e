"""Outgoing webhooks: what a receiver gets and can check, and what happens when it does not take it."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from opsroom.board.hooks.sending import Sender
from opsroom.board.hooks.settings import HookSettings
from opsroom.board.hooks.tables import HOOK_DELIVERIES, HOOKS
from opsroom.board.shapes import NewTask, TaskChange
from opsroom.board.tasks import api as tasks
from opsroom.board.workflow import api as workflow
from opsroom.kernel.actor import Actor
from tests.board.exchange_kit import Exchange, Receiver, open_exchange, open_receiver


@pytest.fixture
async def room(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Exchange]:
    async with open_exchange(build_house, alice, bob) as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with open_receiver() as opened:
        yield opened


async def put_task(room: Exchange, title: str = "Fix sitemap") -> str:
    async with workflow.writing(room.house, room.actor) as tx:
        return (await tasks.create_task(tx, NewTask(title=title))).id


async def add_hook(room: Exchange, url: str, **more: Any) -> tuple[str, str]:
    made = await room.ask("POST", "/hooks", {"url": url, **more})
    return made["hook"]["id"], made["secret"]


async def log_of(room: Exchange, hook_id: str) -> list[Any]:
    return await room.ask("GET", f"/hooks/{hook_id}/deliveries")


async def test_a_receiver_gets_the_event_and_the_task_and_can_check_both(
    room: Exchange, receiver: Receiver
) -> None:
    hook_id, secret = await add_hook(room, receiver.url)
    task_id = await put_task(room, "Über-Sitemap 🗺️")
    await room.follow()
    await room.deliver()
    headers, body = receiver.got[0]
    told = Webhook(secret).verify(body, headers)  # the official library of Standard Webhooks
    assert told["type"] == "board.task_created.v1"
    assert told["data"]["event"]["title"] == told["data"]["task"]["title"] == "Über-Sitemap 🗺️"
    assert (told["data"]["subject"], told["data"]["actor"]["name"]) == (task_id, "Alice")
    assert datetime.fromisoformat(told["timestamp"]).tzinfo is not None
    assert told["data"]["id"].startswith("ev_")
    assert told["data"]["seq"] > 0
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body.replace(b"Sitemap", b"Sitemaq"), headers)
    delivery = (await log_of(room, hook_id))[0]
    assert (delivery["id"], delivery["status"], delivery["attempts"]) == (
        headers["webhook-id"],
        "delivered",
        1,
    )
    tried = delivery["tried"][0]
    assert (tried["response_status"], tried["response_excerpt"], tried["outcome"]) == (
        200,
        "said 200",
        "delivered",
    )
    assert "board.task_created.v1" in delivery["request_excerpt"]


async def test_a_hook_gets_only_the_kinds_and_the_project_it_is_for(
    room: Exchange, receiver: Receiver
) -> None:
    changed = "board.task_changed.v1"
    await add_hook(room, receiver.url, kinds=[changed])
    await add_hook(room.of("bob"), receiver.url)
    task_id = await put_task(room)
    async with room.house.unit_of_work(room.actor) as tx:
        await tasks.change_task(tx, task_id, TaskChange(priority="p1"))
    await room.follow()
    await room.follow()  # a second look finds nothing new
    await room.deliver()
    await room.of("bob").deliver()
    assert [json.loads(body)["type"] for _, body in receiver.got] == [changed]


async def test_a_secret_is_shown_once_and_kept_sealed(room: Exchange, receiver: Receiver) -> None:
    hook_id, secret = await add_hook(room, receiver.url)
    assert secret.startswith("whsec_")
    assert secret not in str(await room.ask("GET", "/hooks"))
    async with room.house.unit_of_work.reading(room.actor) as tx:
        row = (await tx.conn.execute(HOOKS.select().where(HOOKS.c.id == hook_id))).mappings().one()
    assert secret not in str(dict(row))
    assert secret[6:] not in str(dict(row))


async def test_a_new_secret_and_the_former_one_both_sign_for_a_day(
    room: Exchange, receiver: Receiver
) -> None:
    hook_id, old = await add_hook(room, receiver.url)
    changed = await room.ask("PATCH", f"/hooks/{hook_id}", {"rotate_secret": True})
    new = changed["secret"]
    assert new != old
    assert changed["hook"]["former_secret_until"] is not None
    await room.ask("POST", f"/hooks/{hook_id}/test")
    await room.deliver()
    headers, body = receiver.got[0]
    for secret in (old, new):
        assert Webhook(secret).verify(body, headers)["type"] == "board.hook_pinged.v1"
    async with room.house.unit_of_work(room.actor) as tx:
        over = tx.now - timedelta(seconds=1)
        await tx.conn.execute(HOOKS.update().where(HOOKS.c.id == hook_id).values(former_until=over))
    await room.ask("POST", f"/hooks/{hook_id}/test")
    await room.deliver()
    headers, body = receiver.got[1]
    Webhook(new).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(body, headers)


async def test_what_fails_is_tried_again_by_the_timetable_with_one_id_and_one_body(
    room: Exchange, receiver: Receiver
) -> None:
    receiver.answers = [500, 503, 404, 200]
    hook_id, secret = await add_hook(room, receiver.url)
    await put_task(room)
    await room.follow()
    pauses = []
    for _ in range(4):
        await room.deliver()
        row = (await log_of(room, hook_id))[0]
        if row["next_at"]:
            ended = datetime.fromisoformat(row["tried"][0]["ended_at"])
            pauses.append((datetime.fromisoformat(row["next_at"]) - ended).total_seconds())
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len({body for _, body in receiver.got}) == 1
    for headers, body in receiver.got:
        Webhook(secret).verify(body, headers)
    for pause, wanted in zip(pauses, (5, 300, 1800), strict=True):
        assert wanted <= pause <= wanted * 1.2
    assert (row["status"], row["attempts"]) == ("delivered", 4)
    assert [one["response_status"] for one in row["tried"]] == [200, 404, 503, 500]
    assert row["tried"][-1]["response_excerpt"] == "said 500"
    hook = (await room.ask("GET", "/hooks"))[0]
    assert hook["failing_since"] is None
    assert hook["last_success_at"] is not None


async def test_after_the_last_attempt_it_is_failed_and_can_be_sent_again(
    room: Exchange, receiver: Receiver
) -> None:
    receiver.answers = [500]
    hook_id, _ = await add_hook(room, receiver.url)
    await put_task(room)
    await room.follow()
    for _ in range(12):
        await room.deliver()
    row = (await log_of(room, hook_id))[0]
    assert (row["status"], row["attempts"], len(receiver.got)) == ("failed", 8, 8)
    receiver.answers = [200]
    again = await room.ask("POST", f"/hook-deliveries/{row['id']}/resend")
    assert again["status"] == "waiting"
    await room.deliver()
    assert (await log_of(room, hook_id))[0]["status"] == "delivered"
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1


async def test_a_receiver_that_asks_for_more_time_gets_it(room: Exchange, receiver: Receiver) -> None:
    receiver.answers = [web.Response(status=429, headers={"Retry-After": "3600"})]
    hook_id, _ = await add_hook(room, receiver.url)
    await put_task(room)
    await room.follow()
    await room.deliver()
    row = (await log_of(room, hook_id))[0]
    pause = datetime.fromisoformat(row["next_at"]) - datetime.fromisoformat(row["tried"][0]["ended_at"])
    assert pause.total_seconds() >= 3600


async def test_after_five_days_of_failure_a_hook_is_disabled_with_a_notice(
    room: Exchange, receiver: Receiver
) -> None:
    receiver.answers = [500]
    hook_id, _ = await add_hook(room, receiver.url)
    await put_task(room)
    await put_task(room)
    await room.follow()
    async with room.house.unit_of_work(room.actor) as tx:
        since = tx.now - timedelta(days=5, minutes=1)
        await tx.conn.execute(HOOKS.update().where(HOOKS.c.id == hook_id).values(failing_since=since))
    await room.deliver()
    hook = (await room.ask("GET", "/hooks"))[0]
    assert hook["enabled"] is False
    assert "5 days" in hook["disabled_reason"]
    assert await notices(room) == [hook_id]
    await room.deliver()
    assert sorted(row["status"] for row in await log_of(room, hook_id)) == ["dropped", "dropped"]
    assert len(receiver.got) == 1
    status, _ = await room.refused("POST", f"/hooks/{hook_id}/test")
    assert status == 409
    enabled = await room.ask("PATCH", f"/hooks/{hook_id}", {"enabled": True, "version": hook["version"]})
    assert (enabled["hook"]["failing_since"], enabled["hook"]["disabled_reason"]) == (None, None)


async def notices(room: Exchange) -> list[str]:
    from opsroom.kernel.uow import events_after

    async with room.house.unit_of_work.reading(room.actor) as tx:
        return [e.subject for e in await events_after(tx, 0, kinds=["board.hook_disabled.v1"])]


async def test_a_receiver_that_is_gone_is_not_asked_twice(room: Exchange, receiver: Receiver) -> None:
    receiver.answers = [410]
    hook_id, _ = await add_hook(room, receiver.url)
    await put_task(room)
    await room.follow()
    await room.deliver()
    await room.deliver()
    assert len(receiver.got) == 1
    assert await notices(room) == [hook_id]


async def test_a_host_that_only_fails_is_given_a_rest_that_costs_no_attempt(
    room: Exchange, receiver: Receiver
) -> None:
    receiver.answers = [500]
    hook_id, _ = await add_hook(room, receiver.url)
    for _ in range(22):
        await room.ask("POST", f"/hooks/{hook_id}/test")
    await room.deliver()
    assert len(receiver.got) == 20
    rested = [row for row in await log_of(room, hook_id) if not row["tried"]]
    assert [(row["status"], row["attempts"]) for row in rested] == [("waiting", 0)] * 2


async def test_a_redirect_is_a_failure_and_not_followed(room: Exchange, receiver: Receiver) -> None:
    receiver.answers = [web.Response(status=307, headers={"Location": receiver.url + "/elsewhere"})]
    hook_id, _ = await add_hook(room, receiver.url)
    await put_task(room)
    await room.follow()
    await room.deliver()
    tried = (await log_of(room, hook_id))[0]["tried"][0]
    assert (tried["outcome"], tried["response_status"], len(receiver.got)) == ("refused", 307, 1)


async def test_a_dead_address_is_unreachable(room: Exchange) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    hook_id, _ = await add_hook(room, f"http://127.0.0.1:{port}/nobody")
    await room.ask("POST", f"/hooks/{hook_id}/test")
    await room.deliver()
    row = (await log_of(room, hook_id))[0]
    assert (row["status"], row["tried"][0]["outcome"]) == ("waiting", "unreachable")


async def test_private_targets_are_refused_when_added_and_when_sent_to(
    build_house: Any, alice: Actor, bob: Actor, receiver: Receiver
) -> None:
    async with open_exchange(build_house, alice, bob, settings=[HookSettings()]) as room:
        for url in (
            receiver.url,
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "https://10.0.0.7/x",
            "https://169.254.169.254/latest",
            "https://localhost/x",
            "http://example.com/plain",
            "ftp://example.com/x",
            "https://user:secret@example.com/x",
            "nonsense",
        ):
            status, problems = await room.refused("POST", "/hooks", {"url": url})
            assert status == 422, url
            assert "url" in problems, (url, problems)
        hook_id, _ = await add_hook(room, "https://hooks.example.com/x")
        # A name that stood for a public address when it was added, and for ours when it is used.
        async with room.house.unit_of_work(room.actor) as tx:
            await tx.conn.execute(HOOKS.update().where(HOOKS.c.id == hook_id).values(url=receiver.url))
        await room.ask("POST", f"/hooks/{hook_id}/test")
        await room.deliver()
        tried = (await log_of(room, hook_id))[0]["tried"][0]
        assert (tried["outcome"], receiver.got) == ("not_allowed", [])


async def test_every_problem_is_told_at_once(room: Exchange) -> None:
    body = {"url": "gopher://x", "kinds": ["board.task_moved.v1", "board.nonsense.v1", "runs.run_ended.v1"]}
    status, problems = await room.refused("POST", "/hooks", body)
    assert status == 422
    assert set(problems) == {"url", "kinds.1", "kinds.2"}
    assert "board.task_moved.v1" in problems["kinds.1"]


async def test_a_hook_of_others_is_not_there(room: Exchange, receiver: Receiver) -> None:
    hook_id, _ = await add_hook(room, receiver.url)
    ping = await room.ask("POST", f"/hooks/{hook_id}/test")
    bob = room.of("bob")
    assert await bob.ask("GET", "/hooks") == []
    for method, path, body in (
        ("PATCH", f"/hooks/{hook_id}", {"name": "Mine"}),
        ("DELETE", f"/hooks/{hook_id}", None),
        ("GET", f"/hooks/{hook_id}/deliveries", None),
        ("POST", f"/hooks/{hook_id}/test", None),
        ("POST", f"/hook-deliveries/{ping['id']}/resend", None),
    ):
        assert (await bob.refused(method, path, body))[0] == 404


async def test_a_deleted_hook_gets_nothing_more(room: Exchange, receiver: Receiver) -> None:
    hook_id, _ = await add_hook(room, receiver.url)
    await put_task(room)
    await room.follow()
    await room.ask("DELETE", f"/hooks/{hook_id}")
    await room.deliver()
    await put_task(room)
    await room.follow()
    assert receiver.got == []
    async with room.house.unit_of_work.reading(room.actor) as tx:
        rows = (await tx.conn.execute(HOOK_DELIVERIES.select())).mappings().all()
    assert [row["status"] for row in rows] == ["dropped"]


async def test_an_attempt_of_an_earlier_turn_does_nothing(room: Exchange, receiver: Receiver) -> None:
    hook_id, _ = await add_hook(room, receiver.url)
    ping = await room.ask("POST", f"/hooks/{hook_id}/test")
    sender, scope = room.house.need(Sender), room.actor.scope.model_dump()
    await sender.attempt(scope, ping["id"], 1)
    await sender.attempt(scope, ping["id"], 1)
    await sender.attempt(scope, "msg_nobody", 1)
    assert len(receiver.got) == 1


async def test_old_deliveries_are_let_go(room: Exchange, receiver: Receiver) -> None:
    hook_id, _ = await add_hook(room, receiver.url)
    await room.ask("POST", f"/hooks/{hook_id}/test")
    await room.deliver()
    await room.ask("POST", f"/hooks/{hook_id}/test")
    async with room.house.unit_of_work(room.actor) as tx:
        old = datetime.now(UTC) - timedelta(days=31)
        await tx.conn.execute(HOOK_DELIVERIES.update().values(created_at=old))
    assert await room.house.need(Sender).forget() == 1
    rows = await log_of(room, hook_id)
    assert [row["status"] for row in rows] == ["waiting"], "what is on its way is kept"


async def test_followed_and_sent_by_itself(
    build_house: Any, alice: Actor, bob: Actor, receiver: Receiver
) -> None:
    """The whole way: event, follower, durable work, wire."""
    import asyncio

    async with open_exchange(build_house, alice, bob, work=True) as room:
        _, secret = await add_hook(room, receiver.url)
        await put_task(room)
        await room.follow()
        async with asyncio.timeout(10):
            while not receiver.got:
                await asyncio.sleep(0.02)
        headers, body = receiver.got[0]
        Webhook(secret).verify(body, headers)


async def test_the_kinds_a_hook_can_have_are_told(room: Exchange) -> None:
    told = {one["kind"]: one["about"] for one in await room.ask("GET", "/hook-kinds")}
    assert told["board.task_created.v1"] == "A task was put on the board."
    assert all(about.endswith(".") and len(about) > 10 for about in told.values())
    hook = {"url": "http://127.0.0.1:8099/in", "kinds": sorted(told)[:40]}
    made = await room.ask("POST", "/hooks", hook)
    assert made["hook"]["kinds"] == sorted(told)[:40]
