"""What the skill says while it works: one JSON object a line on standard output."""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from local_seo.page import JsonValue

_PROGRESS_EVERY_S = 0.25


class Voice:
    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._last_progress = 0.0
        self._tools = 0

    def _say(self, **line: JsonValue) -> None:
        # ASCII only: a title in a strange encoding must not break the line protocol.
        self._stream.write(json.dumps(line) + "\n")
        self._stream.flush()

    def message(self, text: str) -> None:
        self._say(type="message", text=text)

    def progress(self, done: int, total: int | None, note: str, *, always: bool = False) -> None:
        """At most four a second, whatever the speed of the crawl."""
        now = time.monotonic()
        if always or now - self._last_progress >= _PROGRESS_EVERY_S:
            self._last_progress = now
            self._say(type="progress", done=done, total=total, note=note[:200])

    def tool_use(self, name: str, given: dict[str, JsonValue]) -> str:
        self._tools += 1
        identifier = f"t{self._tools}"
        self._say(type="tool_use", id=identifier, name=name, input=given)
        return identifier

    def tool_result(self, identifier: str, text: str, *, is_error: bool = False) -> None:
        self._say(type="tool_result", id=identifier, is_error=is_error, text=text)

    def output(self, path: Path, media_type: str, title: str) -> None:
        self._say(type="output", path=path.name, media_type=media_type, title=title)

    def summary(self, headline: str, score: int | None, priorities: Sequence[tuple[str, str]]) -> None:
        top: list[JsonValue] = [{"severity": severity, "text": text} for severity, text in priorities]
        line: dict[str, JsonValue] = {"type": "summary", "headline": headline, "priorities": top}
        if score is not None:
            line |= {"score": score, "max_score": 100}
        self._say(**line)
