"""Settings of the HTTP edge."""

from __future__ import annotations

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from opsroom.kernel.shape import Shape


def _network(value: str) -> str:
    ipaddress.ip_network(value, strict=False)
    return value


def _origin(value: str) -> str:
    if value and not value.startswith(("https://", "http://")):
        raise ValueError("must begin with https:// or http://")
    return value.rstrip("/")


class EdgeSettings(Shape):
    """What the HTTP side accepts and from whom."""

    public_url: Annotated[str, AfterValidator(_origin)] = ""
    """Address people use, for example https://ops.example.com. Other pages may only look."""
    trusted_proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = ()
    """Networks whose X-Forwarded-* headers are believed: ["127.0.0.1/32"] behind a local Caddy."""
    max_body_bytes: int = Field(default=1_048_576, ge=1024)
    """Largest request body."""
    body_deadline_s: float = Field(default=10.0, gt=0)
    """A body must have arrived within this time."""
    sign_in_per_minute: int = Field(default=30, ge=1)
    """Sign-in attempts per address and minute, whatever the account."""
    public_per_s: int = Field(default=400, ge=1)
    """Requests per address and second on routes that need no sign-in (webhooks, health)."""
    metrics_token: SecretStr | None = None
    """Bearer token that may read /metrics besides admins and loopback."""
    idempotency_hours: int = Field(default=24, ge=1)
    """How long the answer to a request with an Idempotency-Key is kept for its repeats."""
