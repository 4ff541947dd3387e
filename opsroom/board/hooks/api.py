"""The verbs of outgoing webhooks."""

from __future__ import annotations

from typing import Protocol

from opsroom.board.errors import NoSuchThing
from opsroom.board.hooks import store
from opsroom.board.hooks.events import HookArranged, HookPinged
from opsroom.board.hooks.rules import OVERLAP, body_of, host_of, kind_problems
from opsroom.board.hooks.secrets import Secrets
from opsroom.board.hooks.sending import order, put_delivery
from opsroom.board.hooks.shapes import DeliveryStatus, Hook, HookChange, HookDelivery, HookWithSecret, NewHook
from opsroom.board.revising import after, changes_of
from opsroom.kernel.db import Row
from opsroom.kernel.errors import Conflict, Invalid, Problem
from opsroom.kernel.ids import new_id
from opsroom.kernel.uow import Tx, last_seq


class Targets(Protocol):
    """Judges addresses. Fulfilled by `Poster`."""

    def check(self, url: str) -> tuple[Problem, ...]: ...


async def hooks(tx: Tx, *, limit: int, offset: int) -> tuple[list[Hook], int]:
    """The project's hooks, the oldest first, and how many there are."""
    rows = await store.hooks(tx, limit=limit, offset=offset)
    return [store.hook_of(row) for row in rows], await store.how_many_hooks(tx)


async def get_hook(tx: Tx, hook_id: str) -> Hook:
    """One hook. Raises NoSuchThing."""
    return store.hook_of(await _row(tx, hook_id))


async def add_hook(tx: Tx, new: NewHook, *, secrets: Secrets, targets: Targets, most: int) -> HookWithSecret:
    """A further hook and its secret, shown this once. Raises Invalid with every problem at once."""
    problems = (*targets.check(new.url), *kind_problems(new.kinds))
    if await store.how_many_hooks(tx) >= most:
        problems += (Problem("", f"this project has {most} webhooks already, which is the most"),)
    if problems:
        raise Invalid("This webhook cannot be added.", problems=problems)
    hook_id = new_id("hook")
    secret, sealed = secrets.make(tx.actor.scope.instance_id, hook_id)
    values = {
        "id": hook_id,
        "name": new.name or host_of(new.url),
        "url": new.url,
        "kinds": list(dict.fromkeys(new.kinds)),
        "enabled": new.enabled,
        "sealed_secret": sealed,
        "created_by": tx.actor.id,
        "created_at": tx.now,
    }
    await store.add_hook(tx, values)
    tx.record(HookArranged(name=str(values["name"]), what="created"), subject=hook_id)
    return HookWithSecret(hook=await get_hook(tx, hook_id), secret=secret)


async def change_hook(
    tx: Tx, hook_id: str, change: HookChange, *, secrets: Secrets, targets: Targets
) -> HookWithSecret:
    """Change a hook, enable it again, or give it a new secret. Raises NoSuchThing, StaleThing, Invalid."""
    row = await _row(tx, hook_id, lock=True)
    before = store.hook_of(row)
    plain = HookChange.model_validate(change.model_dump(exclude_unset=True, exclude={"rotate_secret"}))
    changes = changes_of(before, plain, what=f"The webhook {before.name}")
    problems = (
        *(targets.check(change.url) if change.url is not None else ()),
        *kind_problems(change.kinds or ()),
    )
    if problems:
        raise Invalid("The webhook cannot be changed like this.", problems=problems)
    values = after(changes)
    secret = None
    if change.enabled and not before.enabled:
        values |= {"disabled_reason": None, "failing_since": None}
    if change.rotate_secret:
        secret, sealed = secrets.make(tx.actor.scope.instance_id, hook_id)
        former = {"former_secret": row["sealed_secret"], "former_until": tx.now + OVERLAP}
        values |= {"sealed_secret": sealed, **former}
    if values:
        await store.change_hook(tx, hook_id, values)
        what = "given a new secret" if change.rotate_secret else "changed"
        tx.record(HookArranged(name=before.name, what=what), subject=hook_id)
    return HookWithSecret(hook=await get_hook(tx, hook_id), secret=secret)


async def delete_hook(tx: Tx, hook_id: str) -> Hook:
    """Take a hook away; what is on its way to it is dropped. Raises NoSuchThing."""
    before = store.hook_of(await _row(tx, hook_id, lock=True))
    await store.change_hook(tx, hook_id, {"deleted_at": tx.now, "enabled": False})
    tx.record(HookArranged(name=before.name, what="deleted"), subject=hook_id)
    return before


async def deliveries(
    tx: Tx, hook_id: str, *, status: DeliveryStatus | None, limit: int, offset: int
) -> tuple[list[HookDelivery], int]:
    """What went to a hook, the newest first, and how many there are. Raises NoSuchThing."""
    await _row(tx, hook_id)
    return await store.deliveries(tx, hook_id, status=status, limit=limit, offset=offset)


async def ping(tx: Tx, hook_id: str) -> HookDelivery:
    """Send a test delivery to this hook. Its `seq` is the newest event's before it. Raises NoSuchThing."""
    hook = await _enabled(tx, hook_id)
    event = tx.record(HookPinged(name=hook["name"]), subject=hook_id)
    numbered = event.model_copy(update={"seq": await last_seq(tx)})
    body = body_of(numbered, actor_name=tx.actor.name, task=None)
    delivery_id = await put_delivery(tx, hook_id, numbered, body)
    return await _delivery(tx, delivery_id or "")


async def resend(tx: Tx, delivery_id: str) -> HookDelivery:
    """Send a delivery again, with the same id and body, by the whole timetable.

    Raises NoSuchThing, Conflict for one that waits already or whose hook takes nothing.
    """
    row = await store.delivery(tx, delivery_id, lock=True)
    if row is None:
        raise NoSuchThing(f"There is no delivery {delivery_id} of this project.")
    await _enabled(tx, row["hook_id"])
    turn = row["turn"] + 1  # an attempt that is still waiting for its time is overtaken
    values = {"status": "waiting", "turn": turn, "tries": 0, "next_at": tx.now, "ended_at": None}
    await store.change_delivery(tx, delivery_id, values)
    order(tx, delivery_id, turn)
    return await _delivery(tx, delivery_id)


async def _enabled(tx: Tx, hook_id: str) -> Row:
    hook = await _row(tx, hook_id)
    if not hook["enabled"]:
        raise Conflict(f"The webhook {hook['name']} is disabled; enable it first.")
    return hook


async def _delivery(tx: Tx, delivery_id: str) -> HookDelivery:
    row = await store.delivery(tx, delivery_id)
    if row is None:
        raise NoSuchThing(f"There is no delivery {delivery_id} of this project.")
    return store.delivery_of(row, await store.attempts(tx, [delivery_id]))


async def _row(tx: Tx, hook_id: str, *, lock: bool = False) -> Row:
    row = await store.hook(tx, hook_id, lock=lock)
    if row is None:
        raise NoSuchThing(f"There is no webhook {hook_id} in this project.")
    return row
