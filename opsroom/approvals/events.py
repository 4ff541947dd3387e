"""What happens to questions."""

from __future__ import annotations

from typing import ClassVar

from opsroom.kernel.events import Event


class ApprovalAsked(Event):
    """A run waits for a person."""

    KIND: ClassVar[str] = "approvals.approval_asked.v1"
    run_id: str
    agent_name: str
    tool_name: str


class ApprovalDecided(Event):
    """A question was answered, or nobody answered in time. `status` is allowed, denied or expired."""

    KIND: ClassVar[str] = "approvals.approval_decided.v1"
    run_id: str
    tool_use_id: str
    tool_name: str
    status: str
    decided_by_name: str
