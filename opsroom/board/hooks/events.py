"""What happens to outgoing webhooks. `subject` is the hook's id."""

from __future__ import annotations

from typing import ClassVar

from opsroom.kernel.events import Event


class HookArranged(Event):
    """An outgoing webhook was made, changed, given a new secret, or deleted."""

    KIND: ClassVar[str] = "board.hook_arranged.v1"
    name: str
    what: str


class HookDisabled(Event):
    """An outgoing webhook was disabled by the house: it failed for days, or its receiver said it is gone."""

    KIND: ClassVar[str] = "board.hook_disabled.v1"
    name: str
    url: str
    reason: str


class HookPinged(Event):
    """Somebody asked for a test delivery. It goes to that one hook."""

    KIND: ClassVar[str] = "board.hook_pinged.v1"
    name: str
