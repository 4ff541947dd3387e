"""Texts with placeholders: `{client_id}`, `{payload_json}` and the like, and nothing cleverer.

A placeholder is a bare name in braces. There is no attribute access, no formatting and no second
pass, so neither a template nor a payload can reach anything that was not handed in; braces around
anything else (the JSON in a prompt) stay as they are. `{{name}}` writes `{name}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches

from opsroom.kernel.errors import Invalid, Problem

# What a run knows of itself, and what each kind of template may name besides the payload's fields.
_RUN_NAMES = frozenset({"agent_name", "client_id", "client_name", "date", "run_id", "timestamp"})
PROMPT_NAMES = _RUN_NAMES | {"payload_json"}
DELIVERY_NAMES = _RUN_NAMES | {"agent_display_name", "agent_version", "month", "task_id", "year"}
_NAME = r"[A-Za-z][A-Za-z0-9_]{0,63}"
_PLACEHOLDER = re.compile(rf"\{{\{{({_NAME})\}}\}}|\{{({_NAME})\}}")
_DRESSED = re.compile(rf"(?<!\{{)\{{({_NAME})([.\[!:][^{{}}\"\n]{{0,60}})\}}")


def placeholders(template: str) -> tuple[str, ...]:
    """The names a template asks for, each once, in order."""
    return tuple(dict.fromkeys(m[2] for m in _PLACEHOLDER.finditer(template) if m[2]))


def template_problems(
    template: str, path: str, *, own: Collection[str], fields: Collection[str] | None
) -> Iterator[Problem]:
    """What is wrong with a template that may name `own` and the payload's `fields`.

    `fields` None: any payload may come, so an unknown name cannot be told from a field.
    """
    names = {*own, *(fields or ())}
    for match in _DRESSED.finditer(template):
        if match[1] in names:
            yield Problem(path, f"{match[0]}: a placeholder is a bare name; write {{{match[1]}}}")
    for name in placeholders(template):
        if fields is not None and name not in names:
            yield Problem(path, f"{{{name}}} is not a field of the payload" + _hint(name, names))


def _hint(name: str, names: Collection[str]) -> str:
    close = get_close_matches(name, sorted(names), n=1)
    return f"; did you mean {{{close[0]}}}?" if close else f"; known are {', '.join(sorted(names))}"


def render(
    template: str,
    payload: Mapping[str, object],
    *,
    at: datetime | None = None,
    extra: Mapping[str, str] | None = None,
    absent: Collection[str] = (),
) -> str:
    """`template` with its placeholders filled from `payload`.

    `at` gives `{timestamp}` and `{date}`; `extra` what the payload must not decide (`agent_name`,
    `run_id`); fields in `absent` may be missing and become empty. Raises Invalid naming every
    placeholder without a value.
    """
    return _fill(template, _values(template, payload, at, extra, absent))


def _values(
    template: str,
    payload: Mapping[str, object],
    at: datetime | None,
    extra: Mapping[str, str] | None,
    absent: Collection[str],
) -> dict[str, str]:
    wanted = placeholders(template)
    values = {name: "" for name in wanted if name in absent}
    values |= {name: text_of(payload[name]) for name in wanted if name in payload}
    values |= {name: text for name, text in (extra or {}).items() if name in wanted}
    if "payload_json" in wanted:
        values["payload_json"] = json.dumps(payload, ensure_ascii=False, indent=2, default=str)
    if at is not None:
        moment = at.astimezone(UTC)
        values["timestamp"] = moment.strftime("%Y%m%dT%H%M%SZ")
        values["date"] = moment.strftime("%Y-%m-%d")
    missing = [name for name in wanted if name not in values]
    if missing:
        problems = tuple(Problem(name, "has no value in the payload") for name in missing)
        raise Invalid("The template asks for what the payload does not have.", problems=problems)
    return values


def _fill(template: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda m: values[m[2]] if m[2] else f"{{{m[1]}}}", template)


def text_of(value: object) -> str:
    """A payload value as running text: lists joined by commas, objects as JSON, nothing as empty."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and all(isinstance(v, str | int | float) for v in value):
        return ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False, default=str)
