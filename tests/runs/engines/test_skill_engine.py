"""The engine `skill`: which skill is taken, how its program starts, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsroom.kernel.clock import SYSTEM_CLOCK
from opsroom.kernel.errors import Invalid
from opsroom.runs.engines.programs.program import SkillSettings
from opsroom.runs.engines.skill.engine import SkillEngine
from opsroom.runs.ports import SessionOrder

from .programs_kit import SAY, Told, order

HEAD = """---
name: {name}
description: Says hello.
version: 1.0.0
program: ["python3", "hello.py", "--deep"]
network: false
timeout_s: 30
memory_mb: 256
---
Says hello.
"""


def skill(folder: Path, name: str, code: str) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "SKILL.md").write_text(HEAD.format(name=name))
    (folder / name / "hello.py").write_text(SAY + code)
    (folder / name / "words.py").write_text("WORD = 'hello'")


def engine(tmp_path: Path, **settings: object) -> SkillEngine:
    folders = (tmp_path / "workspace", tmp_path / "shipped")
    return SkillEngine(folders, tmp_path / "data", SkillSettings.model_validate(settings), SYSTEM_CLOCK)


def skill_order(name: str, **engine_block: object) -> SessionOrder:
    return order({"type": "skill", "skill": name, **engine_block})


async def run_skill(one: SkillEngine, given: SessionOrder) -> Told:
    session = await one.open(given)
    told = Told([event async for batch in one.follow(given, session) for event in batch])
    await one.close(session)
    return told


@pytest.mark.parametrize("wall", ["auto", "none"])
async def test_a_skill_runs_from_its_folder_in_a_scratch_folder(tmp_path: Path, wall: str) -> None:
    skill(
        tmp_path / "shipped",
        "hello",
        "import words\n"
        "say(type='message', text=f'{words.WORD} {sys.argv[1:]}')\n"
        "at_home = os.getcwd() == os.environ['HOME']\n"
        "say(type='message', text=json.dumps([at_home, json.load(open('options.json'))]))\n"
        "import opsroom.kernel.egress\n"
        "say(type='message', text=os.environ.get('OPSROOM_ALLOW_PRIVATE', 'not'))\n",
    )
    told = await run_skill(engine(tmp_path, isolation=wall), skill_order("hello", options={"depth": 2}))
    assert told.texts() == ["hello ['--deep']", '[true, {"depth": 2}]', "not"]
    assert told.stop.kind == "finished"


async def test_private_targets_are_allowed_by_setting_only(tmp_path: Path) -> None:
    skill(tmp_path / "shipped", "hello", "say(type='message', text=os.environ['OPSROOM_ALLOW_PRIVATE'])")
    told = await run_skill(engine(tmp_path, allow_private=True), skill_order("hello"))
    assert told.texts() == ["1"]


async def test_the_workspace_goes_before_what_is_shipped(tmp_path: Path) -> None:
    skill(tmp_path / "shipped", "hello", "say(type='message', text='shipped')")
    skill(tmp_path / "workspace", "hello", "say(type='message', text='own')")
    assert (await run_skill(engine(tmp_path), skill_order("hello"))).texts() == ["own"]


async def test_the_skill_folder_is_read_only(tmp_path: Path) -> None:
    skill(
        tmp_path / "shipped",
        "hello",
        "try: open(os.path.dirname(__file__) + '/x', 'w')\nexcept OSError: say(type='message', text='no')",
    )
    assert (await run_skill(engine(tmp_path), skill_order("hello"))).texts() == ["no"]


async def test_the_agent_file_may_lower_limits(tmp_path: Path) -> None:
    skill(tmp_path / "shipped", "hello", "time.sleep(30)")
    told = await run_skill(engine(tmp_path), skill_order("hello", timeout_s=1))
    assert "after 1 s" in told.stop.detail


async def test_an_unknown_skill_is_refused_with_a_hint(tmp_path: Path) -> None:
    skill(tmp_path / "shipped", "hello", "")
    with pytest.raises(Invalid, match="did you mean 'hello'"):
        await engine(tmp_path).open(skill_order("helo"))


async def test_a_broken_skill_is_refused_with_its_problems(tmp_path: Path) -> None:
    skill(tmp_path / "shipped", "hello", "")
    (tmp_path / "shipped/hello/SKILL.md").write_text("---\nname: hello\n---\n")
    with pytest.raises(Invalid) as caught:
        await engine(tmp_path).open(skill_order("hello"))
    assert {problem.path for problem in caught.value.problems} >= {"description", "program"}


async def test_an_order_for_another_engine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="does not run on the engine `skill`"):
        await engine(tmp_path).open(order({"type": "command", "argv": ["true"]}))
