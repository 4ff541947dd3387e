"""What the work at hand belongs to: context variables that follow one piece of work through tasks.

`correlation_id` stays the same from the trigger to the client's dashboard; `causation_id` is the event
that made us do this, so the two together are the chain which the loop guard and the budget follow.
`transaction_open` is true between the begin and the commit of a unit of work: the outbound client
refuses to call the network then, because a slow vendor would hold our database locks.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

CORRELATION_HEADER: Final = "X-Correlation-Id"

correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)
causation_id: ContextVar[str | None] = ContextVar("causation_id", default=None)
actor_id: ContextVar[str | None] = ContextVar("actor_id", default=None)
transaction_open: ContextVar[bool] = ContextVar("transaction_open", default=False)

# Ids come from outside and end in logs, rows and response headers: a narrow alphabet keeps line
# breaks and terminal codes out of all of them.
_ACCEPTABLE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+=-]{0,127}")


def new_correlation_id() -> str:
    """A fresh id, unguessable, safe in a header and in a file name."""
    return "corr_" + secrets.token_hex(12)


def accept_correlation_id(offered: str | None) -> str:
    """The id a caller offered if it is well formed, else a fresh one; never an error."""
    if offered is not None and _ACCEPTABLE.fullmatch(offered):
        return offered
    return new_correlation_id()


def current_correlation_id() -> str:
    """The id of the work at hand; begins one if there is none, so that no call goes out without."""
    current = correlation_id.get()
    if current is None:
        current = new_correlation_id()
        correlation_id.set(current)
    return current


@contextmanager
def work_context(
    *, correlation: str | None = None, causation: str | None = None, actor: str | None = None
) -> Iterator[str]:
    """Set the ids for the block and restore them after it; what is None is kept as it was.

    Yields the correlation id in force, a fresh one if there was none.
    """
    in_force = correlation or correlation_id.get() or new_correlation_id()
    tokens = [(correlation_id, correlation_id.set(in_force))]
    if causation is not None:
        tokens.append((causation_id, causation_id.set(causation)))
    if actor is not None:
        tokens.append((actor_id, actor_id.set(actor)))
    try:
        yield in_force
    finally:
        for variable, token in reversed(tokens):
            variable.reset(token)
