"""How the engine `command` finds its program: it stands in the agent file."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from opsroom.agents.shapes import CommandEngine as CommandChoice
from opsroom.kernel.clock import Clock
from opsroom.kernel.errors import Invalid
from opsroom.kernel.room import House
from opsroom.kernel.shape import Json
from opsroom.runs.engines.programs.program import Program, SkillSettings
from opsroom.runs.engines.programs.runner import ProgramRunner
from opsroom.runs.ports import Engine, SessionOrder


class CommandEngine(ProgramRunner):
    """Runs any program as a subprocess behind walls."""

    kind: ClassVar[str] = "command"

    def __init__(self, data_dir: Path, settings: SkillSettings, clock: Clock) -> None:
        super().__init__(self.kind, data_dir, settings, clock, self._find)

    def _find(self, order: SessionOrder) -> tuple[Program, Json]:
        choice = order.agent.engine
        if not isinstance(choice, CommandChoice):
            raise Invalid(f"Agent {order.agent.agent_name!r} does not run on the engine `command`.")
        program = Program(
            name=Path(choice.argv[0]).name or choice.argv[0],
            argv=choice.argv,
            folder=None,
            network=choice.network,
            timeout_s=choice.timeout_s,
            memory_mb=choice.memory_mb,
        )
        return program, {}


def build(house: House) -> Engine:
    """The engine of this house; entry point `command` of the group opsroom.engines."""
    engine = CommandEngine(house.data_dir, house.settings.section(SkillSettings), house.clock)
    house.closing.append(engine.shut_down)
    return engine
