"""What happens to runs, as the log keeps it."""

from __future__ import annotations

from typing import ClassVar

from opsroom.kernel.events import Event


class RunRequested(Event):
    """A run was accepted and will be carried out."""

    KIND: ClassVar[str] = "runs.run_requested.v1"
    agent_name: str
    trigger_source: str
    client_id: str | None


class RunMoved(Event):
    """A run went from one state to another."""

    KIND: ClassVar[str] = "runs.run_moved.v1"
    agent_name: str
    from_state: str
    to_state: str
    reason: str


class RunEnded(Event):
    """A run reached an end. `outcome` says which."""

    KIND: ClassVar[str] = "runs.run_ended.v1"
    agent_name: str
    status: str
    outcome: str
    cost_micro_usd: int


class RunCancelRequested(Event):
    """Somebody asked for a run to stop."""

    KIND: ClassVar[str] = "runs.run_cancel_requested.v1"
    reason: str
