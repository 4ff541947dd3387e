"""The first minute of an installation, and what the room keeps of it."""

from __future__ import annotations

import asyncio

import pytest

from opsroom.identity import api
from opsroom.identity.entry.doorkeeper import Doorkeeper
from opsroom.identity.errors import AlreadyFounded, UnknownKey
from opsroom.identity.room import ROOM
from opsroom.identity.shapes import Authenticated, IdentitySettings, NewKey
from opsroom.identity.tables import API_KEYS, PEOPLE
from opsroom.kernel.errors import Invalid
from opsroom.kernel.redact import redact_text

QUICK = IdentitySettings(argon2_memory_kib=19_456, argon2_passes=1)


async def test_the_first_admin_is_made_once_and_signs_in(build_house) -> None:
    house = await build_house([ROOM], settings=[QUICK], work=False)
    assert await api.home_scope(house) is None
    with pytest.raises(Invalid):
        await api.first_admin(house, email="nobody", name="N", organization="Acme")
    first = await api.first_admin(house, email="Ada@Acme.example", name="Ada", organization="Acme")
    assert await api.home_scope(house) == first.actor.scope
    signed_in = await api.sign_in(house, email=first.email, password=first.password, address="192.0.2.1")
    assert signed_in.actor == first.actor
    with pytest.raises(AlreadyFounded):
        await api.first_admin(house, email="eve@evil.example", name="Eve", organization="Evil")
    async with house.unit_of_work.reading(first.actor) as tx:
        rows = (await tx.conn.execute(PEOPLE.select())).mappings().all()
    assert len(rows) == 1
    assert rows[0]["password_hash"].startswith("$argon2id$")
    assert first.password not in str(rows)


async def test_a_hot_key_is_looked_up_once_and_noted_once(build_house) -> None:
    house = await build_house([ROOM], settings=[QUICK], work=False)
    first = await api.first_admin(house, email="ada@acme.example", name="Ada", organization="Acme")
    async with house.unit_of_work(first.actor) as tx:
        issued = await api.issue_key(tx, NewKey(label="ci", verbs=("runs:read",)))

    async def resolve() -> object:
        return await api.resolve_actor(house, bearer=issued.secret, cookie=None, client_ip="192.0.2.1")

    answers = [await resolve() for _ in range(200)]
    assert all(answer is answers[0] for answer in answers[1:20])
    await asyncio.sleep(0.05)  # the first use is noted beside the request
    async with house.unit_of_work(first.actor) as tx:
        await tx.conn.execute(API_KEYS.update().values(last_used_at=None))
    await asyncio.gather(*(resolve() for _ in range(50)))
    await asyncio.sleep(0.05)
    async with house.unit_of_work.reading(first.actor) as tx:
        noted = (await tx.conn.execute(API_KEYS.select())).mappings().one()["last_used_at"]
    assert noted is None  # used a moment before: not written again within the minute


async def test_many_who_come_with_one_cold_key_wait_for_one_look(build_house) -> None:
    house = await build_house([ROOM], settings=[QUICK], work=False)
    first = await api.first_admin(house, email="ada@acme.example", name="Ada", organization="Acme")
    async with house.unit_of_work(first.actor) as tx:
        issued = await api.issue_key(tx, NewKey(label="ci"))
    keeper = house.need(Doorkeeper)

    def ask() -> asyncio.Task[Authenticated]:
        return asyncio.create_task(keeper.resolve(bearer=issued.secret, cookie=None))

    hangs_up, *waiting = [ask() for _ in range(50)]
    await asyncio.sleep(0)
    hangs_up.cancel()
    answers = await asyncio.gather(*waiting)
    assert all(answer is answers[0] for answer in answers)

    # A revocation in the middle of a look: who comes after it does not get what was read before it.
    keeper.forget()
    early = ask()
    await asyncio.sleep(0)
    async with house.unit_of_work(first.actor) as tx:
        await api.revoke_key(tx, issued.key.id)
    keeper.forget()
    outcomes = await asyncio.gather(early, *(ask() for _ in range(20)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes[1:]] == [UnknownKey] * 20


async def test_a_lost_wake_lets_a_revoked_key_in_for_less_than_a_second(build_house) -> None:
    house = await build_house([ROOM], settings=[QUICK], work=False)
    first = await api.first_admin(house, email="ada@acme.example", name="Ada", organization="Acme")
    async with house.unit_of_work(first.actor) as tx:
        issued = await api.issue_key(tx, NewKey(label="ci"))
    keeper = house.need(Doorkeeper)
    await keeper.resolve(bearer=issued.secret, cookie=None)
    async with house.unit_of_work(first.actor) as tx:
        await api.revoke_key(tx, issued.key.id)
    await asyncio.sleep(0.95)
    with pytest.raises(UnknownKey):
        await keeper.resolve(bearer=issued.secret, cookie=None)


def test_our_keys_never_reach_a_log() -> None:
    secret = f"owf_kenji_{'aB3x' * 8}"
    assert secret not in redact_text(f"token {secret} was used")
