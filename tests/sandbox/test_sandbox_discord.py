"""The stand-in for Discord's webhooks answers as Discord does."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from opsroom.sandbox.api import Fault, Sandbox


async def post(url: str, body: Any) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as http, http.post(url, json=body) as answer:
        return answer.status, await answer.json(content_type=None) if answer.status != 204 else None


async def test_a_message_is_posted_with_and_without_waiting(sandbox: Sandbox) -> None:
    url = sandbox.urls.discord(sandbox.discord.add_webhook())
    assert await post(url, {"content": "one"}) == (204, None)
    status, message = await post(f"{url}?wait=true", {"content": "two"})
    assert (status, message["content"]) == (200, "two")
    assert [m.content for m in sandbox.discord.messages] == ["one", "two"]
    assert message["id"] == sandbox.discord.messages[1].id
    assert [e.kind for e in sandbox.ledger.find_effects("discord")] == ["message.posted"] * 2


@pytest.mark.parametrize(
    ("allowed", "mentions", "everyone"),
    [(None, ("123456", "99999"), True), ({"parse": [], "users": ["123456"]}, ("123456",), False)],
)
async def test_only_those_are_mentioned_who_are_allowed(
    sandbox: Sandbox, allowed: Any, mentions: tuple[str, ...], everyone: bool
) -> None:
    url = sandbox.urls.discord(sandbox.discord.add_webhook())
    body = {"content": "<@123456> <@99999> @everyone"} | ({"allowed_mentions": allowed} if allowed else {})
    await post(url, body)
    assert (sandbox.discord.messages[0].mentions, sandbox.discord.messages[0].everyone) == (
        mentions,
        everyone,
    )


async def test_refusals_have_discord_s_codes(sandbox: Sandbox) -> None:
    webhook = sandbox.discord.add_webhook()
    url = sandbox.urls.discord(webhook)
    assert [
        (s, b["code"])
        for s, b in [await post(url, {"content": " "}), await post(url, {"content": "x" * 2001})]
    ] == [
        (400, 50006),
        (400, 50035),
    ]
    assert (await post(url[:-3], {"content": "x"}))[1]["code"] == 50027
    assert (await post(url.replace(webhook.id, "1"), {"content": "x"}))[1]["code"] == 10015
    sandbox.faults.arm(Fault("POST /discord/*", status=429, retry_after="1"))
    status, body = await post(url, {"content": "x"})
    assert (status, body["message"]) == (429, "You are being rate limited.")
    assert sandbox.discord.messages == []
