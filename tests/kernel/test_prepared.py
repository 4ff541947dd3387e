"""Prepared questions answer as ordinary ones do; quick statements stay on the thread of the loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsroom.kernel.actor import Actor
from opsroom.kernel.db import Database, JsonText, UtcTime, open_database
from opsroom.kernel.errors import Fault
from opsroom.kernel.events import EVENTS
from opsroom.kernel.prepared import Prepared, among
from opsroom.kernel.room import House
from opsroom.kernel.sqlite_pace import Pace
from tests.kernel.test_followers import Counted, tell

_ONE = sa.select(EVENTS).where(EVENTS.c.project_id == sa.bindparam("project")).order_by(EVENTS.c.seq)


async def test_a_prepared_question_answers_as_an_ordinary_one(build_house, alice: Actor, bob: Actor) -> None:
    house: House = await build_house([])
    await tell(house, alice, 1, 2)
    await tell(house, bob, 3)
    prepared = Prepared(_ONE)
    async with house.unit_of_work.reading(alice) as tx:
        binds = {"project": alice.scope.project_id}
        plain = [tuple(row) for row in (await tx.conn.execute(_ONE, binds)).all()]
        assert await prepared.all(tx.conn, binds) == plain
        first = await prepared.first_by_name(tx.conn, binds)
        assert await prepared.first(tx.conn, {"project": "none"}) is None
    assert len(plain) == 4
    assert first is not None
    assert isinstance(first["at"], datetime)
    assert first["at"].tzinfo is not None
    assert first["kind"] == Counted.KIND
    assert first["body"] == {"n": 1}


async def test_a_list_of_texts_is_one_value(build_house, alice: Actor) -> None:
    house: House = await build_house([])
    await tell(house, alice, 1)
    kinds = Prepared(sa.select(EVENTS.c.kind).where(among(EVENTS.c.kind, "kinds")))
    async with house.unit_of_work.reading(alice) as tx:
        for asked in ([], [Counted.KIND], [Counted.KIND, 'it\'s "odd", {really}']):
            found = [row[0] for row in await kinds.all(tx.conn, {"kinds": asked})]
            assert found == ([Counted.KIND] if asked else [])


async def test_what_the_open_unit_wrote_is_seen(build_house, alice: Actor) -> None:
    house: House = await build_house([])
    count = Prepared(sa.select(sa.func.count().label("n")).select_from(EVENTS))
    async with house.unit_of_work(alice) as tx:
        tx.record(Counted(n=1), subject="s")
        assert await count.first(tx.conn, {}) == (0,)
    async with house.unit_of_work(alice) as tx:
        assert await count.first(tx.conn, {}) == (1,)


async def test_a_refused_question_is_refused_as_ever(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/a.db")
    missing = Prepared(sa.select(sa.table("nowhere", sa.column("x")).c.x))
    async with database.reading() as conn:
        with pytest.raises(sa.exc.OperationalError, match="nowhere"):
            await missing.all(conn, {})
    await database.close()


async def test_a_list_that_is_not_one_value_is_refused(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/a.db")
    listed = Prepared(sa.select(EVENTS.c.seq).where(EVENTS.c.kind.in_(["a", "b"])))
    async with database.reading() as conn:
        with pytest.raises(Fault, match="among"):
            await listed.all(conn, {})
    await database.close()


def test_times_and_values_come_back_as_they_went(tmp_path: Path) -> None:
    at = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    table = sa.Table("t", sa.MetaData(), sa.Column("at", UtcTime), sa.Column("value", JsonText))
    engine = sa.create_engine(f"sqlite:///{tmp_path}/a.db")
    values = [None, [], {}, [1, "two"], {"a": [None]}, "text", 0, True]
    with engine.begin() as conn:
        table.create(conn)
        conn.execute(sa.insert(table), [{"at": at, "value": value} for value in values])
        conn.execute(sa.insert(table), [{"at": None, "value": None}])
        found = conn.execute(sa.select(table)).all()
    assert [row.at for row in found] == [at] * len(values) + [None]
    assert [row.value for row in found] == [*values, None]
    assert found[1].value is not found[-1].value
    engine.dispose()


# ---- which thread ---------------------------------------------------------------------------------------


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/a.db")

    def name_of_thread() -> str:
        return threading.current_thread().name

    @sa.event.listens_for(opened.engine.sync_engine, "connect")
    def tell_thread(dbapi: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
        dbapi.driver_connection._conn.create_function("thread", 0, name_of_thread)  # type: ignore[attr-defined]

    yield opened
    await opened.close()


async def test_what_was_quick_stays_and_what_was_slow_travels(database: Database) -> None:
    here = threading.current_thread().name
    slow = sa.text(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000) "
        "select max(i), thread() from n"
    )
    async with database.reading() as conn:
        threads = [(await conn.execute(sa.text("select thread()"))).scalar_one() for _ in range(3)]
        others = [(await conn.execute(slow)).one()[1] for _ in range(3)]
    assert threads[0] != here  # nobody knew it yet
    assert threads[1:] == [here, here]
    assert here not in others


async def test_writing_begins_and_ends_on_the_drivers_thread(database: Database) -> None:
    """Another process may hold the lock for seconds: nobody else waits for that."""
    async with database.writing() as conn:
        await conn.execute(sa.text("create table t (i integer)"))
    other = sa.create_engine(database.url)
    with other.connect() as held:
        held.exec_driver_sql("begin immediate")

        async def write() -> None:
            async with database.writing() as conn:
                await conn.execute(sa.text("insert into t values (1)"))

        waiting = asyncio.create_task(write())
        for _ in range(20):
            await asyncio.sleep(0.01)  # the loop goes round
        assert not waiting.done()
        held.exec_driver_sql("rollback")
    await asyncio.wait_for(waiting, 10)
    other.dispose()
    async with database.reading() as conn:
        assert (await conn.execute(sa.text("select count(*) from t"))).scalar_one() == 1


def test_one_slow_time_is_remembered_for_a_while() -> None:
    now = [0.0]
    pace = Pace(lambda: now[0])

    def taking(seconds: float) -> None:
        pace.timed("select 1", lambda: now.__setitem__(0, now[0] + seconds))

    assert not pace.is_quick("select 1")
    taking(0.0002)
    assert pace.is_quick("select 1")
    taking(0.008)
    assert not pace.is_quick("select 1")
    quick_again = 0
    while not pace.is_quick("select 1"):
        taking(0.0002)
        quick_again += 1
    assert 5 < quick_again < 15


def test_texts_that_nobody_asks_any_more_are_forgotten() -> None:
    pace = Pace()
    for number in range(5_000):
        pace.timed(f"select {number}", lambda: None)
    assert not pace.is_quick("select 0")
    assert pace.is_quick("select 4999")


def test_only_statements_that_wait_for_nobody_are_looked_at() -> None:
    pace = Pace()
    for sql in ("BEGIN IMMEDIATE", "COMMIT", "PRAGMA quick_check", "VACUUM"):
        pace.timed(sql, lambda: None)
        assert not pace.is_quick(sql)


def test_a_slow_disk_is_tried_again_by_and_by() -> None:
    now = [0.0]
    disk = Pace(lambda: now[0], of=("COMMIT",), begin_with=("COMMIT",))
    assert disk.is_quick("COMMIT")
    disk.timed("COMMIT", lambda: now.__setitem__(0, now[0] + 0.02))
    away = 0
    while not disk.is_quick("COMMIT"):
        disk.fade("COMMIT")
        away += 1
    assert 10 < away < 20
