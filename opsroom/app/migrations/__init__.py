"""The database's history: Alembic versions, applied at start-up under the database's own lock."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from opsroom.kernel.db import Database

if TYPE_CHECKING:
    from alembic.config import Config

VERSIONS = Path(__file__).parent / "versions"


def alembic_config(database: Database) -> Config:
    """Alembic's configuration for `database`; no alembic.ini is needed."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["engine"] = database.sync_engine
    return config


def newest() -> str:
    """The newest revision: files are named for theirs, in order."""
    return max(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*.py"))


def migrate(database: Database) -> None:
    """Bring the database up to the newest version. Several processes may call it at once."""
    if database.revision() == newest():
        return  # Alembic is not even imported: a server that is up to date does without its memory
    from alembic import command

    command.upgrade(alembic_config(database), "head")
