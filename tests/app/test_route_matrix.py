"""Whose is what: every route of the product × who asks × own, foreign and absent things.

The matrix fails when a route has no row, so that nobody adds an address without saying whose it is.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
import pytest

from opsroom.kernel.actor import Actor
from tests.app.document_rows import DOCUMENTS
from tests.app.edge_town import PASSWORD, Reply, Town
from tests.app.exchange_rows import EXCHANGE
from tests.app.furniture_rows import FURNITURE
from tests.app.product_town import Makers, open_product
from tests.app.route_row import Row
from tests.app.task_rows import TASKS

PUBLIC = {
    "POST /api/session",
    "GET /health",
    "GET /metrics",
    "GET /schema",
    "GET /schema/openapi.json",
    "GET /schema/reference.css",
    "GET /api/agent-file-schema",
    "GET /files/{token}",
    "POST /webhook/{agent_name}",
}
MATRIX: dict[str, Row] = {
    # identity
    "GET /api/me": Row(),
    "PATCH /api/session": Row({"project_id": "proj_a"}, done=(403,)),  # for browsers, not for keys
    "DELETE /api/session": Row(),
    "POST /api/me/password": Row(
        {"current_password": PASSWORD, "new_password": "a staple for each"}, done=(403,)
    ),
    "GET /api/people": Row(),
    "POST /api/people": Row({"email": "new-{n}@a.example", "name": "New"}, "admin"),
    "PATCH /api/people/{person_id}": Row({"version": 1, "name": "Renamed"}, "admin", "person"),
    "POST /api/people/{person_id}/reset-password": Row(None, "admin", "person"),
    "GET /api/actors": Row(),
    "POST /api/actors": Row({"kind": "app", "slug": "other-{n}", "name": "Other"}, "admin"),
    "GET /api/keys": Row(),
    "POST /api/keys": Row({"label": "another", "verbs": ["keys:write"]}),
    "DELETE /api/keys/{key_id}": Row(owned="key"),
    "GET /api/projects": Row(),
    "POST /api/projects": Row({"name": "project {n}"}, "admin"),
    "PATCH /api/project": Row({"name": "renamed {n}"}, "admin"),
    # agents
    "GET /api/agent-files": Row(),
    "GET /api/agent-files/{name}": Row(owned="agent"),
    "POST /api/agent-files/{name}/rollback": Row({"version": 1}, owned="agent"),
    "POST /api/agent-file-check": Row({"name": "x", "text": "{}"}),
    "GET /api/skills": Row(),
    # runs
    "GET /api/runs": Row(),
    "POST /api/runs": Row({"agent": "scout-a"}),
    "GET /api/runs/{run_id}": Row(owned="run"),
    "GET /api/runs/{run_id}/log": Row(owned="run"),
    "POST /api/runs/{run_id}/cancel": Row({}, owned="run"),
    "POST /api/runs/{run_id}/rerun": Row(owned="run"),
    "POST /api/runs/{run_id}/redeliver": Row({}, owned="delivered_run"),
    "GET /api/runs/{run_id}/events": Row(owned="run", stream=True),
    "GET /api/feed": Row(stream=True),
    # approvals, files, deliveries, alerts, webhooks
    "GET /api/approvals": Row(),
    "POST /api/approvals/{approval_id}/allow": Row({}, owned="approval"),
    "POST /api/approvals/{approval_id}/deny": Row({"message": "no"}, owned="approval"),
    "GET /api/artifacts/{artifact_id}": Row(owned="artifact"),
    "GET /api/artifacts/{artifact_id}/content": Row(owned="artifact"),
    "GET /api/artifacts/{artifact_id}/preview": Row(owned="artifact"),
    "POST /api/artifacts/{artifact_id}/link": Row({}, owned="artifact"),
    "GET /api/deliveries/{delivery_id}": Row(owned="delivery"),
    "GET /api/alerts": Row(),
    "GET /api/webhook-deliveries": Row(),
    "GET /api/webhook-deliveries/{delivery_id}": Row(owned="webhook"),
    "POST /api/webhook-deliveries/{delivery_id}/replay": Row(owned="webhook"),
    **FURNITURE,
    **TASKS,
    **EXCHANGE,
    "POST /api/live/ticket": Row(),
    **DOCUMENTS,
    "POST /api/tasks/{task_id}/suggest-agent": Row(owned="task"),
    "GET /api/automations": Row(),
    "POST /api/automations": Row(
        {"name": "r {n}", "when": {"event": "task_created"}, "then": [{"do": "label", "add": ["x"]}]}
    ),
    "GET /api/automations/{automation_id}": Row(owned="automation"),
    "PATCH /api/automations/{automation_id}": Row({"name": "renamed"}, owned="automation"),
    "DELETE /api/automations/{automation_id}": Row(owned="automation"),
    "POST /api/automations/dry-run": Row(
        {"when": {"event": "task_created"}, "then": [{"do": "label", "add": ["x"]}]}
    ),
    "POST /api/automations/{automation_id}/dry-run": Row({}, owned="automation"),
    "GET /api/automations/{automation_id}/log": Row(owned="automation"),
    "GET /api/recurring": Row(),
    "POST /api/recurring": Row(
        {"name": "r {n}", "template": {"title": "t"}, "rule": "FREQ=DAILY", "starts": "2026-01-01T09:00"}
    ),
    "POST /api/recurring/preview": Row({"rule": "FREQ=WEEKLY", "starts": "2026-01-01T09:00"}),
    "PATCH /api/recurring/{recurring_id}": Row({"paused": True}, owned="recurring"),
    "DELETE /api/recurring/{recurring_id}": Row(owned="recurring"),
    "GET /api/notifications": Row(),
    "POST /api/notifications/read": Row({"all": True}),
    "POST /api/notifications/test": Row({"channel": "email"}, done=(200, 403)),
    "GET /api/notification-preferences": Row(),
    # Programs have no notifications, and the callers of this test are programs.
    "PUT /api/notification-preferences": Row({"digest_hour": 9}, done=(200, 403)),
    "POST /api/tasks/{task_id}/preview": Row({"status": "done"}, owned="task"),
}
# Names nobody has: one as near to a tenant's own agents as the other tenant's agent is.
ABSENT = {"agent": "scout-c"}
RANK = {"user": 1, "admin": 2, "super_admin": 3}


@pytest.fixture
async def town(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Town]:
    async with open_product(build_house, alice, bob) as served:
        yield served


class Visitor:
    """Asks as one caller, with fresh bodies."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._count = 0

    async def ask(self, route: str, thing: str, key: str | None) -> Reply:
        """The answer to a route about `thing`. Of a stream only the head is read."""
        method, _, path = route.partition(" ")
        row = MATRIX[route]
        if row.name is not None:
            path = path.replace("{name}", row.name)
        path = re.sub(r"{\w+}", thing, path)
        if row.stream:
            return await self._head(path, key)
        return await self._town.send(method, path, key=key, json=self._filled(row.body))

    def _filled(self, body: Any) -> Any:
        self._count += 1
        if not isinstance(body, dict):
            return body
        return {k: v.replace("{n}", str(self._count)) if isinstance(v, str) else v for k, v in body.items()}

    async def _head(self, path: str, key: str | None) -> Reply:
        secret = self._town.keys.get(key or "", key)
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        async with (
            aiohttp.ClientSession() as http,
            http.get(self._town.url + path, headers=headers) as answer,
        ):
            plain = answer.status == 200
            if plain:
                assert answer.headers["content-type"].startswith("text/event-stream")
            return Reply(answer.status, {}, None if plain else await answer.json(content_type=None))


async def _documented(town: Town) -> dict[str, dict[str, Any]]:
    document = (await town.send("GET", "/schema/openapi.json")).body
    return {f"{m.upper()} {path}": op for path, ops in document["paths"].items() for m, op in ops.items()}


async def _key(town: Town, tenant: str, role: str, verbs: Sequence[str] = ("*",)) -> str:
    """A key of an app with this role."""
    makers = Makers(town, tenant)
    slug = f"app-{role.replace('_', '-')}-{abs(hash((role, tuple(verbs)))) % 10**9}"
    app = {"kind": "app", "slug": slug, "name": slug, "role": role}
    if role == "super_admin":
        body: dict[str, Any] = {"label": "k", "verbs": list(verbs)}
    else:
        actor = await town.send("POST", "/api/actors", key=tenant, json=app)
        assert actor.status == 201, actor.body
        body = {"label": "k", "verbs": list(verbs), "actor_id": actor.body["data"]["id"]}
    issued = await town.send("POST", "/api/keys", key=tenant, json=body)
    assert issued.status == 201, (makers.actor.name, issued.body)
    return issued.body["data"]["secret"]


async def _thing(town: Town, tenant: str, kind: str | None, key: str) -> str:
    """Something of this tenant; a key is the caller's own, since users see no others."""
    if kind is None:
        return "none"
    if kind == "key":
        # Issued by whoever is given: a key may only issue what it holds itself.
        issued = await town.send("POST", "/api/keys", key=key, json={"label": "o", "verbs": ["keys:write"]})
        return issued.body["data"]["key"]["id"]
    return await Makers(town, tenant).of(kind)()


async def _check_hidden(visitor: Visitor, route: str, thing: str, key: str) -> None:
    """A stranger cannot tell what is another's from what is not there."""
    nowhere = ABSENT.get(MATRIX[route].owned or "", "x_0")
    foreign, absent = await visitor.ask(route, thing, key), await visitor.ask(route, nowhere, key)
    assert foreign.status == absent.status == 404, (route, foreign.body, absent.body)
    for body in (foreign.body, absent.body):
        body.pop("correlation_id")
    assert str(foreign.body).replace(thing, nowhere) == str(absent.body)


async def test_every_route_has_a_row(town: Town) -> None:
    pages = {"GET /schema", "GET /schema/openapi.json", "GET /schema/reference.css"}
    assert set(await _documented(town)) | pages == MATRIX.keys() | PUBLIC


async def test_nobody_gets_in_without_a_name(town: Town) -> None:
    visitor = Visitor(town)
    things = {kind: await _thing(town, "alice", kind, "alice") for kind in {r.owned for r in MATRIX.values()}}
    for route, row in MATRIX.items():
        for key in (None, "owf_alice_" + "x" * 32, "not a key"):
            for thing in (things[row.owned], "x_0"):
                reply = await visitor.ask(route, thing, key)
                assert reply.status == 401, (route, key, reply.body)


@pytest.mark.parametrize("role", ["user", "admin", "super_admin"])
async def test_a_role_does_its_own_and_sees_nothing_of_others(town: Town, role: str) -> None:
    visitor = Visitor(town)
    mine, theirs = await _key(town, "alice", role), await _key(town, "bob", role)
    for route, row in MATRIX.items():
        things = {
            "own": await _thing(town, "alice", row.owned, mine),
            "foreign": await _thing(town, "bob", row.owned, theirs),
        }
        if RANK[role] < RANK[row.role]:
            for thing in (*things.values(), "x_0"):
                reply = await visitor.ask(route, thing, mine)
                assert reply.status == 403, (route, reply.body)
                assert row.role in reply.body["detail"]
            continue
        if row.owned:
            await _check_hidden(visitor, route, things["foreign"], mine)
        reply = await visitor.ask(route, things["own"], mine)
        assert reply.status in row.done, (route, reply.body)


async def test_a_key_does_what_it_was_issued_for_and_nothing_else(town: Town) -> None:
    visitor, documented = Visitor(town), await _documented(town)
    verbs = sorted({op["x-verb"] for route, op in documented.items() if route in MATRIX})
    keys = {verb: await _key(town, "alice", "super_admin", [verb]) for verb in verbs}
    nothing = await _key(town, "alice", "super_admin", ["probe:nothing"])
    for route, row in MATRIX.items():
        verb = documented[route]["x-verb"]
        things = {
            "own": await _thing(town, "alice", row.owned, "alice"),
            "foreign": await _thing(town, "bob", row.owned, "bob"),
        }
        other = next(v for v in verbs if v.partition(":")[0] != verb.partition(":")[0] and v != "me:read")
        for narrow in (nothing, keys[other]):
            for thing in (*things.values(), "x_0"):
                reply = await visitor.ask(route, thing, narrow)
                # Whoever holds a key may know whose it is; nothing else is given away.
                assert reply.status == (200 if route == "GET /api/me" else 403), (route, reply.body)
        if row.owned:
            await _check_hidden(visitor, route, things["foreign"], keys[verb])
        reply = await visitor.ask(route, things["own"], keys[verb])
        assert reply.status in row.done, (route, verb, reply.body)


async def test_lists_hold_nothing_of_the_other_tenant(town: Town) -> None:
    makers = Makers(town, "alice")
    kinds = ("person", "run", "approval", "artifact", "delivery", "webhook", "alert")
    ids = [await makers.of(kind)() for kind in kinds]
    lists = [route for route, row in MATRIX.items() if route.startswith("GET") and not row.owned]
    for route in lists:
        if MATRIX[route].stream:
            continue
        seen = str((await town.send("GET", route.partition(" ")[2], key="bob")).body)
        assert "alice" not in seen.lower(), route
        assert not [i for i in [*ids, "proj_a", "scout-a"] if i in seen], route


async def test_ids_of_others_in_queries_and_bodies_lead_nowhere(town: Town) -> None:
    makers = Makers(town, "alice")
    run_id, person = await makers.run(), await makers.person()
    for path in (
        f"/api/approvals?run={run_id}",
        f"/api/alerts?run_id={run_id}",
        f"/api/runs?search={run_id}",
    ):
        reply = await town.send("GET", path, key="bob")
        assert (reply.status, reply.body["data"]) == (200, []), path
    for method, path, body, thing in (
        ("POST", "/api/keys", {"label": "x", "actor_id": "{}"}, person),
        ("POST", "/api/runs", {"agent": "{}"}, "scout-a"),
    ):
        replies = []
        for value in (thing, "x_0"):
            filled = {k: v.format(value) for k, v in body.items()}
            replies.append(await town.send(method, path, key="bob", json=filled))
        assert [r.status for r in replies] == [404, 404], [r.body for r in replies]
    browser = await town.sign_in("bob@b.example")
    for project in ("proj_a", "x_0"):
        reply = await town.send("PATCH", "/api/session", headers=browser, json={"project_id": project})
        assert reply.status == 404


async def test_the_client_files_of_the_workspace_are_its_tenants_own(town: Town) -> None:
    folder = town.house.workspace / "clients"
    folder.mkdir()
    (folder / "acme.json").write_text('{"client_name": "Acme", "website_url": "https://acme.example"}')
    own = await town.send("POST", "/api/runs", key="alice", json={"agent": "scout-a", "client_id": "acme"})
    assert (own.status, own.body["data"]["client_name"]) == (201, "Acme")
    foreign = await town.send("POST", "/api/runs", key="bob", json={"agent": "scout-b", "client_id": "acme"})
    assert foreign.status == 404
    assert "Acme" not in str(foreign.body)


async def test_a_signed_link_opens_its_own_file_only(town: Town) -> None:
    makers = {name: Makers(town, name) for name in ("alice", "bob")}
    made = {name: await m.artifact() for name, m in makers.items()}
    urls = {
        name: (await town.send("POST", f"/api/artifacts/{i}/link", key=name, json={})).body["data"]["url"]
        for name, i in made.items()
    }
    for name, url in urls.items():
        assert name in (await town.send("GET", url)).body
    # A link is a token of its own: no session or key of the other tenant changes what it opens.
    assert "alice" in (await town.send("GET", urls["alice"], key="bob")).body
    head, _, tail = urls["alice"].rpartition(".")
    assert (await town.send("GET", f"{head}.{tail[::-1]}")).status == 404
