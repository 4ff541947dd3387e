"""The reference is written from the code, and the code leaves nothing undescribed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from opsroom.app import reference
from opsroom.kernel.errors import OpsroomError
from opsroom.kernel.events import Event

PAGES = (
    "README.md",
    "agent-file.md",
    "commands.md",
    "errors.md",
    "events.md",
    "ports.md",
    "routes.md",
    "settings.md",
)


@pytest.fixture(scope="module", autouse=True)
def everything_imported() -> None:
    reference.import_everything()


def test_every_setting_is_described() -> None:
    assert [s.path for s in reference.settings() if not s.description] == []


def test_every_section_says_what_it_is_for() -> None:
    kinds = reference.sections()
    assert [name for name, kind in kinds.items() if not reference.own_doc(kind)] == []


def test_every_event_is_described_and_versioned() -> None:
    kinds = reference.subclasses(Event)
    assert len(kinds) > 20
    assert [k.__name__ for k in kinds if not reference.own_doc(k)] == []
    assert [k.KIND for k in kinds if not k.KIND.rpartition(".")[2].startswith("v")] == []
    assert len({k.KIND for k in kinds}) == len(kinds)


def test_every_error_is_described() -> None:
    kinds = reference.subclasses(OpsroomError)
    assert [k.__name__ for k in kinds if not reference.own_doc(k)] == []


def test_every_port_and_method_is_described() -> None:
    ports = reference.ports()
    assert {"Channel", "Engine", "TaskTracker"} <= {port.__name__ for port in ports}
    bare = [port.__name__ for port in ports if not reference.own_doc(port)]
    for port in ports:
        methods = reference.methods_of(port)
        # Of a port with one method its own docstring may say everything.
        bare += [f"{port.__name__}.{name}" for name, _, doc in methods if not doc and len(methods) > 1]
    assert bare == []


def test_every_command_and_option_is_described() -> None:
    bare: list[str] = []
    for words, command in reference.commands():
        if not command.help:
            bare.append(words)
        bare += [
            f"{words} {p.name}" for p in command.params if p.name != "help" and not getattr(p, "help", None)
        ]
    assert bare == []


def test_the_pages_hold_all_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "reference"
    subprocess.run([sys.executable, "-m", "opsroom.app.reference", folder], check=True, capture_output=True)
    pages = {path.name: path.read_text() for path in folder.iterdir()}
    assert tuple(sorted(pages)) == PAGES
    assert [s.path for s in reference.settings() if s.env[0] not in pages["settings.md"]] == []
    assert [k.KIND for k in reference.subclasses(Event) if k.KIND not in pages["events.md"]] == []
    assert [words for words, _ in reference.commands() if f"## {words}\n" not in pages["commands.md"]] == []
    assert [p.__name__ for p in reference.ports() if f"## {p.__name__}\n" not in pages["ports.md"]] == []
    for route in ("POST /webhook/{agent_name}", "GET /api/runs/{run_id}/events", "GET /health"):
        assert f"`{route}`" in pages["routes.md"]
    assert "`max_session_cost_usd`" in pages["agent-file.md"]
    assert " at 0x" not in "".join(pages.values())
