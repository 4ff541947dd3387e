"""What the edge knows about one request, carried in the ASGI scope."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final

from opsroom.identity.shapes import Authenticated

_SLOT: Final = "opsroom.visit"

AsgiScope = MutableMapping[str, Any]


@dataclass(slots=True)
class Capture:
    """The answer of a request with an Idempotency-Key, while it goes out."""

    claim_id: str
    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)


@dataclass(slots=True)
class Visit:
    """One request: `address` is the caller's behind trusted proxies; `direct`: no proxy stood between."""

    address: str
    secure: bool
    host: str
    direct: bool
    correlation_id: str
    headers: Mapping[str, str]
    who: Authenticated | None = None
    capture: Capture | None = None


def visit_of(scope: Mapping[str, Any]) -> Visit:
    """The visit of a request that came through the perimeter."""
    return scope[_SLOT]


def begin_visit(scope: AsgiScope, visit: Visit) -> None:
    """Put the visit where `visit_of` finds it."""
    scope[_SLOT] = visit
