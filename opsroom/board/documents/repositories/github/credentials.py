"""Who we are at GitHub: a token, or an App that asks for a token of its installation every hour."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from opsroom.board.documents.settings import GitHubSettings
from opsroom.kernel.clock import Clock
from opsroom.kernel.errors import AdapterError

ADAPTER: Final = "github"
# The App's own word is good for at most ten minutes, and GitHub's clock may be ahead of ours.
_WORD_S: Final = 540
_BACKDATED_S: Final = 60
_EARLY: Final = timedelta(minutes=5)

Ask = Callable[[str, str], Awaitable[object]]
"""POST to a path with an Authorization header; the decoded answer."""


class Credentials:
    """Makes the Authorization header of a call."""

    def __init__(self, settings: GitHubSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._token: str | None = None
        self._good_until = datetime.min.replace(tzinfo=UTC)
        self._asking = asyncio.Lock()

    async def header(self, ask: Ask) -> str:
        """The header's value. Raises AdapterError that names what is not set."""
        settings = self._settings
        if settings.token is not None:
            return f"Bearer {settings.token.get_secret_value()}"
        if settings.app_id is None or settings.app_private_key is None or settings.installation_id is None:
            raise AdapterError(
                "GitHub is not connected: set GITHUB_TOKEN, or GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY and "
                "GITHUB_INSTALLATION_ID.",
                adapter=ADAPTER,
                permanent=True,
            )
        async with self._asking:
            if self._token is None or self._clock.now() > self._good_until - _EARLY:
                await self._renew(ask, settings.installation_id)
        return f"Bearer {self._token}"

    def forget(self) -> None:
        """Ask anew next time: the token was refused."""
        self._token = None

    async def _renew(self, ask: Ask, installation_id: str) -> None:
        path = f"/app/installations/{installation_id}/access_tokens"
        answer = await ask(path, f"Bearer {await asyncio.to_thread(self._own_word)}")
        if not isinstance(answer, dict) or not isinstance(answer.get("token"), str):
            raise AdapterError("GitHub gave the App no token.", adapter=ADAPTER, permanent=False)
        self._token = answer["token"]
        self._good_until = datetime.fromisoformat(str(answer["expires_at"]).replace("Z", "+00:00"))

    def _own_word(self) -> str:
        """A JWT signed with the App's key."""
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import padding, rsa

        now = int(self._clock.now().timestamp())
        claims = {"iat": now - _BACKDATED_S, "exp": now + _WORD_S, "iss": self._settings.app_id}
        pem = self._settings.app_private_key
        try:
            text = (pem.get_secret_value() if pem else "").replace("\\n", "\n")
            key = serialization.load_pem_private_key(text.encode(), password=None)
        except ValueError as error:
            raise AdapterError(
                "GITHUB_APP_PRIVATE_KEY is not a PEM private key.", adapter=ADAPTER, permanent=True
            ) from error
        if not isinstance(key, rsa.RSAPrivateKey):
            raise AdapterError("GITHUB_APP_PRIVATE_KEY is not an RSA key.", adapter=ADAPTER, permanent=True)
        signed = ".".join(
            _b64(json.dumps(part).encode()) for part in ({"alg": "RS256", "typ": "JWT"}, claims)
        )
        return f"{signed}.{_b64(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
