"""Ids that carry their kind and sort by time: `run_01k…` (a ULID in lower case)."""

from __future__ import annotations

import os
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32: no i, l, o, u


def new_id(kind: str) -> str:
    """A fresh id: 48 bits of milliseconds, then 80 random bits."""
    value = (time.time_ns() // 1_000_000 << 80) | int.from_bytes(os.urandom(10))
    digits = [_ALPHABET[(value >> shift) & 31] for shift in range(125, -5, -5)]
    return f"{kind}_{''.join(digits)}"


def kind_of(identifier: str) -> str:
    """The kind an id carries: `run` for `run_01k…`."""
    return identifier.rpartition("_")[0]
