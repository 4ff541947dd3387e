"""Values of ClickUp custom fields, by the read shapes of the contract."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsroom.delivery.channels.clickup.fields import field_key, field_value, values_by_key

TIERS = {
    "options": [
        {"id": "u-1", "name": "Starter", "orderindex": 0},
        {"id": "u-2", "name": "Growth", "orderindex": 1},
    ]
}
CITIES = {
    "options": [
        {"id": "c-1", "label": "Columbus", "orderindex": 0},
        {"id": "c-2", "label": "Dublin", "orderindex": 1},
    ]
}
PLACE = {
    "location": {"lat": 39.98, "lng": -83.0},
    "place_id": "ChIJ1",
    "formatted_address": "2400 N High St, Columbus",
}
TRUNG = {"id": 183, "username": "Trung Nguyen", "email": "trung@example.com"}


@pytest.mark.parametrize(
    ("kind", "value", "config", "expected"),
    [
        ("short_text", " shamrock ", None, "shamrock"),
        ("text", "line one\nline two", None, "line one\nline two"),
        ("text", "   ", None, None),
        ("url", "https://example.com/ ", None, "https://example.com/"),
        ("email", "a@example.com", None, "a@example.com"),
        ("phone", "+1 614 555 0100", None, "+1 614 555 0100"),
        ("number", "8", None, 8),
        ("number", "-3", None, -3),
        ("number", "8.50", None, 8.5),
        ("number", "1e3", None, 1000.0),
        ("number", 7, None, 7),
        ("number", "eight", None, "eight"),
        ("number", "NaN", None, "NaN"),
        ("number", "9" * 40, None, "9" * 40),
        ("currency", "1200", None, 1200),
        ("currency", "99.95", None, 99.95),
        ("emoji", 4, None, 4),
        ("emoji", "4", None, 4),
        ("drop_down", 0, TIERS, "Starter"),
        ("drop_down", 1, TIERS, "Growth"),
        ("drop_down", "1", TIERS, "Growth"),
        ("drop_down", "u-1", TIERS, "Starter"),
        ("drop_down", 9, TIERS, 9),
        ("drop_down", 1, None, 1),
        ("drop_down", 0, {"options": [{"id": "a", "name": "First"}]}, "First"),
        ("drop_down", {"id": "u-2", "orderindex": 1}, TIERS, "Growth"),
        ("labels", ["c-2", "c-1"], CITIES, ["Dublin", "Columbus"]),
        ("labels", ["c-9"], CITIES, ["c-9"]),
        ("labels", [], CITIES, []),
        ("labels", [{"id": "c-1", "label": "Columbus"}], CITIES, ["Columbus"]),
        ("users", [TRUNG], None, ["Trung Nguyen"]),
        ("users", [{"id": 7, "username": None, "email": "x@example.com"}], None, ["x@example.com"]),
        ("users", [{"id": 7}], None, [7]),
        ("location", PLACE, None, "2400 N High St, Columbus"),
        ("location", {"location": {"lat": 1.0, "lng": 2.0}}, None, {"lat": 1.0, "lng": 2.0}),
        ("location", "somewhere", None, "somewhere"),
        ("date", "1796144400000", None, "2026-12-01T17:00:00Z"),
        ("date", 1796144400000, None, "2026-12-01T17:00:00Z"),
        ("date", "0", None, "1970-01-01T00:00:00Z"),
        ("date", "-86400000", None, "1969-12-31T00:00:00Z"),
        ("date", "tomorrow", None, "tomorrow"),
        ("date", "99999999999999999", None, "99999999999999999"),
        ("checkbox", "true", None, True),
        ("checkbox", "false", None, False),
        ("checkbox", True, None, True),
        ("checkbox", False, None, False),
        ("checkbox", 1, None, True),
        ("checkbox", "perhaps", None, "perhaps"),
        ("manual_progress", {"current": 40, "percent_completed": 0.4}, None, 40),
        ("manual_progress", {"current": "40"}, None, 40),
        ("automatic_progress", {"percent_complete": 50}, None, 50),
        ("tasks", [{"id": "t1", "name": "One", "status": "open"}], None, [{"id": "t1", "name": "One"}]),
        (
            "attachment",
            [{"id": "a", "title": "x.pdf", "url": "https://x", "size": 1}],
            None,
            [{"title": "x.pdf", "url": "https://x"}],
        ),
        ("something_new", {"a": [1]}, None, {"a": [1]}),
    ],
)
def test_a_value_is_read_by_its_type(kind: str, value: object, config: object, expected: object) -> None:
    field = {"id": "f", "name": "F", "type": kind, "value": value, "type_config": config}
    found = field_value(field)
    assert found == expected
    assert type(found) is type(expected), "True is not 1"


@pytest.mark.parametrize("kind", ["short_text", "number", "drop_down", "labels", "users", "date", "location"])
def test_an_unset_field_has_no_value(kind: str) -> None:
    assert field_value({"id": "f", "name": "F", "type": kind, "type_config": {}}) is None
    assert field_value({"id": "f", "name": "F", "type": kind, "value": None}) is None
    assert field_value({"id": "f", "name": "F", "type": kind, "value": ""}) is None


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("client_id", "client_id"),
        ("Client ID", "client_id"),
        (" Client-Id ", "client_id"),
        ("clientId", "client_id"),
        ("GBP URL", "gbp_url"),
        ("Service area / cities", "service_area_cities"),
        ("Größe", "gr_sse"),
        ("", ""),
    ],
)
def test_names_become_keys(name: str, key: str) -> None:
    assert field_key(name) == key


def test_the_first_set_field_of_a_name_wins() -> None:
    fields: list[dict[str, Any]] = [
        {"name": "Client ID", "type": "short_text"},
        {"name": "client_id", "type": "short_text", "value": "a"},
        {"name": "CLIENT ID", "type": "short_text", "value": "b"},
        {"name": "Tier", "type": "drop_down", "value": 1, "type_config": TIERS},
    ]
    assert values_by_key(fields) == {"client_id": "a", "tier": "Growth"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KINDS = [
    "drop_down",
    "labels",
    "users",
    "tasks",
    "location",
    "number",
    "date",
    "checkbox",
    "manual_progress",
    "text",
    "attachment",
    "emoji",
    "",
]


@given(kind=st.sampled_from(KINDS), value=json_values, config=json_values)
def test_no_answer_of_the_vendor_breaks_the_reader(kind: str, value: object, config: object) -> None:
    field_value({"type": kind, "value": value, "type_config": config})
