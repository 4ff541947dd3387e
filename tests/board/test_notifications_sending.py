"""Sending over real wires: a mail server, stand-ins of Slack and Discord; at most once, retried if safe."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message as Mail
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import SecretStr

from opsroom.board.notifications import api
from opsroom.board.notifications.sending import Sender
from opsroom.board.notifications.settings import NotificationSettings
from opsroom.board.notifications.shapes import Preferences
from opsroom.board.shapes import Task
from opsroom.kernel.actor import Actor
from opsroom.kernel.clock import FakeClock
from opsroom.kernel.redact import redact_text
from opsroom.kernel.room import House
from opsroom.kernel.shape import Shape
from opsroom.sandbox.api import Fault, Sandbox, start_sandbox
from opsroom.sandbox.discord.state import DiscordWebhook
from tests.board.automation_kit import NOON, add_task, colleague, open_board, sends, settle
from tests.board.test_notifications import say


class Postbox:
    """What a mail server got, and what it shall answer next."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.answers: list[str] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content or b"", policy=default))  # type: ignore[arg-type]
        return answer


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def mail_server(postbox: Postbox) -> Iterator[Controller]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(postbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    box = await start_sandbox()
    yield box
    await box.stop()


@pytest.fixture
def webhook(sandbox: Sandbox) -> DiscordWebhook:
    return sandbox.discord.add_webhook()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
async def house(
    build_house: Any,
    alice: Actor,
    bob: Actor,
    clock: FakeClock,
    mail_server: Controller,
    sandbox: Sandbox,
    webhook: DiscordWebhook,
) -> House:
    settings: list[Shape] = [
        NotificationSettings(
            smtp_host="127.0.0.1",
            smtp_port=mail_server.port,
            smtp_tls="none",
            slack_url=sandbox.urls.slack,
            slack_bot_token=SecretStr("xoxb-test"),
            discord_webhook_url=SecretStr(sandbox.urls.discord(webhook)),
        )
    ]
    return await open_board(build_house, alice, bob, clock=clock, settings=settings)


@pytest.fixture
async def zoe(house: House, alice: Actor, sandbox: Sandbox) -> Actor:
    zoe = await colleague(house, alice, "Zoe")
    user = sandbox.slack.add_user("zoe", "Zoe", "zoe@x.example")
    everywhere = {"slack": "now", "discord": "now", "email": "now"}
    wanted = {"choices": {"comment": everywhere}, "slack_id": user.id, "discord_id": "123456789"}
    async with house.unit_of_work(zoe) as tx:
        await api.set_preferences(tx, Preferences.model_validate(wanted), {})
    return zoe


async def comment(house: House, alice: Actor, zoe: Actor, text: str = "hello", title: str = "Fix it") -> Task:
    task = await add_task(house, alice, title, watchers=(zoe.id,))
    await say(house, alice, task.id, text)
    await settle(house)
    return task


async def states(house: House) -> dict[str, str]:
    return {row["channel"]: row["status"] for row in await sends(house)}


async def only_email(house: House, zoe: Actor, **more: Any) -> None:
    wanted = {"choices": {"comment": {"email": "now"}}, **more}
    async with house.unit_of_work(zoe) as tx:
        await api.set_preferences(tx, Preferences.model_validate(wanted), {})


async def test_a_comment_arrives_on_every_channel_once_whoever_looks(
    house: House, alice: Actor, zoe: Actor, postbox: Postbox, sandbox: Sandbox
) -> None:
    await comment(house, alice, zoe, "see @everyone <!channel> *bold* <b>html</b>")
    sender = house.need(Sender)
    await asyncio.gather(*(sender.round() for _ in range(5)))
    await sender.round()
    assert await states(house) == {"slack": "sent", "discord": "sent", "email": "sent"}
    (mail,) = postbox.mails
    assert (mail["to"], mail["subject"]) == ("zoe@x.example", "Alice commented on #1 Fix it")
    assert mail.get_content_type() == "text/plain"
    assert "<b>html</b>" in str(mail.get_payload())
    assert mail["auto-submitted"] == "auto-generated"
    (posted,) = sandbox.slack.messages
    assert "&lt;!channel&gt;" in posted.text
    assert sandbox.slack.channels[posted.channel].user
    (message,) = sandbox.discord.messages
    assert (message.mentions, message.everyone) == (("123456789",), False)
    receipts = {row["channel"]: row["receipt"] for row in await sends(house)}
    assert (receipts["slack"], receipts["discord"]) == (posted.ts, message.id)


async def test_what_certainly_did_not_arrive_is_tried_again_with_pauses(
    house: House, alice: Actor, zoe: Actor, clock: FakeClock, postbox: Postbox, sandbox: Sandbox
) -> None:
    postbox.answers = ["451 try later", "451 try later"]
    sandbox.faults.arm(Fault("POST /discord/*", status=429, retry_after="300"))
    sandbox.faults.arm(Fault("POST /slack/api/chat.postMessage", error="ratelimited"))
    await comment(house, alice, zoe)
    sender = house.need(Sender)
    await sender.round()
    assert await states(house) == {"slack": "pending", "discord": "pending", "email": "pending"}
    assert await sender.round() == 0  # not before its pause is over
    clock.advance(timedelta(seconds=31))
    await sender.round()
    assert await states(house) == {"slack": "sent", "discord": "pending", "email": "pending"}
    clock.advance(timedelta(seconds=301))
    await sender.round()
    assert await states(house) == {"slack": "sent", "discord": "sent", "email": "sent"}
    assert (len(postbox.mails), len(sandbox.slack.messages), len(sandbox.discord.messages)) == (1, 1, 1)


async def test_what_may_have_arrived_is_never_sent_again(
    house: House, alice: Actor, zoe: Actor, clock: FakeClock, sandbox: Sandbox
) -> None:
    sandbox.faults.arm(Fault("POST /discord/*", lost_reply=True))
    sandbox.faults.arm(Fault("POST /slack/api/chat.postMessage", lost_reply=True))
    await comment(house, alice, zoe)
    sender = house.need(Sender)
    for _ in range(4):
        await sender.round()
        clock.advance(timedelta(hours=7))
    found = {row["channel"]: (row["status"], row["attempts"]) for row in await sends(house)}
    assert found == {"slack": ("unknown", 1), "discord": ("unknown", 1), "email": ("sent", 1)}
    assert (len(sandbox.slack.messages), len(sandbox.discord.messages)) == (1, 1)


async def test_a_sender_that_died_while_sending_leaves_it_unknown(
    house: House, alice: Actor, zoe: Actor, clock: FakeClock, postbox: Postbox
) -> None:
    from opsroom.board.notifications import store

    await only_email(house, zoe)
    await comment(house, alice, zoe)
    (row,) = await sends(house)
    async with house.unit_of_work(house.system_actor(alice.scope)) as tx:
        assert await store.claim_send(tx, row["id"]) is not None
        assert await store.claim_send(tx, row["id"]) is None
    sender = house.need(Sender)
    await sender.round()
    assert await states(house) == {"email": "sending"}
    clock.advance(timedelta(minutes=11))
    await sender.round()
    assert await states(house) == {"email": "unknown"}
    assert postbox.mails == []


async def test_refusals_for_good_are_not_repeated_and_tries_come_to_an_end(
    house: House,
    alice: Actor,
    zoe: Actor,
    clock: FakeClock,
    postbox: Postbox,
    sandbox: Sandbox,
    webhook: DiscordWebhook,
) -> None:
    postbox.answers = ["554 no such thing here"]
    del sandbox.discord.webhooks[webhook.id]
    sandbox.faults.arm(Fault("POST /slack/api/*", error="ratelimited", times=None))
    await comment(house, alice, zoe)
    sender = house.need(Sender)
    for _ in range(8):
        await sender.round()
        clock.advance(timedelta(hours=7))
    found = {row["channel"]: (row["status"], row["attempts"]) for row in await sends(house)}
    assert found == {"slack": ("failed", 6), "discord": ("failed", 1), "email": ("failed", 1)}
    errors = {row["channel"]: row["error"] for row in await sends(house)}
    assert "554" in errors["email"]
    assert "Given up after 6 tries" in errors["slack"]
    assert webhook.token not in str(await sends(house))
    assert webhook.token not in redact_text(f"POST /discord/api/webhooks/{webhook.id}/{webhook.token}")


async def test_a_server_that_is_not_there_is_tried_again(
    build_house: Any, alice: Actor, clock: FakeClock
) -> None:
    settings = [NotificationSettings(smtp_host="127.0.0.1", smtp_port=1, smtp_tls="none")]
    house = await open_board(build_house, alice, clock=clock, settings=settings)
    zoe = await colleague(house, alice, "Zoe")
    await only_email(house, zoe)
    await comment(house, alice, zoe)
    await house.need(Sender).round()
    (row,) = await sends(house)
    assert (row["status"], row["attempts"]) == ("pending", 1)
    assert "cannot be reached" in row["error"]


async def test_quiet_hours_hold_mail_back_and_never_the_inbox(
    house: House, alice: Actor, zoe: Actor, clock: FakeClock, postbox: Postbox
) -> None:
    await only_email(
        house, zoe, time_zone="Asia/Tokyo", quiet_hours={"start": "20:00", "end": "08:00"}
    )  # it is 21:00
    await comment(house, alice, zoe)
    sender = house.need(Sender)
    assert await sender.round() == 0
    (row,) = await sends(house)
    assert row["due_at"] == datetime(2026, 6, 10, 23, 0, tzinfo=UTC)
    async with house.unit_of_work.reading(zoe) as tx:
        assert (await api.inbox(tx))[0].unread == 1
    clock.advance(timedelta(hours=11, seconds=1))
    assert await sender.round() == 1
    assert len(postbox.mails) == 1


async def test_a_digest_gathers_a_day_into_one_mail_at_the_person_s_hour(
    house: House, alice: Actor, zoe: Actor, clock: FakeClock, postbox: Postbox
) -> None:
    wanted = {"choices": {"comment": {"email": "digest"}}, "time_zone": "Europe/Berlin", "digest_hour": 18}
    async with house.unit_of_work(zoe) as tx:
        await api.set_preferences(tx, Preferences.model_validate(wanted), {})
    for n in range(3):
        clock.advance(timedelta(minutes=1))
        await comment(house, alice, zoe, f"text {n}", f"Card {n}")
    sender = house.need(Sender)
    assert await sender.round() == 0
    clock.advance(timedelta(hours=4))  # 18:03 in Berlin
    await asyncio.gather(*(sender.round() for _ in range(3)))
    await sender.round()
    (mail,) = postbox.mails
    assert mail["subject"] == "3 things happened on the board"
    body = mail.get_content()  # type: ignore[attr-defined]
    assert [body.index(f"Card {n}") for n in range(3)] == sorted(body.index(f"Card {n}") for n in range(3))
    assert "text 1" in body
    clock.advance(timedelta(days=1))
    assert await sender.round() == 0
    assert sorted(row["status"] for row in await sends(house)) == ["digested"] * 3 + ["sent"]


async def test_a_title_cannot_add_headers_or_receivers(
    house: House, alice: Actor, zoe: Actor, postbox: Postbox
) -> None:
    await only_email(house, zoe)
    title = "x\r\nBcc: eve@evil.example\r\n\r\nbody \u2028 \U0001f600"
    await comment(house, alice, zoe, "\r\n.\r\nQUIT", title)
    await house.need(Sender).round()
    (mail,) = postbox.mails
    assert mail["bcc"] is None
    assert "Bcc: eve@evil.example" in mail["subject"]
    assert "\U0001f600" in mail["subject"]


async def test_channels_that_are_not_set_up_are_left_out_and_said_so(build_house: Any, alice: Actor) -> None:
    house = await open_board(build_house, alice)
    zoe = await colleague(house, alice, "Zoe")
    await comment(house, alice, zoe)
    assert await sends(house) == []
    missing = house.need(Sender).missing()
    assert missing["in_app"] is None
    assert {"slack", "discord", "email"} == {name for name, reason in missing.items() if reason}


async def test_who_was_disabled_is_not_written_to(
    house: House, alice: Actor, zoe: Actor, postbox: Postbox
) -> None:
    from opsroom.identity.accounts import change_person
    from opsroom.identity.shapes import PersonChange

    await comment(house, alice, zoe)
    async with house.unit_of_work(alice) as tx:
        await change_person(tx, zoe.id, PersonChange(version=1, disabled=True))
    await house.need(Sender).round()
    assert set((await states(house)).values()) == {"failed"}
    assert postbox.mails == []
