"""Fills {client_id} and the like in a scenario from what the kick-off message said."""

import json
import re
from collections.abc import Mapping

from opsroom.sandbox.wire import JsonObject

_MARK = "CLIENT PAYLOAD:"
_TOKEN = re.compile(r"\{([a-z][a-z0-9_.]*)\}")


def payload_of(text: str) -> JsonObject:
    """The JSON object after "CLIENT PAYLOAD:" in a kick-off message; empty when there is none."""
    _, found, rest = text.partition(_MARK)
    start = rest.find("{")
    if not found or start < 0:
        return {}
    try:
        value, _ = json.JSONDecoder().raw_decode(rest[start:])
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def kickoff_text(events: list[JsonObject]) -> str:
    """The text of the first user message in a session's history."""
    for event in events:
        if event.get("type") == "user.message":
            blocks = event.get("content", [])
            return "\n".join(str(b.get("text", "")) for b in blocks if b.get("type") == "text")
    return ""


def words_from(*sources: Mapping[str, object]) -> dict[str, str]:
    """Later sources win. Lists become comma-separated text."""
    words: dict[str, str] = {}
    for source in sources:
        for key, value in source.items():
            if isinstance(value, list):
                words[key] = ", ".join(str(v) for v in value)
            elif not isinstance(value, dict) and value is not None:
                words[key] = str(value)
    return words


def filled(value: object, words: Mapping[str, str]) -> object:
    """A copy with every known {token} replaced; unknown tokens stay as they are."""
    if isinstance(value, str):
        return _TOKEN.sub(lambda m: words.get(m.group(1), m.group(0)), value) if "{" in value else value
    if isinstance(value, dict):
        return {k: filled(v, words) for k, v in value.items()}
    if isinstance(value, list):
        return [filled(v, words) for v in value]
    return value
