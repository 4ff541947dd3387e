"""From an event to a receiver: the follower makes deliveries, a durable work makes each attempt."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog

from opsroom.board.errors import NoSuchTask
from opsroom.board.hooks import store
from opsroom.board.hooks.events import HookDisabled
from opsroom.board.hooks.posting import Answer, Poster
from opsroom.board.hooks.rules import body_of, is_given_up, is_news, pause_s, wants
from opsroom.board.hooks.secrets import Secrets, signed_headers
from opsroom.board.hooks.settings import HookSettings
from opsroom.board.tasks import api as tasks
from opsroom.identity import api as identity
from opsroom.kernel.actor import Actor, Scope
from opsroom.kernel.db import Row
from opsroom.kernel.durable import JsonValue
from opsroom.kernel.events import Recorded
from opsroom.kernel.failpoint import failpoint
from opsroom.kernel.ids import kind_of, new_id
from opsroom.kernel.room import House
from opsroom.kernel.seal import SealError
from opsroom.kernel.shape import Json
from opsroom.kernel.uow import Tx

log = structlog.get_logger("opsroom.board.hooks")

SEND: Final = "board.send_hook.v1"
_REST_S: Final = 15.0
_AGENT: Final = "Opsroom-Webhooks/1"
_TIDY_EVERY_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class _Attempt:
    delivery: Row
    number: int
    url: str
    headers: dict[str, str]


async def spread_news(tx: Tx, event: Recorded) -> None:
    """Make a delivery of this event for each hook that wants it; part of the follower's commit."""
    if not is_news(event):
        return
    wanted = [hook["id"] for hook in await store.enabled_hooks(tx) if wants(hook["kinds"], event.kind)]
    if not wanted:
        return
    names = await identity.names_of(tx, [event.actor_id])
    body = body_of(event, actor_name=names.get(event.actor_id), task=await _task(tx, event.subject))
    for hook_id in wanted:
        await put_delivery(tx, hook_id, event, body)


async def _task(tx: Tx, subject: str) -> Json | None:
    """The task as it is now: several events of one commit all show its end."""
    if kind_of(subject) != "task":
        return None
    try:
        return (await tasks.get_task(tx, subject, deleted=True)).model_dump(mode="json")
    except NoSuchTask:
        return None


async def put_delivery(tx: Tx, hook_id: str, event: Recorded, body: str) -> str | None:
    """A delivery and the durable work that makes its first attempt; None when the hook has it already."""
    delivery_id = new_id("msg")
    values = {
        "id": delivery_id,
        "hook_id": hook_id,
        "event_id": event.id,
        "seq": event.seq,
        "kind": event.kind,
        "subject": event.subject,
        "body": body,
    }
    if not await store.add_delivery(tx, values):
        return None
    order(tx, delivery_id, 1)
    return delivery_id


def order(tx: Tx, delivery_id: str, turn: int, delay_s: float | None = None) -> None:
    """Have the delivery's next attempt made when this unit has committed."""
    scope = tx.actor.scope.model_dump()
    tx.enqueue(SEND, scope, delivery_id, turn, workflow_id=f"{delivery_id}:{turn}", delay_s=delay_s)


class Sender:
    """Makes attempts. Each is noted (commit), made (no transaction open), confirmed (commit).

    A process that dies in between makes the attempt again: same id, same body, a new line in the log.
    """

    def __init__(
        self,
        house: House,
        settings: HookSettings,
        poster: Poster,
        secrets: Secrets,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._house = house
        self._settings = settings
        self._poster = poster
        self._secrets = secrets
        self._chance = chance

    def register(self) -> None:
        """Make the workflow known."""
        self._house.durable.workflow(SEND, self._workflow, on_fault=self._broke)

    async def _workflow(self, scope: dict[str, str], delivery_id: str, turn: int) -> JsonValue:
        await self._house.durable.step("send", self.attempt, scope, delivery_id, turn)
        return None

    async def _broke(self, args: Sequence[Any], message: str) -> None:
        scope, delivery_id, turn = args
        answer = Answer("unreachable", error=f"We could not send this: {message}"[:2000])
        async with self._house.unit_of_work(self._actor(scope)) as tx:
            row = await self._due(tx, delivery_id, turn)
            if row is not None:
                await self._settle(tx, row, row["attempts"], answer)

    def _actor(self, scope: dict[str, str]) -> Actor:
        return self._house.system_actor(Scope.model_validate(scope))

    async def attempt(self, scope: dict[str, str], delivery_id: str, turn: int) -> None:
        """Make the attempt of this turn, unless it was made or nobody wants it any more."""
        actor = self._actor(scope)
        async with self._house.unit_of_work(actor) as tx:
            begun = await self._begin(tx, delivery_id, turn)
        if begun is None:
            return
        failpoint("hooks.before_post")
        answer = await self._poster.post(begun.url, begun.delivery["body"], begun.headers)
        failpoint("hooks.after_post")
        async with self._house.unit_of_work(actor) as tx:
            row = await self._due(tx, delivery_id, turn)
            if row is not None:
                await self._settle(tx, row, begun.number, answer)

    async def _due(self, tx: Tx, delivery_id: str, turn: int) -> Row | None:
        row = await store.delivery(tx, delivery_id, lock=True)
        return row if row and row["status"] == "waiting" and row["turn"] == turn else None

    async def _begin(self, tx: Tx, delivery_id: str, turn: int) -> _Attempt | None:
        row = await self._due(tx, delivery_id, turn)
        if row is None:
            return None
        hook = await store.hook(tx, row["hook_id"])
        if hook is None or not hook["enabled"]:
            dropped = {"status": "dropped", "next_at": None, "ended_at": tx.now}
            await store.change_delivery(tx, delivery_id, dropped)
            return None
        number = row["attempts"] + 1
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": _AGENT,
            **signed_headers(self._open_secrets(tx, hook), delivery_id, tx.now, row["body"]),
        }
        noted = {"delivery_id": delivery_id, "number": number, "url": hook["url"], "request_headers": headers}
        await store.begin_attempt(tx, noted)
        await store.change_delivery(tx, delivery_id, {"attempts": number})
        return _Attempt(row, number, hook["url"], headers)

    def _open_secrets(self, tx: Tx, hook: Row) -> list[str]:
        instance = tx.actor.scope.instance_id
        found = [self._secrets.open(instance, hook["id"], hook["sealed_secret"])]
        if hook["former_secret"] and hook["former_until"] > tx.now:
            try:
                found.append(self._secrets.open(instance, hook["id"], hook["former_secret"]))
            except SealError:
                log.warning("hooks.former_secret_lost", hook_id=hook["id"])
        return found

    async def _settle(self, tx: Tx, row: Row, number: int, answer: Answer) -> None:
        if not answer.counts:  # the host is given a rest: nothing was sent, so nothing is noted
            await store.drop_attempt(tx, row["id"], number)
            pause = max(answer.asked_s or 0.0, _REST_S) * (1 + self._chance())
            await self._put_off(tx, row, pause, {"attempts": number - 1})
            return
        known = {
            "outcome": answer.outcome,
            "response_status": answer.status,
            "response_excerpt": answer.excerpt,
            "error": answer.error,
        }
        await store.end_attempt(tx, row["id"], number, known)
        if answer.delivered:
            ended = {"status": "delivered", "next_at": None, "ended_at": tx.now}
            await store.change_delivery(tx, row["id"], ended)
            await store.note_hook(tx, row["hook_id"], {"failing_since": None, "last_success_at": tx.now})
            return
        await self._note_failure(tx, row["hook_id"], answer)
        tries = row["tries"] + 1
        pause = pause_s(tries, chance=self._chance(), asked_s=answer.asked_s)
        if pause is None:
            ended = {"tries": tries, "status": "failed", "next_at": None, "ended_at": tx.now}
            await store.change_delivery(tx, row["id"], ended)
        else:
            await self._put_off(tx, row, pause, {"tries": tries})

    async def _put_off(self, tx: Tx, row: Row, pause: float, values: dict[str, object]) -> None:
        turn = row["turn"] + 1
        due = {"turn": turn, "next_at": tx.now + timedelta(seconds=pause)}
        await store.change_delivery(tx, row["id"], values | due)
        order(tx, row["id"], turn, pause)

    async def _note_failure(self, tx: Tx, hook_id: str, answer: Answer) -> None:
        hook = await store.hook(tx, hook_id, lock=True)
        if hook is None or not hook["enabled"]:
            return
        since = hook["failing_since"] or tx.now
        reason = None
        if answer.outcome == "gone":
            reason = "The receiver answered 410: it is gone."
        elif is_given_up(since, tx.now, self._settings.disable_after_days):
            days = f"{self._settings.disable_after_days:g}"
            reason = f"Nothing could be delivered for {days} days. The last failure: {answer.error}"[:2000]
        values: dict[str, object] = {"failing_since": since}
        if reason is not None:
            values |= {"enabled": False, "disabled_reason": reason}
            tx.record(HookDisabled(name=hook["name"], url=hook["url"], reason=reason), subject=hook_id)
            log.error("hooks.disabled", hook_id=hook_id, reason=reason)
        await store.note_hook(tx, hook_id, values)

    async def forget_for_ever(self) -> None:
        """Let go of old deliveries once an hour."""
        while True:
            await self.forget()
            await asyncio.sleep(_TIDY_EVERY_S)

    async def forget(self) -> int:
        """Let go of deliveries older than is kept; how many."""
        nowhere = Scope(organization_id="-", instance_id="-", project_id="-")
        before = self._house.database.now() - timedelta(days=self._settings.keep_days)
        async with self._house.unit_of_work.reading(self._house.system_actor(nowhere)) as tx:
            scopes = await store.scopes_with_old(tx, before)
        total = 0
        for scope in scopes:
            async with self._house.unit_of_work(self._house.system_actor(scope)) as tx:
                total += await store.forget(tx, before)
        return total
