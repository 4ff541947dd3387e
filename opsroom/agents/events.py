"""What happened to agent files. The subject of each is `agent:<name>`."""

from __future__ import annotations

from typing import ClassVar

from opsroom.kernel.errors import Problem
from opsroom.kernel.events import Event


class AgentChanged(Event):
    """Another version is current now. `source` is the file it came from, or `rollback`."""

    KIND: ClassVar[str] = "agents.agent_changed.v1"
    agent_name: str
    version: int
    sha256: str
    source: str


class AgentRejected(Event):
    """A changed file is invalid; the version before it, if any, keeps serving."""

    KIND: ClassVar[str] = "agents.agent_rejected.v1"
    agent_name: str
    problems: tuple[Problem, ...]


class AgentRemoved(Event):
    """The file is gone: nothing new starts, runs under way keep the version they have."""

    KIND: ClassVar[str] = "agents.agent_removed.v1"
    agent_name: str
