"""The Slack channel: plans the message and the files, finds them again, sends them."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ConfigDict

from opsroom.delivery.channels.render import clipped, file_names, one_line, since_ms
from opsroom.delivery.channels.slack.client import ADAPTER, Posted, SlackClient
from opsroom.delivery.channels.slack.message import DEFAULT_TITLE, alert_message, run_message
from opsroom.delivery.channels.slack.settings import SlackSettings
from opsroom.delivery.channels.spool import spooled
from opsroom.delivery.ports import (
    Capabilities,
    Channel,
    ChannelParts,
    Job,
    Link,
    NothingToSend,
    PlannedItem,
    Receipt,
)
from opsroom.delivery.shapes import Alert, DeliveryOrder
from opsroom.kernel.errors import AdapterError
from opsroom.kernel.shape import Json, Shape, parse

EVENT_TYPE = "opsroom_run"
_MESSAGE = "message"


class SlackOptions(Shape):
    """The `slack` block of an agent file's `delivery`."""

    model_config = ConfigDict(frozen=True, extra="ignore")  # an unknown option must not stop a delivery

    channel: str | None = None
    post_summary: bool = True
    post_links_to_outputs: bool = True
    post_files: bool = False
    title: str = DEFAULT_TITLE


class SlackChannel:
    """Fulfils `Channel` and `AlertChannel`."""

    name = ADAPTER
    capabilities = Capabilities(alerts=True)

    def __init__(self, settings: SlackSettings) -> None:
        self._settings = settings
        self._client = SlackClient(settings)

    async def check(self) -> str:
        if self._settings.bot_token is None:
            return "not connected (SLACK_BOT_TOKEN is not set)"
        return f"connected as {await self._client.account()}"

    # Planning

    def plan(self, order: DeliveryOrder, links: Sequence[Link]) -> list[PlannedItem]:
        options = parse(SlackOptions, dict(order.channels.get(self.name, {})), what="delivery.slack")
        channel = options.channel or self._settings.results_channel or ""
        items: list[PlannedItem] = []
        if options.post_summary or options.post_links_to_outputs:
            text, blocks = run_message(
                order,
                links,
                title=options.title,
                with_summary=options.post_summary,
                with_links=options.post_links_to_outputs,
            )
            items.append(_message(channel, text, blocks, f"Message to {channel or 'no channel'}"))
        if options.post_files:
            items += _files(order, channel, under_message=bool(items))
        if not items:
            raise NothingToSend("The agent file asks for no summary, no links and no files in Slack.")
        return items

    def plan_alert(self, alert: Alert, *, block_task: str | None, quiet: bool) -> list[PlannedItem]:
        if quiet:
            return []
        channel = alert.channel or self._settings.alert_channel or ""
        text, blocks = alert_message(alert, self._settings.people)
        return [_message(channel, text, blocks, f"Alert to {channel or 'no channel'}")]

    # Finding and sending

    async def find(self, item: PlannedItem, job: Job) -> Receipt | None:
        if item.kind == "file":
            return await self._find_file(item, job)
        channel_id = await self._client.channel_id(_channel_of(item))
        async for message in self._client.history(channel_id, _oldest(job)):
            payload = _payload(message)
            if payload.get("item") == item.marker:
                posted = Posted(channel_id, str(message.get("ts")), None)
                return _receipt(posted, await self._client.permalink(posted))
        return None

    async def _find_file(self, item: PlannedItem, job: Job) -> Receipt | None:
        output, name = item.output, item.body.get("filename")
        if output is None:
            return None
        channel_id, thread = await self._place(item, job)
        if thread is None:
            messages = self._client.history(channel_id, _oldest(job))
        else:
            messages = self._client.replies(channel_id, thread)
        async for message in messages:
            for file in message.get("files") or []:
                if file.get("name") == name and file.get("size") == output.size_bytes:
                    return Receipt(id=str(file.get("id")))
        return None

    async def send(self, item: PlannedItem, job: Job) -> Receipt:
        if item.kind == "file":
            return await self._send_file(item, job)
        metadata: Json = {
            "event_type": EVENT_TYPE,
            "event_payload": {"run_id": job.owner_id, "item": item.marker},
        }
        channel = _channel_of(item)
        posted = await self._client.post(channel, str(item.body["text"]), item.body["blocks"], metadata)
        return _receipt(posted, posted.link)

    async def _send_file(self, item: PlannedItem, job: Job) -> Receipt:
        output = item.output
        if output is None:
            raise AdapterError("A file without an output was planned.", adapter=ADAPTER, permanent=True)
        channel_id, thread = await self._place(item, job)
        name, title = str(item.body["filename"]), str(item.body["title"])
        async with spooled(job.blobs, output, adapter=ADAPTER) as content:
            file_id = await self._client.upload(
                content, name, output.size_bytes, title, channel_id=channel_id, thread_ts=thread
            )
        return Receipt(id=file_id)

    async def _place(self, item: PlannedItem, job: Job) -> tuple[str, str | None]:
        """Channel id and thread for a file: under the run's message where there is one."""
        message = job.receipts.get(_MESSAGE)
        if message is not None:
            return message.detail["channel"], message.detail["ts"]
        return await self._client.channel_id(_channel_of(item)), None


def _message(channel: str, text: str, blocks: list[Json], label: str) -> PlannedItem:
    body: Json = {"channel": channel, "text": text, "blocks": blocks}
    return PlannedItem(key=_MESSAGE, kind="message", label=label, body=body)


def _files(order: DeliveryOrder, channel: str, *, under_message: bool) -> list[PlannedItem]:
    return [
        PlannedItem(
            key=f"file:{name}",
            kind="file",
            label=name,
            body={"channel": channel, "filename": name, "title": one_line(output.title or name, 200)},
            output=output,
            requires=(_MESSAGE,) if under_message else (),
        )
        for output, name in zip(order.outputs, file_names(order.outputs), strict=True)
        if output.size_bytes > 0  # Slack takes no empty files
    ]


def _channel_of(item: PlannedItem) -> str:
    channel = str(item.body.get("channel") or "")
    if not channel:
        raise AdapterError(
            "No Slack channel is named: set `channel` in the agent file (delivery.slack.channel, "
            "alerts.on_failure_channel) or SLACK_RESULTS_CHANNEL_ID and SLACK_ALERT_CHANNEL_ID.",
            adapter=ADAPTER,
            permanent=True,
        )
    return channel


def _payload(message: dict[str, object]) -> dict[str, object]:
    metadata = message.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("event_type") != EVENT_TYPE:
        return {}
    payload = metadata.get("event_payload")
    return payload if isinstance(payload, dict) else {}


def _receipt(posted: Posted, link: str | None) -> Receipt:
    detail = {"channel": posted.channel, "ts": posted.ts}
    return Receipt(id=clipped(f"{posted.channel}/{posted.ts}", 200), link=link, detail=detail)


def _oldest(job: Job) -> str:
    return f"{since_ms(job.since) / 1000:.6f}"


def build(parts: ChannelParts) -> Channel:
    """The entry point."""
    return SlackChannel(parts.settings.section(SlackSettings))
