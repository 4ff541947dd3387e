"""How the engine `skill` finds its program: the workspace's skills first, then those that come with us."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from opsroom.agents.api import skill_folders, skills_in
from opsroom.agents.shapes import SkillEngine as SkillChoice
from opsroom.agents.shapes import SkillInfo
from opsroom.kernel.clock import Clock
from opsroom.kernel.errors import Invalid
from opsroom.kernel.room import House
from opsroom.kernel.shape import Json
from opsroom.runs.engines.programs.program import Program, SkillSettings
from opsroom.runs.engines.programs.runner import ProgramRunner
from opsroom.runs.ports import Engine, SessionOrder


class SkillEngine(ProgramRunner):
    """Runs skills as subprocesses behind walls."""

    kind: ClassVar[str] = "skill"

    def __init__(
        self, folders: Sequence[Path], data_dir: Path, settings: SkillSettings, clock: Clock
    ) -> None:
        super().__init__(self.kind, data_dir, settings, clock, self._find)
        self._folders = folders

    def _find(self, order: SessionOrder) -> tuple[Program, Json]:
        choice = order.agent.engine
        if not isinstance(choice, SkillChoice):
            raise Invalid(f"Agent {order.agent.agent_name!r} does not run on the engine `skill`.")
        skill = self._skill(choice.skill)
        if skill.problems:
            raise Invalid(f"Skill {skill.name!r} cannot be run; mend its SKILL.md.", problems=skill.problems)
        program = Program(
            name=skill.name,
            argv=skill.program,
            folder=skill.folder,
            network=skill.network,
            timeout_s=choice.timeout_s or skill.timeout_s,
            memory_mb=choice.memory_mb or skill.memory_mb,
        )
        return program, dict(choice.options)

    def _skill(self, name: str) -> SkillInfo:
        names: set[str] = set()
        for folder in self._folders:
            found = {skill.name: skill for skill in skills_in(folder)}
            if name in found:
                return found[name]
            names |= found.keys()
        close = difflib.get_close_matches(name, sorted(names), n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(sorted(names)) or 'none'}."
        looked = " and ".join(str(folder) for folder in self._folders)
        raise Invalid(f"There is no skill {name!r} in {looked}; {hint}")


def build(house: House) -> Engine:
    """The engine of this house; entry point `skill` of the group opsroom.engines."""
    settings = house.settings.section(SkillSettings)
    engine = SkillEngine(skill_folders(house), house.data_dir, settings, house.clock)
    house.closing.append(engine.shut_down)
    return engine
