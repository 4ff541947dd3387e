"""The private parts of DBOS that kernel/durable.py leans on: an upgrade that moves one fails here by name."""

from __future__ import annotations

import asyncio
import importlib.metadata
import inspect
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import dbos._queue as dbos_queue
import dbos._serialization as dbos_serialization
import pytest
import sqlalchemy as sa
from dbos import DBOS, DBOSClient
from dbos._dbos import _get_dbos_instance
from dbos._error import (
    DBOSException,
    DBOSWorkflowCancelledError,
    DBOSWorkflowConflictIDError,
    MaxRecoveryAttemptsExceededError,
)
from dbos._utils import INTERNAL_QUEUE_NAME

from opsroom.app.house import open_house
from opsroom.kernel import durable as durable_module
from opsroom.kernel.actor import Actor
from opsroom.kernel.bells import Bells
from opsroom.kernel.db import open_database
from opsroom.kernel.durable import APPLICATION_VERSION, MAX_RECOVERY_ATTEMPTS, _Inside
from opsroom.kernel.errors import Fault
from opsroom.kernel.room import House, Room
from tests.conftest import GivenSettings

ROOT = Path(__file__).resolve().parents[2]
WORK = "test.contract_work.v1"


class Work:
    """A workflow that waits for the test inside a step."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.go_on = asyncio.Event()
        self.told: list[tuple[list[Any], str]] = []

    async def step(self, ref: str) -> str:
        self.started.append(ref)
        await self.go_on.wait()
        return ref

    def room(self) -> Room:
        def build(house: House) -> None:
            async def body(ref: str) -> None:
                await house.durable.step("wait", self.step, ref)

            async def on_fault(args: Any, message: str) -> None:
                self.told.append((list(args), message))

            house.durable.workflow(WORK, body, on_fault=on_fault)

        return Room(name="contract", build=build)


async def order(house: House, alice: Actor, workflow_id: str, queue: str = "work") -> None:
    async with house.unit_of_work(alice) as tx:
        tx.enqueue(WORK, workflow_id, workflow_id=workflow_id, queue=queue)


def house_of(work: Work, database_url: str, folder: Path) -> AbstractAsyncContextManager[House]:
    return open_house(
        [work.room()],
        settings=GivenSettings({}),
        database=open_database(database_url),
        workspace=folder,
        data_dir=folder / "data",
        background=False,
    )


async def until(wanted: Callable[[], bool | Awaitable[bool]], patience_s: float = 15) -> None:
    async with asyncio.timeout(patience_s):
        while True:
            held = wanted()
            if held if isinstance(held, bool) else await held:
                return
            await asyncio.sleep(0.01)


async def has_status(house: House, workflow_id: str, status: str) -> bool:
    return await house.durable.status(workflow_id) == status


def rows_of(house: House, workflow_id: str) -> sa.RowMapping:
    table = _get_dbos_instance()._sys_db.tables.workflow_status
    with _get_dbos_instance()._sys_db.engine.connect() as conn:
        return conn.execute(sa.select(table).where(table.c.workflow_uuid == workflow_id)).mappings().one()


def change(house: House, workflow_id: str, **values: Any) -> None:
    table = _get_dbos_instance()._sys_db.tables.workflow_status
    with _get_dbos_instance()._sys_db.engine.begin() as conn:
        conn.execute(sa.update(table).where(table.c.workflow_uuid == workflow_id).values(**values))


# -- versions and signatures --------------------------------------------------------------------


def test_the_version_is_the_one_all_this_was_tried_with() -> None:
    assert importlib.metadata.version("dbos") == "3.4.0"
    assert '"dbos==3.4.0"' in (ROOT / "pyproject.toml").read_text()
    for name in ("run.txt", "dev.txt"):
        locked = [
            x for x in (ROOT / "requirements" / name).read_text().splitlines() if x.startswith("dbos==")
        ]
        assert locked
        assert locked[0].split()[0] == "dbos==3.4.0", (name, locked)


def parameters(what: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(what).parameters)


def test_the_private_calls_take_what_we_give_them() -> None:
    from dbos._sys_db import SystemDatabase

    assert parameters(SystemDatabase.reenqueue_for_recovery) == [
        "self",
        "workflow_id",
        "executor_ids",
        "recovery_queue_name",
    ]
    assert parameters(SystemDatabase.run_migrations) == ["self"]
    assert parameters(durable_module._POLLING_WORKER) == ["stop_event", "dbos", "queue"]
    assert callable(dbos_serialization.DefaultSerializer.deserialize)
    assert INTERNAL_QUEUE_NAME


def test_the_public_calls_take_what_we_give_them() -> None:
    wanted: dict[Callable[..., Any], set[str]] = {
        DBOS.list_workflows_async: {
            "status",
            "executor_id",
            "load_input",
            "load_output",
            "workflow_ids",
            "completed_before",
            "limit",
        },
        DBOS.delete_workflows_async: {"workflow_ids"},
        DBOS.cancel_workflow_async: {"workflow_id"},
        DBOS.workflow: {"name", "max_recovery_attempts"},
        DBOS.destroy: {"destroy_registry"},
        DBOSClient.register_queue: {
            "name",
            "worker_concurrency",
            "polling_interval_sec",
            "on_conflict",
        },
        DBOSClient.__init__: {
            "system_database_engine",
            "application_name",
            "serializer",
            "retry_connection_errors",
        },
    }
    for call, names in wanted.items():
        assert names <= set(parameters(call)), call
    assert parameters(DBOSClient.enqueue_in_transaction)[:3] == ["self", "conn_or_session", "options"]


def test_signals_of_the_engine_are_told_from_errors_of_ours() -> None:
    """`_guarded` lets these pass: a workflow that was cancelled or taken over did not fail."""
    for signal in (DBOSWorkflowCancelledError, DBOSWorkflowConflictIDError, MaxRecoveryAttemptsExceededError):
        assert issubclass(signal, DBOSException) or not issubclass(signal, Exception), signal


# -- private calls, each doing what we use it for -------------------------------------------------


async def test_active_ids_are_what_runs_here_now(build_house, alice: Actor) -> None:
    work = Work()
    house: House = await build_house([work.room()])
    assert _Inside.active_ids() == set()
    await order(house, alice, "one")
    await until(lambda: work.started == ["one"])
    assert _Inside.active_ids() == {"one"}
    work.go_on.set()
    await until(lambda: has_status(house, "one", "SUCCESS"))
    await until(lambda: _Inside.active_ids() == set())


async def test_reenqueue_moves_pending_work_of_the_named_owner_only(build_house, alice: Actor) -> None:
    work = Work()
    house: House = await build_house([work.room()])
    await order(house, alice, "mine")
    await until(lambda: work.started == ["mine"])
    house.durable.set_claiming(False)  # so that what is put back stays where we can look at it
    row = rows_of(house, "mine")
    assert (row["status"], row["executor_id"], row["recovery_attempts"]) == (
        "PENDING",
        house.durable.executor_id,
        1,
    )
    assert row["application_version"] == APPLICATION_VERSION
    assert not await asyncio.to_thread(_Inside.reenqueue, "mine", ["somebody-else"])
    assert not await asyncio.to_thread(_Inside.reenqueue, "mine", [])
    assert await asyncio.to_thread(_Inside.reenqueue, "mine", [house.durable.executor_id])
    row = rows_of(house, "mine")
    assert (row["status"], row["queue_name"], row["owner_xid"]) == ("ENQUEUED", "work", None)
    assert not await asyncio.to_thread(_Inside.reenqueue, "mine", [house.durable.executor_id])


async def test_create_tables_can_be_said_twice(build_house, alice: Actor) -> None:
    work = Work()
    work.go_on.set()
    house: House = await build_house([work.room()])
    assert house.durable._client is not None
    await asyncio.to_thread(_Inside.create_tables, house.durable._client)
    await order(house, alice, "after")
    await until(lambda: has_status(house, "after", "SUCCESS"))


async def test_unknown_work_cannot_be_ordered(build_house, alice: Actor) -> None:
    house: House = await build_house([Work().room()])
    with pytest.raises(Fault, match=r"no workflow is registered as test\.never"):
        async with house.unit_of_work(alice) as tx:
            tx.enqueue("test.never.v1", workflow_id="x")


# -- the queues' threads ----------------------------------------------------------------------


async def test_the_queues_threads_are_ours_and_hear_the_bell(build_house, alice: Actor) -> None:
    """With a poll of a minute, work starts at once all the same: the threads wait on our bells."""
    from opsroom.kernel.durable import DurableSettings

    work = Work()
    work.go_on.set()
    house: House = await build_house([work.room()], settings=[DurableSettings(poll_s=60)])
    assert dbos_queue.queue_worker_thread is not durable_module._POLLING_WORKER
    for n in range(3):
        began = time.monotonic()
        await order(house, alice, f"rung-{n}", queue="runs" if n % 2 else "work")
        await until(lambda n=n: has_status(house, f"rung-{n}", "SUCCESS"))
        assert time.monotonic() - began < 10


async def test_a_muted_queue_claims_nothing_until_it_is_heard_again(build_house, alice: Actor) -> None:
    work = Work()
    work.go_on.set()
    house: House = await build_house([work.room()])
    house.durable.set_claiming(False)
    await order(house, alice, "quiet")
    await asyncio.sleep(0.4)
    assert await house.durable.status("quiet") == "ENQUEUED"
    house.durable.set_claiming(True)
    house.durable.ring("work")
    await until(lambda: has_status(house, "quiet", "SUCCESS"))


def test_a_bell_rung_before_the_wait_is_not_lost() -> None:
    bells, stop = Bells(), threading.Event()
    waiting = bells.of("work", stop)
    bells.ring("work")
    began = time.monotonic()
    assert waiting.wait(30) is False
    assert time.monotonic() - began < 5
    threading.Timer(0.05, bells.close).start()
    assert waiting.wait(30) is True
    assert time.monotonic() - began < 5


async def test_leaving_ends_the_threads_and_another_house_takes_up_the_work(
    database_url: str, tmp_path: Path, alice: Actor
) -> None:
    """What was in flight at a graceful end stands still and goes on at the next launch, in the same step."""
    first, second = Work(), Work()
    async with house_of(first, database_url, tmp_path) as house:
        await order(house, alice, "in-flight")
        await until(lambda: first.started == ["in-flight"])
        own_id = house.durable.executor_id
    names = {t.name for t in threading.enumerate() if t.is_alive()}
    assert not any("queue" in name.lower() for name in names), names
    second.go_on.set()
    # DBOS takes the loop's default executor over and shuts it down with itself.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(4))
    async with house_of(second, database_url, tmp_path) as house:
        if not house.database.is_sqlite:  # nobody has this worker's id any more: the caretaker's task
            assert await house.durable.take_over([own_id]) == ["in-flight"]
        await until(lambda: has_status(house, "in-flight", "SUCCESS"))
    assert second.started == ["in-flight"]


# -- pickle -----------------------------------------------------------------------------------


async def test_the_dead_letter_status_is_the_one_we_look_for(build_house, alice: Actor) -> None:
    """One dispatch too many: the engine sets it aside, we tell the fault handler and close it."""
    work = Work()
    house: House = await build_house([work.room()])
    house.durable.set_claiming(False)
    await order(house, alice, "poison")
    change(house, "poison", recovery_attempts=MAX_RECOVERY_ATTEMPTS + 1)
    house.durable.set_claiming(True)
    house.durable.ring("work")
    await until(lambda: has_status(house, "poison", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"))
    assert work.started == []
    assert await house.durable.dead_letters() == ["poison"]
    [(args, message)] = work.told
    assert args == ["poison"]
    assert "given up after" in message
    assert await house.durable.status("poison") == "CANCELLED"
    assert await house.durable.dead_letters() == []


async def test_giving_up_tells_the_handler_and_ends_the_workflow(build_house, alice: Actor) -> None:
    work = Work()
    house: House = await build_house([work.room()])
    house.durable.set_claiming(False)
    await order(house, alice, "hopeless")
    await house.durable.give_up("hopeless", "nobody can run this")
    assert work.told == [(["hopeless"], "nobody can run this")]
    assert await house.durable.status("hopeless") == "CANCELLED"


async def test_finished_work_is_forgotten_with_its_steps_and_not_before_its_time(
    build_house, alice: Actor
) -> None:
    work = Work()
    work.go_on.set()
    house: House = await build_house([work.room()])
    for n in range(5):
        await order(house, alice, f"done-{n}")
    for n in range(5):
        await until(lambda n=n: has_status(house, f"done-{n}", "SUCCESS"))
    house.durable.set_claiming(False)
    await order(house, alice, "waiting")
    assert await house.durable.forget_finished("2020-01-01T00:00:00+00:00") == 0
    assert await house.durable.forget_finished("2100-01-01T00:00:00+00:00", batch=2) == 5
    assert await house.durable.status("done-0") is None
    assert await house.durable.status("waiting") == "ENQUEUED"
    table = _get_dbos_instance()._sys_db.tables.operation_outputs
    with _get_dbos_instance()._sys_db.engine.connect() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0
