"""The first minute of an installation: its organization, its first admin, the key of its command line."""

from __future__ import annotations

import json
import os
from pathlib import Path

from opsroom.identity import api as identity
from opsroom.identity.shapes import FirstAdmin, NewKey
from opsroom.kernel.actor import Actor, Scope
from opsroom.kernel.room import House
from opsroom.kernel.shape import Shape

FIRST_EMAIL = "admin@opsroom.local"
CLI_KEY = "cli.key"
FIRST_LOGIN = "first-login.json"


class Founded(Shape):
    """What a new installation prints once."""

    email: str
    password: str
    organization: str


async def home_of(house: House) -> Scope:
    """The scope of the workspace folder; founds the installation when it is new."""
    scope = await identity.home_scope(house)
    if scope is None:
        await found(house, email=FIRST_EMAIL, organization="My organization")
        scope = await identity.home_scope(house)
    assert scope is not None  # noqa: S101 - founded a moment ago
    return scope


async def found(house: House, *, email: str, organization: str) -> Founded:
    """Create organization, instance, project and super admin, and the local command line's key.

    The password is in the answer and, for its owner alone to read, in `first-login.json`, which
    people delete once they have signed in. Raises AlreadyFounded.
    """
    first: FirstAdmin = await identity.first_admin(
        house, email=email, name="Admin", organization=organization
    )
    founded = Founded(email=first.email, password=first.password, organization=organization)
    write_private(house.data_dir / FIRST_LOGIN, founded.model_dump_json(indent=2) + "\n")
    await issue_cli_key(house, first.actor)
    return founded


async def issue_cli_key(house: House, actor: Actor) -> None:
    """Issue the key `opsroom` uses on this machine, readable by the owner of the data folder only."""
    async with house.unit_of_work(actor) as tx:
        issued = await identity.issue_key(
            tx, NewKey(label="Command line on this machine", expires_in_days=3650)
        )
    write_private(house.data_dir / CLI_KEY, issued.secret + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    beside.replace(path)


def first_login(data_dir: Path) -> Founded | None:
    """The first admin's login while its file is still there."""
    try:
        return Founded.model_validate(json.loads((data_dir / FIRST_LOGIN).read_text()))
    except (OSError, ValueError):
        return None
