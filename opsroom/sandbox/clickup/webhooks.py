"""ClickUp's webhooks: who is told, how often it is tried, and when a webhook is suspended."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opsroom.sandbox.outgoing import Answer, Outgoing, clickup_signature
from opsroom.sandbox.wire import JsonObject, dump, millis, new_id

if TYPE_CHECKING:
    from opsroom.sandbox.clickup.state import ClickUp, Status, Task

_ATTEMPTS = 5
_SUSPENDED_AT = 100
_SUSPENDING = (401, 410)


@dataclass(slots=True)
class Webhook:
    id: str
    endpoint: str
    events: list[str]
    secret: str
    location: dict[str, str] = field(
        default_factory=dict
    )  # at most one of space_id, folder_id, list_id, task_id
    status: str = "active"
    fail_count: int = 0

    def wants(self, event: str, task: "Task", space_id: str) -> bool:
        places = {"list_id": task.list_id, "task_id": task.id, "space_id": space_id}
        subscribed = "*" in self.events or event in self.events
        return subscribed and all(places.get(k) == v for k, v in self.location.items())


@dataclass(frozen=True, slots=True)
class WebhookAttempt:
    at: float
    webhook_id: str
    event: str
    task_id: str
    history_id: str
    attempt: int
    status: int | None
    seconds: float
    error: str = ""


class Webhooks:
    def __init__(
        self, outgoing: Outgoing, backoff_s: Sequence[float] = (0.05, 0.1, 0.2, 0.4), timeout_s: float = 7.0
    ):
        self.registered: dict[str, Webhook] = {}
        self.attempts: list[WebhookAttempt] = []
        self.sent: dict[
            str, tuple[str, bytes]
        ] = {}  # history id and webhook → event and raw body, for redelivery
        self._outgoing = outgoing
        self._backoff_s = backoff_s
        self._timeout_s = timeout_s
        self._open: set[asyncio.Task[None]] = set()

    def register(
        self, endpoint: str, secret: str = "", events: Sequence[str] = ("*",), **location: str
    ) -> Webhook:
        webhook = Webhook(
            new_id("wh_").lower(),
            endpoint,
            list(events),
            secret or new_id("SECRET") + new_id(""),
            dict(location),
        )
        self.registered[webhook.id] = webhook
        return webhook

    def announce(
        self, host: "ClickUp", task: "Task", event: str, what: str, before: str | None, after: str | None
    ) -> str:
        """Tell every webhook that asked for it; returns the id of the history item."""
        history_id = str(4_000_000_000_000_000_000 + millis(time.time()) * 1000 + len(self.sent) % 1000)
        task_list = host.lists[task.list_id]
        item: JsonObject = {
            "id": history_id,
            "type": 1,
            "date": str(millis(time.time())),
            "field": what,
            "parent_id": task.list_id,
            "data": {},
            "source": None,
            "user": host.users[0],
            "before": None,
            "after": None,
        }
        if after is not None:
            item["after"] = _status_item(task_list.status(after))
            item["before"] = (
                _status_item(task_list.status(before)) if before else {"status": None, "type": "removed"}
            )
            item["data"] = {"status_type": item["after"]["type"]}
        for webhook in list(self.registered.values()):
            if webhook.status != "suspended" and webhook.wants(event, task, task_list.space_id):
                body = {"event": event, "history_items": [item], "task_id": task.id, "webhook_id": webhook.id}
                self._start(webhook, event, task.id, history_id, dump(body))
        return history_id

    def redeliver(self, history_id: str, times: int = 1) -> int:
        """Send what was sent for a history item again, byte for byte, as ClickUp does after a lost answer."""
        count = 0
        for key, (event, raw) in list(self.sent.items()):
            webhook_id, _, known_history = key.partition(":")
            webhook = self.registered.get(webhook_id)
            if known_history != history_id or webhook is None:
                continue
            for _ in range(times):
                count += 1
                self._spawn(self._deliver(webhook, event, "", history_id, raw))
        return count

    def _start(self, webhook: Webhook, event: str, task_id: str, history_id: str, raw: bytes) -> None:
        self.sent[f"{webhook.id}:{history_id}"] = (event, raw)
        self._spawn(self._deliver(webhook, event, task_id, history_id, raw))

    def _spawn(self, work: "asyncio.Future[None] | object") -> None:
        task = asyncio.get_running_loop().create_task(work)  # type: ignore[arg-type]
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _deliver(self, webhook: Webhook, event: str, task_id: str, history_id: str, raw: bytes) -> None:
        headers = {
            "Content-Type": "application/json",
            "X-Signature": clickup_signature(webhook.secret, raw),
            "User-Agent": "ClickUp-Webhooks",
        }
        for attempt in range(1, _ATTEMPTS + 1):
            answer = await self._outgoing.post(webhook.endpoint, raw, headers, self._timeout_s)
            self._note(webhook, event, task_id, history_id, attempt, answer)
            if answer.status is not None and 200 <= answer.status < 300:
                webhook.fail_count, webhook.status = 0, "active"
                return
            if answer.status in _SUSPENDING:
                webhook.status = "suspended"
                return
            webhook.status = "failing"
            if attempt < _ATTEMPTS:
                await asyncio.sleep(self._backoff_s[min(attempt, len(self._backoff_s)) - 1])
        webhook.fail_count += 1
        if webhook.fail_count >= _SUSPENDED_AT:
            webhook.status = "suspended"

    def _note(
        self, webhook: Webhook, event: str, task_id: str, history_id: str, attempt: int, answer: Answer
    ) -> None:
        self.attempts.append(
            WebhookAttempt(
                time.time(),
                webhook.id,
                event,
                task_id,
                history_id,
                attempt,
                answer.status,
                answer.seconds,
                answer.error,
            )
        )

    async def settle(self) -> None:
        """Wait for the last attempt of everything under way."""
        while self._open:
            await asyncio.gather(*self._open, return_exceptions=True)

    async def close(self) -> None:
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)


def _status_item(status: "Status") -> JsonObject:
    return {
        "status": status.name,
        "color": status.color,
        "type": status.type,
        "orderindex": status.orderindex,
    }
