"""The Block Kit rules a message must keep, or Slack answers invalid_blocks."""

from collections.abc import Callable

from opsroom.sandbox.wire import JsonObject

KINDS = frozenset(
    {
        "actions",
        "context",
        "divider",
        "file",
        "header",
        "image",
        "input",
        "markdown",
        "rich_text",
        "section",
        "table",
        "video",
    }
)


def problems_of(blocks: object) -> list[str]:
    """What is wrong, in Slack's way of saying where."""
    if not isinstance(blocks, list):
        return ["blocks must be an array"]
    found = [] if len(blocks) <= 50 else ["no more than 50 items allowed [json-pointer:/blocks]"]
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        here = f"[json-pointer:/blocks/{index}"
        if not isinstance(block, dict) or block.get("type") not in KINDS:
            found.append(f"unsupported type {here}/type]")
            continue
        block_id = block.get("block_id")
        if isinstance(block_id, str):
            if block_id in seen or len(block_id) > 255:
                found.append(f"block_id must be unique and at most 255 characters {here}/block_id]")
            seen.add(block_id)
        found += _problems_of_block(block, here)
    return found


def _problems_of_block(block: JsonObject, here: str) -> list[str]:
    check = _CHECKS.get(block["type"])
    return check(block, here) if check else []


def _section(block: JsonObject, here: str) -> list[str]:
    fields = block.get("fields")
    if "text" not in block and not fields:
        return [f"missing required field: text or fields {here}]"]
    found = _text(block["text"], f"{here}/text", 3000) if "text" in block else []
    if fields is not None:
        found += _count(fields, 10, f"{here}/fields")
        for index, one in enumerate(fields if isinstance(fields, list) else []):
            found += _text(one, f"{here}/fields/{index}", 2000)
    return found


def _text(text: object, here: str, limit: int, plain_only: bool = False) -> list[str]:
    if not isinstance(text, dict) or not isinstance(text.get("text"), str):
        return [f"missing required field: text {here}]"]
    allowed = ("plain_text",) if plain_only else ("plain_text", "mrkdwn")
    found = [] if text.get("type") in allowed else [f"unsupported type: {text.get('type')} {here}/type]"]
    if not text["text"]:
        found.append(f"must be more than 0 characters {here}/text]")
    if len(text["text"]) > limit:
        found.append(f"must be less than {limit + 1} characters {here}/text]")
    return found


def _count(items: object, most: int, here: str) -> list[str]:
    if not isinstance(items, list) or not 1 <= len(items) <= most:
        return [f"must have 1 to {most} items {here}]"]
    return []


def _needs(member: str) -> Callable[[JsonObject, str], list[str]]:
    return lambda block, here: [] if block.get(member) else [f"missing required field: {member} {here}]"]


_CHECKS: dict[str, Callable[[JsonObject, str], list[str]]] = {
    "header": lambda block, here: _text(block.get("text"), f"{here}/text", 150, plain_only=True),
    "section": _section,
    "context": lambda block, here: _count(block.get("elements"), 10, f"{here}/elements"),
    "actions": lambda block, here: _count(block.get("elements"), 25, f"{here}/elements"),
    "image": _needs("alt_text"),
    "markdown": _needs("text"),
}
