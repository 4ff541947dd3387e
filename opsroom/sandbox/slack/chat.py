"""chat.*: posting, changing and deleting messages."""

import json
from collections.abc import Callable

from opsroom.sandbox.slack.blocks import problems_of
from opsroom.sandbox.slack.state import BOT_ID, BOT_USER, TEAM_ID, Channel, Message, Slack
from opsroom.sandbox.wire import JsonObject, Refused

_LONGEST_TEXT = 40_000


def refuse(error: str, messages: list[str] | None = None) -> Refused:
    body: JsonObject = {"ok": False, "error": error}
    if messages:
        body["errors"] = messages
        body["response_metadata"] = {"messages": [f"[ERROR] {m}" for m in messages]}
    return Refused(200, body)


class Chat:
    def __init__(self, host: Slack, urls: Callable[[], str]) -> None:
        self._host = host
        self._urls = urls

    def methods(self) -> dict[str, Callable[[JsonObject], JsonObject]]:
        return {
            "chat.postMessage": self.post_message,
            "chat.postEphemeral": self.post_ephemeral,
            "chat.update": self.update,
            "chat.delete": self.delete,
            "chat.getPermalink": self.permalink,
        }

    def channel(self, args: JsonObject) -> Channel:
        channel = self._host.find_channel(str(args.get("channel") or ""))
        if channel is None:
            raise refuse("channel_not_found")
        if channel.is_archived:
            raise refuse("is_archived")
        if not channel.is_member:
            raise refuse("not_in_channel")
        return channel

    def post_message(self, args: JsonObject) -> JsonObject:
        channel, (text, blocks, attachments) = self.channel(args), self._content(args)
        thread_ts = args.get("thread_ts")
        if thread_ts and self._host.find_message(channel.id, str(thread_ts)) is None:
            raise refuse("thread_not_found")
        message = Message(
            channel.id,
            self._host.next_ts(),
            text,
            blocks,
            _metadata(args),
            str(thread_ts) if thread_ts else None,
            attachments=attachments,
        )
        self._host.post(message)
        return {"channel": channel.id, "ts": message.ts, "message": message_shape(self._host, message, True)}

    def post_ephemeral(self, args: JsonObject) -> JsonObject:
        channel, (text, blocks, attachments) = self.channel(args), self._content(args)
        if not args.get("user"):
            raise refuse("user_not_in_channel")
        message = Message(
            channel.id,
            self._host.next_ts(),
            text,
            blocks,
            attachments=attachments,
            only_for=str(args["user"]),
        )
        self._host.post(message)
        return {"message_ts": message.ts}

    def share(self, channel_id: str, comment: str, thread_ts: object, files: list[str]) -> Message:
        message = Message(
            channel_id,
            self._host.next_ts(),
            comment,
            thread_ts=str(thread_ts) if thread_ts else None,
            files=files,
        )
        return self._host.post(message)

    def update(self, args: JsonObject) -> JsonObject:
        channel, message = self.channel(args), self._message(args)
        message.text, message.blocks, message.attachments = self._content(args)
        message.edited_ts = self._host.next_ts()
        if "metadata" in args:
            message.metadata = _metadata(args)
        self._host.effect(
            "slack", "message.updated", message.ts, channel=channel.name, text=message.text[:500]
        )
        shape = message_shape(self._host, message, True)
        return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shape}

    def delete(self, args: JsonObject) -> JsonObject:
        channel, message = self.channel(args), self._message(args)
        message.deleted = True
        self._host.effect("slack", "message.deleted", message.ts, channel=channel.name)
        return {"channel": channel.id, "ts": message.ts}

    def permalink(self, args: JsonObject) -> JsonObject:
        channel = self.channel(args)
        message = self._host.find_message(channel.id, str(args.get("message_ts") or ""))
        if message is None:
            raise refuse("message_not_found")
        return {"channel": channel.id, "permalink": f"{self._urls()}/#slack-{message.ts}"}

    def _message(self, args: JsonObject) -> Message:
        message = self._host.find_message(self.channel(args).id, str(args.get("ts") or ""))
        if message is None:
            raise refuse("message_not_found")
        return message

    def _content(self, args: JsonObject) -> tuple[str, list[JsonObject], list[JsonObject]]:
        text = str(args.get("text") or args.get("markdown_text") or "")
        blocks, attachments = _listed(args.get("blocks")), _listed(args.get("attachments"))
        if not text and not blocks and not attachments:
            raise refuse("no_text")
        if len(text) > _LONGEST_TEXT:
            raise refuse("msg_too_long")
        if problems := problems_of(blocks):
            raise refuse("invalid_blocks", problems)
        return text, blocks, attachments


def _listed(value: object) -> list[JsonObject]:
    """A list given as JSON text (in forms) or as itself."""
    if isinstance(value, str) and value:
        try:
            value = json.loads(value)
        except ValueError as error:
            raise refuse("invalid_blocks_format") from error
    if value is None or value == "":
        return []
    if not isinstance(value, list):
        raise refuse("invalid_blocks_format")
    return value


def _metadata(args: JsonObject) -> JsonObject | None:
    metadata = args.get("metadata")
    if isinstance(metadata, str):
        try:
            metadata = json.loads(metadata)
        except ValueError as error:
            raise refuse("invalid_metadata_format") from error
    if metadata is None:
        return None
    good = isinstance(metadata, dict) and isinstance(metadata.get("event_type"), str)
    if not good or not isinstance(metadata.get("event_payload"), dict):
        raise refuse("invalid_metadata_schema")
    return metadata


def message_shape(host: Slack, message: Message, with_metadata: bool) -> JsonObject:
    shape: JsonObject = {
        "type": "message",
        "user": BOT_USER,
        "bot_id": BOT_ID,
        "team": TEAM_ID,
        "text": message.text,
        "ts": message.ts,
    }
    if message.blocks:
        shape["blocks"] = [{"block_id": f"b{i}", **b} for i, b in enumerate(message.blocks)]
    if message.attachments:
        shape["attachments"] = message.attachments
    if message.thread_ts:
        shape["thread_ts"] = message.thread_ts
    if message.files:
        known = [host.files[f] for f in message.files if f in host.files]
        shape["files"] = [{"id": f.id, "name": f.name, "title": f.title, "size": f.length} for f in known]
    if message.edited_ts:
        shape["edited"] = {"user": BOT_USER, "ts": message.edited_ts}
    if message.metadata and with_metadata:
        shape["metadata"] = message.metadata
    return shape
