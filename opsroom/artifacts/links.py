"""Signed links: an address that works without signing in, for one file, until it expires."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from opsroom.artifacts.errors import LinkExpired
from opsroom.kernel.actor import Scope
from opsroom.kernel.errors import NotFound

PURPOSE = "artifacts.link.v1"
_MAX_TOKEN = 1_000


@dataclass(frozen=True)
class Grant:
    """What a link allows: reading one artifact of one project until a moment."""

    artifact_id: str
    scope: Scope
    expires_at: datetime


def signed(grant: Grant, key: bytes) -> str:
    """The token of a link."""
    scope = grant.scope
    claims = [
        grant.artifact_id,
        int(grant.expires_at.timestamp()),
        scope.organization_id,
        scope.instance_id,
        scope.project_id,
    ]
    body = _b64(json.dumps(claims, separators=(",", ":")).encode())
    return f"{body}.{_b64(_mac(body, key))}"


def opened(token: str, keys: Sequence[bytes], now: datetime) -> Grant:
    """What `token` allows. Raises NotFound for one we did not sign, LinkExpired for one too old."""
    body, _, mac = token.partition(".")
    if len(token) > _MAX_TOKEN or not any(hmac.compare_digest(_unb64(mac), _mac(body, key)) for key in keys):
        raise NotFound("There is no file at this address.")
    artifact_id, expires, organization, instance, project = json.loads(_unb64(body))
    expires_at = datetime.fromtimestamp(expires, UTC)
    if expires_at <= now:
        raise LinkExpired("This link has expired; ask for a new one.")
    scope = Scope(organization_id=organization, instance_id=instance, project_id=project)
    return Grant(artifact_id, scope, expires_at)


def _mac(body: str, key: bytes) -> bytes:
    return hmac.digest(key, body.encode("utf-8", "surrogatepass"), hashlib.sha256)


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (UnicodeEncodeError, binascii.Error):
        return b""
