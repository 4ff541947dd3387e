"""Follow a run until it ends or the person leaves."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from rich.console import Console

from opsroom.cli.client import segment
from opsroom.cli.connection import Connection
from opsroom.cli.records import Run, RunDetail, RunEvent, read, read_json
from opsroom.cli.screen import is_interactive
from opsroom.cli.sse import Message
from opsroom.cli.watching.feed import Broken, Feed, Inbox, Interrupted, LineLost
from opsroom.cli.watching.question import Signals, ask
from opsroom.cli.watching.views import LiveView, PlainView, View
from opsroom.kernel.errors import Refusal


@dataclass(frozen=True, slots=True)
class Watched:
    """How watching ended: `detail` is None when the person left before the run did.

    `data` is what the server said of it, whole.
    """

    run_id: str
    detail: RunDetail | None
    data: object = None


def view_for(console: Console) -> View:
    """The view that suits where the output goes."""
    return LiveView(console) if console.is_terminal and not console.is_dumb_terminal else PlainView(console)


class Watcher:
    """Watches one run through one connection."""

    def __init__(self, connection: Connection, run: Run, view: View, console: Console) -> None:
        self._connection, self._run, self._view, self._console = connection, run, view, console
        self._inbox = Inbox()
        self._signals = Signals(self._inbox)

    def watch(self, after: int = 0) -> Watched:
        """Events after number `after` to the end. Raises what ended the feed early."""
        feed = Feed(
            self._run.id,
            self._inbox,
            client=self._connection.client,
            again=self._connection.again,
            after=after,
        )
        self._view.run(self._run)
        with self._signals.caught(), closing(_Stopped(feed)):
            feed.start()
            self._view.resume()
            try:
                has_ended = self._follow()
            finally:
                self._view.pause()
        if not has_ended:
            return Watched(self._run.id, None)
        data = self._connection.get_patiently(f"/api/runs/{segment(self._run.id)}").data
        return Watched(self._run.id, read(RunDetail, data), data)

    def _follow(self) -> bool:
        """True at the run's end, False when the person leaves."""
        was_lost = False
        while True:
            item = self._inbox.get()
            if isinstance(item, Broken):
                raise item.error
            if isinstance(item, Interrupted):
                if not self._goes_on_after(item):
                    return False
            elif isinstance(item, LineLost):
                was_lost = True
            elif isinstance(item, Message):
                if was_lost:
                    was_lost = False
                    self._view.note("line", "connection lost and resumed; nothing is missing", "yellow")
                if self._is_end(item):
                    return True

    def _is_end(self, message: Message) -> bool:
        if message.event == "run_event":
            self._view.event(read_json(RunEvent, message.data))
        elif message.event == "run":
            self._run = read_json(Run, message.data)
            self._view.run(self._run)
        return message.event == "end"

    def _goes_on_after(self, item: Interrupted) -> bool:
        if not item.ask or not is_interactive():
            return False
        self._view.pause()
        choice = ask(self._console, self._signals, run_id=self._run.id, is_own_server=self._connection.is_own)
        if choice == "detach":
            return False
        self._view.resume()
        if choice == "interrupt":
            self._cancel()
        return True

    def _cancel(self) -> None:
        path = f"/api/runs/{segment(self._run.id)}/cancel"
        try:
            self._connection.client.post(path, {"reason": "interrupted at the command line"})
        except Refusal as error:
            self._view.note("state", f"not stopped: {error.message}", "yellow")
        else:
            self._view.note("state", "asked the run to stop", "yellow")


class _Stopped:
    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def close(self) -> None:
        self._feed.stop()
