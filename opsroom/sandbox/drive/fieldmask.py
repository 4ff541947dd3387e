"""The `fields` parameter: which members of a reply the client wants to see."""

from typing import TypeAlias

from opsroom.sandbox.wire import JsonObject

# A member and what is wanted inside it; an empty mask means all of it.
Mask: TypeAlias = "dict[str, Mask]"


class MaskInvalid(ValueError):
    """The fields parameter cannot be read."""


def parse_mask(text: str) -> Mask:
    mask, rest = _members(text.replace(" ", ""))
    if rest:
        raise MaskInvalid(text)
    return mask


def _members(text: str) -> tuple[Mask, str]:
    mask: Mask = {}
    while text and text[0] != ")":
        end = next((i for i, letter in enumerate(text) if letter in ",()/"), len(text))
        name, text = text[:end], text[end:]
        if not name:
            raise MaskInvalid(text)
        inner: Mask = {}
        if text.startswith("("):
            inner, text = _members(text[1:])
            if not text.startswith(")"):
                raise MaskInvalid(text)
            text = text[1:]
        elif text.startswith("/"):
            inner, text = _path(text[1:])
        mask.setdefault(name, {}).update(inner)
        if text.startswith(","):
            text = text[1:]
    return mask, text


def _path(text: str) -> tuple[Mask, str]:
    """One member after a slash: a/b, a/b(c,d)."""
    end = next((i for i, letter in enumerate(text) if letter in ",()/"), len(text))
    name, rest = text[:end], text[end:]
    if rest.startswith("("):
        inner, rest = _members(rest[1:])
        return {name: inner}, rest[1:]
    if rest.startswith("/"):
        inner, rest = _path(rest[1:])
        return {name: inner}, rest
    return {name: {}}, rest


def masked(value: object, mask: Mask) -> object:
    """Only the wanted members of `value`."""
    if not mask or "*" in mask:
        return value
    if isinstance(value, list):
        return [masked(v, mask) for v in value]
    if isinstance(value, dict):
        chosen: JsonObject = {k: masked(v, mask[k]) for k, v in value.items() if k in mask}
        return chosen
    return value
