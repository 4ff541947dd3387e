"""What Ctrl-C means while a run is watched: a question, not an end."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Literal

from rich.console import Console
from rich.text import Text

from opsroom.cli.watching.feed import Inbox, Interrupted

Choice = Literal["detach", "interrupt", "continue"]

_CHOICES: dict[str, Choice] = {
    "d": "detach",
    "i": "interrupt",
    "c": "continue",
    "\r": "continue",
    "\n": "continue",
}
_LOOK_S = 0.2


class Signals:
    """Turns signals into items of the inbox; `count` says how many came."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self.count = 0

    def _take(self, number: int, _frame: FrameType | None) -> None:
        self.count += 1
        self._inbox.put(Interrupted(ask=number == signal.SIGINT))

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Within the block no signal ends this process by itself."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._take) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def ask(console: Console, signals: Signals, *, run_id: str, is_own_server: bool) -> Choice:
    """One key from the person. A second Ctrl-C, or the terminal's end, means detach."""
    goes_on = (
        "leave; the server started for this command stops, and the run goes on with the next one"
        if is_own_server
        else f"leave it running; watch again with: opsroom runs tail {run_id}"
    )
    console.print()
    for key, word, means in (
        ("d", "detach", goes_on),
        ("i", "interrupt", "stop the run; what it has written is kept"),
        ("c", "continue", "go on watching"),
    ):
        console.print(
            Text.assemble("  ", (key, "bold"), "  ", f"{word:<9}", "  ", (means, "dim")), soft_wrap=True
        )
    console.print(Text.assemble("What now? ", ("[d/i/c, Enter to continue] ", "dim")), end="")
    console.file.flush()
    choice = _read_choice(signals)
    console.print(choice)
    return choice


def _read_choice(signals: Signals) -> Choice:
    number = sys.stdin.fileno()
    count = signals.count
    with _single_keys(number):
        while signals.count == count:
            ready, _, _ = select.select([number], [], [], _LOOK_S)
            if not ready:
                continue
            raw = os.read(number, 1)
            if raw in (b"", b"\x03", b"\x04"):
                return "detach"
            choice = _CHOICES.get(raw.decode("latin-1").lower())
            if choice is not None:
                return choice
    return "detach"


@contextmanager
def _single_keys(number: int) -> Iterator[None]:
    """Keys as they are pressed, unseen; Ctrl-C is a key among them."""
    before = termios.tcgetattr(number)
    changed = termios.tcgetattr(number)
    changed[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG)
    termios.tcsetattr(number, termios.TCSAFLUSH, changed)
    try:
        yield
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)
