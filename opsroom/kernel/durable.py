"""Durable execution: the one file that knows DBOS (import contract `engine`).

Hardened as RELIABILITY section 2 asks: the application version is pinned, pickle is disabled, the
executor id is unique per process, recovery attempts are capped, every queue has a concurrency.
Calls into DBOS's private parts are gathered in `_Inside` and covered by
tests/kernel/test_durable_contract.py, so that an upgrade cannot break them silently.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import dbos._queue as dbos_queue
import dbos._serialization as dbos_serialization
import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, Serializer, SetWorkflowID
from dbos._dbos import _get_dbos_instance
from dbos._error import DBOSException
from dbos._utils import INTERNAL_QUEUE_NAME
from sqlalchemy.engine import Connection

from opsroom.kernel.bells import Bells
from opsroom.kernel.correlation import causation_id, correlation_id, work_context
from opsroom.kernel.db import Database
from opsroom.kernel.durable_settings import DurableSettings
from opsroom.kernel.errors import Fault, OpsroomError
from opsroom.kernel.suspects import Suspects

log = structlog.get_logger("opsroom.durable")

# Bump only together with a migration plan: a new version strands what runs under the old one.
APPLICATION_VERSION = "1"
MAX_RECOVERY_ATTEMPTS = 4
MAX_ARGUMENT_BYTES = 100_000

JsonValue = None | bool | int | float | str | list[Any] | dict[str, Any]
WorkflowBody = Callable[..., Awaitable[JsonValue]]
FaultHandler = Callable[[Sequence[Any], str], Awaitable[None]]
R = TypeVar("R", bound=JsonValue)


class _StrictJson(Serializer):
    """JSON and nothing but: what cannot be JSON is a bug, found when it is written."""

    def name(self) -> str:
        return "opsroom_json"

    def serialize(self, data: Any) -> str:
        return json.dumps(data, separators=(",", ":"), ensure_ascii=False, default=_as_json)

    def deserialize(self, serialized_data: str) -> Any:
        return json.loads(serialized_data)


def _as_json(value: object) -> object:
    # DBOS hands the exception that ended a workflow to the same serializer as its values.
    if isinstance(value, BaseException):
        return {"error": type(value).__name__, "message": str(value)}
    raise TypeError(f"{type(value).__name__} does not go into durable state; pass ids and plain JSON")


def _no_pickle(*_args: object, **_kwargs: object) -> Any:
    raise ValueError("pickle is disabled: a planted row must not run code")


def _disable_pickle() -> None:
    dbos_serialization.DefaultSerializer.serialize = _no_pickle
    dbos_serialization.DefaultSerializer.deserialize = _no_pickle


_POLLING_WORKER = dbos_queue.queue_worker_thread


def _listen_to(bells: Bells) -> None:
    def worker(stop: threading.Event, dbos: DBOS, queue: Any) -> None:
        _POLLING_WORKER(bells.of(queue.name, stop), dbos, queue)

    dbos_queue.queue_worker_thread = worker


class WorkflowFailed(Fault):
    """A workflow ended with an error nobody expected."""


@dataclass(frozen=True, slots=True)
class Stray:
    """A workflow that should be running here and is not."""

    workflow_id: str
    name: str
    known: bool


class Durable:
    """Workflows, steps and queues on the same database as the rows.

    Register workflows, then `launch` inside the event loop that serves the product: coroutine
    workflows run on that loop, so they share its clients and its gate.
    """

    def __init__(self, database: Database, settings: DurableSettings) -> None:
        self._database = database
        self._settings = settings
        self._workflows: dict[str, Callable[..., Awaitable[JsonValue]]] = {}
        self._on_fault: dict[str, FaultHandler] = {}
        self._queues: dict[str, int] = {
            "runs": settings.run_concurrency,
            "work": settings.work_concurrency,
        }
        self.executor_id = "solo" if database.is_sqlite else f"{socket.gethostname()}-{uuid.uuid4()}"
        self._client: DBOSClient | None = None
        self._bells = Bells()
        self.suspects = Suspects(database, settings)
        self._under_way: set[asyncio.Task[Any]] = set()
        _disable_pickle()
        _listen_to(self._bells)

    # -- before launch ---------------------------------------------------------------------

    def workflow(self, name: str, body: WorkflowBody, *, on_fault: FaultHandler | None = None) -> None:
        """Register `body` under `name` (ends in .vN; steps of a released version keep their order).

        `on_fault` is told the arguments and the message when the body ends with an unexpected
        error or is given up after too many recoveries.
        """
        if name in self._workflows:
            raise Fault(f"workflow {name} is registered twice")
        if on_fault:
            self._on_fault[name] = on_fault

        async def run(context: dict[str, str | None], *args: Any) -> JsonValue:
            with work_context(correlation=context.get("correlation"), causation=context.get("causation")):
                return await self._guarded(name, body, args)

        self._workflows[name] = DBOS.workflow(name=name, max_recovery_attempts=MAX_RECOVERY_ATTEMPTS)(run)

    async def _guarded(self, name: str, body: WorkflowBody, args: Sequence[Any]) -> JsonValue:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - coroutine workflows run as tasks of the serving loop
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            return await body(*args)
        except DBOSException:
            raise  # cancelled, taken over by another process, and the like: DBOS's own signals
        except Exception as error:  # the step runner: one of the three places that may catch everything
            if self._bells.closing:
                # We are leaving and the engine with us: whatever broke, broke because of that. The
                # workflow stands still here and the next launch takes it up, as after a kill.
                await asyncio.Event().wait()
            message = str(error) if isinstance(error, OpsroomError) else f"{type(error).__name__}: {error}"
            log.exception("durable.workflow_failed", workflow=name)
            handler = self._on_fault.get(name)
            if handler:
                await self.step("on_fault", handler, list(args), message)
            raise WorkflowFailed(message) from None

    # -- life ------------------------------------------------------------------------------

    async def launch(self, *, work: bool = True) -> None:
        """Create or migrate DBOS's tables and start claiming work (`work=False`: only enqueue)."""
        await asyncio.to_thread(self._open)
        if work:
            if self._database.is_sqlite:  # on PostgreSQL the one who takes over does it
                await self.hold_back_suspects([self.executor_id])
            DBOS.launch()

    def _open(self) -> None:
        config: DBOSConfig = {
            "name": "opsroom",
            "system_database_engine": self._database.sync_engine,
            "system_database_url": self._database.sync_engine.url.render_as_string(hide_password=False),
            "application_version": APPLICATION_VERSION,
            "executor_id": self.executor_id,
            "serializer": _StrictJson(),
            "log_level": "CRITICAL",
            "scheduler_polling_interval_sec": 30.0,
            "notification_listener_polling_interval_sec": 0.2,
            "use_listen_notify": False,
        }
        DBOS(config=config)
        self._client = DBOSClient(
            system_database_engine=self._database.sync_engine,
            application_name="opsroom",
            serializer=_StrictJson(),
            retry_connection_errors=False,
        )
        # Before the launch, so that the queues' threads start with it and not a second later.
        _Inside.create_tables(self._client)
        for queue, concurrency in self._queues.items():
            self._client.register_queue(
                queue,
                worker_concurrency=concurrency,
                polling_interval_sec=self._settings.poll_s,
                on_conflict="always_update",
            )

    async def stop(self) -> None:
        """Stop claiming and leave. Work in flight is taken up again by the next launch."""
        self._bells.close()
        if self._client:
            await asyncio.to_thread(self._client.destroy)
        # Not on the default executor: DBOS took that over and shuts it down with itself.
        leaving = threading.Thread(target=DBOS.destroy, kwargs={"destroy_registry": True})
        leaving.start()
        while leaving.is_alive():  # noqa: ASYNC110 - a thread has no event to await
            await asyncio.sleep(0.01)
        # Only now, when the engine can no longer take the breaking off for the work's own end.
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def ring(self, queue: str) -> None:
        """Make `queue` look for work now; called after the commit that ordered some."""
        self._bells.ring(queue)

    # -- ordering work ---------------------------------------------------------------------

    def enqueue_in(
        self,
        conn: Connection,
        workflow: str,
        args: Sequence[object],
        *,
        workflow_id: str,
        queue: str,
        delay_s: float | None,
    ) -> None:
        """Put `workflow` into the caller's transaction. See `Tx.enqueue`."""
        if self._client is None:
            raise Fault("durable work was ordered before the engine was launched")
        if workflow not in self._workflows:
            raise Fault(f"no workflow is registered as {workflow}")
        if len(json.dumps(args, default=str)) > MAX_ARGUMENT_BYTES:
            raise Fault(f"the arguments of {workflow} are too large; pass references")
        context = {"correlation": correlation_id.get(), "causation": causation_id.get()}
        options: dict[str, Any] = {
            "workflow_name": workflow,
            "queue_name": queue,
            "workflow_id": workflow_id,
            "app_version": APPLICATION_VERSION,
        }
        if delay_s:
            options["delay_seconds"] = delay_s
        self._client.enqueue_in_transaction(conn, cast("Any", options), context, *args)

    async def start(self, workflow: str, *args: object, workflow_id: str) -> None:
        """Start `workflow` at once, outside any transaction, and do not wait for it."""
        context = {"correlation": correlation_id.get(), "causation": causation_id.get()}
        with SetWorkflowID(workflow_id):
            await DBOS.start_workflow_async(cast("Any", self._workflows[workflow]), context, *args)

    # -- inside a workflow -----------------------------------------------------------------

    async def step(self, name: str, body: Callable[..., Awaitable[R]], *args: Any) -> R:
        """Run `body` as a checkpointed step: at least once, its result kept.

        The result must be plain JSON. Never branch on the type of an error that came out of a
        step: after a crash it is another type. Return a tagged result instead.
        """
        return cast("R", await DBOS.run_step_async({"name": name}, body, *args))

    async def sleep(self, seconds: float) -> None:
        """Sleep durably: the remaining time survives a restart."""
        await DBOS.sleep_async(seconds)

    # -- looking after it ------------------------------------------------------------------

    async def strays(self) -> list[Stray]:
        """Workflows that are this process's on paper and run nowhere (disk full, unknown name)."""
        rows = await DBOS.list_workflows_async(
            status="PENDING", executor_id=self.executor_id, load_input=False, load_output=False
        )
        active = _Inside.active_ids()
        return [
            Stray(r.workflow_id, r.name, r.name in self._workflows)
            for r in rows
            if r.workflow_id not in active
        ]

    async def take_back(self, workflow_id: str, owners: list[str]) -> bool:
        """Put a stranded workflow of `owners` back on its queue; True if it was still theirs."""
        return await asyncio.to_thread(_Inside.reenqueue, workflow_id, owners)

    async def owners_of_pending(self) -> set[str]:
        """Executor ids that hold running work according to the database."""
        rows = await DBOS.list_workflows_async(status="PENDING", load_input=False, load_output=False)
        return {r.executor_id for r in rows if r.executor_id}

    async def take_over(self, dead: list[str]) -> list[str]:
        """Put all running work of `dead` executors back on the queues; the ids of that work."""
        rows = await DBOS.list_workflows_async(
            status="PENDING", executor_id=dead, load_input=False, load_output=False
        )
        return [r.workflow_id for r in rows if await self.take_back(r.workflow_id, dead)]

    async def hold_back_suspects(self, dead: list[str]) -> None:
        """Let what may have killed `dead` come back in small batches. See suspects.py."""
        now_ms = round(self._database.now().timestamp() * 1000)
        held = await asyncio.to_thread(self.suspects.hold_back, dead, now_ms)
        if held:
            log.warning("durable.suspects_held_back", workflows=held)

    def running(self) -> set[str]:
        """Ids of the workflows that run in this process now."""
        return _Inside.active_ids()

    async def give_up(self, workflow_id: str, reason: str) -> None:
        """End a workflow nobody can run, telling its fault handler why."""
        rows = await DBOS.list_workflows_async(workflow_ids=[workflow_id])
        if rows:
            await self._tell(rows[0].name, rows[0].input, reason)
        await DBOS.cancel_workflow_async(workflow_id)

    async def dead_letters(self) -> list[str]:
        """Tell the fault handlers about work that killed its process too often, then close it."""
        rows = await DBOS.list_workflows_async(status="MAX_RECOVERY_ATTEMPTS_EXCEEDED")
        for row in rows:
            reason = f"given up after {MAX_RECOVERY_ATTEMPTS} attempts: each ended with the process dying"
            await self._tell(row.name, row.input, reason)
            await DBOS.cancel_workflow_async(row.workflow_id)
        return [row.workflow_id for row in rows]

    async def _tell(self, name: str, workflow_input: Any, reason: str) -> None:
        handler = self._on_fault.get(name)
        args = list((workflow_input or {}).get("args", ()))[1:] if isinstance(workflow_input, dict) else []
        if handler and args:
            await handler(args, reason)

    async def status(self, workflow_id: str) -> str | None:
        """DBOS's word for where a workflow is (ENQUEUED, PENDING, SUCCESS, ERROR, …), or None."""
        rows = await DBOS.list_workflows_async(
            workflow_ids=[workflow_id], load_input=False, load_output=False
        )
        return rows[0].status if rows else None

    async def backlog(self) -> dict[str, int]:
        """Waiting and running workflows, for metrics."""
        rows = await DBOS.list_workflows_async(
            status=["ENQUEUED", "PENDING"], load_input=False, load_output=False, limit=10_000
        )
        counts = {"ENQUEUED": 0, "PENDING": 0}
        for row in rows:
            counts[row.status] += 1
        return counts

    def set_claiming(self, claiming: bool) -> None:
        """Claim new work from now on, or leave it to the others; what runs here goes on."""
        self._bells.muted = not claiming

    async def forget_finished(self, before_iso: str, *, batch: int = 200) -> int:
        """Delete workflows finished before `before_iso`; the number deleted."""
        deleted = 0
        while True:
            rows = await DBOS.list_workflows_async(
                status=["SUCCESS", "ERROR", "CANCELLED"],
                completed_before=before_iso,
                limit=batch,
                load_input=False,
                load_output=False,
            )
            if not rows:
                return deleted
            await DBOS.delete_workflows_async([r.workflow_id for r in rows])
            deleted += len(rows)


class _Inside:
    """Private calls into DBOS 3.4.0 (with `_listen_to` and `_disable_pickle`), held by the contract test."""

    @staticmethod
    def active_ids() -> set[str]:
        return set(_get_dbos_instance()._active_workflows_set.activeList())

    @staticmethod
    def reenqueue(workflow_id: str, owners: list[str]) -> bool:
        system = _get_dbos_instance()._sys_db
        return system.reenqueue_for_recovery(workflow_id, owners, INTERNAL_QUEUE_NAME)

    @staticmethod
    def create_tables(client: DBOSClient) -> None:
        client._sys_db.run_migrations()


def prepare_tables(database: Database) -> None:
    """Create or migrate the durable engine's own tables, without launching it."""
    client = DBOSClient(
        system_database_engine=database.sync_engine, application_name="opsroom", serializer=_StrictJson()
    )
    _Inside.create_tables(client)
    client.destroy()
