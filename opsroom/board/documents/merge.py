"""Comparing and merging texts by lines: pure, and bounded for texts made to be slow."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from opsroom.board.documents.shapes import Diff, DiffLine, Hunk

# Pairs of equal lines a comparison may look at; beyond, what differs counts as one changed block.
_MOST_PAIRS = 1_000_000
_MOST_SHOWN = 4_000
_AROUND = 3

Edit = tuple[int, int, list[str]]
"""Lines `first` to `end` of the base become these."""


def merged(base: str, mine: str, theirs: str) -> str | None:
    """Both changes of `base` in one text; None where they touch the same lines."""
    if mine in (theirs, base):
        return theirs
    if theirs == base:
        return mine
    lines = base.split("\n")
    ours, others = _edits(lines, mine.split("\n")), _edits(lines, theirs.split("\n"))
    both = _joined(ours, others)
    if both is None:
        return None
    result: list[str] = []
    at = 0
    for first, end, new in both:
        result += lines[at:first]
        result += new
        at = end
    return "\n".join(result + lines[at:])


def _joined(ours: list[Edit], others: list[Edit]) -> list[Edit] | None:
    """All edits in order; None where two of them meet."""
    same = [edit for edit in ours if edit in others]
    everything = sorted([*ours, *(edit for edit in others if edit not in same)], key=lambda e: (e[0], e[1]))
    for before, after in pairwise(everything):
        insertion_meets = after[0] == before[1] and (before[0] == before[1] or after[0] == after[1])
        if after[0] < before[1] or insertion_meets:
            return None
    return everything


def _edits(old: Sequence[str], new: Sequence[str]) -> list[Edit]:
    return [(a, b, list(new[c:d])) for tag, a, b, c, d in _opcodes(old, new) if tag != "equal"]


def _opcodes(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """difflib's opcodes, with equal ends cut off first and a ceiling on the work in between."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    a, b = old[head : len(old) - tail], new[head : len(new) - tail]
    found: list[tuple[str, int, int, int, int]] = [("equal", 0, head, 0, head)] if head else []
    if _pairs(a, b) <= _MOST_PAIRS:
        inner = difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
        found += [(t, i + head, j + head, k + head, m + head) for t, i, j, k, m in inner]
    elif a or b:
        found.append(("replace", head, head + len(a), head, head + len(b)))
    if tail:
        found.append(("equal", len(old) - tail, len(old), len(new) - tail, len(new)))
    return found


def _pairs(a: Sequence[str], b: Sequence[str]) -> int:
    counts = Counter(b)
    return sum(counts[line] for line in a) * max(1, min(len(a), len(b)) // 1_000)


def diff(old: str, new: str, *, from_revision: str, to_revision: str) -> Diff:
    """What changed from `old` to `new`, as hunks of lines."""
    a, b = old.split("\n") if old else [], new.split("\n") if new else []
    matcher = difflib.SequenceMatcher(None, [], [], autojunk=False)
    matcher.opcodes = _opcodes(a, b)  # pyright: ignore[reportAttributeAccessIssue]
    hunks: list[Hunk] = []
    added = removed = 0
    room, truncated = _MOST_SHOWN, False
    for group in matcher.get_grouped_opcodes(_AROUND):
        changed = [op for op in group if op[0] != "equal"]
        removed += sum(a2 - a1 for _, a1, a2, _, _ in changed)
        added += sum(b2 - b1 for _, _, _, b1, b2 in changed)
        lines = list(islice(_lines(group, a, b), room + 1))
        truncated = truncated or len(lines) > room
        if room > 0:
            hunks.append(_hunk(group, lines[:room]))
        room = max(0, room - len(lines))
    return Diff(
        from_revision=from_revision,
        to_revision=to_revision,
        added=added,
        removed=removed,
        hunks=tuple(hunks),
        truncated=truncated,
    )


def _hunk(group: list[tuple[str, int, int, int, int]], lines: list[DiffLine]) -> Hunk:
    first, last = group[0], group[-1]
    return Hunk(
        old_start=first[1] + 1,
        old_lines=last[2] - first[1],
        new_start=first[3] + 1,
        new_lines=last[4] - first[3],
        lines=tuple(lines),
    )


def _lines(
    group: list[tuple[str, int, int, int, int]], a: Sequence[str], b: Sequence[str]
) -> Iterator[DiffLine]:
    for tag, a1, a2, b1, b2 in group:
        if tag == "equal":
            for n in range(a2 - a1):
                yield DiffLine(kind="context", old=a1 + n + 1, new=b1 + n + 1, text=a[a1 + n])
            continue
        for n in range(a1, a2):
            yield DiffLine(kind="removed", old=n + 1, new=None, text=a[n])
        for n in range(b1, b2):
            yield DiffLine(kind="added", old=None, new=n + 1, text=b[n])
