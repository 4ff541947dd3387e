"""The HTTP server under all stand-ins: notes each request, applies faults, refuses in the vendor's shape."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.typedefs import Middleware

from opsroom.sandbox.faults import FaultBoard
from opsroom.sandbox.github.shapes import github_error
from opsroom.sandbox.keys import PASSAGE, Passage
from opsroom.sandbox.ledger import Ledger, ReceivedRequest, without_secrets
from opsroom.sandbox.spoil import (
    anthropic_error,
    clickup_error,
    cut_connection,
    discord_error,
    google_error,
    instead,
    spoiled,
)
from opsroom.sandbox.wire import JsonObject, Refused, new_id, parse_object, reply

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Gate = Callable[[web.Request], dict[str, str]]
"""Runs before a service's handlers; returns headers for the reply, or raises Refused."""

SERVICES = {
    "anthropic": "anthropic",
    "clickup": "clickup",
    "slack": "slack",
    "google": "drive",
    "discord": "discord",
    "github": "github",
}
_READ_UP_TO = 4 * 1024 * 1024  # larger bodies, and all uploads, are streamed past the ledger
_STREAMED = ("/slack/upload/", "/google/upload/", "/google/resumable/")
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def build_middleware(ledger: Ledger, faults: FaultBoard, gates: dict[str, Gate]) -> Middleware:
    @web.middleware
    async def stand_in(request: web.Request, handler: Handler) -> web.StreamResponse:
        service = SERVICES.get(request.path.split("/", 2)[1], "")
        if not service:
            return await _own(request, handler)
        entry = ledger.received(service, request.method, request.path, request.query, request.headers)
        body = await _noted_body(request, entry)
        fault = faults.take(request.method, request.path, body)
        request[PASSAGE] = Passage(entry, fault)
        started = time.monotonic()
        answer = await _answer(request, handler, service, gates.get(service))
        entry.status, entry.seconds = answer.status, round(time.monotonic() - started, 6)
        ledger.changes += 1
        return answer

    return stand_in


async def _answer(
    request: web.Request, handler: Handler, service: str, gate: Gate | None
) -> web.StreamResponse:
    fault = request[PASSAGE].fault
    if fault is None:
        return await _vendor_answer(request, handler, service, gate)
    request[PASSAGE].entry.fault = fault.name
    if fault.latency_ms:
        await asyncio.sleep(fault.latency_ms / 1000)
    if fault.drop_request:
        cut_connection(request)
        return web.Response(status=499)
    if fault.answers_itself and not fault.after_effect:
        return await spoiled(request, instead(service, fault), fault)
    answer = await _vendor_answer(request, handler, service, gate)
    if fault.answers_itself:
        answer = instead(service, fault)
    return await spoiled(request, answer, fault)


async def _vendor_answer(
    request: web.Request, handler: Handler, service: str, gate: Gate | None
) -> web.StreamResponse:
    headers: dict[str, str] = {}
    try:
        headers = gate(request) if gate else {}
        answer = await handler(request)
    except Refused as refused:
        headers |= {"request-id": refused.body["request_id"]} if "request_id" in refused.body else {}
        answer = reply(refused.body, refused.status, refused.headers)
    except web.HTTPException as refused:
        answer = reply(_no_route(service, refused.status, request), refused.status)
    if not answer.prepared:
        answer.headers.extend({k: v for k, v in headers.items() if k not in answer.headers})
    return answer


def _no_route(service: str, status: int, request: web.Request) -> JsonObject:
    """A path the stand-in does not serve: an error of the vendor's shape that says it was the sandbox."""
    message = f"The sandbox does not serve {request.method} {request.path}."
    if service == "anthropic":
        return anthropic_error(status, message)
    if service == "slack":
        return {"ok": False, "error": "unknown_method"}
    if service == "clickup":
        return clickup_error("Route not found", "APP_001")
    if service == "discord":
        return discord_error(status, "404: Not Found")
    if service == "github":
        return github_error(status, "Not Found")
    return google_error(status, message, "notFound")


async def _noted_body(request: web.Request, entry: ReceivedRequest) -> str:
    """Read and note the body when it is small and not an upload; its text is matched by faults."""
    length = request.content_length or 0
    entry.body_size = length
    kind = request.content_type
    readable = kind in ("application/json", "application/x-www-form-urlencoded")
    if (
        not request.can_read_body
        or not readable
        or length > _READ_UP_TO
        or request.path.startswith(_STREAMED)
    ):
        return ""
    raw = await request.read()
    entry.body_size = len(raw)
    text = raw.decode("utf-8", "replace")
    parsed = parse_object(raw) if kind == "application/json" else dict(parse_qsl(text))
    entry.body = without_secrets(parsed) if parsed is not None else text[:10_000]
    return text


async def _own(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Pages and control: only under a loopback name, so that a web page elsewhere cannot reach in."""
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    if host not in _LOOPBACK:
        return reply({"error": f"the sandbox answers only to {', '.join(_LOOPBACK)}, not to {host}"}, 403)
    try:
        return await handler(request)
    except Refused as refused:
        return reply(refused.body, refused.status)


# Gates


def anthropic_gate(request: web.Request) -> dict[str, str]:
    request_id = new_id("req_")
    token = request.headers.get("x-api-key") or request.headers.get("Authorization", "").removeprefix(
        "Bearer "
    )
    if not token.strip():
        raise Refused(401, anthropic_error(401, "x-api-key or Authorization header is required."))
    if "invalid" in token:
        raise Refused(401, anthropic_error(401, "invalid x-api-key"))
    if not request.headers.get("anthropic-version"):
        raise Refused(400, anthropic_error(400, "anthropic-version: header is required"))
    if request.path.startswith("/anthropic/v1/sessions"):
        betas = request.headers.get("anthropic-beta", "")
        if "managed-agents-2026-04-01" not in betas:
            message = "anthropic-beta: this endpoint is in beta and needs managed-agents-2026-04-01"
            raise Refused(400, anthropic_error(400, message))
    return {"request-id": request_id}


def clickup_gate(count: Callable[[str], dict[str, str]]) -> Gate:
    def gate(request: web.Request) -> dict[str, str]:
        token = request.headers.get("Authorization", "")
        if not token:
            raise Refused(401, clickup_error("Authorization header required", "OAUTH_017"))
        if "invalid" in token or token.startswith("Bearer pk_"):
            raise Refused(401, clickup_error("Token invalid", "OAUTH_025"))
        return count(token)

    return gate
