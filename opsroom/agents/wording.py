"""How mistakes in the shape of an agent file are told: in the words of the file, with what would be right."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from opsroom.kernel.errors import Problem

ENGINES = ("anthropic_managed", "skill", "command")

_PATTERNS = {
    r"^[a-z][a-z0-9_-]{0,62}$": "small letters, digits, - and _, beginning with a letter, at most 63",
    r"^[a-z0-9][a-z0-9_-]{0,62}$": "the name of a skill folder: small letters, digits, - and _",
    r"^[A-Za-z][A-Za-z0-9_]{0,63}$": "a field name: letters, digits and _, beginning with a letter",
    r"^[a-z0-9][a-z0-9-]{0,79}$": "a beta header value such as managed-agents-2026-04-01",
    r"^(#[^\s#@<>]{1,80}|[CGD][A-Z0-9]{6,30})$": "a Slack channel: #name, or an id such as C0123456789",
    r"^[A-Z][A-Z0-9_]*_AGENT_ID$": (
        "the name of an environment variable that ends in _AGENT_ID; no other may be read"
    ),
    r"^[A-Z][A-Z0-9_]*_(ENV_ID|ENVIRONMENT_ID)$": (
        "the name of an environment variable that ends in _ENV_ID or _ENVIRONMENT_ID; no other may be read"
    ),
    r"^\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]{1,40})?$": "a version such as 1.0.0",
}
_PLAIN = {
    "missing": "is required",
    "union_tag_not_found": f'needs a "type": one of {", ".join(ENGINES)}',
    "model_attributes_type": "should be an object",
    "model_type": "should be an object",
    "dict_type": "should be an object",
    "mapping_type": "should be an object",
    "tuple_type": "should be a list",
    "list_type": "should be a list",
    "bool_type": "should be true or false",
    "string_type": "should be text",
    "int_type": "should be a whole number",
}


def shape_problems(error: ValidationError, shape: type[BaseModel]) -> Iterator[Problem]:
    """Every mistake pydantic found, as paths and words of the file."""
    for detail in error.errors(include_url=False):
        loc = _path(detail["loc"])
        yield Problem(".".join(map(str, loc)), _message(detail, shape))


def _path(loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    # The chosen kind of engine is a step in pydantic's path, not in the file.
    return (loc[0], *loc[2:]) if len(loc) > 1 and loc[0] == "engine" and loc[1] in ENGINES else loc


def _message(detail: ErrorDetails, shape: type[BaseModel]) -> str:
    kind = detail["type"]
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind == "extra_forbidden":
        return _unknown_key(detail["loc"], shape)
    if kind == "string_pattern_mismatch":
        pattern = str(detail.get("ctx", {}).get("pattern"))
        return f"should be {_PATTERNS.get(pattern, pattern)}"
    if kind in ("union_tag_invalid", "literal_error"):
        return _unknown_choice(detail)
    message = detail["msg"].removeprefix("Input ")
    return message[:1].lower() + message[1:]


def _unknown_choice(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    choices = [
        c.strip(" '") for c in str(context.get("expected_tags") or context.get("expected", "")).split(",")
    ]
    choices = [part.strip(" '") for choice in choices for part in choice.split(" or ")]
    written = str(context.get("tag", detail["input"]))
    return f"{written[:60]!r} is none of {', '.join(choices)}{_did_you_mean(written, choices)}"


def _unknown_key(loc: tuple[int | str, ...], shape: type[BaseModel]) -> str:
    shapes = [shape]
    for step in loc[:-1]:
        shapes = _inside(shapes, step)
    known = sorted({f.alias or name for s in shapes for name, f in s.model_fields.items()})
    hint = _did_you_mean(str(loc[-1]), known) or (f"; known are {', '.join(known)}" if known else "")
    return f"is not a known field{hint}"


def _inside(shapes: list[type[BaseModel]], step: int | str) -> list[type[BaseModel]]:
    """The shapes a step of the path leads to; a kind of engine narrows, an index stays."""
    if isinstance(step, int):
        return shapes
    tagged = [
        s for s in shapes if "type" in s.model_fields and step in get_args(s.model_fields["type"].annotation)
    ]
    if tagged:
        return tagged
    fields = [f for s in shapes for name, f in s.model_fields.items() if step == (f.alias or name)]
    return [found for f in fields for found in _models(f.annotation)]


def _models(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for argument in get_args(annotation) for found in _models(argument)]


def _did_you_mean(written: str, known: list[str]) -> str:
    close = get_close_matches(written, known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""
