"""Lists, tasks, comments, attachments and webhooks of the ClickUp stand-in."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from opsroom.sandbox.blobs import Blob
from opsroom.sandbox.clickup.fields import FIELD_TYPES, CustomField, shown_value, stable_uuid
from opsroom.sandbox.clickup.webhooks import Webhooks
from opsroom.sandbox.wire import JsonObject, new_id

_COLORS = ("#87909e", "#5f55ee", "#f9d900", "#0f9d9f", "#d33d44", "#008844")
DEFAULT_USER: JsonObject = {
    "id": 183,
    "username": "Trung Nguyen",
    "email": "trung@example.com",
    "color": "#5f55ee",
    "initials": "TN",
    "profilePicture": None,
}


class UnknownStatus(ValueError):
    """The list has no status of that name."""


@dataclass(frozen=True, slots=True)
class Status:
    id: str
    name: str
    color: str
    orderindex: int
    type: str


@dataclass(slots=True)
class TaskList:
    id: str
    name: str
    statuses: list[Status]
    fields: list[CustomField] = field(default_factory=list)
    folder: str = "SEO Automation"
    space_id: str = "790001"

    def status(self, name: str) -> Status:
        for status in self.statuses:
            if status.name.lower() == name.lower():
                return status
        raise UnknownStatus(name)

    def field_named(self, name_or_id: str) -> CustomField | None:
        return next((f for f in self.fields if name_or_id in (f.id, f.name)), None)


@dataclass(slots=True)
class Comment:
    id: str
    text: str
    at: float
    notify_all: bool = False
    assignee: int | None = None
    blocks: list[JsonObject] = field(default_factory=list)


@dataclass(slots=True)
class Attachment:
    id: str
    title: str
    media_type: str
    blob: Blob
    at: float


@dataclass(slots=True)
class Task:
    id: str
    number: int
    list_id: str
    name: str
    status: str
    created_at: float
    updated_at: float
    description: str = ""
    custom_id: str | None = None
    values: dict[str, object] = field(default_factory=dict)  # field id → value as shown
    comments: list[Comment] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    closed_at: float | None = None
    archived: bool = False


class ClickUp:
    def __init__(
        self, on_effect: Callable[..., object], webhooks: Webhooks, team_id: str = "9018614428"
    ) -> None:
        self.team_id = team_id
        self.users: list[JsonObject] = [dict(DEFAULT_USER)]
        self.lists: dict[str, TaskList] = {}
        self.tasks: dict[str, Task] = {}
        self.webhooks = webhooks
        self.effect = on_effect

    def add_list(
        self, list_id: str, name: str, statuses: Sequence[str], fields: Sequence[Mapping[str, object]] = ()
    ) -> TaskList:
        """A list with its statuses in order; the last one closes a task."""
        rows = [
            Status(
                id=f"sc{list_id}_{i}",
                name=status,
                color=_COLORS[i % len(_COLORS)],
                orderindex=i,
                type="open" if i == 0 else "closed" if i == len(statuses) - 1 else "custom",
            )
            for i, status in enumerate(statuses)
        ]
        task_list = TaskList(list_id, name, rows, [_field_from(list_id, f) for f in fields])
        self.lists[list_id] = task_list
        return task_list

    def add_task(
        self,
        list_id: str,
        name: str,
        fields: Mapping[str, object] | None = None,
        status: str | None = None,
        task_id: str | None = None,
        announce: bool = True,
    ) -> Task:
        """A task as if a person made it. `fields` is keyed by name; values as a person would type them."""
        task_list = self.lists[list_id]
        now = time.time()
        number = max((t.number for t in self.tasks.values()), default=0) + 1
        task = Task(
            id=task_id or new_id("86").lower(),
            number=number,
            list_id=list_id,
            name=name,
            status=task_list.status(status).name if status else task_list.statuses[0].name,
            created_at=now,
            updated_at=now,
        )
        for field_name, value in (fields or {}).items():
            self.set_field(task, field_name, value)
        self.tasks[task.id] = task
        self.effect("clickup", "task.created", task.id, name=name, status=task.status)
        if announce:
            self.webhooks.announce(self, task, "taskCreated", "task_creation", None, None)
            # ClickUp tells of the first status as well, although nobody moved anything.
            self.webhooks.announce(self, task, "taskStatusUpdated", "status", None, task.status)
        return task

    def set_field(self, task: Task, field_name: str, value: object) -> None:
        custom_field = self.lists[task.list_id].field_named(field_name)
        if custom_field is None:
            custom_field = _field_from(task.list_id, {"name": field_name, "type": "short_text"})
            self.lists[task.list_id].fields.append(custom_field)
        if value is None:
            task.values.pop(custom_field.id, None)
        else:
            task.values[custom_field.id] = shown_value(custom_field, value, self.users)

    def change_status(self, task: Task, name: str) -> str | None:
        """Move a task; returns the id of the history item, or None when it already stood there."""
        task_list = self.lists[task.list_id]
        status = task_list.status(name)
        before = task.status
        if before == status.name:
            return None
        task.status, task.updated_at = status.name, time.time()
        task.closed_at = task.updated_at if status.type == "closed" else None
        self.effect("clickup", "status.changed", task.id, before=before, after=status.name)
        return self.webhooks.announce(self, task, "taskStatusUpdated", "status", before, status.name)

    async def move_task(self, task_id: str, status: str, wait: bool = True) -> str | None:
        """Move a task as a person would, and deliver the webhooks. With `wait`, until their last attempt."""
        history_id = self.change_status(self.tasks[task_id], status)
        if wait:
            await self.webhooks.settle()
        return history_id

    def add_comment(self, task: Task, comment: Comment) -> None:
        task.comments.append(comment)
        task.updated_at = comment.at
        self.effect("clickup", "comment.added", comment.id, task=task.id, text=comment.text[:500])
        self.webhooks.announce(self, task, "taskCommentPosted", "comment", None, None)

    def add_attachment(self, task: Task, attachment: Attachment) -> None:
        task.attachments.append(attachment)
        task.updated_at = attachment.at
        self.effect(
            "clickup",
            "attachment.added",
            attachment.id,
            task=task.id,
            title=attachment.title,
            size=attachment.blob.size,
        )
        self.webhooks.announce(self, task, "taskUpdated", "attachments", None, None)


def _field_from(list_id: str, given: Mapping[str, object]) -> CustomField:
    name, kind = str(given["name"]), str(given.get("type", "short_text"))
    if kind not in FIELD_TYPES:
        raise ValueError(f"field {name}: {kind} is no type of custom field")
    options = given.get("options", [])
    names = [str(o) for o in options] if isinstance(options, list | tuple) else []
    field_id = str(given.get("id", "")) or stable_uuid(f"{list_id}:{name}")
    return CustomField(field_id, name, kind, names, bool(given.get("required", False)))
