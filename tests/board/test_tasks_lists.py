"""Lists, search and the snapshot."""

from __future__ import annotations

import gzip
import json
from typing import Any

import aiohttp
import sqlalchemy as sa

from opsroom.board.tasks.cards.api import DONE_SHOWN
from opsroom.board.tasks.listing import store as listing
from opsroom.board.tasks.listing.tables import TASK_TEXTS
from opsroom.board.tasks.listing.texts import excerpt, searchable, words_of
from opsroom.board.tasks.tables import TASKS
from opsroom.board.workflow.api import writing
from tests.board.furniture_kit import Board
from tests.board.test_tasks_life import new


async def found(board: Board, query: str) -> list[str]:
    reply = await board.send("GET", f"/tasks?{query}")
    assert reply.status == 200, reply.body
    assert reply.body["meta"]["total"] >= len(reply.body["data"])
    return [t["title"] for t in reply.body["data"]]


EVERYTHING = ["theirs", "done", "stuck", "wip", "part", "whole"]
"""What stands on the board of the filters, the newest first."""


async def stocked(board: Board, helper: Board) -> dict[str, str]:
    """A board with one card for each filter; the words the filters are filled with."""
    await board.ask("PATCH", "/agents/neo", {"agent_name": "helper"})
    sprint = await board.ask(
        "POST", "/sprints", {"name": "S", "start_date": "2026-11-01", "end_date": "2026-11-14"}
    )
    whole = await new(
        board, "whole", priority="p1", assigned_agent_id="neo", category_id="content", labels=["x", "y"]
    )
    await new(
        board, "part", parent_id=whole["id"], sprint_id=sprint["id"], due_date="2020-01-01", labels=["y"]
    )
    await new(
        board, "wip", status="in_progress", accountable_id="per_alice", start_date="2026-11-05", brand="B"
    )
    await new(board, "stuck", status="blocked", blocked_reason="r", client_id="maple", subscription="seo")
    await new(board, "done", status="done", due_date="2020-01-01", client_visible=True)
    await new(helper, "theirs", assigned_agent_id="kenji", depends_on=[whole["id"]])
    gone, kept = await new(board, "gone"), await new(board, "kept")
    await board.ask("DELETE", f"/tasks/{gone['id']}")
    await board.ask("POST", f"/tasks/{kept['id']}/archive")
    await new(board.of("bob"), "foreign", labels=["x"], priority="p1")
    return {"sprint": sprint["id"], "whole": whole["id"], "today": gone["created_at"][:10]}


def filters(word: dict[str, str]) -> dict[str, list[str]]:
    """Each filter and the titles it finds."""
    everything = EVERYTHING
    none = [t for t in everything if t not in ("whole", "theirs")]
    year = "2026-01-01T00:00:00Z"
    return {
        "": everything,
        "status=todo": ["theirs", "part", "whole"],
        "status=in_progress,done": ["done", "wip"],
        "status=nowhere": [],
        "kind=active,blocked": ["stuck", "wip"],
        "assigned=neo,kenji": ["theirs", "whole"],
        "assigned=none": none,
        "assigned=none,neo": [*none, "whole"],
        "accountable=me": ["wip"],
        "accountable=per_alice": ["wip"],
        "category=content": ["whole"],
        f"sprint={word['sprint']}": ["part"],
        "sprint=none&status=todo": ["theirs", "whole"],
        "priority=p1,p3": ["whole"],
        "label=x": ["whole"],
        "label=y": ["part", "whole"],
        "label=none&kind=todo": ["theirs"],
        "label=none,x&kind=todo": ["theirs", "whole"],
        "client=maple": ["stuck"],
        "brand=B": ["wip"],
        "subscription=seo": ["stuck"],
        f"parent={word['whole']}": ["part"],
        "created_by=me": everything[1:],
        "watcher=per_alice": everything[1:],
        "due_from=2020-01-01&due_to=2020-01-01": ["done", "part"],
        "start_from=2026-11-01": ["wip"],
        "start_to=2026-11-01": [],
        f"created_from={year}&updated_from={year}": everything,
        f"created_to={year}": [],
        f"completed_from={year}": ["done"],
        "completed_to=2026-01-01": [],
        f"completed_to={word['today']}": ["done"],
        "overdue=true": ["part"],
        "overdue=false": [t for t in everything if t != "part"],
        "blocked=true": ["stuck"],
        "waiting=true": ["theirs"],
        "waiting=false&kind=todo": ["part", "whole"],
        "client_visible=true": ["done"],
        "archived=only": ["kept"],
        "archived=include": ["kept", *everything],
        "deleted=only": ["gone"],
        "parent=none&priority=p2&kind=todo": ["theirs"],
    }


async def test_every_filter_finds_its_own(board: Board) -> None:
    helper = await board.member("helper", kind="agent")
    word = await stocked(board, helper)
    for query, titles in filters(word).items():
        assert sorted(await found(board, query)) == sorted(titles), query
        reply = await board.send("GET", f"/tasks?limit=1&{query}")
        assert reply.body["meta"]["total"] == len(titles), query
    assert await found(helper, "assigned=me") == ["whole"]  # its seat on the roster
    assert await found(helper, "created_by=me") == ["theirs"]
    assert await found(board, "") == EVERYTHING  # the newest first


async def test_lists_are_sorted_by_several_fields(board: Board) -> None:
    for title, priority, due in [("a", "p2", "2026-01-03"), ("b", "p1", None), ("c", "p1", "2026-01-02")]:
        await new(board, title, priority=priority, due_date=due)
    await new(board, "d", status="done", estimate=2)
    for sort, titles in {
        "priority,due_date": "cbad",
        "priority:desc,due_date:desc": "adcb",
        "due_date": "cabd",
        "title:desc": "dcba",
        "number": "abcd",
        "status,sort_order": "cbad",
        "status:desc,number": "dabc",
        "estimate,title": "dabc",
        "completed_at:desc,created_at": "dabc",
    }.items():
        assert "".join(await found(board, f"sort={sort}")) == titles, sort
    for wrong in ("colour", "title:up", "title;drop", "priority,,title"):
        status, _, errors = await board.refused("GET", f"/tasks?sort={wrong}")
        assert (status, errors.keys()) == (422, {"query.sort"})
    pages = [await found(board, f"sort=number&limit=3&offset={n}") for n in (0, 3, 6)]
    assert pages == [["a", "b", "c"], ["d"], []]
    reply = await board.send("GET", "/tasks?limit=3&offset=3")
    assert reply.body["meta"]["total"] == 4


async def test_bad_queries_are_refused_by_name(board: Board) -> None:
    for query, path in {
        "colour=red": "query.colour",
        "due_from=2026-02-30": "query.due_from",
        "limit=201": "query.limit",
        "offset=-1": "query.offset",
        "overdue=perhaps": "query.overdue",
        "archived=some": "query.archived",
        "created_from=0001-01-01T00:00:00Z": "created_from",
        f"search={'x' * 501}": "query.search",
    }.items():
        status, _, errors = await board.refused("GET", f"/tasks?{query}")
        assert (status in (400, 422), {p.removeprefix("query.") for p in errors}) == (
            True,
            {path.removeprefix("query.")},
        )


async def test_times_without_a_zone_are_the_projects(board: Board) -> None:
    task = await new(board)
    await board.ask("PATCH", "/board/settings", {"time_zone": "Pacific/Pago_Pago"})  # 11 hours behind
    utc = task["created_at"][:19]
    assert await found(board, f"created_to={utc}") == ["Fix sitemap"]
    await board.ask("PATCH", "/board/settings", {"time_zone": "UTC"})
    assert await found(board, f"created_to={utc}") == []


async def test_a_search_ranks_and_shows_what_it_found(board: Board) -> None:
    await new(board, "Report about nothing", description="At the end of it all there is a sitemap to mend")
    await new(board, "Sitemap: broken since Monday", description="x " * 300 + "Éclair und Straße")
    said = await new(board, "Weekly call")
    await board.ask(
        "POST", f"/tasks/{said['id']}/comments", {"content": "They asked for the sitemap again <b>"}
    )
    await new(board, "網站地圖 Καλημέρα", labels=["x"])
    await new(board.of("bob"), "Sitemap of somebody else")
    reply = await board.send("GET", "/tasks?search=SITE&limit=2")
    assert reply.body["meta"]["total"] == 3
    titles = ["Sitemap: broken since Monday", "Report about nothing", "Weekly call"]
    assert [t["title"] for t in reply.body["data"]] == titles[:2]
    assert await found(board, "search=sitemap") == titles
    assert await found(board, "search=sitemap&sort=title:desc") == sorted(titles, reverse=True)
    data = (await board.send("GET", "/tasks?search=sitemap")).body["data"]
    assert data[0]["highlights"] == ["«Sitemap»: broken since Monday"]
    assert data[1]["highlights"] == ["At the end of it all there is a «sitemap» to mend"]
    assert data[2]["highlights"] == ["They asked for the «sitemap» again <b>"]
    for search, titles in {
        "sitemap monday": ["Sitemap: broken since Monday"],
        "eclair": ["Sitemap: broken since Monday"],
        "STRASSE": ["Sitemap: broken since Monday"],
        "地圖": ["網站地圖 Καλημέρα"],
        "καλημερα": ["網站地圖 Καλημέρα"],
        "%232": ["Sitemap: broken since Monday"],
        "2": ["Sitemap: broken since Monday"],
        "%2399": [],
        "xyzzy": [],
        "%22sitemap": ["Sitemap: broken since Monday", "Report about nothing", "Weekly call"],
        "NEAR(a b) OR *": [],
        "' --": await found(board, ""),
        "title:sitemap": [],
    }.items():
        expected = [] if search == "' --" else titles
        assert await found(board, f"search={search}") == expected, search
    assert await found(board, "search=sitemap&label=x") == []


async def test_a_search_follows_what_changes(board: Board) -> None:
    task = await new(board, "Kestrel")
    path = f"/tasks/{task['id']}"
    await board.ask("PATCH", path, {"title": "Heron", "description": "and an owl"})
    comment = await board.ask("POST", f"{path}/comments", {"content": "a wren"})
    for word, there in {"kestrel": False, "heron": True, "owl": True, "wren": True}.items():
        assert bool(await found(board, f"search={word}")) == there
    await board.ask("PATCH", f"/comments/{comment['id']}", {"content": "a robin"})
    assert (await found(board, "search=wren"), await found(board, "search=robin")) == ([], ["Heron"])
    await board.ask("DELETE", f"/comments/{comment['id']}")
    assert await found(board, "search=robin") == []
    await board.ask("DELETE", path)
    assert await found(board, "search=heron") == []
    assert await found(board, "search=heron&deleted=only") == ["Heron"]


async def put_many(board: Board, count: int, status: str, *, searched: bool = False) -> None:
    """Tasks straight into the table, numbered from 1."""
    scope, now = board.actor.scope.model_dump(), board.house.database.now()
    common = scope | {
        "status": status,
        "priority": "p2",
        "labels": [],
        "custom": {},
        "created_by": "per_alice",
    }
    common |= {"created_by_name": "Alice", "created_at": now, "updated_at": now, "moved_at": now}
    rows = [
        common | {"id": f"task_{n:020}", "number": n, "title": f"bird {n}", "rank": f"V{n:05}V"}
        for n in range(1, count + 1)
    ]
    async with writing(board.house, board.actor) as tx:
        await tx.conn.execute(sa.insert(TASKS), rows)
        if searched:
            texts = [
                scope | {"task_id": r["id"], "title": r["title"], "description": "", "comments": ""}
                for r in rows
            ]
            await tx.conn.execute(sa.insert(TASK_TEXTS), texts)


async def test_long_lists_are_counted_up_to_a_point(board: Board) -> None:
    await put_many(board, listing.COUNTED + 5, "done")
    assert (await board.send("GET", "/tasks?limit=2")).body["meta"]["total"] == listing.COUNTED + 1
    assert (await board.send("GET", "/tasks?limit=2&priority=p1")).body["meta"]["total"] == 0


async def test_a_search_that_finds_too_much_ranks_the_newest(board: Board) -> None:
    await put_many(board, listing.RANKED + 2, "todo", searched=True)
    reply = await board.send("GET", "/tasks?search=bird&sort=number&limit=1")
    assert (reply.body["meta"]["total"], reply.body["data"][0]["number"]) == (listing.RANKED, 3)


async def test_of_done_cards_the_board_shows_the_last(board: Board) -> None:
    await put_many(board, DONE_SHOWN + 3, "done")
    data = await board.ask("GET", "/board")
    assert (len(data["cards"]), data["done_hidden"]) == (DONE_SHOWN, 3)
    numbers = [card["number"] for card in data["cards"]]
    assert numbers == list(range(4, DONE_SHOWN + 4))  # in their order in the column


async def test_the_board_in_one_answer(board: Board) -> None:
    whole = await new(board, "whole")
    part = await new(
        board, "part", parent_id=whole["id"], labels=["a"], assigned_agent_id="neo", due_date="2026-12-01"
    )
    for n in range(4):
        await new(board, f"done {n}", status="done", parent_id=whole["id"])
    await board.ask("POST", f"/tasks/{part['id']}/comments", {"content": "c"})
    reply = await board.send("GET", "/board")
    data = reply.body["data"]
    by_title = {c["title"]: c for c in data["cards"]}
    assert by_title.keys() == {"whole", "part", "done 0", "done 1", "done 2", "done 3"}
    assert data["done_hidden"] == 0
    task = await board.ask("GET", f"/tasks/{part['id']}")
    shown = by_title["part"].keys() - {"comment_count"}
    assert by_title["part"] == {name: task[name] for name in shown} | {"comment_count": 1}
    assert shown >= {"id", "number", "title", "status", "priority", "rank", "labels", "updated_at", "version"}
    assert shown - {
        "id",
        "number",
        "title",
        "status",
        "priority",
        "rank",
        "labels",
        "updated_at",
        "version",
    } == {
        "assigned_agent_id",
        "due_date",
        "parent_id",
    }
    assert (by_title["whole"]["subtask_count"], by_title["whole"]["subtask_done_count"]) == (5, 4)
    assert {"columns", "agents", "categories", "sprints", "fields", "people", "settings"} <= data.keys()
    last = (await board.events())[-1]["seq"]
    assert reply.body["meta"]["seq"] >= last
    assert [c["title"] for c in (await board.of("bob").ask("GET", "/board"))["cards"]] == []


async def test_the_board_is_packed_for_those_who_take_it(board: Board) -> None:
    for n in range(30):
        await board.put_task(f"Card {n}")
    address, key = f"{board.town.url}/api/board", board.town.keys["alice"]
    answers: dict[str, Any] = {}
    async with aiohttp.ClientSession(auto_decompress=False) as http:
        for accepted in ("gzip, br", "identity"):
            headers = {"Authorization": f"Bearer {key}", "Accept-Encoding": accepted}
            async with http.get(address, headers=headers) as answer:
                raw = await answer.read()
                assert answer.headers.get("Vary", "").count("Accept-Encoding") == 1
                is_packed = answer.headers.get("Content-Encoding") == "gzip"
                assert is_packed == (accepted != "identity")
                answers[accepted] = json.loads(gzip.decompress(raw) if is_packed else raw)["data"]
    assert answers["gzip, br"] == answers["identity"]
    assert len(answers["identity"]["cards"]) == 30


def test_texts_are_folded_and_shown_as_they_were() -> None:
    assert searchable("Éclair_und STRAẞE #42 網站") == "eclair und strasse 42 網 站"
    assert words_of('sitemap "OR" -x* sitemap') == ["sitemap", "or", "x"]
    assert excerpt("nothing here", ["sitemap"]) is None
    assert excerpt("The Cafés of\n\nParis", ["cafe", "par"]) == "The «Cafés» of «Paris»"
    long = "word " * 100 + "needle" + " word" * 100
    shown = excerpt(long, ["needle"]) or ""
    assert shown.startswith("… word")
    assert shown.endswith("word …")
    assert "«needle»" in shown
    assert len(shown) < 230
