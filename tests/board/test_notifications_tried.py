"""Test messages: a person tries a channel and is told what became of it, over real wires."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from opsroom.board.errors import NotYours
from opsroom.board.notifications import api
from opsroom.board.notifications.sending import Sender
from opsroom.board.notifications.shapes import ChannelTested, Outside, Preferences
from opsroom.board.notifications.trial import Trial
from opsroom.kernel.actor import Actor
from opsroom.kernel.clock import FakeClock
from opsroom.kernel.errors import Limited
from opsroom.kernel.room import House
from opsroom.sandbox.api import Fault, Sandbox
from opsroom.sandbox.discord.state import DiscordWebhook
from tests.board import test_notifications_sending as sending
from tests.board.automation_kit import open_board, sends
from tests.board.test_notifications_sending import Postbox, states

# The same post as there: a mail server, stand-ins of Slack and Discord, and Zoe, who is reached on all three.
postbox, mail_server, sandbox, webhook = (
    sending.postbox,
    sending.mail_server,
    sending.sandbox,
    sending.webhook,
)
clock, house, zoe = sending.clock, sending.house, sending.zoe


async def tried(house: House, person: Actor, channel: Outside) -> ChannelTested:
    return await house.need(Trial).send(person, channel)


async def test_a_person_tries_each_channel_and_is_told_that_it_arrived(
    house: House, zoe: Actor, postbox: Postbox, sandbox: Sandbox
) -> None:
    channels: tuple[Outside, ...] = ("slack", "discord", "email")
    found = {channel: await tried(house, zoe, channel) for channel in channels}
    assert {t.outcome for t in found.values()} == {"delivered"}
    (mail,) = postbox.mails
    assert (mail["to"], mail["subject"]) == ("zoe@x.example", "A test message from Opsroom")
    (posted,) = sandbox.slack.messages
    (message,) = sandbox.discord.messages
    assert message.mentions == ("123456789",)
    assert (found["slack"].receipt, found["discord"].receipt) == (posted.ts, message.id)
    assert found["email"].address == "zoe@x.example"
    assert await states(house) == {"slack": "sent", "discord": "sent", "email": "sent"}
    assert await house.need(Sender).round() == 0


async def test_what_a_channel_refuses_is_told_with_what_to_do(
    house: House, zoe: Actor, clock: FakeClock, postbox: Postbox, sandbox: Sandbox, webhook: DiscordWebhook
) -> None:
    postbox.answers = ["554 not from you"]
    del sandbox.discord.webhooks[webhook.id]
    async with house.unit_of_work(zoe) as tx:
        await api.set_preferences(tx, Preferences(slack_id="U0NOBODY", discord_id="123456789"), {})
    slack = await tried(house, zoe, "slack")
    assert (slack.outcome, slack.address) == ("failed", "U0NOBODY")
    assert "not_found" in (slack.reason or "")
    assert "member id" in (slack.advice or "")
    discord = await tried(house, zoe, "discord")
    assert "Unknown Webhook" in (discord.reason or "")
    assert "DISCORD_WEBHOOK_URL" in (discord.advice or "")
    assert webhook.token not in discord.model_dump_json()
    mail = await tried(house, zoe, "email")
    assert "554" in (mail.reason or "")
    assert "mail_from" in (mail.advice or "")
    assert await states(house) == {"slack": "failed", "discord": "failed", "email": "failed"}

    clock.advance(timedelta(seconds=20))
    sandbox.faults.arm(Fault("POST /slack/api/*", error="invalid_auth"))
    assert "SLACK_BOT_TOKEN" in ((await tried(house, zoe, "slack")).advice or "")
    clock.advance(timedelta(seconds=20))
    sandbox.faults.arm(Fault("POST /slack/api/*", error="ratelimited"))
    assert "Wait 30 seconds" in ((await tried(house, zoe, "slack")).advice or "")
    clock.advance(timedelta(seconds=20))
    async with house.unit_of_work(zoe) as tx:
        await api.set_preferences(tx, Preferences(), {})
    nowhere = await tried(house, zoe, "slack")
    assert (nowhere.outcome, nowhere.address) == ("failed", None)
    assert "save" in (nowhere.advice or "")


async def test_a_lost_answer_is_not_taken_for_a_failure(house: House, zoe: Actor, sandbox: Sandbox) -> None:
    sandbox.faults.arm(Fault("POST /slack/api/chat.postMessage", lost_reply=True))
    told = await tried(house, zoe, "slack")
    assert told.outcome == "unknown"
    assert "may have" in (told.reason or "")
    assert await states(house) == {"slack": "unknown"}
    assert len(sandbox.slack.messages) == 1


async def test_nobody_floods_a_channel_with_test_messages(
    house: House, alice: Actor, zoe: Actor, clock: FakeClock, sandbox: Sandbox
) -> None:
    several = await asyncio.gather(*(tried(house, zoe, "slack") for _ in range(5)), return_exceptions=True)
    assert [type(each) for each in several].count(Limited) == 4
    assert len(sandbox.slack.messages) == 1
    assert (await tried(house, zoe, "discord")).outcome == "delivered"
    clock.advance(timedelta(seconds=20))
    assert (await tried(house, zoe, "slack")).outcome == "delivered"
    with pytest.raises(NotYours, match="people"):
        await tried(house, alice.model_copy(update={"kind": "app"}), "slack")


async def test_a_channel_that_is_not_set_up_says_what_to_set(build_house: Any, alice: Actor) -> None:
    house = await open_board(build_house, alice)
    told = await tried(house, alice, "email")
    assert (told.outcome, told.reason) == ("failed", "It is not set up.")
    assert "OPSROOM_NOTIFICATIONS__SMTP_HOST" in (told.advice or "")
    assert await sends(house) == []
