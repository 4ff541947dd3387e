"""What crosses the door of the agents room. `AgentFile` and its blocks are defined in `files.py`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import Field

from opsroom.agents.files import (
    AgentFile,
    Alerts,
    AnthropicBlock,
    AnthropicManagedEngine,
    Approvals,
    ClickUpDelivery,
    ClickUpWebhook,
    CommandEngine,
    Delivery,
    DriveDelivery,
    FolderDelivery,
    Limits,
    PayloadFields,
    PayloadSource,
    SkillEngine,
    SlackDelivery,
    Triggers,
)
from opsroom.kernel.errors import Problem
from opsroom.kernel.shape import MicroUsd, Shape

__all__ = [
    "AgentDetail",
    "AgentFile",
    "AgentLimits",
    "AgentSummary",
    "AgentVersion",
    "Alerts",
    "AnthropicBlock",
    "AnthropicManagedEngine",
    "Approvals",
    "ClickUpDelivery",
    "ClickUpWebhook",
    "CommandEngine",
    "Delivery",
    "DriveDelivery",
    "FolderDelivery",
    "Limits",
    "PayloadFields",
    "PayloadSource",
    "SkillEngine",
    "SkillInfo",
    "SlackDelivery",
    "SyncReport",
    "Triggers",
    "VersionInfo",
]


class AgentVersion(Shape):
    """One version of one agent, and what it says. It never changes."""

    name: str
    version: int
    sha256: str
    file: AgentFile


class AgentLimits(Shape):
    max_cost_usd: MicroUsd
    max_minutes: float
    alert_usd: MicroUsd


class AgentSummary(Shape):
    """An agent in a list. `version` 0: its file was never valid; `problems` say why."""

    name: str
    display_name: str
    description: str
    version: int
    file_version: str | None
    engine: str
    enabled_triggers: tuple[str, ...]
    limits: AgentLimits | None
    channels: tuple[str, ...]
    problems: tuple[Problem, ...]
    updated_at: datetime


class VersionInfo(Shape):
    """One line of an agent's history."""

    version: int
    sha256: str
    created_at: datetime
    created_by: str
    source: str
    current: bool


class AgentDetail(AgentSummary):
    """An agent with the text of its current version and its history, newest first."""

    file: str
    versions: tuple[VersionInfo, ...]


class SkillInfo(Shape):
    """A skill folder: its front matter, where it is, and the hash of all its files."""

    name: str
    description: str
    version: str
    program: tuple[str, ...]
    network: bool
    timeout_s: int
    memory_mb: int
    sha256: str
    problems: tuple[Problem, ...] = ()
    folder: Path = Field(exclude=True)  # for the engine on this machine, never for the outside


class SyncReport(Shape):
    """What one look at the workspace folder changed, by agent name."""

    changed: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
