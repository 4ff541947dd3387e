"""Merging and comparing by lines: what git merges we merge the same, and nothing makes it slow."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsroom.board.documents.merge import diff, merged
from opsroom.board.documents.rules import Rebased, Waiting, rebase

# The machine may be busy with others: how long an example takes is not what is tested.
QUIET = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
LINES = st.lists(st.sampled_from("abcdefgh"), max_size=12).map(lambda lines: "".join(f"{x}\n" for x in lines))


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, str, str]:
    """A text of distinct lines and two changed copies of it."""
    base = [f"line {n}" for n in range(draw(st.integers(0, 14)))]

    def change() -> str:
        lines = list(base)
        for _ in range(draw(st.integers(0, 3))):
            at = draw(st.integers(0, len(lines)))
            new = draw(st.lists(st.sampled_from(["x", "y", "z"]), max_size=2))
            lines[at : at + draw(st.integers(0, 2))] = new
        return "".join(f"{line}\n" for line in lines)

    return "".join(f"{line}\n" for line in base), change(), change()


@QUIET
@given(LINES, LINES)
def test_one_sided_changes_win(base: str, mine: str) -> None:
    assert merged(base, mine, base) == mine
    assert merged(base, base, mine) == mine
    assert merged(base, mine, mine) == mine


@QUIET
@given(edited())
def test_both_orders_agree(texts: tuple[str, str, str]) -> None:
    base, mine, theirs = texts
    assert merged(base, mine, theirs) == merged(base, theirs, mine)


@settings(QUIET, max_examples=40)
@given(edited())
def test_where_git_merges_we_get_the_same(tmp_path_factory: object, texts: tuple[str, str, str]) -> None:
    folder: Path = tmp_path_factory.mktemp("merge")  # type: ignore[attr-defined]
    names = [folder / name for name in ("mine", "base", "theirs")]
    for path, text in zip(names, (texts[1], texts[0], texts[2]), strict=True):
        path.write_text(text)
    done = subprocess.run(["git", "merge-file", "-p", *names], capture_output=True, text=True, check=False)
    ours = merged(*texts)
    if done.returncode == 0 and ours is not None:
        assert ours == done.stdout


def test_changes_side_by_side_merge_and_of_one_line_do_not() -> None:
    assert merged("a\nb\n", "A\nb\n", "a\nB\n") == "A\nB\n"
    assert merged("a\nb\n", "A\nb\n", "AA\nb\n") is None
    assert merged("a\nb\n", "a\nx\nb\n", "a\ny\nb\n") is None  # two insertions in one place
    assert merged("a\nb\n", "x\na\nb\n", "a\nb\ny\n") == "x\na\nb\ny\n"
    assert merged("a\nb\nc\n", "a\nc\n", "a\nB\nc\n") is None  # deleted here, changed there
    assert merged("", "mine\n", "theirs\n") is None


@QUIET
@given(LINES, LINES)
def test_a_diff_tells_the_whole_change(old: str, new: str) -> None:
    told = diff(old, new, from_revision="a", to_revision="b")
    before = old.split("\n") if old else []
    after = new.split("\n") if new else []
    lines = [line for hunk in told.hunks for line in hunk.lines]
    assert all(before[line.old - 1] == line.text for line in lines if line.old)
    assert all(after[line.new - 1] == line.text for line in lines if line.new)
    assert told.added - told.removed == len(after) - len(before)
    rest = [
        line for n, line in enumerate(before, 1) if n not in {x.old for x in lines if x.kind == "removed"}
    ]
    for line in sorted((x for x in lines if x.kind == "added"), key=lambda x: x.new or 0):
        rest.insert((line.new or 1) - 1, line.text)
    assert rest == after


def test_texts_made_to_be_slow_are_not() -> None:
    began = time.perf_counter()
    empty, other = "\n" * 200_000, "x\n" + "\n" * 180_000 + "y"
    assert merged(empty, other, "z" + empty) is None
    found = diff("a\nb\n" * 60_000, "b\na\n" * 60_000 + "c", from_revision="a", to_revision="b")
    assert found.truncated
    assert sum(len(hunk.lines) for hunk in found.hunks) <= 4_000
    assert time.perf_counter() - began < 5


def test_waiting_saves_follow_what_others_pushed() -> None:
    waits = [
        Waiting("1", "a1\nb\nc\n"),
        Waiting("2", "a2\nb\nc\n"),
        Waiting("3", None),
        Waiting("4", "new\n"),
    ]
    after = rebase("a\nb\nc\n", "a\nb\nC\n", waits)
    assert after == [
        Rebased("1", "a1\nb\nC\n", lost=False),
        Rebased("2", "a2\nb\nC\n", lost=False),
        Rebased("3", None, lost=True),  # they changed what we delete: their text is not thrown away
        Rebased("4", "new\n", lost=True),  # nor does a new text take its place unseen
    ]
    assert rebase("a\n", "b\n", [Waiting("1", "c\n")]) == [Rebased("1", "c\n", lost=True)]
    assert rebase("a\n", None, [Waiting("1", "c\n")]) == [Rebased("1", "c\n", lost=False)]
    assert rebase("a\n", "b\n", [Waiting("1", "b\n")]) == [Rebased("1", "b\n", lost=False)]
