"""Statements over the one-hop driver: rows, streams, errors, and a caller who leaves in the middle."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsroom.kernel.db import Database, open_database

NUMBERS = "with recursive n(i) as (select 1 union all select i + 1 from n where i < {}) "


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/a.db")
    async with opened.writing() as conn:
        await conn.execute(sa.text("create table t (id integer primary key, name text unique)"))
    yield opened
    await opened.close()


async def test_every_row_of_a_result_longer_than_one_trip_arrives_once(database: Database) -> None:
    async with database.reading() as conn:
        for count in (0, 1, 999, 1000, 1001, 2500):
            query = sa.text(NUMBERS.format(max(count, 1)) + "select i from n where i <= :count")
            rows = (await conn.execute(query, {"count": count})).scalars().all()
            assert rows == list(range(1, count + 1))


async def test_a_streamed_result_is_not_read_ahead(database: Database) -> None:
    async with database.reading() as conn:
        seen = []
        async with conn.stream(sa.text(NUMBERS.format(10_000_000) + "select i from n")) as result:
            async for row in result:
                seen.append(row.i)
                if len(seen) == 2500:
                    break
        assert seen == list(range(1, 2501))
        # The statement that was left half read is closed: the next one begins afresh.
        assert (await conn.execute(sa.text("select 1"))).scalar_one() == 1


async def test_many_at_once_and_what_they_return(database: Database) -> None:
    async with database.writing() as conn:
        await conn.execute(sa.text("insert into t (name) values (:n)"), [{"n": f"n{i}"} for i in range(20)])
        returned = await conn.execute(sa.text("insert into t (name) values ('last') returning id"))
        assert returned.scalar_one() == 21
        changed = await conn.execute(sa.text("update t set name = name || '!' where id <= 5"))
        assert changed.rowcount == 5
    async with database.reading() as conn:
        assert (await conn.execute(sa.text("select count(*) from t where name like '%!'"))).scalar_one() == 5


async def test_a_refused_statement_leaves_the_transaction_as_it_was(database: Database) -> None:
    async with database.writing() as conn:
        await conn.execute(sa.text("insert into t (name) values ('one')"))
        with pytest.raises(sa.exc.IntegrityError):
            await conn.execute(sa.text("insert into t (name) values ('one')"))
        await conn.execute(sa.text("insert into t (name) values ('two')"))
    async with database.reading() as conn:
        assert (await conn.execute(sa.text("select name from t order by id"))).scalars().all() == [
            "one",
            "two",
        ]


async def test_who_leaves_in_the_middle_of_a_statement_harms_nobody(database: Database) -> None:
    for _ in range(10):

        async def work() -> None:
            async with database.reading() as conn:
                await conn.execute(sa.text(NUMBERS.format(3_000_000) + "select max(i) from n"))

        task = asyncio.create_task(work())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with database.reading() as conn:
        assert (await conn.execute(sa.text("select 1"))).scalar_one() == 1


async def test_a_statement_never_runs_on_the_loops_thread(database: Database) -> None:
    ran_on: list[int] = []

    def note() -> int:
        ran_on.append(threading.get_ident())
        return 1

    async with database.reading() as conn:
        raw = await conn.get_raw_connection()
        await raw.driver_connection.create_function("note", 0, note)
        await conn.execute(sa.text("select note()"))
    assert ran_on
    assert threading.get_ident() not in ran_on
