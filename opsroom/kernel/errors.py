"""The error tree and its two mappings (DESIGN section 10).

    OpsroomError
    ├── Refusal          the caller can act
    │   ├── NotFound · Forbidden · Unauthenticated · Conflict · Invalid · TooLarge · Limited
    ├── AdapterError     something outside answered wrongly or not at all
    └── Fault            a bug, or a broken installation

Rooms raise these or their own subclasses; nobody below the edge thinks in HTTP codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `path` is a dotted path into the input, "" for the whole."""

    path: str
    message: str


class OpsroomError(Exception):
    """Base of all errors raised on purpose. `message` is written for the person who reads it."""

    title = "Something went wrong"

    def __init__(self, message: str, *, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.problems = problems

    @property
    def on_one_line(self) -> str:
        """The message and every problem, for a log or a list that has one line for it."""
        said = (f"{p.path}: {p.message}" if p.path else p.message for p in self.problems)
        return f"{self.message} {'; '.join(said)}".rstrip()

    def __str__(self) -> str:
        lines = [self.message]
        lines += [f"  {p.path}: {p.message}" if p.path else f"  {p.message}" for p in self.problems]
        return "\n".join(lines)


class Refusal(OpsroomError):
    """The request cannot be done as asked, and the caller can do something about it."""

    title = "Refused"


class Unauthenticated(Refusal):
    """Nobody, or nobody we know, is asking."""

    title = "Sign in first"


class Forbidden(Refusal):
    """The actor is known and may not do this."""

    title = "Not allowed"


class NotFound(Refusal):
    """No such thing, or not one this actor may know of: both answer the same."""

    title = "Not found"


class Conflict(Refusal):
    """Somebody else was first. `theirs` and `yours` carry both versions where rows are edited."""

    title = "Conflict"

    def __init__(
        self,
        message: str,
        *,
        problems: tuple[Problem, ...] = (),
        theirs: Mapping[str, object] | None = None,
        yours: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message, problems=problems)
        self.theirs = theirs
        self.yours = yours


class Invalid(Refusal):
    """The input does not fit; every problem is listed at once."""

    title = "Invalid input"


class Malformed(Refusal):
    """The bytes cannot be read as what they claim to be (not JSON, bad UTF-8, too deep)."""

    title = "Malformed request"


class TooLarge(Refusal):
    """Over a size ceiling; the message names the ceiling."""

    title = "Too large"


class Limited(Refusal):
    """Too many at once. `retry_after_s` says when to come back, in seconds."""

    title = "Too many requests"

    def __init__(self, message: str, *, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(Refusal):
    """We cannot take this now (database away, disk full); nothing was accepted, try again."""

    title = "Temporarily unavailable"

    def __init__(self, message: str, *, retry_after_s: float = 2.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class AdapterError(OpsroomError):
    """An outside service failed. `permanent` means a retry of the same call cannot succeed."""

    title = "An outside service failed"

    def __init__(
        self,
        message: str,
        *,
        adapter: str,
        permanent: bool,
        retry_after_s: float | None = None,
        problems: tuple[Problem, ...] = (),
    ) -> None:
        super().__init__(message, problems=problems)
        self.adapter = adapter
        self.permanent = permanent
        self.retry_after_s = retry_after_s


class Fault(OpsroomError):
    """A bug or a broken installation. The caller can do nothing; an operator can."""

    title = "Internal fault"


@dataclass(frozen=True, slots=True)
class Exit:
    """How one class of error leaves the house: over HTTP and from the command line."""

    http_status: int
    exit_code: int
    slug: str = field(default="error")


# First match wins, so the most specific class stands first. 503 for AdapterError would promise
# that a retry helps; 502 says only that the other side failed.
_MAPPINGS: tuple[tuple[type[OpsroomError], Exit], ...] = (
    (Unauthenticated, Exit(401, 2, "unauthenticated")),
    (Forbidden, Exit(403, 2, "forbidden")),
    (NotFound, Exit(404, 2, "not-found")),
    (Conflict, Exit(409, 2, "conflict")),
    (TooLarge, Exit(413, 2, "too-large")),
    (Malformed, Exit(400, 2, "malformed")),
    (Invalid, Exit(422, 2, "invalid")),
    (Limited, Exit(429, 2, "limited")),
    (Unavailable, Exit(503, 2, "unavailable")),
    (Refusal, Exit(400, 2, "refused")),
    (AdapterError, Exit(502, 3, "adapter")),
    (OpsroomError, Exit(500, 1, "fault")),
)


def http_status(error: OpsroomError) -> int:
    """HTTP status for `error`."""
    return _mapping(error).http_status


def exit_code(error: OpsroomError) -> int:
    """Process exit code for `error`: 2 refusal, 3 adapter, 1 fault."""
    return _mapping(error).exit_code


def slug(error: OpsroomError) -> str:
    """Stable name of the error class, the last part of the problem's `type` address."""
    return _mapping(error).slug


def _mapping(error: OpsroomError) -> Exit:
    return next(mapping for kind, mapping in _MAPPINGS if isinstance(error, kind))
