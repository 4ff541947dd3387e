"""What the agents room is handed by the composition."""

from __future__ import annotations

from dataclasses import dataclass

from opsroom.kernel.actor import Scope


@dataclass(frozen=True)
class WorkspaceScope:
    """The project the workspace folder belongs to: its agent files are that project's agents."""

    scope: Scope
