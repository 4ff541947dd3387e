"""What is asked of the roster."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from opsroom.board.revising import Version
from opsroom.board.shapes import Color, Slug
from opsroom.kernel.shape import Shape

AgentTitle = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Emoji = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=16)]
Skill = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=60)]
AgentFile = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,79}$")]
Level = Annotated[int, Field(ge=1, le=3)]
Levels = Annotated[dict[Skill, Level], Field(max_length=50)]
"""1 is learning it, 2 simply has it, 3 is an expert."""
Capacity = Annotated[int, Field(ge=0, le=10_000)]
Place = Annotated[int, Field(ge=0, le=10_000)]


class NewAgent(Shape):
    """An agent to put on the roster. Without an id one is made of the name."""

    id: Slug | None = None
    name: AgentTitle
    emoji: Emoji = "🤖"
    color: Color = "#6366f1"
    skills: tuple[Skill, ...] = Field(default=(), max_length=50)
    skill_levels: Levels = Field(default_factory=dict)
    agent_name: AgentFile | None = None
    capacity: Capacity | None = None
    position: Place | None = None


class AgentChange(Shape):
    """Fields to change; what is absent stays. `retired` false brings a retired agent back."""

    name: AgentTitle | None = None
    emoji: Emoji | None = None
    color: Color | None = None
    skills: tuple[Skill, ...] | None = Field(default=None, max_length=50)
    skill_levels: Levels | None = None
    agent_name: AgentFile | None = None
    capacity: Capacity | None = None
    position: Place | None = None
    retired: bool | None = None
    version: Version | None = None
