"""Keeps the sandbox's state in one JSON file, so that a demo finds its data again after a restart."""

import asyncio
import contextlib
import json
import types
import typing
from dataclasses import asdict, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from opsroom.sandbox.clickup.state import Task, TaskList
from opsroom.sandbox.clickup.webhooks import Webhook
from opsroom.sandbox.drive.state import DriveFile, Upload
from opsroom.sandbox.github.state import Repo
from opsroom.sandbox.ledger import Effect, ReceivedRequest
from opsroom.sandbox.managed_agents.state import AgentFile, Session
from opsroom.sandbox.slack.state import Channel, Message, SlackFile, User
from opsroom.sandbox.wire import JsonObject

if TYPE_CHECKING:
    from opsroom.sandbox.api import Sandbox

_FORMAT = 1
_EVERY_S = 1.0
_REQUESTS_KEPT = 2_000
_Record = TypeVar("_Record")


class StateFile:
    def __init__(self, path: Path, sandbox: "Sandbox") -> None:
        self._path = path
        self._sandbox = sandbox
        self._saved_at = -1
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._keep())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self.save()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            if self._change_mark() != self._saved_at:
                self.save()

    def _change_mark(self) -> int:
        """Grows with whatever may have changed the state."""
        events = sum(len(s.events) for s in self._sandbox.anthropic.sessions.values())
        return self._sandbox.ledger.changes + events

    def save(self) -> None:
        self._saved_at = self._change_mark()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(self._content()), encoding="utf-8")
        new.replace(self._path)

    def _content(self) -> JsonObject:
        box = self._sandbox
        return {
            "format": _FORMAT,
            "sessions": [_plain(s) | {"subscribers": []} for s in box.anthropic.sessions.values()],
            "agent_files": _rows(box.anthropic.files),
            "lists": _rows(box.clickup.lists),
            "tasks": _rows(box.clickup.tasks),
            "webhooks": _rows(box.clickup.webhooks.registered),
            "channels": _rows(box.slack.channels),
            "users": _rows(box.slack.users),
            "messages": [_plain(m) for m in box.slack.messages],
            "slack_files": _rows(box.slack.files),
            "drive_files": _rows(box.drive.files),
            "uploads": _rows(box.drive.uploads),
            "shared_drives": box.drive.shared_drives,
            "repos": _rows(box.github.repos),
            "effects": [_plain(e) for e in box.ledger.effects],
            "requests": [_plain(r) for r in box.ledger.requests[-_REQUESTS_KEPT:]],
        }

    def load(self) -> None:
        """Read the file when there is one. Raises ValueError when it is not ours or is damaged."""
        if not self._path.exists():
            return
        try:
            self._restore(json.loads(self._path.read_text(encoding="utf-8")))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{self._path}: cannot be read as sandbox state ({error}); remove it to start anew"
            ) from error

    def _restore(self, body: JsonObject) -> None:
        if body["format"] != _FORMAT:
            raise ValueError(f"format {body['format']}, {_FORMAT} is known")
        box = self._sandbox
        box.anthropic.sessions.update({s.id: s for s in _read(Session, body["sessions"])})
        box.anthropic.files.update({f.id: f for f in _read(AgentFile, body["agent_files"])})
        box.clickup.lists.update({t.id: t for t in _read(TaskList, body["lists"])})
        box.clickup.tasks.update({t.id: t for t in _read(Task, body["tasks"])})
        box.clickup.webhooks.registered.update({w.id: w for w in _read(Webhook, body["webhooks"])})
        box.slack.channels.update({c.id: c for c in _read(Channel, body["channels"])})
        box.slack.users.update({u.id: u for u in _read(User, body["users"])})
        box.slack.messages.extend(_read(Message, body["messages"]))
        box.slack.files.update({f.id: f for f in _read(SlackFile, body["slack_files"])})
        box.drive.files.update({f.id: f for f in _read(DriveFile, body["drive_files"])})
        box.drive.uploads.update({u.id: u for u in _read(Upload, body["uploads"])})
        box.drive.shared_drives.update(body["shared_drives"])
        repos = _read(Repo, body.get("repos", []))
        box.github.repos.update({r.full_name.lower(): r for r in repos})
        box.ledger.restore(_read(ReceivedRequest, body["requests"]), _read(Effect, body["effects"]))


def _plain(record: object) -> JsonObject:
    """A record as JSON; what cannot be JSON is runtime state and left out by the caller."""
    assert is_dataclass(record) and not isinstance(record, type)  # noqa: S101, PT018
    return asdict(record) if not isinstance(record, Session) else _session(record)


def _session(session: Session) -> JsonObject:
    """Events are the bulk and already plain: they are not copied."""
    kept = {
        f.name: getattr(session, f.name) for f in fields(session) if f.name not in ("events", "subscribers")
    }
    kept["usage"] = asdict(session.usage)
    kept["threads"] = {k: asdict(t) for k, t in session.threads.items()}
    return kept | {"events": session.events}


def _rows(records: dict[str, _Record]) -> list[JsonObject]:
    return [_plain(r) for r in records.values()]


def _read(kind: type[_Record], rows: list[JsonObject]) -> list[_Record]:
    built = [_build(kind, row) for row in rows]
    return typing.cast("list[_Record]", built)


@cache
def _hints(kind: type) -> dict[str, object]:
    return typing.get_type_hints(kind)


def _build(hint: object, value: object) -> object:
    """The value as its annotation wants it: nested records, and lists, dicts and sets of them."""
    if isinstance(hint, type) and is_dataclass(hint) and isinstance(value, dict):
        hints = _hints(hint)
        return hint(**{k: _build(hints[k], v) for k, v in value.items()})
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union) and value is not None:
        return _build(next(a for a in inner if a is not type(None)), value)
    if origin is list and isinstance(value, list):
        value = [_build(inner[0], v) for v in value]
    elif origin is dict and isinstance(value, dict):
        value = {k: _build(inner[1], v) for k, v in value.items()}
    elif origin is set and isinstance(value, list):
        value = set(value)
    return value
