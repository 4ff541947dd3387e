"""Before any handler: how often, who, from which page, with which right, and only known parameters."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import structlog
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from opsroom.app.edge.rates import Rate
from opsroom.app.edge.settings import EdgeSettings
from opsroom.app.edge.visit import Visit, visit_of
from opsroom.identity import api as identity
from opsroom.identity.api import role_for
from opsroom.identity.shapes import PLAIN_COOKIE, SECURE_COOKIE, Authenticated
from opsroom.kernel.actor import Actor
from opsroom.kernel.correlation import actor_id
from opsroom.kernel.errors import Forbidden, Invalid, Malformed, Problem
from opsroom.kernel.room import House

log = structlog.get_logger("opsroom.edge")

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_MAX_INT: Final = 2**63 - 1
_MAX_PARAMETERS: Final = 64


class Guard:
    """One for the application; Litestar calls it before the body is read."""

    def __init__(self, house: House, settings: EdgeSettings) -> None:
        self._house = house
        self._own_origin = settings.public_url
        self._rates = {
            "sign_in": Rate(
                house.clock, per_s=settings.sign_in_per_minute / 60, burst=10, what="sign-in attempts"
            ),
            "public": Rate(
                house.clock, per_s=settings.public_per_s, burst=2.0 * settings.public_per_s, what="requests"
            ),
        }

    async def __call__(
        self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
    ) -> None:
        opt = handler.opt
        if "public" not in opt and "verb" not in opt:
            return  # the framework's own answer to OPTIONS; `routes.check` let nothing else through
        visit = visit_of(connection.scope)
        if "rate" in opt or "public" in opt:
            self._rates[opt.get("rate", "public")].take(visit.address)
        bearer = bearer_of(visit.headers)
        method = connection.scope.get("method", "GET")
        if bearer is None and (method not in SAFE_METHODS or connection.scope["type"] == "websocket"):
            self._check_origin(visit)
        if "public" not in opt:
            await self._admit(visit, bearer, opt["verb"], method)
        if isinstance(handler, HTTPRouteHandler):
            check_query(connection.scope.get("query_string", b""), handler)

    async def _admit(self, visit: Visit, bearer: str | None, verb: str, method: str) -> None:
        who = await who_is(self._house, visit)
        visit.who = who
        actor_id.set(who.actor.id)
        if who.session is not None and bearer is None and method not in SAFE_METHODS:
            _check_csrf(visit, who)
        if not identity.may(who.actor, verb):
            raise Forbidden(_why_not(who.actor, verb))

    def _check_origin(self, visit: Visit) -> None:
        """A page of another site must not act for the person whose cookies the browser adds."""
        site = visit.headers.get("sec-fetch-site")
        if site not in (None, "same-origin", "none"):
            raise Forbidden("This request came from a page of another site.")
        origin = visit.headers.get("origin")
        if origin is None:
            return
        own = f"{'https' if visit.secure else 'http'}://{visit.host}"
        if not _same_origin(origin, own) and not (
            self._own_origin and _same_origin(origin, self._own_origin)
        ):
            raise Forbidden("This request came from a page of another site.")


async def who_is(house: House, visit: Visit) -> Authenticated:
    """Who is asking, by key or by session. Raises Unauthenticated."""
    cookie = cookies_of(visit.headers).get(SECURE_COOKIE if visit.secure else PLAIN_COOKIE)
    return await identity.resolve_actor(
        house, bearer=bearer_of(visit.headers), cookie=cookie, client_ip=visit.address
    )


def bearer_of(headers: Mapping[str, str]) -> str | None:
    """The bearer token of a request, None without one."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def cookies_of(headers: Mapping[str, str]) -> dict[str, str]:
    """The request's cookies; of two with one name the first counts, which is the most specific."""
    cookies: dict[str, str] = {}
    for part in headers.get("cookie", "").split(";"):
        name, equals, value = part.strip().partition("=")
        if equals:
            cookies.setdefault(name, value.strip('"'))
    return cookies


def _check_csrf(visit: Visit, who: Authenticated) -> None:
    sent = visit.headers.get("x-csrf-token", "")
    expected = who.session.csrf_token if who.session else ""
    if not expected or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise Forbidden("The header X-CSRF-Token is missing or not this session's; read it from GET /api/me.")


def _why_not(actor: Actor, verb: str) -> str:
    if not actor.outranks(role_for(verb)):
        return f"This needs the role {role_for(verb)}; yours is {actor.role}."
    return f"This key was not issued for {verb}; it may do {', '.join(actor.scopes) or 'nothing'}."


def _same_origin(one: str, other: str) -> bool:
    try:
        a, b = urlsplit(one), urlsplit(other)
        ports = [part.port or {"https": 443, "http": 80}.get(part.scheme) for part in (a, b)]
    except ValueError:
        return False
    return a.hostname is not None and (a.scheme, a.hostname, ports[0]) == (b.scheme, b.hostname, ports[1])


def check_query(query: bytes, handler: HTTPRouteHandler) -> None:
    """Refuse parameters the handler does not know, and numbers no database holds; all of them at once."""
    if not query:
        return
    try:
        pairs = parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_PARAMETERS
        )
    except ValueError as error:
        raise Malformed("The query string cannot be read: it must be percent-encoded UTF-8.") from error
    if any("\x00" in name or "\x00" in value for name, value in pairs):
        raise Malformed("The query string contains a NUL character.")
    known: Mapping[str, object] = handler.opt.get("query_parameters", {})
    strange = dict.fromkeys(name for name, _ in pairs if name not in known)
    problems = [Problem(f"query.{name}", _unknown(known)) for name in strange]
    problems += [
        Problem(f"query.{name}", "is out of range")
        for name, value in pairs
        if known.get(name) is int and _overflows(value)
    ]
    if problems:
        raise Invalid("The address has parameters that do not fit.", problems=tuple(problems))


def _unknown(known: Mapping[str, object]) -> str:
    if not known:
        return "is not known; this address takes no parameters"
    return f"is not known; this address takes {', '.join(sorted(known))}"


def _overflows(value: str) -> bool:
    digits = value.lstrip("+-").lstrip("0")
    return digits.isdigit() and (len(digits) > 19 or int(digits) > _MAX_INT)
