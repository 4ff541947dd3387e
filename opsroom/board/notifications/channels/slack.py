"""Notifications on Slack: a direct message by chat.postMessage."""

from __future__ import annotations

from collections.abc import Mapping

from opsroom.board.notifications.ports import Message
from opsroom.board.notifications.settings import NotificationSettings
from opsroom.board.notifications.shapes import Channel, Preferences
from opsroom.kernel.answers import HttpFailure
from opsroom.kernel.errors import AdapterError, Limited
from opsroom.kernel.outbound import Outbound, OutboundLimits
from opsroom.kernel.shape import Json

_SLOW_DOWN = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})

_NEW_TOKEN = "Set SLACK_BOT_TOKEN to a valid bot token (xoxb-…) on the server, and start it again."  # noqa: S105
_WHO = "Check your Slack member id below: in Slack, your profile, the three dots, Copy member ID."
# By Slack's own codes.
_ADVICE = {
    "invalid_auth": _NEW_TOKEN,
    "not_authed": _NEW_TOKEN,
    "account_inactive": _NEW_TOKEN,
    "token_revoked": _NEW_TOKEN,
    "token_expired": _NEW_TOKEN,
    "missing_scope": "Give the Slack app the scopes chat:write and im:write, and install it again.",
    "users_not_found": _WHO,
    "user_not_found": _WHO,
    "user_disabled": _WHO,
    "channel_not_found": "Check the id below; to a private channel the bot must be invited first.",
    "not_in_channel": "Invite the bot to that channel, or give your own member id (U…) below.",
    "is_archived": "That channel is archived: give another one, or your own member id (U…), below.",
}


class SlackNotifications:
    """Writes to people as the bot: to their direct messages, or to a channel they named."""

    name: Channel = "slack"

    def __init__(self, settings: NotificationSettings) -> None:
        self._token = settings.slack_bot_token
        limits = OutboundLimits(attempts=1, total_s=settings.timeout_s)
        self._outbound = Outbound("slack", settings.slack_url, limits=limits)

    def missing(self) -> str | None:
        """See the port."""
        return None if self._token else "set SLACK_BOT_TOKEN to send notifications by Slack"

    def address_of(self, preferences: Preferences | None, account_email: str | None) -> str | None:
        """The person's member id."""
        return preferences.slack_id if preferences is not None else None

    async def send(self, address: str, message: Message) -> str | None:
        """See the port. The receipt is the message's ts."""
        channel = await self._direct(address) if address.startswith(("U", "W")) else address
        body = {"channel": channel, "text": _text(message), "unfurl_links": False, "mrkdwn": True}
        answer = await self._call("chat.postMessage", body, repeatable=False)
        return str(answer.get("ts"))

    def advice(self, error: AdapterError) -> str:
        """See the port."""
        for code, advice in _ADVICE.items():
            if isinstance(error, HttpFailure) and f'"{code}"' in error.body:
                return advice
        return "See whether the server reaches Slack, and whether SLACK_BOT_TOKEN is a bot's (xoxb-…)."

    async def _direct(self, user_id: str) -> str:
        """The direct messages with a person: opened if need be, the same ones each time."""
        answer = await self._call("conversations.open", {"users": user_id}, repeatable=True)
        channel = answer.get("channel")
        return str(channel.get("id")) if isinstance(channel, Mapping) else user_id

    async def _call(self, method: str, body: Json, *, repeatable: bool) -> Mapping[str, object]:
        token = self._token.get_secret_value() if self._token else ""
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self._outbound.call_json(
            "POST", method, json=body, headers=headers, repeatable=repeatable, check=_refused
        )
        return answer if isinstance(answer, Mapping) else {}

    async def close(self) -> None:
        """Let go of the connections."""
        await self._outbound.close()


def _text(message: Message) -> str:
    lines = [f"*{_escaped(message.title)}*"]
    if message.text:
        lines.append(_escaped(message.text))
    if message.link:
        lines.append(f"<{message.link}|Open it on the board>")
    return "\n".join(lines)[:3900]


def _escaped(text: str) -> str:
    """What Slack would take for a command is shown as it was written: no <!channel>, no links of others."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("*", "\u2217")


def _refused(answer: object) -> AdapterError | Limited | str | None:
    if not isinstance(answer, Mapping) or answer.get("ok"):
        return None
    error = str(answer.get("error"))
    if error in _SLOW_DOWN:
        return Limited("Slack asks us to slow down.", retry_after_s=30.0)
    if error in ("internal_error", "fatal_error", "service_unavailable"):
        message = f"Slack failed: {error}."
        return HttpFailure(message, adapter="slack", permanent=False, status=200)
    return error
