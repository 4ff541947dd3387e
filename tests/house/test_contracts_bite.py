"""Each import contract and each wall, broken on purpose in a copy, is seen to fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.house import test_walls as walls

ROOT = Path(__file__).resolve().parents[2]

BREACHES = {
    "Floors": ("opsroom/agents/breach.py", "import opsroom.runs.api"),
    "The command line talks HTTP": ("opsroom/cli/breach.py", "import opsroom.runs.shapes"),
    "The sandbox imports no room": ("opsroom/sandbox/breach.py", "import opsroom.kernel.errors"),
    "Only kernel/durable.py knows": ("opsroom/runs/breach.py", "import dbos"),
    "Only http.py, room.py and app know": ("opsroom/runs/breach_too.py", "import litestar"),
}


@pytest.fixture(scope="module")
def broken_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "opsroom", copy / "opsroom", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    for place, line in BREACHES.values():
        (copy / place).write_text(line + "\n")
    return copy


def test_every_contract_bites(broken_copy: Path) -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache"],
        cwd=broken_copy,
        capture_output=True,
        text=True,
        timeout=120,
        env={"PYTHONPATH": str(broken_copy), "PATH": "/usr/bin:/bin"},
        check=False,
    )
    assert done.returncode != 0
    verdicts = [line for line in done.stdout.splitlines() if " BROKEN" in line or " KEPT" in line]
    assert len(verdicts) == len(BREACHES), done.stdout
    for contract in BREACHES:
        assert any(v.startswith(contract) and " BROKEN" in v for v in verdicts), (contract, verdicts)


def planted(folder: Path, monkeypatch: pytest.MonkeyPatch, place: str, text: str) -> None:
    """A product that is one bad file."""
    path = folder / "opsroom" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text))
    monkeypatch.setattr(walls, "ROOT", folder)
    monkeypatch.setattr(walls, "PRODUCT", folder / "opsroom")


@pytest.mark.parametrize(
    ("place", "text", "wall"),
    [
        (
            "live/feeds.py",
            "from opsroom.runs.store import run_of",
            walls.test_a_room_is_entered_through_its_doors,
        ),
        ("live/feeds.py", "from opsroom.runs import store", walls.test_a_room_is_entered_through_its_doors),
        ("runs/rules.py", "import asyncio", walls.test_rules_and_shapes_are_pure),
        ("runs/api.py", "import sqlalchemy", walls.test_sql_stands_in_stores_and_tables_only),
        ("runs/api.py", "def f(conn):\n    conn.commit()", walls.test_only_the_unit_of_work_commits),
        (
            "runs/api.py",
            "try:\n    pass\nexcept Exception:\n    pass",
            walls.test_broad_except_stands_in_three_places,
        ),
    ],
)
def test_every_wall_bites(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, text: str, wall: object
) -> None:
    planted(tmp_path, monkeypatch, place, text)
    with pytest.raises(AssertionError):
        wall()  # type: ignore[operator]


def test_a_long_function_and_a_long_file_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = "\n".join(f"    a{n} = {n}" for n in range(70))
    planted(tmp_path, monkeypatch, "runs/api.py", f"def f():\n{body}\n" + "x = 1\n" * 400)
    with pytest.raises(AssertionError) as error:
        walls.test_files_and_functions_stay_short("opsroom")
    assert "f has 71 lines" in str(error.value)
    assert "471 lines" in str(error.value)
