"""A row of the matrix of routes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """What a route answers: `body` for its owner, `role` the least role, `owned` what its path names.

    `name` stands where the path names a second thing inside the first.
    `by_key` is the answer where the owner comes with a key and the route is for browsers.
    """

    body: Any = None
    role: str = "user"
    owned: str | None = None
    done: Sequence[int] = (200, 201)
    stream: bool = False
    name: str | None = None
