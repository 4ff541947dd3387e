"""What crosses the door of the approvals room."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from opsroom.kernel.shape import Json, Shape

ApprovalStatus = Literal["pending", "allowed", "denied", "expired", "withdrawn"]


class Question(Shape):
    """What a run asks: may the agent use this tool with exactly these arguments?"""

    run_id: str
    agent_name: str
    tool_use_id: str
    tool_name: str
    input: Json
    thread_id: str | None = None
    expires_at: datetime


class Approval(Shape):
    """A question and, once there is one, its answer."""

    id: str
    run_id: str
    agent_name: str
    tool_use_id: str
    tool_name: str
    input: Json
    input_sha256: str
    thread_id: str | None
    status: ApprovalStatus
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    decided_by_name: str | None
    message: str | None
