"""The declaration of the identity room."""

from __future__ import annotations

import asyncio

from opsroom.identity import tables
from opsroom.identity.entry.cookies import CookieSeal
from opsroom.identity.entry.doorkeeper import Doorkeeper
from opsroom.identity.entry.signin import forget_old_attempts
from opsroom.identity.http import routes
from opsroom.identity.shapes import IdentitySettings
from opsroom.kernel.errors import Fault
from opsroom.kernel.room import House, Room
from opsroom.kernel.seal import Keyring

__all__ = ["ROOM", "tables"]

_FORGET_EVERY_S = 600.0


def build(house: House) -> None:
    """Post the doorkeeper."""
    keeper = Doorkeeper(
        house.unit_of_work,
        house.wakes,
        house.clock,
        house.settings.section(IdentitySettings),
        CookieSeal(_keyring(house)),
    )
    house.provide(Doorkeeper, keeper)

    async def forget_for_ever() -> None:
        while True:
            await asyncio.sleep(_FORGET_EVERY_S)
            await forget_old_attempts(keeper)

    house.background += [keeper.watch, forget_for_ever]
    house.closing.append(keeper.close)


def _keyring(house: House) -> Keyring:
    try:
        return house.need(Keyring)
    except Fault:  # a house without a vault: its keys lie beside its data
        keyring = Keyring.open(house.data_dir / "keys" / "keyring")
        house.provide(Keyring, keyring)
        return keyring


ROOM = Room(name="identity", build=build, http=routes, settings={"identity": IdentitySettings})
