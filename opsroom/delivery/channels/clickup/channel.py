"""The ClickUp channel: comment, attachments, then the status; for alerts the reason and "Blocked"."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ConfigDict

from opsroom.delivery.channels.clickup.client import ADAPTER, ClickUpClient
from opsroom.delivery.channels.clickup.settings import ClickUpSettings
from opsroom.delivery.channels.render import (
    clipped,
    dollars,
    duration,
    file_names,
    one_line,
    priorities,
    score,
)
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


class ClickUpOptions(Shape):
    """The `clickup` block of an agent file's `delivery`."""

    model_config = ConfigDict(frozen=True, extra="ignore")  # an unknown option must not stop a delivery

    update_task_status: str | None = None
    post_comment: bool = True
    attach_output_files: bool = True


class ClickUpChannel:
    """Fulfils `Channel` and `AlertChannel`."""

    name = ADAPTER
    capabilities = Capabilities(alerts=True)

    def __init__(self, settings: ClickUpSettings, client: ClickUpClient) -> None:
        self._connected = settings.api_token is not None
        self._web_url = settings.web_url.rstrip("/")
        self._client = client

    async def check(self) -> str:
        if not self._connected:
            return "not connected (CLICKUP_API_TOKEN is not set)"
        return f"connected as {await self._client.account()}"

    # Planning

    def plan(self, order: DeliveryOrder, links: Sequence[Link]) -> list[PlannedItem]:
        options = parse(ClickUpOptions, dict(order.channels.get(self.name, {})), what="delivery.clickup")
        task = order.task_id
        if not task:
            raise NothingToSend("The run belongs to no ClickUp task.")
        items: list[PlannedItem] = []
        if options.post_comment:
            body: Json = {"task_id": task, "comment_text": run_comment(order, links)}
            items.append(PlannedItem(key="comment", kind="comment", label="Comment on the task", body=body))
        if options.attach_output_files:
            items += _attachments(order, task)
        if options.update_task_status:
            items.append(_status(task, options.update_task_status, after=[item.key for item in items]))
        if not items:
            raise NothingToSend("The agent file asks for no comment, no files and no status in ClickUp.")
        return items

    def plan_alert(self, alert: Alert, *, block_task: str | None, quiet: bool) -> list[PlannedItem]:
        if not alert.task_id or block_task is None:
            return []
        body: Json = {"task_id": alert.task_id, "comment_text": _reason(alert)}
        comment = PlannedItem(key="comment", kind="comment", label="Reason on the task", body=body)
        return [comment, _status(alert.task_id, block_task, after=[])]

    # Finding and sending

    async def find(self, item: PlannedItem, job: Job) -> Receipt | None:
        task = str(item.body["task_id"])
        if item.kind == "comment":
            comment_id = await self._client.find_comment(task, item.marker, job.since)
            return self._comment_receipt(task, comment_id) if comment_id else None
        if item.kind == "attachment" and item.output is not None:
            name, size = str(item.body["filename"]), item.output.size_bytes
            found = await self._client.find_attachment(task, name, size, job.since)
            return Receipt(id=str(found["id"]), link=_url(found.get("url"))) if found else None
        wanted = str(item.body.get("status"))
        status = (await self._client.task(task)).get("status") or {}
        there = str(status.get("status") or "").casefold() == wanted.casefold()
        return self._status_receipt(task, wanted) if there else None

    async def send(self, item: PlannedItem, job: Job) -> Receipt:
        task = str(item.body["task_id"])
        if item.kind == "comment":
            text = f"{item.body['comment_text']}\n\nOpsroom {item.marker}"
            return self._comment_receipt(task, await self._client.add_comment(task, text))
        if item.kind == "attachment":
            return await self._attach(item, task, job)
        wanted = str(item.body["status"])
        await self._client.set_status(task, wanted)
        return self._status_receipt(task, wanted)

    async def _attach(self, item: PlannedItem, task: str, job: Job) -> Receipt:
        output = item.output
        if output is None:
            raise AdapterError(
                "An attachment without an output was planned.", adapter=ADAPTER, permanent=True
            )
        async with spooled(job.blobs, output, adapter=ADAPTER) as content:
            made = await self._client.attach(task, content, str(item.body["filename"]), output.media_type)
        return Receipt(id=str(made["id"]), link=_url(made.get("url")))

    def _comment_receipt(self, task: str, comment_id: str) -> Receipt:
        return Receipt(id=comment_id, link=f"{self._web_url}/t/{task}?comment={comment_id}")

    def _status_receipt(self, task: str, status: str) -> Receipt:
        return Receipt(id=f"{task}:{status}", link=f"{self._web_url}/t/{task}")


def run_comment(order: DeliveryOrder, links: Sequence[Link]) -> str:
    """The summary of a run as the plain text of a comment."""
    lines = [f"{order.agent_display_name}: run complete"]
    if order.client_name or order.client_id:
        lines.append(f"Client: {one_line(order.client_name or order.client_id or '', 200)}")
    lines.append(f"Duration: {duration(order.duration_s)} · Cost: {dollars(order.cost_micro_usd)}")
    if given := score(order):
        lines.append(f"Overall score: {given}")
    if order.summary is not None and order.summary.headline:
        lines += ["", one_line(order.summary.headline, 500)]
    top = priorities(order)
    if top:
        lines += ["", f"Top {len(top)} priorities:"]
        lines += [f"• {one_line(f'{p.severity}: {p.text}' if p.severity else p.text, 300)}" for p in top]
    addresses = [f"{one_line(one.label, 120)}: {one.url}" for one in links[:20]]
    addresses += [f"Run: {order.run_url}"] if order.run_url else []
    addresses += [f"Session trace: {order.session_url}"] if order.session_url else []
    return "\n".join([*lines, "", *addresses] if addresses else lines)


def _reason(alert: Alert) -> str:
    lines = [f"Blocked: {one_line(alert.title, 300)}"]
    if alert.text:
        lines += ["", clipped(alert.text.strip(), 3000)]
    facts = [f"{one_line(f.label, 60)}: {one_line(f.value, 400)}" for f in alert.fields]
    facts += [f"Run: {alert.run_url or alert.run_id}"] if alert.run_id else []
    return "\n".join([*lines, "", *facts] if facts else lines)


def _attachments(order: DeliveryOrder, task: str) -> list[PlannedItem]:
    return [
        PlannedItem(
            key=f"attachment:{name}",
            kind="attachment",
            label=name,
            body={"task_id": task, "filename": name},
            output=output,
        )
        for output, name in zip(order.outputs, file_names(order.outputs), strict=True)
    ]


def _status(task: str, status: str, *, after: Sequence[str]) -> PlannedItem:
    body: Json = {"task_id": task, "status": status}
    label = f"Status “{status}”"
    return PlannedItem(key="status", kind="status", label=label, body=body, requires=tuple(after))


def _url(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def build(parts: ChannelParts) -> Channel:
    """The entry point."""
    settings = parts.settings.section(ClickUpSettings)
    client = ClickUpClient(settings, parts.clock)
    parts.closing.append(client.close)
    return ClickUpChannel(settings, client)
