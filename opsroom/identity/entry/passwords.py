"""Password hashes (argon2id), computed off the event loop by a few threads."""

from __future__ import annotations

import asyncio
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from opsroom.identity.shapes import IdentitySettings
from opsroom.kernel.errors import Limited

_WAITING_AT_MOST: Final = 32
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that look alike


class Passwords:
    """Hashes and verifies. Never more than four hashes at once: each takes its memory and a core."""

    def __init__(self, settings: IdentitySettings) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.argon2_passes, memory_cost=settings.argon2_memory_kib, parallelism=1
        )
        # Half of the cores, so that a burst of sign-ins leaves the others to everybody else.
        self._threads = ThreadPoolExecutor(
            max_workers=max(1, min(4, (os.cpu_count() or 2) // 2)), thread_name_prefix="argon2"
        )
        self._in_line = 0
        # Verified against when nobody has the e-mail: an unknown person costs the same time as a known one.
        self._decoy = self._threads.submit(self._hasher.hash, secrets.token_hex(16))

    async def hash(self, password: str) -> str:
        """The hash to store."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """True when `password` made `stored`; with None it works as hard and says False.

        Raises Limited when too many are waiting: a queue of guesses must not grow without end.
        """
        if self._in_line >= _WAITING_AT_MOST:
            raise Limited("Too many people are signing in just now. Try again in a moment.", retry_after_s=2)
        self._in_line += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._verify, stored, password)
        finally:
            self._in_line -= 1

    def is_outdated(self, stored: str) -> bool:
        """True when the hash was made with weaker settings than those in force."""
        return self._hasher.check_needs_rehash(stored)

    async def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, stored: str | None, password: str) -> bool:
        try:
            self._hasher.verify(stored or self._decoy.result(), password)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None


def new_password() -> str:
    """A random password a person can type: four groups of five, 114 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
