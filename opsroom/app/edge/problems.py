"""Errors as application/problem+json: one shape for every refusal, whoever raised it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from litestar import Request
from litestar.exceptions import HTTPException
from litestar.response import Response

from opsroom.app.edge.store import database_is_away
from opsroom.app.edge.visit import visit_of
from opsroom.kernel.errors import (
    AdapterError,
    Conflict,
    Limited,
    OpsroomError,
    Problem,
    Refusal,
    Unauthenticated,
    Unavailable,
    http_status,
    slug,
)

log = structlog.get_logger("opsroom.edge")

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "/schema#problem-"


class UnsupportedMedia(Refusal):
    """A content type or encoding we do not read."""

    title = "Unsupported media type"


class TooSlow(Refusal):
    """The body did not arrive in time."""

    title = "Request timed out"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem, as the reference page explains it."""

    slug: str
    status: int
    title: str
    means: str


KINDS: Final = (
    Kind("malformed", 400, "Malformed request", "The bytes are not what they claim to be: send valid JSON."),
    Kind("refused", 400, "Refused", "The request cannot be done as asked; `detail` says why."),
    Kind("unauthenticated", 401, "Sign in first", "Send a session cookie or `Authorization: Bearer owf_…`."),
    Kind("forbidden", 403, "Not allowed", "Your role, your key's verbs or the page you come from forbid it."),
    Kind("not-found", 404, "Not found", "It does not exist, or not for you: both answer the same."),
    Kind("method-not-allowed", 405, "Method not allowed", "The path exists and does not know this method."),
    Kind("too-slow", 408, "Request timed out", "The body did not arrive in time; nothing was done."),
    Kind("conflict", 409, "Conflict", "Somebody was first; `current` and `yours` hold both versions."),
    Kind("too-large", 413, "Too large", "Over a size ceiling, which `detail` names."),
    Kind("unsupported-media", 415, "Unsupported media type", "Send application/json, not compressed."),
    Kind("invalid", 422, "Invalid input", "`errors` lists every field that does not fit, with its path."),
    Kind("limited", 429, "Too many requests", "Come back after `Retry-After` seconds."),
    Kind("fault", 500, "Internal fault", "A bug or a broken installation; it is in our log."),
    Kind("adapter", 502, "An outside service failed", "The service named in `detail` did not do its part."),
    Kind("unavailable", 503, "Temporarily unavailable", "Nothing was done; try again after `Retry-After`."),
)
_SLUG_BY_STATUS: Final = {kind.status: kind.slug for kind in KINDS} | {400: "malformed"}
_TITLES: Final = {kind.slug: kind.title for kind in KINDS}


@dataclass(slots=True)
class Answer:
    """A refusal on its way out."""

    status: int
    slug: str
    title: str
    detail: str
    problems: Sequence[Problem] = ()
    extra: dict[str, object] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def body(self, correlation_id: str) -> dict[str, object]:
        """The JSON document."""
        return {
            "success": False,
            "type": TYPE_PREFIX + self.slug,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "errors": [{"path": p.path, "message": p.message} for p in self.problems],
            **self.extra,
            "correlation_id": correlation_id,
        }

    def encoded(self, correlation_id: str) -> bytes:
        """The JSON document as bytes; what UTF-8 cannot hold is replaced."""
        text = json.dumps(self.body(correlation_id), ensure_ascii=False, default=str)
        return text.encode("utf-8", "replace")


def answer_for(error: BaseException) -> Answer:
    """How an error leaves the house. Unexpected ones say nothing of what is inside."""
    if isinstance(error, OpsroomError):
        return _own(error)
    if isinstance(error, HTTPException):
        return _frameworks(error)
    if database_is_away(error):
        text = "The database does not answer just now. Nothing was done; try again in a moment."
        return _own(Unavailable(text))
    return Answer(500, "fault", _TITLES["fault"], _INTERNAL)


_INTERNAL: Final = "Something went wrong on our side. It is in our log under this correlation id."


def _own(error: OpsroomError) -> Answer:
    status, name = http_status(error), slug(error)
    if isinstance(error, UnsupportedMedia):
        status, name = 415, "unsupported-media"
    elif isinstance(error, TooSlow):
        status, name = 408, "too-slow"
    detail = _INTERNAL if status == 500 else error.message
    problems = () if status == 500 else error.problems
    answer = Answer(status, name, error.title, detail, problems)
    if isinstance(error, Conflict):
        answer.extra = {"current": error.theirs, "yours": error.yours}
    if isinstance(error, Limited | Unavailable):
        answer.headers["retry-after"] = str(max(1, math.ceil(error.retry_after_s)))
    elif isinstance(error, AdapterError):
        answer.extra = {"adapter": error.adapter}
    elif isinstance(error, Unauthenticated):
        answer.headers["www-authenticate"] = 'Bearer realm="opsroom"'
    return answer


def _frameworks(error: HTTPException) -> Answer:
    """What Litestar refuses by itself: routes, methods, parameters, sizes."""
    status = error.status_code
    if status == 400 and error.extra:
        status = 422
    name = _SLUG_BY_STATUS.get(status, "fault" if status >= 500 else "refused")
    title = _TITLES[name]
    if status >= 500:
        return Answer(status, name, title, _INTERNAL)
    headers = {key: value for key, value in (error.headers or {}).items() if key.lower() == "allow"}
    return Answer(status, name, title, _detail(status, error), _problems(error.extra), headers=headers)


def _detail(status: int, error: HTTPException) -> str:
    known = {
        404: "There is nothing at this address.",
        405: "This address does not know this method.",
        413: "The body is larger than this address takes.",
        422: "The request does not fit; every problem is listed.",
    }
    return known.get(status) or error.detail or "The request cannot be read."


def _problems(extra: object) -> tuple[Problem, ...]:
    if not isinstance(extra, list):
        return ()
    found = [item for item in extra if isinstance(item, Mapping)]
    return tuple(Problem(_path(item), _plain(str(item.get("message", "")))) for item in found)


def _path(item: Mapping[str, Any]) -> str:
    key, source = str(item.get("key", "")), item.get("source")
    if source == "body" or key == "data":
        return "" if key == "data" else key
    kind = getattr(source, "value", source)
    return f"{kind}.{key}" if kind else key


def _plain(message: str) -> str:
    if "missing required field" in message:
        return "is required"
    return re.sub(r"^Expected ", "expected ", message)


def to_response(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The exception handler of the application: every error that a handler lets go ends here."""
    visit = visit_of(request.scope)
    answer = answer_for(error)
    tell(error, answer)
    return Response(
        answer.encoded(visit.correlation_id),
        status_code=answer.status,
        headers=answer.headers,
        media_type=MEDIA_TYPE,
    )


def tell(error: BaseException, answer: Answer) -> None:
    """Log what an operator must know of; refusals stand in the access log already."""
    if answer.status >= 500 and answer.slug == "fault":
        log.error("http.fault", error=type(error).__name__, exc_info=error)
    elif answer.status >= 500:
        log.warning("http.unavailable", error=type(error).__name__, detail=str(error)[:500])
