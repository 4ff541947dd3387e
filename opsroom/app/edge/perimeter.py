"""The outermost layer: who calls, ids, security headers, access log, metrics, and the last net.

Plain ASGI, so that it also holds for what goes wrong in the framework itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

import structlog

from opsroom.app.edge.metrics import HttpMetrics
from opsroom.app.edge.problems import MEDIA_TYPE, UnsupportedMedia, answer_for, tell
from opsroom.app.edge.proxies import Proxies, plain_address
from opsroom.app.edge.visit import Capture, Visit, begin_visit
from opsroom.kernel.clock import Clock
from opsroom.kernel.correlation import CORRELATION_HEADER, accept_correlation_id, actor_id, work_context
from opsroom.kernel.errors import Malformed

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Settle = Callable[[Visit, Capture], Awaitable[None]]

log = structlog.get_logger("opsroom.http")

CSP: Final = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; frame-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)
_HEADERS: Final = (
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=()"),
)
_HSTS: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class Perimeter:
    """Wraps the whole application."""

    def __init__(
        self, app: AsgiApp, *, proxies: Proxies, metrics: HttpMetrics, clock: Clock, settle: Settle
    ) -> None:
        self._app, self._proxies, self._metrics, self._clock = app, proxies, metrics, clock
        self._settle = settle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        visit = self._visit(scope)
        begin_visit(scope, visit)
        scope["scheme"] = _scheme(scope["type"], visit.secure)
        scope["client"] = (visit.address, (scope.get("client") or ("", 0))[1])
        token = actor_id.set(None)
        try:
            with work_context(correlation=visit.correlation_id):
                if scope["type"] == "http":
                    await self._serve(scope, receive, send, visit)
                else:
                    await self._attend(scope, receive, send, visit)
        finally:
            actor_id.reset(token)

    def _visit(self, scope: Scope) -> Visit:
        headers = _joined(scope["headers"])
        peer = scope.get("client") or ("", 0)
        caller = self._proxies.caller(plain_address(peer[0]), scope["scheme"], headers)
        return Visit(
            address=caller.address,
            secure=caller.secure,
            host=caller.host,
            direct=caller.direct,
            correlation_id=accept_correlation_id(headers.get(CORRELATION_HEADER.lower())),
            headers=headers,
        )

    async def _serve(self, scope: Scope, receive: Receive, send: Send, visit: Visit) -> None:
        outgoing = _Outgoing(send, visit, self._settle)
        began = self._clock.monotonic()
        self._metrics.began()
        try:
            try:
                _check_bytes(scope, visit)
                await self._app(scope, receive, outgoing)
            except Exception as error:  # noqa: BLE001 - the HTTP edge: nothing leaves as a stack trace
                await outgoing.refuse(error)
        finally:
            took = self._clock.monotonic() - began
            self._finish(scope, visit, outgoing, took)

    async def _attend(self, scope: Scope, receive: Receive, send: Send, visit: Visit) -> None:
        """A socket, for as long as it lasts. Its query holds a ticket and is never logged."""
        began = self._clock.monotonic()
        try:
            await self._app(scope, receive, send)
        finally:
            took = round(self._clock.monotonic() - began, 1)
            log.info("http.socket", path=scope["path"][:300], seconds=took, address=visit.address)

    def _finish(self, scope: Scope, visit: Visit, outgoing: _Outgoing, took: float) -> None:
        route = scope.get("path_template") or ("(page)" if outgoing.status < 400 else "(none)")
        # The server answers anything as 499 in the log when the caller left before we began.
        status = outgoing.status or 499
        self._metrics.finished(scope["method"], route, status, took)
        log.info(
            "http.request",
            method=scope["method"],
            route=route,
            path=scope["path"][:300],
            status=status,
            ms=round(took * 1000, 1),
            bytes=outgoing.sent,
            address=visit.address,
            actor_id=visit.who.actor.id if visit.who else None,
        )


class _Outgoing:
    """The way out: adds the headers, counts, and keeps a copy where one was asked for."""

    def __init__(self, send: Send, visit: Visit, settle: Settle) -> None:
        self._send, self._visit, self._settle = send, visit, settle
        self.status = 0
        self.sent = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = self._with_ours(list(message.get("headers", ())))
        elif message["type"] == "http.response.body":
            self.sent += len(message.get("body", b""))
        await self._copy(message)
        await self._send(message)

    async def refuse(self, error: Exception) -> None:
        """Answer with a problem, if nothing has gone out yet; else the connection just ends."""
        answer = answer_for(error)
        tell(error, answer)
        if self.status:
            return
        body = answer.encoded(self._visit.correlation_id)
        headers = {"content-type": MEDIA_TYPE, "content-length": str(len(body)), **answer.headers}
        raw = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
        await self({"type": "http.response.start", "status": answer.status, "headers": raw})
        await self({"type": "http.response.body", "body": body})

    def _with_ours(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        present = {name.lower() for name, _ in headers}
        ours = [*_HEADERS, (CORRELATION_HEADER.lower().encode(), self._visit.correlation_id.encode())]
        if self._visit.secure:
            ours.append(_HSTS)
        if b"cache-control" not in present:
            ours.append((b"cache-control", b"no-store"))
        return [*headers, *(header for header in ours if header[0] not in present)]

    async def _copy(self, message: Message) -> None:
        capture = self._visit.capture
        if capture is None:
            return
        if message["type"] == "http.response.start":
            capture.status = message["status"]
            capture.headers = list(message["headers"])
        elif message["type"] == "http.response.body":
            capture.body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._settle(self._visit, capture)


def _joined(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by name. Repeats are joined: of two X-Forwarded-For lines the caller wrote the first."""
    headers: dict[str, str] = {}
    for name_bytes, value_bytes in raw:
        name, value = name_bytes.decode("latin-1").lower(), value_bytes.decode("latin-1")
        if name in headers:
            value = f"{headers[name]}{'; ' if name == 'cookie' else ', '}{value}"
        headers[name] = value
    return headers


def _scheme(kind: str, secure: bool) -> str:
    if kind == "websocket":
        return "wss" if secure else "ws"
    return "https" if secure else "http"


def _check_bytes(scope: Scope, visit: Visit) -> None:
    """What no handler should ever see: packed bodies, and paths that are no text."""
    encoding = visit.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise UnsupportedMedia(f"Content-Encoding {encoding[:40]!r} is not accepted; send the body as it is.")
    path: str = scope["path"]
    if any(letter == "\x00" or "\ud800" <= letter <= "\udfff" or letter == "\ufffd" for letter in path):
        raise Malformed("The path is not valid UTF-8 text.")
