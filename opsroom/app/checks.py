"""What can be done without a running house: checking agent files, founding an installation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from opsroom.agents import api as agents
from opsroom.app.founding import found
from opsroom.app.house import open_house
from opsroom.app.place import sole_owner
from opsroom.app.rooms import ROOMS
from opsroom.app.settings import AppSettings, load_settings
from opsroom.kernel.db import open_database
from opsroom.kernel.errors import Problem


def check_files(files: Sequence[Path]) -> list[dict[str, object]]:
    """Every agent file with everything that is wrong with it."""
    return [_report(path) for path in files]


def _report(path: Path) -> dict[str, object]:
    try:
        problems = agents.check_text(path.read_text(encoding="utf-8"), path.stem)
    except OSError as error:
        problems = (Problem("", f"cannot be read: {error.strerror}"),)
    except UnicodeDecodeError:
        problems = (Problem("", "is not UTF-8 text"),)
    listed = [{"path": p.path, "message": p.message} for p in problems]
    return {"file": str(path), "ok": not listed, "problems": listed}


async def initialise(workspace: Path, data: Path, email: str, organization: str) -> dict[str, object]:
    """Found the installation; its login, told this once. Raises AlreadyFounded."""
    settings = load_settings(workspace)
    address = settings.section(AppSettings).url_of_database(data)
    with sole_owner(data):
        async with open_house(
            [room for room in ROOMS if room.name == "identity"],
            settings=settings,
            database=open_database(address),
            workspace=workspace,
            data_dir=data,
            work=False,
            background=False,
        ) as house:
            founded = await found(house, email=email, organization=organization)
    (workspace / "agents").mkdir(parents=True, exist_ok=True)
    return founded.model_dump()
