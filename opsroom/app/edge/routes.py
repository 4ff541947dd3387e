"""The rules every route keeps, checked when the application is built."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from litestar import Litestar
from litestar.enums import ParamType
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.routes import HTTPRoute

from opsroom.identity.api import plain_verb
from opsroom.kernel.errors import Fault, Problem


@dataclass(frozen=True, slots=True)
class RouteOf:
    """One handler at one path."""

    path: str
    handler: BaseRouteHandler
    methods: tuple[str, ...]


def routes_of(app: Litestar) -> list[RouteOf]:
    """Every route somebody wrote; the framework's own answers to OPTIONS are left out."""
    found: list[RouteOf] = []
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                methods = tuple(sorted(str(method) for method in handler.http_methods))
                if methods != ("OPTIONS",):
                    found.append(RouteOf(route.path_format, handler, methods))
        else:
            found.append(RouteOf(route.path, route.route_handler, ()))
    return found


def check(app: Litestar) -> None:
    """Every route says who may use it: `opt={"public": True}` or `opt={"verb": "room:action"}`, never both.

    Raises Fault naming all that do not. Also notes each handler's query parameters for the guard.
    """
    problems = [problem for route in routes_of(app) for problem in _problems_of(route)]
    if problems:
        raise Fault(
            f"{len(problems)} routes do not say who may use them. " + "; ".join(p.message for p in problems),
            problems=tuple(problems),
        )
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler, model in route.route_handler_map.values():
                handler.opt["query_parameters"] = {
                    p.field_alias: _plain_type(handler, p.field_name)
                    for p in model.expected_query_params
                    if p.param_type in (ParamType.QUERY, ParamType.DEPENDENCY)
                }


def _plain_type(handler: HTTPRouteHandler, name: str) -> object:
    field = handler.parsed_fn_signature.parameters.get(name)
    if field is None:
        return None
    inner = [field.annotation, *(inner.annotation for inner in field.inner_types)]
    return int if int in inner else None


def _problems_of(route: RouteOf) -> Iterable[Problem]:
    where = f"{' '.join(route.methods) or 'socket'} {route.path}"
    opt = route.handler.opt
    public, verb = opt.get("public", False), opt.get("verb")
    if bool(public) == bool(verb):
        yield Problem(where, f'{where} needs exactly one of opt={{"public": True}} and opt={{"verb": …}}')
    elif verb is not None:
        try:
            plain_verb(verb)
        except ValueError as error:
            yield Problem(where, f"{where}: the verb {verb!r} {error}")
    if opt.get("rate", "public") not in ("public", "sign_in"):
        yield Problem(where, f"{where}: unknown rate {opt['rate']!r}")


def first_segments(routes: Sequence[RouteOf]) -> frozenset[str]:
    """The first path segments the application answers; all other paths belong to the pages."""
    return frozenset(route.path.strip("/").partition("/")[0] for route in routes)
