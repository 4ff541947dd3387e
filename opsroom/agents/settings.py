"""Settings of the agents room."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from opsroom.kernel.shape import Shape


class AgentsSettings(Shape):
    """How the workspace's agent files are watched."""

    poll_s: Annotated[float, Field(ge=0.05, le=60)] = 1.0
    """Seconds between two looks at the directory entries of agents/ and skills/."""
    skills_folder: str | None = None
    """Folder of the skills that come with Opsroom; the workspace's skills/ is looked at first."""
