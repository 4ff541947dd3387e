"""The one route of the Discord stand-in: executing a webhook."""

import re

from aiohttp import web

from opsroom.sandbox.discord.state import Discord, DiscordMessage, DiscordWebhook
from opsroom.sandbox.wire import JsonObject, Refused, parse_object, reply

_MOST = 2000
_MENTION = re.compile(r"<@!?(\d+)>")


def refuse(status: int, code: int, message: str, **more: object) -> Refused:
    return Refused(status, {"message": message, "code": code, **more})


class DiscordHttp:
    def __init__(self, host: Discord) -> None:
        self._host = host

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/discord/api/webhooks/{webhook_id}/{token}", self.execute)]

    async def execute(self, request: web.Request) -> web.Response:
        webhook = self._webhook(request)
        body = parse_object(await request.read())
        if body is None:
            raise refuse(400, 50109, "The request body contains invalid JSON.")
        message = self._host.post(self._message(webhook, body))
        if request.query.get("wait", "false") != "true":
            return web.Response(status=204)
        return reply(message_shape(message, webhook))

    def _webhook(self, request: web.Request) -> DiscordWebhook:
        webhook = self._host.webhooks.get(request.match_info["webhook_id"])
        if webhook is None:
            raise refuse(404, 10015, "Unknown Webhook")
        if webhook.token != request.match_info["token"]:
            raise refuse(401, 50027, "Invalid Webhook Token")
        return webhook

    def _message(self, webhook: DiscordWebhook, body: JsonObject) -> DiscordMessage:
        content = body.get("content")
        if not isinstance(content, str) or not content.strip():
            raise refuse(400, 50006, "Cannot send an empty message")
        if len(content) > _MOST:
            wrong = {"code": "BASE_TYPE_BAD_LENGTH", "message": f"Must be {_MOST} or fewer in length."}
            raise refuse(400, 50035, "Invalid Form Body", errors={"content": {"_errors": [wrong]}})
        allowed = body.get("allowed_mentions")
        named = tuple(dict.fromkeys(_MENTION.findall(content)))
        everyone = "@everyone" in content or "@here" in content
        if isinstance(allowed, dict):
            kinds, users = allowed.get("parse", []), allowed.get("users", [])
            everyone = everyone and "everyone" in kinds
            named = tuple(user for user in named if "users" in kinds or user in users)
        return DiscordMessage(self._host.next_id(), webhook.id, webhook.channel_id, content, named, everyone)


def message_shape(message: DiscordMessage, webhook: DiscordWebhook) -> JsonObject:
    return {
        "id": message.id,
        "type": 0,
        "content": message.content,
        "channel_id": message.channel_id,
        "webhook_id": message.webhook_id,
        "author": {"id": webhook.id, "username": webhook.name, "bot": True},
        "mentions": [{"id": user} for user in message.mentions],
        "mention_everyone": message.everyone,
        "attachments": [],
        "embeds": [],
    }
