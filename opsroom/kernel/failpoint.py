"""Places where a test may kill this process: before and after commits and calls to the outside.

`OPSROOM_FAILPOINT=name` kills at the first pass of that place, `name:3` at the third. The death is
SIGKILL: nothing is cleaned up, flushed or told, as when a machine loses its power. In production
the variable is not set and a pass costs one look at a boolean.
"""

from __future__ import annotations

import os
import signal

VARIABLE = "OPSROOM_FAILPOINT"

_armed = False
_name = ""
_passes_left = 0


def arm(place: str | None) -> None:
    """Arm `name` or `name:nth`; None or an empty text disarms. Raises ValueError for a bad count."""
    global _armed, _name, _passes_left
    name, _, nth = (place or "").partition(":")
    _armed, _name, _passes_left = bool(name), name, int(nth or 1)


def failpoint(name: str) -> None:
    """Die here if this place is armed and its turn has come."""
    if _armed:
        _pass(name)


def _pass(name: str) -> None:
    global _passes_left  # noqa: PLW0603
    if name != _name:
        return
    _passes_left -= 1
    if _passes_left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


# Taken out of the environment: it is no setting, and programs we start must not inherit it.
arm(os.environ.pop(VARIABLE, None))
