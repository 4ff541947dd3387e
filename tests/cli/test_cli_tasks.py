"""`opsroom tasks` against a real served board of two tenants."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from opsroom.kernel.actor import Actor
from tests.board.furniture_kit import Board, open_board
from tests.cli.command_line import Ended, opsroom

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
async def board(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Board]:
    async with open_board(build_house, alice, bob) as opened:
        yield opened


async def tasks(board: Board, folder: Path, *words: str, stdin: bytes = b"") -> Ended:
    key = board.town.keys.get(board.key, board.key)
    return await opsroom(
        "tasks", *words, cwd=folder, stdin=stdin, OPSROOM_URL=board.town.url, OPSROOM_API_KEY=key
    )


async def good(board: Board, folder: Path, *words: str, stdin: bytes = b"") -> str:
    done = await tasks(board, folder, *words, stdin=stdin)
    assert (done.code, done.err) == (0, ""), done
    return done.out


async def test_a_task_from_its_adding_to_its_end(board: Board, tmp_path: Path) -> None:
    added = await good(
        board, tmp_path, "add", "Fix sitemap", "--priority", "p1", "--assign", "kenji", "--due", "2030-02-20",
        "--category", "development", "--label", "seo", "--label", "urgent", "--estimate", "2.5", "-d", "-",
        stdin=b"See **robots**.",
    )  # fmt: skip
    assert added == "#1 Fix sitemap is on the board, in todo.\n"
    assert (
        await good(board, tmp_path, "add", "Part", "--parent", "#1") == "#2 Part is on the board, in todo.\n"
    )
    assert (
        await good(board, tmp_path, "move", "1", "in_progress") == "#1 Fix sitemap is in in_progress now.\n"
    )
    assert await good(board, tmp_path, "assign", "#1", "maya") == "#1 Fix sitemap is assigned to 🔍 Maya.\n"
    assert (
        await good(board, tmp_path, "comment", "1", "-", stdin=b"Half way, @neo.\n\x1b[31mred") == "Said.\n"
    )
    assert "is in blocked now" in await good(board, tmp_path, "move", "1", "blocked", "--reason", "No access")
    shown = await good(board, tmp_path, "show", "#1")
    for text in (
        "#1 Fix sitemap", "blocked: No access", "🔍 Maya", "Development", "2030-02-20", "2.5", "seo, urgent",
        "0 of 1 done", "See **robots**.", "Half way, @neo.", "by Alice",
    ):  # fmt: skip
        assert text in shown, shown
    assert "\x1b" not in shown
    assert await good(board, tmp_path, "done", "1") == "#1 Fix sitemap is in done now.\n"
    assert await good(board, tmp_path, "assign", "1", "none") == "#1 Fix sitemap is assigned to nobody.\n"


async def test_lists_are_filtered_and_told_as_data(board: Board, tmp_path: Path) -> None:
    for words in (("One", "--priority", "p1"), ("Two", "--status", "done"), ("Three", "--assign", "kenji")):
        await good(board, tmp_path, "add", *words)
    await good(board.of("bob"), tmp_path, "add", "Not ours")
    listed = await good(board, tmp_path, "list")
    assert [t in listed for t in ("One", "Two", "Three", "Not ours")] == [True, True, True, False]
    for words, titles in (
        (("--status", "done"), ["Two"]),
        (("--priority", "p1,p3"), ["One"]),
        (("--assigned", "kenji"), ["Three"]),
        (("--sort", "title"), ["One", "Three", "Two"]),
        (("tw",), ["Two"]),
        (("--overdue",), []),
    ):
        done = await tasks(board, tmp_path, "list", *words, "--json")
        assert [t["title"] for t in json.loads(done.out)] == titles, words
    kenji = await board.member("kenji", kind="agent")
    mine = json.loads((await tasks(kenji, tmp_path, "list", "--mine", "--json")).out)
    assert [t["title"] for t in mine] == ["Three"]
    cut = await tasks(board, tmp_path, "list", "--limit", "1")
    assert "1 of 3 tasks; --limit shows more." in cut.err
    none = await tasks(board, tmp_path, "list", "--priority", "p3")
    assert (none.code, none.out, "No tasks fit" in none.err) == (0, "", True)
    shown = json.loads(await good(board, tmp_path, "show", "1", "--json"))
    assert (shown["number"], shown["newest_comments"]) == (1, [])


REFUSED = {
    "move 1 nowhere": ["status: ", "todo, in_progress, done, blocked"],
    "move 1 blocked": ["blocked_reason: "],
    "move 99 done": ["99"],
    "assign 1 nobody": ["assigned_agent_id: "],
    "add X --due 2026-02-30 --priority p9": ["due_date: ", "priority: "],
    "list --sort beauty": ["query.sort: "],
    "list --mine --assigned kenji": ["--mine: cannot stand beside --assigned"],
    "comment 1 -": ["content: "],
    "show task_0": ["task_0"],
}


async def test_what_cannot_be_is_said_plainly(board: Board, tmp_path: Path) -> None:
    await good(board, tmp_path, "add", "One")
    for words, said in REFUSED.items():
        done = await tasks(board, tmp_path, *words.split())
        assert (done.code, done.out) == (2, ""), done
        assert [text for text in said if text not in done.err] == [], done.err
        assert "Traceback" not in done.err
