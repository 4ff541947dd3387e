"""What the value of a ClickUp custom field means. Pure.

ClickUp leaves `value` out when it is unset, gives numbers and dates as text, a drop-down as the order
index of its option and labels as option ids. A value that does not fit its type's form comes back as it
is: a person then sees it, where a guess would hide it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from opsroom.delivery.ports import JsonValue


def field_value(field: Mapping[str, object]) -> JsonValue:
    """The value of a field record of `GET /task` in the form a payload carries it; None when unset."""
    value = as_json(field.get("value"))
    if value is None or value == "":
        return None
    reader = _READERS.get(str(field.get("type") or ""))
    return reader(value, _options(field)) if reader else value


def values_by_key(fields: Sequence[Mapping[str, object]]) -> dict[str, JsonValue]:
    """The set values under their field's name in snake case; of two with one name the first that is set."""
    values: dict[str, JsonValue] = {}
    for field in fields:
        value = field_value(field)
        if value is not None:
            values.setdefault(field_key(str(field.get("name") or "")), value)
    return values


def field_key(name: str) -> str:
    """`Client ID` and `client-id` are both `client_id`."""
    split = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name.strip())
    return re.sub(r"[^a-z0-9]+", "_", split.casefold()).strip("_")


def as_json(value: object) -> JsonValue:
    """`value` as JSON, which it is unless somebody made the record by hand."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(k): as_json(v) for k, v in value.items()}
    if isinstance(value, Sequence):
        return [as_json(v) for v in value]
    return str(value)


Options = list[dict[str, JsonValue]]
_Reader = Callable[[JsonValue, Options], JsonValue]


def _options(field: Mapping[str, object]) -> Options:
    config = field.get("type_config")
    options = config.get("options") if isinstance(config, Mapping) else None
    if not isinstance(options, Sequence) or isinstance(options, str):
        return []
    return [{str(k): as_json(v) for k, v in o.items()} for o in options if isinstance(o, Mapping)]


def _option(value: JsonValue, options: Options, title: str) -> JsonValue:
    """The name of the option with this id or order index, or the value when there is none."""
    for option in options:
        if value == option.get("id"):
            return option.get(title, value)
    index = _number(value, [])
    for place, option in enumerate(options):
        if not isinstance(index, bool) and index == option.get("orderindex", place):
            return option.get(title, value)
    return value


def _drop_down(value: JsonValue, options: Options) -> JsonValue:
    return _option(value.get("id") if isinstance(value, dict) else value, options, "name")


def _labels(value: JsonValue, options: Options) -> JsonValue:
    chosen = value if isinstance(value, list) else [value]
    return [_option(v.get("id") if isinstance(v, dict) else v, options, "label") for v in chosen]


def _users(value: JsonValue, _options: Options) -> JsonValue:
    people = value if isinstance(value, list) else [value]
    return [_first(p, ("username", "email", "id")) if isinstance(p, dict) else p for p in people]


def _tasks(value: JsonValue, _options: Options) -> JsonValue:
    tasks = value if isinstance(value, list) else [value]
    return [{k: t[k] for k in ("id", "name") if k in t} if isinstance(t, dict) else t for t in tasks]


def _files(value: JsonValue, _options: Options) -> JsonValue:
    files = value if isinstance(value, list) else [value]
    return [{k: f[k] for k in ("title", "url") if k in f} if isinstance(f, dict) else f for f in files]


def _location(value: JsonValue, _options: Options) -> JsonValue:
    if not isinstance(value, dict):
        return value
    return _first(value, ("formatted_address", "location"))


def _number(value: JsonValue, _options: Options) -> JsonValue:
    """Whole numbers as int; text that is no finite number stays text."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if re.fullmatch(r"-?\d{1,18}", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?\d{1,18}\.\d+|-?\d{1,15}(\.\d+)?[eE][+-]?\d{1,2}", text) else value


def _date(value: JsonValue, _options: Options) -> JsonValue:
    """ISO 8601 in UTC."""
    at = _number(value, [])
    if isinstance(at, bool) or not isinstance(at, int | float) or abs(at) > 253_402_300_799_000:
        return value
    moment = datetime.fromtimestamp(at / 1000, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _checkbox(value: JsonValue, _options: Options) -> JsonValue:
    known: dict[JsonValue, bool] = {"true": True, "1": True, "false": False, "0": False, 1: True, 0: False}
    key = value.strip().lower() if isinstance(value, str) else value
    return known.get(key, value) if isinstance(key, str | int) else value


def _progress(value: JsonValue, options: Options) -> JsonValue:
    if not isinstance(value, dict):
        return _number(value, options)
    return _number(_first(value, ("current", "percent_complete", "percent_completed")), options)


def _text(value: JsonValue, _options: Options) -> JsonValue:
    return value.strip() or None if isinstance(value, str) else value


def _first(record: dict[str, JsonValue], names: Sequence[str]) -> JsonValue:
    found = (record[name] for name in names if record.get(name) not in (None, ""))
    return next(found, record)


_READERS: dict[str, _Reader] = {
    "drop_down": _drop_down,
    "labels": _labels,
    "users": _users,
    "tasks": _tasks,
    "list_relationship": _tasks,
    "attachment": _files,
    "location": _location,
    "number": _number,
    "currency": _number,
    "emoji": _number,
    "rating": _number,
    "date": _date,
    "checkbox": _checkbox,
    "manual_progress": _progress,
    "automatic_progress": _progress,
    **dict.fromkeys(("short_text", "text", "url", "email", "phone"), _text),
}
