"""Idempotency-Key: the same POST sent twice is done once, and answered twice.

A key is claimed before the handler runs and the answer is kept, sealed, before it goes out. A refusal
gives the key back, for it did nothing. A claim without an answer (this process died at work) is never
taken for permission to do the work again: the repeat is told to look first.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import re
from datetime import timedelta
from typing import Any, Final

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from litestar import Request
from litestar.response import Response

from opsroom.app.edge import store
from opsroom.app.edge.settings import EdgeSettings
from opsroom.app.edge.visit import Capture, Visit, visit_of
from opsroom.kernel.errors import Conflict, Malformed
from opsroom.kernel.room import House
from opsroom.kernel.seal import Keyring

log = structlog.get_logger("opsroom.edge")

HEADER: Final = "idempotency-key"
REPLAYED: Final = "idempotency-replayed"
_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")
_PURPOSE: Final = "edge.idempotency.v1"
_WAIT_S: Final = 5.0
_LOOK_EVERY_S: Final = 0.05
_TIDY_EVERY_S: Final = 600.0
_KEPT_HEADERS: Final = frozenset({"content-type", "location"})


class Idempotency:
    """One for the application."""

    def __init__(self, house: House, settings: EdgeSettings) -> None:
        self._house = house
        self._keyring = house.need(Keyring)
        self._kept_for = timedelta(hours=settings.idempotency_hours)
        self._tidied = float("-inf")

    async def before(self, request: Request[Any, Any, Any]) -> Response[bytes] | None:
        """Called before a handler: an answer when this request was done already, None when it is to be done.

        Raises Conflict for a key that belongs to another request or to one still under way.
        """
        visit = visit_of(request.scope)
        key = visit.headers.get(HEADER)
        if key is None or request.method != "POST" or visit.who is None:
            return None
        if not _KEY.fullmatch(key):
            raise Malformed("Idempotency-Key must be 1 to 200 visible ASCII characters.")
        route = str(request.scope.get("path_template", ""))
        actor = visit.who.actor
        claim_id = _hash(actor.id, actor.scope.project_id, route, key)
        # An upload is not held whole to be hashed: its length tells it apart well enough.
        streamed = "multipart" in request.route_handler.opt
        body = visit.headers.get("content-length", "").encode() if streamed else await request.body()
        request_hash = _hash(request.scope["path"], request.scope["query_string"].decode("latin-1"), body)
        return await self._claim_or_replay(visit, claim_id, request_hash)

    async def settle(self, visit: Visit, capture: Capture) -> None:
        """Called when the whole answer is known and before its last byte goes out."""
        if visit.who is None:
            return
        try:
            async with self._house.unit_of_work(visit.who.actor) as tx:
                if 200 <= capture.status < 300:
                    await store.put_reply(tx, capture.claim_id, capture.status, self._seal(capture))
                else:
                    await store.release(tx, capture.claim_id)
        except store.DATABASE_ERRORS as error:
            # The work is done: the caller gets its answer, only a repeat will not.
            log.warning("http.reply_not_kept", error=type(error).__name__)

    async def _claim_or_replay(
        self, visit: Visit, claim_id: str, request_hash: str
    ) -> Response[bytes] | None:
        clock = self._house.clock
        until = clock.monotonic() + _WAIT_S
        while True:
            if await self._claim(visit, claim_id, request_hash):
                visit.capture = Capture(claim_id)
                return None
            row = await self._reply(visit, claim_id)
            if row is not None and row["request_hash"] != request_hash:
                raise Conflict("This Idempotency-Key was used for a different request. Use a fresh one.")
            if row is not None and row["status"] is not None:
                return self._replay(row)
            if clock.monotonic() >= until:
                raise Conflict(
                    "The first request with this Idempotency-Key has no answer yet. If it gets none, look "
                    "whether it was done before you repeat it with a fresh key."
                )
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _claim(self, visit: Visit, claim_id: str, request_hash: str) -> bool:
        assert visit.who is not None  # noqa: S101 - `before` lets nobody else through
        now = self._house.clock.monotonic()
        async with self._house.unit_of_work(visit.who.actor) as tx:
            if now - self._tidied > _TIDY_EVERY_S:
                self._tidied = now
                await store.forget_replies(tx, tx.now - self._kept_for)
            return await store.claim(tx, claim_id, request_hash)

    async def _reply(self, visit: Visit, claim_id: str) -> Any:
        assert visit.who is not None  # noqa: S101 - as above
        async with self._house.unit_of_work.reading(visit.who.actor) as tx:
            return await store.reply_of(tx, claim_id)

    def _replay(self, row: Any) -> Response[bytes]:
        kept = self._open(row["id"], row["sealed_reply"])
        return Response(
            base64.b64decode(kept["body"]),
            status_code=row["status"],
            headers={**kept["headers"], REPLAYED: "true"},
            media_type=kept["headers"].get("content-type", "application/json"),
        )

    def _seal(self, capture: Capture) -> str:
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in capture.headers
            if name.decode("latin-1").lower() in _KEPT_HEADERS
        }
        plain = json.dumps({"headers": headers, "body": base64.b64encode(capture.body).decode()}).encode()
        nonce = os.urandom(12)
        cipher = AESGCM(self._keyring.signing_key(_PURPOSE))
        return base64.b64encode(nonce + cipher.encrypt(nonce, plain, capture.claim_id.encode())).decode()

    def _open(self, claim_id: str, sealed: str) -> dict[str, Any]:
        raw = base64.b64decode(sealed)
        for key in self._keyring.verifying_keys(_PURPOSE):
            try:
                return json.loads(AESGCM(key).decrypt(raw[:12], raw[12:], claim_id.encode()))
            except InvalidTag:
                continue
        raise Conflict(
            "This request was done, but its answer can no longer be read. Look before you repeat it."
        )


def _hash(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        raw = part if isinstance(part, bytes) else part.encode("utf-8", "replace")
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()
