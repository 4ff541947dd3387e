"""Carries out a fault on a reply: errors in the vendor's own shape, and replies broken on their way."""

from aiohttp import web

from opsroom.sandbox.blobs import drip
from opsroom.sandbox.faults import Fault
from opsroom.sandbox.github.shapes import github_error
from opsroom.sandbox.wire import JsonObject, new_id, reply

_HTML = b"<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1><p>A proxy says hello.</p>"
_ANTHROPIC_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "invalid_request_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


def anthropic_error(status: int, message: str, kind: str = "") -> JsonObject:
    error = {"type": kind or _ANTHROPIC_TYPES.get(status, "api_error"), "message": message}
    return {"type": "error", "error": error, "request_id": new_id("req_")}


def google_error(status: int, message: str, reason: str = "") -> JsonObject:
    reason = reason or {403: "userRateLimitExceeded", 404: "notFound", 429: "rateLimitExceeded"}.get(
        status, "backendError"
    )
    domain = "usageLimits" if "LimitExceeded" in reason else "global"
    return {
        "error": {
            "code": status,
            "message": message,
            "errors": [{"message": message, "domain": domain, "reason": reason}],
        }
    }


def clickup_error(message: str, code: str) -> JsonObject:
    return {"err": message, "ECODE": code}


def discord_error(status: int, message: str) -> JsonObject:
    if status == 429:
        return {"message": "You are being rate limited.", "retry_after": 0.5, "global": False}
    return {"message": message, "code": 0}


def error_body(service: str, fault: Fault, status: int) -> JsonObject:
    message = fault.message or f"The sandbox was told to fail here with {status}."
    if service == "anthropic":
        return anthropic_error(status, message, fault.error)
    if service == "slack":
        return {"ok": False, "error": fault.error or ("ratelimited" if status == 429 else "internal_error")}
    if service == "clickup":
        return clickup_error(message, fault.error or ("APP_002" if status == 429 else "INTERNAL_000"))
    if service == "discord":
        return discord_error(status, message)
    if service == "github":
        return github_error(status, message)
    return google_error(status, message, fault.error)


def instead(service: str, fault: Fault) -> web.Response:
    """The reply that stands in the place of the vendor's answer."""
    # A Slack error is HTTP 200 with ok:false, so a bare `error` means no error status there.
    status = fault.status or (200 if service == "slack" or fault.html or fault.error_body_200 else 400)
    headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
    if service == "github" and fault.error == "rate_limit":  # the hour's requests are used up
        headers |= {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": fault.message or "1"}
    if fault.html:
        return web.Response(body=_HTML, status=status, content_type="text/html", headers=headers)
    inner = 500 if fault.error_body_200 else status
    return reply(error_body(service, fault, inner), status, headers)


def cut_connection(request: web.BaseRequest) -> None:
    """Close the socket without a goodbye, as a broken network does."""
    if request.transport is not None:
        request.transport.abort()


async def spoiled(request: web.Request, answer: web.StreamResponse, fault: Fault) -> web.StreamResponse:
    """The answer as the fault leaves it. A streamed answer is already on its way and passes unchanged."""
    if fault.lost_reply:
        cut_connection(request)
        return answer
    if not isinstance(answer, web.Response) or not isinstance(answer.body, bytes):
        return answer
    body = answer.body
    if fault.half_json:
        answer.body = body[: len(body) // 2]
        return answer
    if fault.wrong_content_length:
        return await _too_short(request, answer, body)
    if fault.slow_bytes_per_s:
        return await _slowly(request, answer, body, fault.slow_bytes_per_s)
    return answer


def _like(answer: web.Response, length: int) -> web.StreamResponse:
    copy = web.StreamResponse(status=answer.status, headers=answer.headers)
    copy.content_length = length
    return copy


async def _too_short(request: web.Request, answer: web.Response, body: bytes) -> web.StreamResponse:
    """Promises more bytes than come."""
    longer = _like(answer, len(body) + 512)
    await longer.prepare(request)
    await longer.write(body)
    cut_connection(request)
    return longer


async def _slowly(request: web.Request, answer: web.Response, body: bytes, rate: int) -> web.StreamResponse:
    slow = _like(answer, len(body))
    await slow.prepare(request)
    await drip(slow, body, rate)
    return slow
