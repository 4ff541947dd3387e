"""One socket: what its client says, and what it is told, each at its own pace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

from opsroom.kernel.clock import Clock
from opsroom.kernel.errors import Invalid, Malformed
from opsroom.kernel.ids import new_id
from opsroom.live.board.errors import HungUp
from opsroom.live.board.messages import CursorMove, Identify, Message, Ping, ViewingTask, read_message, told
from opsroom.live.board.outbox import Frame, Outbox, frame
from opsroom.live.board.settings import LiveSettings
from opsroom.live.board.stats import Stats
from opsroom.live.board.tickets import Admitted

BAD_MESSAGE: Final = 4400
BAD_TICKET: Final = 4401
TOO_IDLE: Final = 4408
TOO_MUCH: Final = 4429
BROKEN: Final = 1011
LATER: Final = 1013

_GOODBYE_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Wire:
    """The two ends of a socket, as the server gives them."""

    receive: Callable[[], Awaitable[Mapping[str, Any]]]
    send: Callable[[dict[str, Any]], Awaitable[None]]


class Place(Protocol):
    """The board a connection is on."""

    @property
    def seq(self) -> int: ...

    def seen(self, connection: Connection) -> None:
        """Its client opened or closed a card."""
        ...

    def moved(self, connection: Connection, x: float, y: float, column: str | None) -> None:
        """Its client's pointer moved."""
        ...


class Connection:
    """A client that was let in. `cursor` is the number of the last event it was told, or need not be."""

    __slots__ = (
        "_budget",
        "_budget_at",
        "_clock",
        "_is_over",
        "_place",
        "_sender",
        "_settings",
        "_stats",
        "_wire",
        "actor",
        "credential",
        "cursor",
        "ended",
        "heard_at",
        "id",
        "outbox",
        "sending_since",
        "viewing",
    )

    def __init__(self, wire: Wire, who: Admitted, settings: LiveSettings, clock: Clock, stats: Stats) -> None:
        now = clock.monotonic()
        self.id = new_id("conn")
        self.actor = who.actor
        self.credential = who.credential
        self.outbox = Outbox(settings.queue_frames)
        self.cursor = 0
        self.viewing: str | None = None
        self.heard_at = now
        self.sending_since: float | None = None
        self.ended: HungUp | None = None
        self._wire, self._settings, self._clock, self._stats = wire, settings, clock, stats
        self._budget, self._budget_at = 2 * settings.messages_per_s, now
        self._place: Place | None = None
        self._sender: asyncio.Task[None] | None = None
        self._is_over = False

    def tell(self, item: Frame) -> None:
        """Queue a frame that keeps its place in the order."""
        before = self.outbox.dropped
        seq = max(self.cursor, item.seq)
        self.outbox.put(item, now=self._clock.monotonic(), seq=seq)
        self._stats.dropped += self.outbox.dropped - before

    def hang_up(self, code: int, reason: str, *, at_once: bool = False) -> None:
        """End the connection after the frame that is being sent; `at_once` for one that is stuck."""
        if self.ended is None:
            self.ended = HungUp(code, reason)
        self.outbox.ready.set()
        if at_once and self._sender is not None:
            self._sender.cancel()

    def overdue(self, now: float) -> bool:
        """Has the client not taken what waits for it for too long?"""
        waits = (self.sending_since, self.outbox.lagging_since)
        return any(since is not None and now - since > self._settings.drain_s for since in waits)

    async def run(self, place: Place) -> None:
        """Serve the client until it leaves or is hung up on."""
        self._place = place
        main = asyncio.current_task()
        self._sender = sender = asyncio.create_task(self._send_for_ever())

        def wake_main(_: asyncio.Task[None]) -> None:
            if main is not None and not self._is_over:
                main.cancel()

        sender.add_done_callback(wake_main)
        try:
            await self._receive_for_ever()
        except HungUp as end:
            self._is_over = True
            self.hang_up(end.code, end.reason)
            await asyncio.wait({sender}, timeout=_GOODBYE_S)
        except asyncio.CancelledError:
            # The sender has ended and took us along; anybody else who cancels means it.
            if self.ended is None or not sender.done() or main is None:
                raise
            main.uncancel()
        finally:
            self._is_over = True
            is_stuck = not sender.done() or sender.cancelled()
            sender.cancel()
            await asyncio.wait({sender})
            if not sender.cancelled():
                sender.exception()  # a client that left while it was told something is nobody's mistake
        if self.ended is not None and not is_stuck:
            # By us, not by the sender: the server closes nothing while somebody waits for a message.
            await say_goodbye(self._wire, self.ended)

    async def _send_for_ever(self) -> None:
        outbox, send, clock, stats = self.outbox, self._wire.send, self._clock, self._stats
        while self.ended is None:
            item = outbox.take()
            if item is None:
                await outbox.ready.wait()
                continue
            self.sending_since = clock.monotonic()
            await send(item.message)
            self.sending_since = None
            stats.sent += 1

    async def _receive_for_ever(self) -> None:
        while True:
            event = await self._wire.receive()
            if event["type"] == "websocket.disconnect":
                return
            self._stats.received += 1
            self.heard_at = self._clock.monotonic()
            self._spend()
            text = event.get("text")
            if text is None:
                raise HungUp(BAD_MESSAGE, "This socket reads JSON in text frames, not binary ones.")
            most = self._settings.message_bytes
            if len(text) > most or len(text.encode("utf-8", "replace")) > most:
                raise HungUp(BAD_MESSAGE, f"A message may have at most {most} bytes.")
            try:
                self._take(read_message(text))
            except (Malformed, Invalid) as error:
                self._refuse("bad_message", told(error))

    def _spend(self) -> None:
        """One message of the budget, which refills with time."""
        rate = self._settings.messages_per_s
        earned = (self.heard_at - self._budget_at) * rate
        self._budget = min(2 * rate, self._budget + earned) - 1
        self._budget_at = self.heard_at
        if self._budget < 0:
            raise HungUp(TOO_MUCH, f"More than {rate:g} messages a second are too many.")

    def _take(self, message: Message) -> None:
        place = self._place
        assert place is not None  # noqa: S101 - `run` sets it before anything is read
        if isinstance(message, CursorMove):
            place.moved(self, message.x, message.y, message.column)
        elif isinstance(message, Ping):
            self.tell(frame({"type": "pong", "seq": max(self.cursor, place.seq)}))
        elif isinstance(message, ViewingTask):
            if message.taskId != self.viewing:
                self.viewing = message.taskId
                place.seen(self)
        elif isinstance(message, Identify) and message.agentId not in (None, self.actor.id):
            self._refuse("not_you", "You are who your ticket was made for; nobody speaks as somebody else.")

    def _refuse(self, code: str, message: str) -> None:
        self.tell(frame({"type": "error", "code": code, "message": message}))


async def say_goodbye(wire: Wire, end: HungUp) -> None:
    """Tell a client why, then close."""
    error = frame({"type": "error", "code": _NAMES.get(end.code, "closed"), "message": end.reason})
    # The client may be gone already, and then the server says so in its own way.
    with suppress(TimeoutError, RuntimeError, OSError):
        async with asyncio.timeout(_GOODBYE_S):
            await wire.send(error.message)
            await wire.send({"type": "websocket.close", "code": end.code, "reason": end.reason[:120]})


_NAMES: Final = {
    BAD_MESSAGE: "bad_message",
    BAD_TICKET: "bad_ticket",
    TOO_IDLE: "idle",
    TOO_MUCH: "too_much",
    BROKEN: "fault",
    LATER: "later",
}
