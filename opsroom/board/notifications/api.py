"""The verbs of notifications."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from opsroom.board.errors import NotYours, StaleThing
from opsroom.board.notifications import rules, store
from opsroom.board.notifications.shapes import (
    Channel,
    Inbox,
    Kind,
    Marked,
    MarkRead,
    Pace,
    Preferences,
    PreferencesInForce,
)
from opsroom.board.recurring.rules import zone_exists
from opsroom.board.workflow.store import settings
from opsroom.identity import api as identity
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.ids import new_id
from opsroom.kernel.shape import Json
from opsroom.kernel.uow import Tx


def inbox_topic(person_id: str) -> str:
    """What wakes those who show a person's inbox."""
    return f"inbox:{person_id}"


async def tell_each(
    tx: Tx,
    kinds: Mapping[str, Kind],
    words: Mapping[Kind, tuple[str, str]],
    *,
    event_id: str,
    task_id: str | None,
    actor_id: str,
    outside: Collection[Channel],
) -> int:
    """Tell people of an event, each as their kind says and on the channels they chose; how many were told.

    Only people of the project are told, and each of one event once. `outside` are the channels that work.
    """
    people = {m.id for m in await identity.members(tx) if m.kind == "person"} & kinds.keys()
    chosen = await store.preferences(tx, people)
    told = 0
    for person in sorted(people):
        preferences = chosen[person][0] if person in chosen else None
        paces = rules.choices_of(preferences)[kinds[person]]
        title, text = words[kinds[person]]
        row: Json = {
            "id": new_id("notification"),
            "person_id": person,
            "event_id": event_id,
            "kind": kinds[person],
            "task_id": task_id,
            "title": title,
            "text": text,
            "actor_id": actor_id,
            "in_app": paces["in_app"] != "off",
            "at": tx.now,
        }
        if not await store.add(tx, row):
            continue
        told += 1
        tx.wake(inbox_topic(person))
        wanted: dict[Channel, Pace] = {name: paces[name] for name in outside if paces[name] != "off"}
        await _order_sends(tx, row, preferences, wanted)
    return told


async def tell(
    tx: Tx,
    people: Iterable[str],
    message: tuple[str, str],
    *,
    event_id: str,
    task_id: str | None,
    outside: Collection[Channel],
) -> int:
    """Tell people what a rule has to say, a title and a text; how many were told."""
    kinds: dict[str, Kind] = dict.fromkeys(people, "automation")
    words: dict[Kind, tuple[str, str]] = {"automation": (message[0][:600], message[1][:4000])}
    actor_id = tx.actor.id
    return await tell_each(
        tx, kinds, words, event_id=event_id, task_id=task_id, actor_id=actor_id, outside=outside
    )


async def _order_sends(
    tx: Tx, told: Json, preferences: Preferences | None, wanted: Mapping[Channel, Pace]
) -> None:
    zone = await _zone(tx, preferences) if wanted else "UTC"
    for channel, pace in wanted.items():
        due_at = rules.sending_at(
            pace,
            tx.now,
            zone=zone,
            quiet=preferences.quiet_hours if preferences is not None else None,
            digest_hour=preferences.digest_hour if preferences is not None else 8,
        )
        row = {name: told[name] for name in ("person_id", "event_id", "title", "text")} | {
            "id": new_id("send"),
            "channel": channel,
            "status": "waiting" if pace == "digest" else "pending",
            "due_at": due_at,
        }
        await store.add_send(tx, row)


async def _zone(tx: Tx, preferences: Preferences | None) -> str:
    if preferences is not None and preferences.time_zone is not None:
        return preferences.time_zone
    found = await settings(tx)
    return found.time_zone if found is not None else "UTC"


async def inbox(
    tx: Tx, *, unread: bool = False, kinds: Collection[str] = (), limit: int = 50, offset: int = 0
) -> tuple[Inbox, int]:
    """The actor's notifications, and how many there are."""
    me = tx.actor.id
    found, total = await store.inbox(tx, me, unread=unread, kinds=kinds, limit=limit, offset=offset)
    return Inbox(unread=await store.unread_count(tx, me), notifications=tuple(found)), total


async def mark_read(tx: Tx, asked: MarkRead) -> Marked:
    """Mark the actor's notifications, never those of others. Raises Invalid when nothing is named."""
    if not asked.ids and not asked.all:
        problem = Problem("ids", "name notifications, or say all: true")
        raise Invalid("Nothing was marked.", problems=(problem,))
    changed = await store.mark(tx, tx.actor.id, None if asked.all else asked.ids, read=asked.read)
    if changed:
        tx.wake(inbox_topic(tx.actor.id))
    return Marked(changed=changed, unread=await store.unread_count(tx, tx.actor.id))


async def preferences(tx: Tx, missing: Mapping[Channel, str | None]) -> PreferencesInForce:
    """What holds for the actor, defaults filled in. `missing` says why channels do not work here."""
    found = (await store.preferences(tx, [tx.actor.id])).get(tx.actor.id)
    chosen, version = found if found is not None else (None, 0)
    return PreferencesInForce(
        choices=rules.choices_of(chosen),
        time_zone=await _zone(tx, chosen),
        quiet_hours=chosen.quiet_hours if chosen is not None else None,
        digest_hour=chosen.digest_hour if chosen is not None else 8,
        slack_id=chosen.slack_id if chosen is not None else None,
        discord_id=chosen.discord_id if chosen is not None else None,
        email=chosen.email if chosen is not None else None,
        channels={channel: missing.get(channel) for channel in rules.CHANNELS},
        version=version,
    )


async def set_preferences(
    tx: Tx, wanted: Preferences, missing: Mapping[Channel, str | None]
) -> PreferencesInForce:
    """Replace what the actor chose. Raises NotYours for programs, Invalid, StaleThing."""
    if tx.actor.kind != "person":
        raise NotYours("Only people have notifications; programs read the feed of events.")
    problems = _problems(wanted)
    if problems:
        raise Invalid("These preferences cannot be kept.", problems=problems)
    found = (await store.preferences(tx, [tx.actor.id])).get(tx.actor.id)
    version = found[1] if found is not None else 0
    values = wanted.model_dump(mode="json", exclude={"version"}, exclude_none=True)
    fresh = wanted.version is None or wanted.version == version
    if not fresh or not await store.set_preferences(tx, tx.actor.id, values, version=version):
        raise StaleThing(
            "Your preferences were changed meanwhile, perhaps in another window. Look again, then save.",
            theirs=(found[0].model_dump(mode="json") if found is not None else {}) | {"version": version},
            yours=values | {"version": wanted.version},
        )
    return await preferences(tx, missing)


def _problems(wanted: Preferences) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    if wanted.time_zone is not None and not zone_exists(wanted.time_zone):
        problems.append(
            Problem("time_zone", f"{wanted.time_zone} is no time zone; write one as Europe/Berlin")
        )
    problems += [
        Problem(f"choices.{kind}.in_app", "the inbox has no digest; choose now or off")
        for kind, paces in wanted.choices.items()
        if paces.get("in_app") == "digest"
    ]
    used = {channel for paces in wanted.choices.values() for channel, pace in paces.items() if pace != "off"}
    if "slack" in used and wanted.slack_id is None:
        problems.append(Problem("slack_id", "is required where Slack is chosen"))
    if "discord" in used and wanted.discord_id is None:
        problems.append(Problem("discord_id", "is required where Discord is chosen"))
    return tuple(problems)
