"""The OpenAPI 3.1 document, made by pydantic from the handlers' own annotations.

The framework's generator describes fields by their Python types; ours asks pydantic for what really goes
over the wire (money is a decimal string, fields with defaults are always in an answer), so that the
front-end's types can be generated from it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args, get_origin

from litestar import Litestar
from litestar.enums import ParamType
from litestar.handlers import HTTPRouteHandler
from litestar.response import Response, Stream
from litestar.response.sse import ServerSentEvent
from litestar.typing import FieldDefinition
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from opsroom import __version__
from opsroom.app.edge.problems import KINDS, MEDIA_TYPE
from opsroom.app.edge.routes import RouteOf, routes_of
from opsroom.identity.shapes import PLAIN_COOKIE
from opsroom.kernel.shape import Shape

Json = dict[str, Any]
_Mode = Literal["validation", "serialization"]
_REF: Final = "#/components/schemas/{model}"
_LIMITS: Final = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "min_length": "minLength",
    "max_length": "maxLength",
    "pattern": "pattern",
    "description": "description",
}
_DESCRIPTION: Final = (
    "Answers are `{success, data, meta}`; refusals are application/problem+json. Send an `Idempotency-Key` "
    "with a POST and repeat it without fear. `X-Correlation-Id` is accepted, made, and returned."
)


class ProblemItem(Shape):
    """One thing that is wrong: where, and what."""

    path: str
    message: str


class ProblemDocument(Shape):
    """A refusal. `current` and `yours` stand in conflicts, `adapter` where an outside service failed."""

    success: Literal[False]
    type: str
    title: str
    status: int
    detail: str
    errors: list[ProblemItem]
    correlation_id: str
    current: Json | None = None
    yours: Json | None = None
    adapter: str | None = None


class _AnswersAreWhole(GenerateJsonSchema):
    """In an answer every field is present, also those with a default; in a request only the rest must be."""

    def field_is_required(self, field: Any, total: bool) -> bool:
        return self.mode == "serialization" or super().field_is_required(field, total)


@dataclass(slots=True)
class _Wanted:
    """Annotations whose schemas the document needs, each under the place that uses it."""

    adapters: list[tuple[str, _Mode, TypeAdapter[Any]]] = field(default_factory=list)

    def add(self, place: str, mode: _Mode, annotation: Any) -> None:
        self.adapters.append((place, mode, TypeAdapter(annotation)))

    def made(self) -> tuple[dict[str, Json], dict[str, Json]]:
        """Schema by place, and the components they refer to."""
        by_key, rest = TypeAdapter.json_schemas(
            self.adapters, ref_template=_REF, schema_generator=_AnswersAreWhole
        )
        return {str(place): schema for (place, _), schema in by_key.items()}, rest.get("$defs", {})


class SchemaDocument:
    """Made at the first look: the routes are known only when the application stands."""

    def __init__(self) -> None:
        self._app: Litestar | None = None
        self._document: Json | None = None

    def describe(self, app: Litestar) -> None:
        """The application whose routes the document describes."""
        self._app = app

    def document(self) -> Json:
        """The whole OpenAPI document."""
        if self._document is None:
            self._document = _document(self._app) if self._app is not None else {}
        return self._document


def _document(app: Litestar) -> Json:
    routes = [route for route in routes_of(app) if _is_described(route)]
    wanted = _Wanted()
    wanted.add("problem", "validation", ProblemDocument)  # its last fields stand in some refusals only
    for route in routes:
        _ask(wanted, route)
    schemas, components = wanted.made()
    paths: dict[str, Json] = {}
    names: set[str] = set()
    for route in sorted(routes, key=lambda route: route.path):
        for method in route.methods:
            operation = _operation(route, method, schemas)
            operation["operationId"] = _unique(operation["operationId"], method, names)
            paths.setdefault(route.path, {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Opsroom", "version": __version__, "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SECURITY},
    }


_SECURITY: Final[Json] = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key, owf_…"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": PLAIN_COOKIE,
        "description": "Set by POST /api/session (under https its name is __Host-opsroom). Unsafe methods "
        "also need the header X-CSRF-Token.",
    },
}


def _is_described(route: RouteOf) -> bool:
    handler = route.handler
    return isinstance(handler, HTTPRouteHandler) and handler.resolve_include_in_schema()


def _handler(route: RouteOf) -> HTTPRouteHandler:
    assert isinstance(route.handler, HTTPRouteHandler)  # noqa: S101 - `_is_described` saw to it
    return route.handler


def _place(route: RouteOf, part: str) -> str:
    return f"{' '.join(route.methods)} {route.path} {part}"


def _parameters(route: RouteOf) -> Iterator[tuple[str, FieldDefinition]]:
    """The handler's parameters that come from the address or a header: ("path", field) and so on."""
    handler = _handler(route)
    in_path = set(re.findall(r"{(\w+)}", route.path))
    query = handler.opt.get("query_parameters", {})
    for name, parameter in handler.parsed_fn_signature.parameters.items():
        if name in in_path:
            yield "path", parameter
        elif getattr(parameter.kwarg_definition, "param_type", None) is ParamType.HEADER:
            yield "header", parameter
        elif name in query or getattr(parameter.kwarg_definition, "name", None) in query:
            yield "query", parameter


def _ask(wanted: _Wanted, route: RouteOf) -> None:
    signature = _handler(route).parsed_fn_signature
    for _, parameter in _parameters(route):
        wanted.add(_place(route, parameter.name), "validation", parameter.annotation)
    if (data := signature.parameters.get("data")) is not None:
        wanted.add(_place(route, "data"), "validation", data.annotation)
    returned = _payload(signature.return_type.annotation)
    if returned is not None:
        wanted.add(_place(route, "return"), "serialization", returned)


def _payload(annotation: object) -> object | None:
    """What is inside the answer as JSON; None where the answer is bytes, a page, or a stream."""
    if get_origin(annotation) is Response or (
        inspect.isclass(get_origin(annotation)) and issubclass(get_origin(annotation), Response)  # pyright: ignore[reportArgumentType]
    ):
        annotation = next(iter(get_args(annotation)), None)
    if annotation in (None, bytes, str, Any, inspect.Signature.empty) or (
        inspect.isclass(annotation) and issubclass(annotation, Response)
    ):
        return None
    return annotation


def _operation(route: RouteOf, method: str, schemas: dict[str, Json]) -> Json:
    handler = _handler(route)
    summary, _, description = inspect.cleandoc(handler.fn.__doc__ or "").partition("\n")
    summary, description = handler.summary or summary, handler.description or description
    operation: Json = {
        "operationId": handler.operation_id if isinstance(handler.operation_id, str) else handler.fn.__name__,
        "summary": summary,
        "tags": list(handler.tags or [route.path.strip("/").removeprefix("api/").partition("/")[0]]),
        "parameters": [_parameter(route, kind, field, schemas) for kind, field in _parameters(route)],
        "responses": _responses(route, schemas),
        "security": [] if handler.opt.get("public") else [{"key": []}, {"session": []}],
    }
    if description.strip():
        operation["description"] = description.strip()
    if verb := handler.opt.get("verb"):
        operation["x-verb"] = verb
    if (data := handler.parsed_fn_signature.parameters.get("data")) is not None:
        operation["requestBody"] = {
            "required": not data.is_optional,
            "content": {"application/json": {"schema": schemas[_place(route, "data")]}},
        }
    if (field_name := handler.opt.get("multipart")) is not None:
        operation["requestBody"] = _form(field_name)
    if method == "POST" and not handler.opt.get("public"):
        operation["parameters"].append(_IDEMPOTENCY)
    return operation


def _form(field_name: str) -> Json:
    """A form with one file or several under one name, streamed: `opt["multipart"]` is that name."""
    file: Json = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
    schema: Json = {
        "type": "object",
        "properties": {field_name: {"type": "array", "items": file, "minItems": 1}},
        "required": [field_name],
        "additionalProperties": False,
    }
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}


_IDEMPOTENCY: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and body again get the first answer; nothing is done twice.",
    "schema": {"type": "string", "maxLength": 200},
}


def _parameter(route: RouteOf, kind: str, parameter: FieldDefinition, schemas: dict[str, Json]) -> Json:
    schema = dict(schemas[_place(route, parameter.name)])
    for name, keyword in _LIMITS.items():
        if (limit := getattr(parameter.kwarg_definition, name, None)) is not None:
            schema[keyword] = limit
    if parameter.has_default and parameter.default is not None:
        schema["default"] = parameter.default
    alias = getattr(parameter.kwarg_definition, "name", None) or parameter.name
    required = kind == "path" or not parameter.has_default
    return {"name": alias, "in": kind, "required": required, "schema": schema}


def _responses(route: RouteOf, schemas: dict[str, Json]) -> Json:
    handler = _handler(route)
    answer: Json = {"description": "Done."}
    if (schema := schemas.get(_place(route, "return"))) is not None:
        others = handler.opt.get("also_media", ())  # other forms of the same answer, as text
        texts = {media_type: {"schema": {"type": "string"}} for media_type in others}
        answer["content"] = {"application/json": {"schema": schema}, **texts}
    elif (media_type := _media_type(handler)) is not None:
        answer["content"] = {media_type: {"schema": {"type": "string"}}}
    own = answer.get("content", {})
    responses: Json = {str(handler.status_code): answer}
    for status in sorted(_refusals(route)):
        content: Json = {MEDIA_TYPE: {"schema": schemas["problem"]}}
        if status in handler.opt.get("also", ()):
            content |= own
        responses[str(status)] = {"description": _MEANINGS[status], "content": content}
    if _is_file(handler):
        responses["206"] = {"description": "The part that Range asked for.", "content": own}
        responses["416"] = {"description": "Range lies outside of the file.", "content": own}
    return responses


_MEANINGS: Final = {kind.status: f"{kind.title}. {kind.means}" for kind in reversed(KINDS)}


def _refusals(route: RouteOf) -> set[int]:
    """What a route may answer besides doing it: `opt["also"]` are statuses with the route's own body."""
    handler = _handler(route)
    opt = handler.opt
    has_data = handler.parsed_fn_signature.parameters.get("data") is not None
    body = has_data or opt.get("raw_body") or opt.get("multipart")
    found = {400, 404, 422, 429, 500, 502, 503, *handler.opt.get("also", ())}
    if not handler.opt.get("public"):
        found |= {401, 403}
    if handler.opt.get("rate") == "sign_in":
        found |= {401, 403}
    if set(route.methods) & {"POST", "PATCH", "PUT", "DELETE"}:
        found |= {403, 409}
    if body:
        found |= {408, 413, 415}
    return found


def _is_file(handler: HTTPRouteHandler) -> bool:
    returned = handler.parsed_fn_signature.return_type.annotation
    return inspect.isclass(returned) and issubclass(returned, Stream) and not _is_feed(returned)


def _is_feed(returned: type[object]) -> bool:
    return issubclass(returned, ServerSentEvent)


def _media_type(handler: HTTPRouteHandler) -> str | None:
    returned = handler.parsed_fn_signature.return_type.annotation
    if inspect.isclass(returned) and issubclass(returned, ServerSentEvent):
        return "text/event-stream"
    stated = str(getattr(handler.media_type, "value", handler.media_type or ""))
    # Bytes whose kind is known only with the file itself.
    return stated or ("*/*" if returned is not None else None)


def _unique(name: str, method: str, names: set[str]) -> str:
    candidate, number = name, 1
    while candidate in names:
        number += 1
        candidate = f"{name}_{method.lower()}" if number == 2 else f"{name}_{number}"
    names.add(candidate)
    return candidate
