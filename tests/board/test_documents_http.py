"""Documents over HTTP: the answers a page and an agent work with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from opsroom.artifacts.room import ROOM as ARTIFACTS
from opsroom.identity.room import ROOM as IDENTITY
from opsroom.kernel.actor import Actor
from tests.app.edge_town import QUICK, Town, open_town
from tests.board import documents_kit as kit

ROOMS = [IDENTITY, ARTIFACTS, kit.DOCUMENTS]
DOCS = f"/api/tasks/{kit.TASK}/documents"


@pytest.fixture
async def town(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Town]:
    house = await build_house(ROOMS, settings=[QUICK, kit.QUICK])
    async with open_town(house, ROOMS, alice, bob) as served:
        for actor in (served.alice, served.bob):
            await kit.add_owners(house, actor)
        yield served


async def test_a_document_from_first_save_to_restore(town: Town) -> None:
    async def ask(method: str, path: str, body: Any = None, status: int = 200) -> Any:
        reply = await town.send(method, path, key="alice", json=body)
        assert reply.status == status, reply.body
        return reply.body

    made = await ask("PUT", f"{DOCS}/spec.md", {"template": "task-spec.md", "message": "Begin"})
    assert made["data"]["text"].startswith("# Fix sitemap\n")
    base = made["data"]["revision"]
    one = await ask("PUT", f"{DOCS}/spec.md", {"text": "a\nb\nc\n", "base": base})
    mine = await ask("PUT", f"{DOCS}/spec.md", {"text": "a\nb\nC\n", "base": one["data"]["revision"]})
    assert mine["meta"]["merged"] is None
    both = await ask("PUT", f"{DOCS}/spec.md", {"text": "A\nb\nc\n", "base": one["data"]["revision"]})
    assert (both["data"]["text"], both["meta"]["merged"]) == ("A\nb\nC\n", ["text"])
    refused = await ask(
        "PUT", f"{DOCS}/spec.md", {"text": "AA\nb\nc\n", "base": one["data"]["revision"]}, status=409
    )
    assert refused["current"] == {"text": "A\nb\nC\n", "revision": both["data"]["revision"]}
    assert refused["yours"] == {"text": "AA\nb\nc\n"}
    await kit.settled(town.house, town.alice)
    listed = await ask("GET", DOCS)
    assert [(d["name"], d["status"], d["path"]) for d in listed["data"]] == [
        ("spec.md", "saved", "tasks/task_one/spec.md")
    ]
    assert "text" not in listed["data"][0]
    told = (await ask("GET", f"{DOCS}/spec.md/history?limit=2"))["data"]
    assert [r["author"] for r in told] == [town.alice.name] * 2
    diff = (await ask("GET", f"{DOCS}/spec.md/diff?from={base}&to={one['data']['revision']}"))["data"]
    assert diff["added"] == 3
    now = (await ask("GET", f"{DOCS}/spec.md/diff?from={one['data']['revision']}"))["data"]
    assert (now["added"], now["removed"], now["to_revision"]) == (2, 2, both["data"]["revision"])
    old = await ask("GET", f"{DOCS}/spec.md?revision={one['data']['revision']}")
    assert old["data"]["text"] == "a\nb\nc\n"
    back = await ask("POST", f"{DOCS}/spec.md/restore", {"revision": one["data"]["revision"]})
    assert back["data"]["text"] == "a\nb\nc\n"
    await ask("DELETE", f"{DOCS}/spec.md?base={base}", status=409)
    await ask("DELETE", f"{DOCS}/spec.md?base={back['data']['revision']}")
    await ask("GET", f"{DOCS}/spec.md", status=404)
    assert (await ask("GET", f"{DOCS}/spec.md/history"))["data"][0]["deleted"] is True


async def test_bad_requests_name_what_is_wrong(town: Town) -> None:
    for name, body, status, paths in (
        ("spec.md", {}, 422, ["text"]),
        ("spec.md", {"text": "a", "template": "b"}, 422, ["text"]),
        ("spec.md", {"template": "none.md"}, 422, ["template"]),
        ("spec.md", {"text": 5, "bass": "x"}, 422, ["text", "bass"]),
        ("spec.md", {"text": "a", "base": "../x"}, 422, ["base"]),
        ("spec.md", {"text": "a", "base": "abcd" * 10}, 404, []),
        ("spec.txt", {"text": "a"}, 422, ["name"]),
        ("CON.md", {"text": "a" * 600_000}, 422, ["name", "text"]),
        ("..%2Fx.md", {"text": "a"}, 404, []),
        ("%2e%2e", {"text": "a"}, 404, None),
        ("a%00.md", {"text": "a"}, 400, []),
        ("x" * 300 + ".md", {"text": "a"}, 422, ["name"]),
    ):
        reply = await town.send("PUT", f"{DOCS}/{name}", key="alice", json=body)
        if paths is None:
            assert reply.status in (404, 405, 422), name
            continue
        assert reply.status == status, (name, str(body)[:80], reply.body)
        assert [e["path"] for e in reply.body["errors"]] == paths, name
    for query in ("limit=0", "limit=500", "offset=-1", "sort=name"):
        assert (await town.send("GET", f"{DOCS}?{query}", key="alice")).status == 422, query
    assert (await town.send("GET", f"{DOCS}/spec.md/diff", key="alice")).status == 422
    assert (await town.send("GET", f"{DOCS}/spec.md/diff?from=x%27--", key="alice")).status == 422


async def test_sprints_and_templates_have_documents_too(town: Town) -> None:
    at = f"/api/sprints/{kit.SPRINT}/documents"
    made = await town.send("PUT", f"{at}/goals.md", key="alice", json={"template": "sprint-goals.md"})
    assert made.body["data"]["path"] == "sprints/sprint-2026-q1/goals.md"
    assert (await town.send("GET", f"{at}/goals.md", key="bob")).status == 404  # the same id, another project
    listed = await town.send("GET", "/api/templates", key="bob")
    assert [(t["name"], t["status"]) for t in listed.body["data"]] == [
        ("task-spec.md", "built_in"),
        ("sprint-goals.md", "built_in"),
    ]
    base = (await town.send("GET", "/api/templates/task-spec.md", key="bob")).body["data"]["revision"]
    changed = await town.send(
        "PUT", "/api/templates/task-spec.md", key="bob", json={"text": "# {{title}}\n", "base": base}
    )
    assert changed.status == 200, changed.body
    assert (await town.send("DELETE", "/api/templates/sprint-goals.md", key="bob")).status == 200
    assert [t["name"] for t in (await town.send("GET", "/api/templates", key="bob")).body["data"]] == [
        "task-spec.md"
    ]
    theirs = (await town.send("GET", "/api/templates/task-spec.md", key="alice")).body["data"]["text"]
    assert theirs != "# {{title}}\n"
