"""ClickUp as the tracker that tasks come from: what the triggers room reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from opsroom.delivery.channels.clickup.client import ADAPTER, ClickUpClient, Record
from opsroom.delivery.channels.clickup.fields import as_json, values_by_key
from opsroom.delivery.channels.clickup.settings import ClickUpSettings
from opsroom.delivery.ports import ChannelParts, TaskTracker, TrackedTask
from opsroom.kernel.errors import AdapterError


class ClickUpTracker:
    """Fulfils `TaskTracker`."""

    def __init__(self, client: ClickUpClient) -> None:
        self._client = client

    async def get_task(self, task_id: str) -> TrackedTask:
        return tracked(await self._client.task(task_id))

    async def set_status(self, task_id: str, status: str) -> None:
        await self._client.set_status(task_id, status)

    async def comment(self, task_id: str, text: str, *, marker: str | None = None) -> str:
        if marker is None:
            return await self._client.add_comment(task_id, text)
        found = await self._client.find_comment(task_id, marker, None)
        if found is not None:
            return found
        return await self._client.add_comment(task_id, text if marker in text else f"{text}\n\n{marker}")

    async def list_tasks(
        self, list_id: str, *, statuses: Sequence[str] = (), updated_after: datetime | None = None
    ) -> list[TrackedTask]:
        return [tracked(t) async for t in self._client.tasks_of_list(list_id, statuses, updated_after)]


def tracked(task: Record) -> TrackedTask:
    """A task record of ClickUp as the port gives it. Raises AdapterError when it is none."""
    status, task_list = task.get("status"), task.get("list")
    task_id, updated = task.get("id"), str(task.get("date_updated"))
    if not isinstance(status, dict) or not isinstance(task_list, dict) or not isinstance(task_id, str):
        raise AdapterError(
            "ClickUp answered with something that is no task.", adapter=ADAPTER, permanent=False
        )
    fields = [field for field in task.get("custom_fields") or [] if isinstance(field, dict)]
    milliseconds = int(updated) if updated.isdigit() else 0
    return TrackedTask(
        id=task_id,
        name=str(task.get("name") or ""),
        status=str(status.get("status") or ""),
        url=str(task.get("url") or ""),
        list_id=str(task_list.get("id") or ""),
        date_updated=datetime.fromtimestamp(milliseconds / 1000, UTC),
        custom_fields=tuple({k: as_json(v) for k, v in field.items()} for field in fields),
        values={k: v for k, v in values_by_key(fields).items()},  # noqa: C416 - widens the value type
    )


def build_tracker(parts: ChannelParts) -> TaskTracker:
    """The tracker of this installation."""
    client = ClickUpClient(parts.settings.section(ClickUpSettings), parts.clock)
    parts.closing.append(client.close)
    return ClickUpTracker(client)
