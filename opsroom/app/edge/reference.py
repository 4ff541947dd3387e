"""/schema: the OpenAPI document, and the same as a page for people. No script, no outside resource."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from typing import Any, Final

from litestar import get
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.response import Response

from opsroom.app.edge.problems import KINDS
from opsroom.app.edge.schema import Json, SchemaDocument

_METHODS: Final = ("get", "post", "put", "patch", "delete")

_CSS: Final = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { font: 16px/1.5 Inter, system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem; }
h1 { margin: 0 0 .25rem; } h2 { margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--line); }
nav ul { columns: 14rem; padding: 0; list-style: none; }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; padding: 0 .75rem; }
summary { cursor: pointer; padding: .5rem 0; overflow-wrap: anywhere; }
code, pre { font: 14px/1.45 ui-monospace, monospace; } pre { overflow-x: auto; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .25rem .75rem .25rem 0;
  vertical-align: top; border-bottom: 1px solid var(--line); }
.scroll { overflow-x: auto; }
"""


def reference_routes(schema: SchemaDocument) -> list[HTTPRouteHandler]:
    """The document, the page, and the page's style sheet."""

    @get("/schema/openapi.json", opt={"public": True}, include_in_schema=False)
    async def openapi_json() -> Response[bytes]:
        """The OpenAPI document."""
        body = json.dumps(schema.document(), ensure_ascii=False, default=str).encode()
        return Response(body, media_type="application/vnd.oai.openapi+json")

    @get("/schema", opt={"public": True}, include_in_schema=False)
    async def reference() -> Response[str]:
        """The reference as a page."""
        return Response(page(schema.document()), media_type=MediaType.HTML)

    @get("/schema/reference.css", opt={"public": True}, include_in_schema=False)
    async def style() -> Response[str]:
        """The page's looks."""
        return Response(_CSS, media_type=MediaType.CSS)

    return [openapi_json, reference, style]


def page(document: Json) -> str:
    """The whole document as one page."""
    groups: dict[str, list[tuple[str, str, Json]]] = {}
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if (operation := methods.get(method)) is not None:
                groups.setdefault(operation["tags"][0], []).append((method, path, operation))
    parts = [_head(document), *_contents(groups)]
    for tag, operations in sorted(groups.items()):
        parts.append(f'<h2 id="{_e(tag)}">{_e(tag)}</h2>')
        parts += [_operation(*operation) for operation in operations]
    parts += [_problems(), _shapes(document["components"]["schemas"]), "</main></html>"]
    return "\n".join(parts)


def _e(value: object) -> str:
    return html.escape(str(value))


def _head(document: Json) -> str:
    info = document["info"]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Opsroom HTTP reference</title>'
        '<link rel="stylesheet" href="/schema/reference.css"><main>'
        f"<h1>Opsroom HTTP reference</h1><p>Version {_e(info['version'])} · "
        '<a href="/schema/openapi.json">OpenAPI document</a></p>'
        f"<p>{_code_spans(info['description'])}</p>"
        "<p>Send an API key as <code>Authorization: Bearer owf_…</code>, or sign in with "
        "<code>POST /api/session</code> and send the cookie; unsafe methods by cookie also need "
        "<code>X-CSRF-Token</code>.</p>"
    )


def _contents(groups: dict[str, list[tuple[str, str, Json]]]) -> Iterator[str]:
    yield '<nav aria-label="Contents"><ul>'
    for tag, operations in sorted(groups.items()):
        yield f'<li><a href="#{_e(tag)}">{_e(tag)}</a> ({len(operations)})</li>'
    yield '<li><a href="#problems">problems</a></li><li><a href="#shapes">shapes</a></li></ul></nav>'


def _operation(method: str, path: str, operation: Json) -> str:
    name = f'<code><span class="method">{method.upper()}</span>{_e(path)}</code>'
    summary = f"<summary>{name} — {_e(operation['summary'])}</summary>"
    parts = [f'<details id="{_e(operation["operationId"])}">{summary}']
    if "description" in operation:
        parts.append(f"<p>{_code_spans(operation['description'])}</p>")
    parts.append(_who(operation))
    if operation["parameters"]:
        parts.append(_table(("Parameter", "In", "Type", "Required"), _parameter_rows(operation)))
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        parts.append(f"<p>Body: {_type(schema)}</p>")
    for status, answer in operation["responses"].items():
        if status == "default":
            continue
        kinds = ", ".join(f"{_type(c['schema'])} ({_e(m)})" for m, c in answer.get("content", {}).items())
        parts.append(f"<p>Answers {_e(status)}: {kinds or 'nothing'}</p>")
    return "".join([*parts, "</details>"])


def _who(operation: Json) -> str:
    if not operation["security"]:
        return "<p>Needs no sign-in.</p>"
    return f"<p>Needs the verb <code>{_e(operation.get('x-verb', ''))}</code>.</p>"


def _parameter_rows(operation: Json) -> Iterator[tuple[str, ...]]:
    for p in operation["parameters"]:
        yield (
            f"<code>{_e(p['name'])}</code>",
            _e(p["in"]),
            _type(p["schema"]),
            "yes" if p["required"] else "no",
        )


def _problems() -> str:
    rows = (
        (
            f'<code id="problem-{_e(kind.slug)}">{_e(kind.slug)}</code>',
            str(kind.status),
            _code_spans(kind.means),
        )
        for kind in KINDS
    )
    return '<h2 id="problems">Problems</h2>' + _table(("Type", "Status", "What to do"), rows)


def _shapes(schemas: dict[str, Json]) -> str:
    parts = ['<h2 id="shapes">Shapes</h2>']
    for name, schema in sorted(schemas.items()):
        parts.append(f'<details id="shape-{_e(name)}"><summary><code>{_e(name)}</code></summary>')
        if "description" in schema:
            parts.append(f"<p>{_code_spans(schema['description'])}</p>")
        parts.append(_table(("Field", "Type", "Required"), _field_rows(schema)))
        parts.append("</details>")
    return "".join(parts)


def _field_rows(schema: Json) -> Iterator[tuple[str, ...]]:
    required = schema.get("required", ())
    for name, inner in schema.get("properties", {}).items():
        yield f"<code>{_e(name)}</code>", _type(inner), "yes" if name in required else "no"


def _table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{_e(text)}</th>' for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="scroll" tabindex="0">{table}</div>'


def _type(schema: Json | bool) -> str:
    """A schema in a few words, with links to the shapes it refers to."""
    if isinstance(schema, bool):
        return "anything"
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#shape-{_e(name)}">{_e(name)}</a>'
    for joined in ("anyOf", "oneOf", "allOf"):
        if joined in schema:
            return " or ".join(_type(inner) for inner in schema[joined])
    if "enum" in schema or "const" in schema:
        values: list[Any] = schema.get("enum") or [schema["const"]]
        return " | ".join(f"<code>{_e(json.dumps(value))}</code>" for value in values)
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', True))}"
    words = _e(schema.get("type", "anything"))
    return f"{words} ({_e(schema['format'])})" if "format" in schema else words


def _code_spans(text: str) -> str:
    """Escaped text with `…` as code."""
    pieces = _e(text).split("`")
    return "".join(f"<code>{piece}</code>" if n % 2 else piece for n, piece in enumerate(pieces))
