"""The search language of files.list: name, mimeType, parents, trashed and properties, with and/or/not."""

import re
from collections.abc import Callable
from typing import Protocol

_TOKENS = re.compile(r"\s*(?:(?P<text>'(?:\\.|[^'\\])*')|(?P<sign>!=|<=|>=|[=<>(){}])|(?P<word>[A-Za-z]+))")


class Searchable(Protocol):
    """What a query can ask of a file."""

    name: str
    mime_type: str
    parents: list[str]
    trashed: bool
    app_properties: dict[str, str]
    properties: dict[str, str]
    modified_at: float


Test = Callable[[Searchable], bool]


class QueryInvalid(ValueError):
    """The q parameter cannot be read."""


def compile_query(text: str) -> Test:
    """A test for one file. An empty query matches everything."""
    if not text.strip():
        return lambda _file: True
    reader = _Reader(_tokens(text))
    test = reader.either()
    if reader.more:
        raise QueryInvalid(f"unexpected {reader.peek()}")
    return test


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    place = 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKENS.match(text, place)
        if match is None or match.lastgroup is None:
            raise QueryInvalid(f"cannot read from: {text[place : place + 20]}")
        value = match.group(match.lastgroup)
        if match.lastgroup == "text":
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        found.append((match.lastgroup, value))
        place = match.end()
    return found


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._place = 0

    @property
    def more(self) -> bool:
        return self._place < len(self._tokens)

    def peek(self) -> tuple[str, str]:
        return self._tokens[self._place] if self.more else ("end", "")

    def take(self, kind: str = "", value: str = "") -> str:
        found = self.peek()
        if (kind and found[0] != kind) or (value and found[1] != value):
            raise QueryInvalid(f"expected {value or kind}, found {found[1] or 'the end'}")
        self._place += 1
        return found[1]

    def either(self) -> Test:
        tests = [self.both()]
        while self.peek() == ("word", "or"):
            self.take()
            tests.append(self.both())
        return tests[0] if len(tests) == 1 else lambda file: any(t(file) for t in tests)

    def both(self) -> Test:
        tests = [self.one()]
        while self.peek() == ("word", "and"):
            self.take()
            tests.append(self.one())
        return tests[0] if len(tests) == 1 else lambda file: all(t(file) for t in tests)

    def one(self) -> Test:
        kind, value = self.peek()
        if (kind, value) == ("word", "not"):
            self.take()
            inner = self.one()
            return lambda file: not inner(file)
        if (kind, value) == ("sign", "("):
            self.take()
            inner = self.either()
            self.take("sign", ")")
            return inner
        if kind == "text":
            parent = self.take("text")
            self.take("word", "in")
            self.take("word", "parents")
            return lambda file: parent in file.parents
        return self._comparison(self.take("word"))

    def _comparison(self, member: str) -> Test:
        if member in ("appProperties", "properties"):
            return self._has(member)
        if member == "trashed":
            sign, wanted = self.take("sign"), self.take("word") == "true"
            return lambda file: (file.trashed == wanted) == (sign == "=")
        getter = _GETTERS.get(member)
        if getter is None:
            raise QueryInvalid(f"unknown member {member}")
        operator = self.take()
        wanted = self.take("text")
        if operator == "=":
            return lambda file: getter(file) == wanted
        if operator == "!=":
            return lambda file: getter(file) != wanted
        if operator == "contains":
            return lambda file: wanted.lower() in getter(file).lower()
        raise QueryInvalid(f"unknown operator {operator}")

    def _has(self, member: str) -> Test:
        self.take("word", "has")
        self.take("sign", "{")
        self.take("word", "key")
        self.take("sign", "=")
        key = self.take("text")
        self.take("word", "and")
        self.take("word", "value")
        self.take("sign", "=")
        value = self.take("text")
        self.take("sign", "}")
        if member == "appProperties":
            return lambda file: file.app_properties.get(key) == value
        return lambda file: file.properties.get(key) == value


_GETTERS: dict[str, Callable[[Searchable], str]] = {
    "name": lambda file: file.name,
    "fullText": lambda file: file.name,
    "mimeType": lambda file: file.mime_type,
}
