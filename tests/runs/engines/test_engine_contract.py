"""Every engine keeps the contract of the port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from opsroom.kernel.clock import SYSTEM_CLOCK
from opsroom.runs.engines.anthropic_managed.engine import AnthropicManagedEngine
from opsroom.runs.engines.anthropic_managed.settings import AnthropicSettings
from opsroom.runs.engines.command.engine import CommandEngine
from opsroom.runs.engines.programs.program import SkillSettings
from opsroom.runs.engines.skill.engine import SkillEngine
from opsroom.runs.ports import Engine
from opsroom.sandbox.api import Sandbox
from opsroom.testing.engine_kit import EngineKit, EngineSubject, sample_order

from .managed_kit import QUICK, play
from .programs_kit import SAY

SHORT = (
    SAY
    + """
for n in range(20):
    say(type='message', text=f'line {n} \\u00fc \\u0000')
    time.sleep(0.005)
say(type='cost', micro_usd=700)
open(os.environ['OPSROOM_OUTPUT_DIR'] + '/report.md', 'w').write('# Report')
"""
)
ENDLESS = SAY + "say(type='message', text='on and on')\ntime.sleep(120)"


class TestManaged(EngineKit):
    @pytest.fixture
    async def subject(self, sandbox: Sandbox) -> AsyncIterator[EngineSubject]:
        play(
            sandbox,
            "brief",
            {"repeat": 20, "after_ms": 5, "say": "Line {i}."},
            {"usage": {"list_cost_cents": 7}},
            {"output": {"name": "report.md", "content": "# Report"}},
            {"idle": "end_turn"},
        )
        settings = AnthropicSettings.model_validate(
            {"api_key": "sk", "base_url": sandbox.urls.anthropic, **QUICK}
        )
        environ = {f"{name.upper()}_AGENT_ID": f"agent_{name}" for name in ("brief", "endless")}
        engines = [
            AnthropicManagedEngine(settings, {**environ, "X_ENV_ID": "env_1"}, SYSTEM_CLOCK) for _ in range(2)
        ]

        async def reborn() -> Engine:
            return engines[1]

        def block(name: str) -> dict[str, object]:
            return {"anthropic": {"agent_id_env": f"{name}_AGENT_ID", "environment_id_env": "X_ENV_ID"}}

        yield EngineSubject(
            engine=engines[0],
            reborn=reborn,
            short=sample_order(block("BRIEF")),
            endless=sample_order(block("ENDLESS")),
            wrong=sample_order(block("MISSING")),
            outputs=frozenset({"report.md"}),
        )
        for engine in engines:
            await engine.shut_down()


class TestSkill(EngineKit):
    @pytest.fixture
    async def subject(self, tmp_path: Path) -> AsyncIterator[EngineSubject]:
        for name, code in (("brief", SHORT), ("endless", ENDLESS)):
            folder = tmp_path / "skills" / name
            folder.mkdir(parents=True)
            head = f"name: {name}\ndescription: Probe.\nversion: 1.0.0\nprogram: ['python3', 'main.py']\n"
            (folder / "SKILL.md").write_text(f"---\n{head.replace(chr(39), chr(34))}---\nProbe.\n")
            (folder / "main.py").write_text(code)
        engines = [
            SkillEngine((tmp_path / "skills",), tmp_path / "data", SkillSettings(), SYSTEM_CLOCK)
            for _ in range(2)
        ]

        async def reborn() -> Engine:
            return engines[1]

        yield EngineSubject(
            engine=engines[0],
            reborn=reborn,
            short=sample_order({"engine": {"type": "skill", "skill": "brief"}}),
            endless=sample_order({"engine": {"type": "skill", "skill": "endless"}}),
            wrong=sample_order({"engine": {"type": "skill", "skill": "nowhere"}}),
            outputs=frozenset({"report.md"}),
        )
        for engine in engines:
            await engine.shut_down()


class TestCommand(EngineKit):
    @pytest.fixture
    async def subject(self, tmp_path: Path) -> AsyncIterator[EngineSubject]:
        engines = [CommandEngine(tmp_path, SkillSettings(), SYSTEM_CLOCK) for _ in range(2)]

        async def reborn() -> Engine:
            return engines[1]

        def block(code: str) -> dict[str, object]:
            return {"engine": {"type": "command", "argv": ["python3", "-c", code]}}

        yield EngineSubject(
            engine=engines[0],
            reborn=reborn,
            short=sample_order(block(SHORT)),
            endless=sample_order(block(ENDLESS)),
            wrong=sample_order({"engine": {"type": "skill", "skill": "nowhere"}}),
            outputs=frozenset({"report.md"}),
        )
        for engine in engines:
            await engine.shut_down()
