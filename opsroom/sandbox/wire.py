"""JSON, times, ids and replies: what all four stand-ins write on the wire in the same way."""

import itertools
import json
import secrets
import time
from datetime import UTC, datetime
from typing import Any, TypeAlias

from aiohttp import web

# JSON as a vendor sends it. Its shape is the vendor's, and tests hold it against the vendor's specification.
JsonObject: TypeAlias = dict[str, Any]

_counter = itertools.count(secrets.randbelow(1 << 20))
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Refused(Exception):
    """A request the vendor would refuse; `body` is the vendor's error body."""

    def __init__(self, status: int, body: JsonObject, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}


def dump(value: object) -> bytes:
    return _encode(value).encode("utf-8", "replace")


def reply(body: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        body=dump(body), status=status, headers=headers, content_type="application/json", charset="utf-8"
    )


def parse_object(raw: bytes) -> JsonObject | None:
    """The JSON object in `raw`, or None when it is not one."""
    try:
        value = json.loads(raw or b"{}")
        if b"\\u" in raw:  # half a surrogate pair is JSON, but no text: it becomes a question mark
            value = json.loads(dump(value))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def new_id(prefix: str) -> str:
    """Unique, and in the order of making: milliseconds, a counter, a little chance."""
    number = (
        (int(time.time() * 1000) << 44) | ((next(_counter) & 0xFFFFFF) << 20) | secrets.randbelow(1 << 20)
    )
    return f"{prefix}{number:X}"


def rfc3339(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def rfc3339_millis(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_of(text: str) -> float | None:
    """Unix seconds of an RFC 3339 time; None when it is not one. A time without a zone is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def millis(at: float) -> int:
    return int(at * 1000)
