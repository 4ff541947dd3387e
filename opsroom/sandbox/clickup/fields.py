"""Custom fields: how ClickUp shows a value of each type, and how a value is written."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from opsroom.sandbox.wire import JsonObject, millis, seconds_of

FIELD_TYPES = frozenset(
    {
        "short_text",
        "text",
        "number",
        "currency",
        "drop_down",
        "labels",
        "users",
        "location",
        "date",
        "checkbox",
        "emoji",
        "tasks",
        "url",
        "email",
        "phone",
        "manual_progress",
    }
)


@dataclass(slots=True)
class CustomField:
    id: str
    name: str
    type: str
    options: list[str] = field(default_factory=list)  # names of a drop_down, labels of labels
    required: bool = False

    def option_id(self, index: int) -> str:
        return stable_uuid(f"{self.id}:{self.options[index]}")

    def option_ids(self) -> list[str]:
        return [self.option_id(i) for i in range(len(self.options))]

    def config(self) -> JsonObject:
        if self.type == "drop_down":
            return {
                "sorting": "manual",
                "new_drop_down": True,
                "options": [
                    {"id": self.option_id(i), "name": name, "color": None, "orderindex": i}
                    for i, name in enumerate(self.options)
                ],
            }
        if self.type == "labels":
            return {
                "sorting": "manual",
                "options": [
                    {"id": self.option_id(i), "label": name, "color": None, "orderindex": i}
                    for i, name in enumerate(self.options)
                ],
            }
        if self.type == "users":
            return {"include_guests": False, "include_team_members": True, "single_user": False}
        if self.type == "currency":
            return {"default": None, "precision": 2, "currency_type": "USD"}
        return {}


def stable_uuid(name: str) -> str:
    """The same id for the same thing at every start, so that a restarted demo still fits its data."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"sandbox:{name}"))


def shown_value(custom_field: CustomField, value: object, users: list[JsonObject]) -> object:
    """How `GET /task` shows what a person typed. Raises ValueError for what does not fit the type."""
    show = _SHOWN.get(custom_field.type)
    return show(custom_field, value, users) if show else str(value)


def written_value(custom_field: CustomField, value: object, old: object, users: list[JsonObject]) -> object:
    """What `POST /field` stores. A drop-down is written with its option's id but shown as its order index."""
    if custom_field.type in ("users", "tasks"):
        return _changed_list(custom_field, value, old, users)
    write = _WRITTEN.get(custom_field.type)
    return write(custom_field, value) if write else shown_value(custom_field, value, users)


def _shown_labels(custom_field: CustomField, value: object, _users: list[JsonObject]) -> object:
    names = value if isinstance(value, list) else [value]
    return [custom_field.option_id(_option_index(custom_field, n)) for n in names]


def _shown_users(_field: CustomField, value: object, users: list[JsonObject]) -> object:
    wanted = value if isinstance(value, list) else [value]
    return [u for u in users if u["email"] in wanted or u["id"] in wanted or u["username"] in wanted]


def _progress(value: object) -> object:
    return value if isinstance(value, dict) else {"current": value, "percent_completed": value}


def _number(value: object) -> str:
    number = float(str(value))
    return str(int(number)) if number.is_integer() else repr(number)


_SHOWN: dict[str, Callable[[CustomField, object, list[JsonObject]], object]] = {
    "drop_down": lambda f, v, _: _option_index(f, v),
    "labels": _shown_labels,
    "users": _shown_users,
    "location": lambda _f, v, _: v if isinstance(v, dict) else _location(str(v)),
    "number": lambda _f, v, _: _number(v),
    "currency": lambda _f, v, _: _number(v),
    "date": lambda _f, v, _: _date(v),
    "checkbox": lambda _f, v, _: "true" if v in (True, "true", 1, "1") else "false",
    "emoji": lambda _f, v, _: int(str(v)),
    "manual_progress": lambda _f, v, _: _progress(v),
    "tasks": lambda _f, v, _: v if isinstance(v, list) else [v],
}


def _written_drop_down(custom_field: CustomField, value: object) -> object:
    ids = custom_field.option_ids()
    if value not in ids:
        raise ValueError("Value must be an option id of the drop down")
    return ids.index(str(value))


def _written_labels(custom_field: CustomField, value: object) -> object:
    ids = custom_field.option_ids()
    if not isinstance(value, list) or any(v not in ids for v in value):
        raise ValueError("Value must be a list of label ids")
    return value


def _written_number(_field: CustomField, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("Value must be a number")  # noqa: TRY004 - bad input, not a bug of the caller
    return _number(value)


def _written_location(_field: CustomField, value: object) -> object:
    if not isinstance(value, dict) or "location" not in value:
        raise ValueError("Value must be a location")
    return value


def _written_progress(_field: CustomField, value: object) -> object:
    if not isinstance(value, dict) or "current" not in value:
        raise ValueError("Value must be an object with current")
    return _progress(value["current"])


_WRITTEN: dict[str, Callable[[CustomField, object], object]] = {
    "drop_down": _written_drop_down,
    "labels": _written_labels,
    "number": _written_number,
    "currency": _written_number,
    "location": _written_location,
    "manual_progress": _written_progress,
}


def _changed_list(custom_field: CustomField, value: object, old: object, users: list[JsonObject]) -> object:
    if not isinstance(value, dict):
        raise ValueError('Value must be {"add":[],"rem":[]}')  # noqa: TRY004 - bad input, not a bug
    added, removed = value.get("add", []), value.get("rem", [])
    if custom_field.type == "tasks":
        kept = [t for t in (old if isinstance(old, list) else []) if t.get("id") not in removed]
        return kept + [{"id": t} for t in added]
    before = [u for u in (old if isinstance(old, list) else []) if u["id"] not in removed]
    known = {u["id"] for u in before}
    return before + [u for u in users if u["id"] in added and u["id"] not in known]


def _option_index(custom_field: CustomField, value: object) -> int:
    if value in custom_field.options:
        return custom_field.options.index(str(value))
    if isinstance(value, int) and 0 <= value < len(custom_field.options):
        return value
    raise ValueError(f"{custom_field.name}: {value!r} is none of {custom_field.options}")


def _location(address: str) -> JsonObject:
    seed = uuid.uuid5(uuid.NAMESPACE_URL, address).int
    place = {"lat": round((seed % 12000) / 100 - 60, 4), "lng": round((seed // 12000 % 34000) / 100 - 170, 4)}
    return {"location": place, "place_id": f"ChIJ{seed % 16**12:012x}", "formatted_address": address}


def _date(value: object) -> str:
    if isinstance(value, int | float):
        return str(int(value))
    text = str(value)
    if re.fullmatch(r"\d{10,}", text):
        return text
    at = seconds_of(text)
    if at is None:
        raise ValueError(f"{text!r} is not a date")
    return str(millis(datetime.fromtimestamp(at, UTC).timestamp()))
