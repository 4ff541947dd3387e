"""The installation's own settings, and the reading of all sections at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from opsroom.app.edge.build import SETTINGS as EDGE_SETTINGS
from opsroom.app.rooms import ROOMS
from opsroom.kernel.durable import DurableSettings
from opsroom.kernel.settings import Settings
from opsroom.kernel.shape import Shape

# Read by the command line and the skill protocol, not by any section.
FOREIGN = frozenset(
    {
        "OPSROOM_URL",
        "OPSROOM_API_KEY",
        "OPSROOM_WORKSPACE",
        "OPSROOM_DATA_DIR",
        "OPSROOM_RUN_ID",
        "OPSROOM_AGENT",
        "OPSROOM_OUTPUT_DIR",
        "OPSROOM_PROMPT_FILE",
        "OPSROOM_ALLOW_PRIVATE",
    }
)


class AppSettings(Shape):
    """Where the server listens and what it keeps its rows in."""

    ENV: ClassVar[Mapping[str, str]] = {
        "PORT": "port",
        "DATABASE_PATH": "database_path",
        "LOG_LEVEL": "log_level",
    }

    host: str = "127.0.0.1"
    """Address to listen on. Anything but loopback belongs behind HTTPS (see deploy/)."""
    port: int = Field(default=8700, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    database_url: SecretStr | None = None
    """postgresql://… for a shared database; SQLite in the data folder when not set."""
    database_path: Path | None = None
    """The SQLite file, when it should not be in the data folder."""
    log_format: Literal["auto", "json", "console"] = "auto"
    """How logs are written: console on a terminal, JSON otherwise."""
    log_level: str = "info"
    """Least important kind of log line that is written."""

    def url_of_database(self, data_dir: Path) -> str:
        """The database in force."""
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.database_path or data_dir / 'opsroom.db'}"


def sections() -> dict[str, type[Shape]]:
    """Every section of opsroom.toml, by name; "" is the top level."""
    found: dict[str, type[Shape]] = {"": AppSettings, "durable": DurableSettings, **EDGE_SETTINGS}
    for room in ROOMS:
        found |= room.settings
    return found


def load_settings(workspace: Path, extra: Mapping[str, str] | None = None) -> Settings:
    """All settings, read once. Raises Invalid listing everything that is wrong with them."""
    return Settings.load(sections(), workspace, {**os.environ, **(extra or {})}, others=FOREIGN)
