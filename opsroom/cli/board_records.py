"""What the server tells of the board, as the command line reads it."""

from __future__ import annotations

from datetime import date, datetime

from opsroom.cli.records import Record


class Named(Record):
    id: str
    name: str
    emoji: str = ""


class LinkedTask(Record):
    id: str
    number: int
    title: str
    status: str


class Task(Record):
    id: str
    number: int
    title: str
    description: str = ""
    status: str
    priority: str
    assigned_agent: Named | None = None
    accountable: Named | None = None
    category: Named | None = None
    sprint_id: str | None = None
    subtasks: tuple[LinkedTask, ...] | None = None
    subtask_count: int = 0
    subtask_done_count: int = 0
    depends_on: tuple[LinkedTask, ...] | None = None
    start_date: date | None = None
    due_date: date | None = None
    estimate: float | None = None
    blocked_reason: str | None = None
    labels: tuple[str, ...] = ()
    run_id: str | None = None
    run_status: str | None = None
    comment_count: int = 0
    created_by_name: str = ""
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None = None
    version: int = 0

    @property
    def whose(self) -> str:
        """Who is on it: the agent, else the person who answers for it."""
        who = self.assigned_agent or self.accountable
        return f"{who.emoji} {who.name}".strip() if who else ""


class BoardColumn(Record):
    key: str
    name: str
    kind: str


class Comment(Record):
    id: str
    author: Named
    content: str
    created_at: datetime
    edited_at: datetime | None = None
