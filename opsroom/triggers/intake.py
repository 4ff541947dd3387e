"""Taking webhooks in: judged, kept and answered in one commit, before any call to the outside.

Deliveries that arrive while a commit is under way share the next one, so a burst costs commits,
not each delivery one. The answer goes out after the commit: a 2xx means it is on the disk.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from opsroom.kernel.actor import Scope, system_actor
from opsroom.kernel.correlation import work_context
from opsroom.kernel.errors import Unavailable
from opsroom.kernel.failpoint import failpoint
from opsroom.kernel.ids import new_id
from opsroom.kernel.room import House
from opsroom.kernel.shape import Json
from opsroom.kernel.uow import Tx
from opsroom.runs import api as runs
from opsroom.triggers import store
from opsroom.triggers.events import TriggerAccepted
from opsroom.triggers.shapes import Verdict, WebhookAnswer
from opsroom.triggers.sources.clickup.rules import Transition, trigger_key

START = "triggers.clickup_task.v1"
_MAX_KEPT_BODY = 64 * 1024
# Senders give up after some seconds (ClickUp after seven) and count that against us; 503 is better.
_STUCK_AFTER_S = 1.5
_AT_ONCE = 50

log = structlog.get_logger("opsroom.triggers")


@dataclass(slots=True)
class Arrival:
    """A delivery with our first judgement of it. `transition` is set when it may start a run."""

    agent: str
    headers: Json
    body: bytes
    remote: str | None
    verdict: Verdict
    status_code: int
    reason: str
    transition: Transition | None = None
    replay_of: str | None = None
    delivery_id: str = field(default_factory=lambda: new_id("whd"))
    correlation: str | None = None


@dataclass(slots=True)
class _Waiting:
    scope: Scope
    arrival: Arrival
    done: asyncio.Future[WebhookAnswer]


class Intake:
    """The one door webhooks come in by, per process."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._waiting: list[_Waiting] = []
        self._worker: asyncio.Task[None] | None = None
        self._progress_at = 0.0

    async def take(self, scope: Scope, arrival: Arrival) -> WebhookAnswer:
        """Keep the delivery; what to answer. Returns after the commit. Raises Unavailable without one.

        A sender is not kept waiting for a database that is stuck: it is told to send again, and a
        delivery that was stored after all is then a duplicate.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(scope, arrival, loop.create_future())
        self._waiting.append(waiting)
        if self._worker is None or self._worker.done():
            self._progress_at = loop.time()
            self._worker = asyncio.create_task(self._work())
        try:
            while not waiting.done.done():
                left_s = self._progress_at + _STUCK_AFTER_S - loop.time()
                if left_s <= 0:
                    raise Unavailable("The database is busy; the delivery was not stored. Send it again.")
                await asyncio.wait({waiting.done}, timeout=left_s)
            return waiting.done.result()
        finally:
            waiting.done.cancel()  # whoever gave up, or went away, is not stored later

    async def _work(self) -> None:
        while self._waiting:
            # A bounded commit: however many wait, the first of them are answered soon.
            waiting = [w for w in self._waiting[:_AT_ONCE] if not w.done.done()]
            del self._waiting[:_AT_ONCE]
            by_scope: dict[Scope, list[_Waiting]] = {}
            for w in waiting:
                by_scope.setdefault(w.scope, []).append(w)
            for scope, group in by_scope.items():
                await self._commit(scope, group)

    async def _commit(self, scope: Scope, group: list[_Waiting]) -> None:
        try:
            async with self._house.unit_of_work(system_actor(scope, "webhook")) as tx:
                answers = await take_in(tx, [w.arrival for w in group])
                failpoint("trigger.intake.before")
            failpoint("trigger.intake.committed")
        except BaseException as error:
            # No commit, no 2xx: the sender will try again, which is what we want. And the worker goes
            # on: what arrived meanwhile must not wait for a delivery that may never come.
            for w in group:
                if not w.done.done():
                    w.done.set_exception(Unavailable("The delivery could not be stored; send it again."))
            if not isinstance(error, Exception):
                raise
            log.warning("triggers.intake_failed", deliveries=len(group), error=repr(error)[:500])
        else:
            for w, answer in zip(group, answers, strict=True):
                if not w.done.done():
                    w.done.set_result(answer)
        finally:
            self._progress_at = asyncio.get_running_loop().time()


async def take_in(tx: Tx, arrivals: list[Arrival]) -> list[WebhookAnswer]:
    """Judge and store deliveries in this unit; the answers, in order."""
    keys = {id(a): _key(a) for a in arrivals if a.transition}
    taken = {
        k: (r["run_id"], r["delivery_id"]) for k, r in (await store.keys_taken(tx, keys.values())).items()
    }
    rows: list[dict[str, object]] = []
    new_keys: list[dict[str, object]] = []
    answers: list[WebhookAnswer] = []
    for arrival in arrivals:
        key = keys.get(id(arrival))
        run_id: str | None = None
        session: str | None = None
        if arrival.transition and key:
            earlier = taken.get(key) or await _found_by_reconciliation(tx, arrival, arrival.transition)
            if earlier:
                run_id = earlier[0]
                arrival.verdict, arrival.reason = "duplicate", "this change of status was handled before"
                session = (await runs.get_run(tx, run_id)).session_id if run_id else None
            else:
                taken[key] = (None, arrival.delivery_id)
                new_keys.append(_count(tx, arrival, arrival.transition, key))
        rows.append(_row(tx, arrival, key, run_id))
        answers.append(_answer(arrival, run_id, session))
    await store.insert_deliveries(tx, rows)
    await store.insert_keys(tx, new_keys)
    return answers


def _key(arrival: Arrival) -> str:
    assert arrival.transition is not None  # noqa: S101 - only asked for those that have one
    changed = arrival.transition.changed_ms
    if arrival.replay_of:
        changed = f"{changed}:replay:{arrival.delivery_id}"
    return trigger_key(arrival.agent, arrival.transition.task_id, changed)


async def _found_by_reconciliation(
    tx: Tx, arrival: Arrival, transition: Transition
) -> tuple[str | None, str | None] | None:
    if arrival.replay_of or transition.changed_at is None:
        return None
    row = await store.reconciled_after(tx, arrival.agent, transition.task_id, transition.changed_at)
    return (row["run_id"], row["delivery_id"]) if row else None


def _count(tx: Tx, arrival: Arrival, transition: Transition, key: str) -> dict[str, object]:
    with work_context(correlation=arrival.correlation):
        order_start(tx, key, arrival.delivery_id, arrival.agent, transition.task_id, "clickup")
    return {
        "trigger_key": key,
        "agent": arrival.agent,
        "task_id": transition.task_id,
        "changed_at": _no_later(transition.changed_at, tx.now),
        "delivery_id": arrival.delivery_id,
        "source": "replay" if arrival.replay_of else "clickup",
    }


def order_start(tx: Tx, key: str, delivery_id: str | None, agent: str, task_id: str, source: str) -> None:
    """Start the work that reads the task and requests the run, when this unit commits."""
    tx.record(
        TriggerAccepted(source=source, agent_name=agent, task_id=task_id), subject=delivery_id or task_id
    )
    tx.enqueue(START, tx.actor.scope.model_dump(), key, agent, task_id, delivery_id, workflow_id=f"trg:{key}")


def _no_later(at: datetime | None, now: datetime) -> datetime:
    return min(at, now) if at else now


def _row(tx: Tx, arrival: Arrival, key: str | None, run_id: str | None) -> dict[str, object]:
    return {
        "id": arrival.delivery_id,
        "source": "clickup",
        "agent": arrival.agent[:80],
        "received_at": tx.now,
        "verdict": arrival.verdict,
        "status_code": arrival.status_code,
        "reason": arrival.reason,
        "trigger_key": key,
        "task_id": arrival.transition.task_id if arrival.transition else None,
        "run_id": run_id,
        "headers": arrival.headers,
        "body": arrival.body[:_MAX_KEPT_BODY].decode("utf-8", "replace").replace("\x00", "\ufffd"),
        "body_bytes": len(arrival.body),
        "remote": arrival.remote,
        "replay_of": arrival.replay_of,
        "correlation_id": arrival.correlation,
    }


def _answer(arrival: Arrival, run_id: str | None, session: str | None) -> WebhookAnswer:
    return WebhookAnswer(
        accepted=arrival.verdict == "accepted",
        verdict=arrival.verdict,
        reason=arrival.reason,
        delivery_id=arrival.delivery_id,
        already_processed=arrival.verdict == "duplicate",
        original_run=run_id,
        original_session=session,
    )
