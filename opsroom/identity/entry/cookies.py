"""The session cookie's value: the session's secret, sealed so that the browser holds nothing to guess at."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from contextlib import suppress
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from opsroom.kernel.seal import Keyring

_PURPOSE: Final = "identity.session.v1"
_NONCE_BYTES: Final = 12
_SECRET_BYTES: Final = 32
_LONGEST: Final = 200


class CookieSeal:
    """Seals with the newest of the installation's keys, opens with any it still holds."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, secret: bytes) -> str:
        """A value for the cookie; different at each call."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + AESGCM(self._keyring.signing_key(_PURPOSE)).encrypt(nonce, secret, None)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, value: str) -> bytes | None:
        """The secret in a cookie, None for anything we did not seal."""
        if len(value) > _LONGEST or not value.isascii():
            return None
        try:
            sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        except (binascii.Error, ValueError):
            return None
        for key in self._keyring.verifying_keys(_PURPOSE):
            with suppress(InvalidTag, ValueError):
                return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
        return None


def new_session_secret() -> bytes:
    """256 random bits."""
    return secrets.token_bytes(_SECRET_BYTES)
