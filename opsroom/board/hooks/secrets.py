"""Signing secrets: made, sealed for one hook, opened to sign."""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from datetime import datetime

from standardwebhooks import Webhook

from opsroom.kernel.seal import Keyring, SealedSecret

_PREFIX = "whsec_"
_BYTES = 32


class Secrets:
    """The secrets of hooks, by the house's keyring."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def make(self, instance_id: str, hook_id: str) -> tuple[str, SealedSecret]:
        """A new secret as its receiver gets it, and as we keep it."""
        secret = _PREFIX + base64.b64encode(os.urandom(_BYTES)).decode()
        return secret, self._keyring.seal(instance_id, _name(hook_id), secret.encode())

    def open(self, instance_id: str, hook_id: str, sealed: str) -> str:
        """The secret, to sign with. Raises SealError."""
        return self._keyring.unseal(instance_id, _name(hook_id), sealed).decode()


def _name(hook_id: str) -> str:
    return f"board.hook.{hook_id}"


def signed_headers(secrets: Sequence[str], delivery_id: str, at: datetime, body: str) -> dict[str, str]:
    """Standard Webhooks' three headers, with a signature for each secret."""
    signatures = [Webhook(secret).sign(delivery_id, at, body) for secret in secrets]
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
