"""Who may do what: every route by owner, stranger, role and key; and keys from birth to death.

The matrix fails when a route has no row, so that nobody adds an address without saying whose it is.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from opsroom.identity.room import ROOM as IDENTITY
from opsroom.identity.shapes import NewKey
from opsroom.identity.tables import API_KEYS
from opsroom.kernel.actor import Actor
from tests.app.edge_probe import PROBE
from tests.app.edge_town import PASSWORD, QUICK, Town, open_town


@dataclass(frozen=True)
class Row:
    """What a route answers: `body` for its owner, `role` the least role, `owned` the id kind in its path."""

    body: Any = None
    role: str = "user"
    owned: str | None = None
    done: Sequence[int] = (200, 201)
    session_only: bool = False


PUBLIC = {
    "POST /api/session",
    "GET /health",
    "GET /metrics",
    "GET /schema",
    "GET /schema/openapi.json",
    "GET /schema/reference.css",
    "POST /probe-hook/{name}",
}
MATRIX: dict[str, Row] = {
    "GET /api/me": Row(),
    "PATCH /api/session": Row({"project_id": "proj_a"}, session_only=True),
    "DELETE /api/session": Row(),
    "POST /api/me/password": Row(
        {"current_password": PASSWORD, "new_password": "a staple for each"}, session_only=True
    ),
    "GET /api/people": Row(),
    "POST /api/people": Row({"email": "new@a.example", "name": "New"}, "admin"),
    "PATCH /api/people/{person_id}": Row({"version": 1, "name": "Renamed"}, "admin", "person"),
    "POST /api/people/{person_id}/reset-password": Row(None, "admin", "person"),
    "GET /api/actors": Row(),
    "POST /api/actors": Row({"kind": "app", "slug": "other", "name": "Other"}, "admin"),
    "GET /api/keys": Row(),
    "POST /api/keys": Row({"label": "another"}),
    "DELETE /api/keys/{key_id}": Row(owned="key"),
    "GET /api/projects": Row(),
    "POST /api/projects": Row({"name": "third"}, "admin"),
    "PATCH /api/project": Row({"name": "renamed"}, "admin"),
    "POST /api/probe/notes": Row({"text": "a", "stars": 1}),
    "POST /api/probe/refused": Row({"text": "a", "stars": 1}, done=(409,)),
    "GET /api/probe/errors/{kind}": Row(owned="kind", done=(404,)),
    "GET /api/probe/list": Row(),
    "GET /api/probe/admin": Row(role="admin"),
}


@pytest.fixture
async def town(build_house, alice: Actor, bob: Actor) -> AsyncIterator[Town]:
    house = await build_house([IDENTITY], settings=[QUICK], work=False)
    async with open_town(house, [IDENTITY, PROBE], alice, bob) as served:
        yield served


async def _routes(town: Town) -> set[str]:
    document = (await town.send("GET", "/schema/openapi.json")).body
    found = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    return found | {"GET /schema", "GET /schema/openapi.json", "GET /schema/reference.css"}


async def _own(town: Town, owner: str) -> dict[str, str]:
    """One of each thing that has an id, belonging to `owner`'s tenant."""
    email = f"{secrets.token_hex(4)}@{owner}.example"
    person = await town.send("POST", "/api/people", key=owner, json={"email": email, "name": "P"})
    key = await town.send("POST", "/api/keys", key=owner, json={"label": "own"})
    return {
        "person": person.body["data"]["person"]["id"],
        "key": key.body["data"]["key"]["id"],
        "kind": "absent",
    }


def _address(route: str, own: dict[str, str], row: Row) -> tuple[str, str]:
    method, _, path = route.partition(" ")
    head, brace, rest = path.partition("{")
    return method, head + own[row.owned or ""] + rest.partition("}")[2] if brace else path


async def _user_key(town: Town, tenant: str) -> str:
    actor = await town.send(
        "POST", "/api/actors", key=tenant, json={"kind": "agent", "slug": "kenji", "name": "Kenji"}
    )
    issued = await town.send(
        "POST", "/api/keys", key=tenant, json={"label": "k", "actor_id": actor.body["data"]["id"]}
    )
    return issued.body["data"]["secret"]


async def test_every_route_has_a_row(town: Town) -> None:
    assert await _routes(town) == MATRIX.keys() | PUBLIC


async def test_nobody_gets_in_without_a_name(town: Town) -> None:
    own = await _own(town, "alice")
    for route, row in MATRIX.items():
        method, path = _address(route, own, row)
        for key in (None, "owf_alice_" + "x" * 32, "not a key", "owf_é"):
            headers = {"Authorization": f"Bearer {key}"} if key and key.isascii() else {}
            reply = await town.send(method, path, headers=headers, json=row.body)
            assert reply.status == 401, (route, key, reply.body)


async def test_the_owner_may_and_the_stranger_sees_nothing(town: Town) -> None:
    for route, row in MATRIX.items():
        own = await _own(town, "alice")
        method, path = _address(route, own, row)
        if row.owned not in (None, "kind"):
            foreign = await town.send(method, path, key="bob", json=row.body)
            absent = await town.send(
                method, path.replace(own[row.owned or ""], "x_0"), key="bob", json=row.body
            )
            assert foreign.status == absent.status == 404, (route, foreign.body)
            assert foreign.body["detail"].replace(own[row.owned or ""], "x_0") == absent.body["detail"]
        reply = await town.send(method, path, key="alice", json=row.body)
        assert reply.status in ((403,) if row.session_only else row.done), (route, reply.body)


async def test_roles_and_verbs_hold_on_every_route(town: Town) -> None:
    user = await _user_key(town, "alice")
    narrow = await town.send(
        "POST", "/api/keys", key="alice", json={"label": "n", "verbs": ["probe:nothing"]}
    )
    for route, row in MATRIX.items():
        own = await _own(town, "alice")
        method, path = _address(route, own, row)
        reply = await town.send(method, path, key=narrow.body["data"]["secret"], json=row.body)
        assert reply.status == (200 if route == "GET /api/me" else 403), (route, reply.body)
        if row.role == "admin":
            reply = await town.send(method, path, key=user, json=row.body)
            assert reply.status == 403, (route, reply.body)
            assert "role admin" in reply.body["detail"]


async def test_lists_hold_nothing_of_the_other_tenant(town: Town) -> None:
    await _own(town, "alice")
    for path in ("/api/people", "/api/actors", "/api/keys", "/api/projects", "/api/me"):
        seen = str((await town.send("GET", path, key="bob")).body)
        assert "alice" not in seen.lower(), path
        assert "proj_a" not in seen, path


# ---- keys ----------------------------------------------------------------------------------------------


async def test_a_key_lives_and_dies(town: Town) -> None:
    issued = await town.send("POST", "/api/keys", key="alice", json={"label": "ci", "verbs": ["keys:*"]})
    secret, key = issued.body["data"]["secret"], issued.body["data"]["key"]
    assert secret.startswith("owf_alice_")
    assert len(secret.rpartition("_")[2]) == 32
    assert secret not in str(key)
    assert key["hint"] == secret[: len("owf_alice_") + 4] + "…"
    assert (await town.send("GET", "/api/keys", key=secret)).status == 200
    await asyncio.sleep(0.1)
    listed = (await town.send("GET", "/api/keys", key="alice")).body["data"]
    assert next(k for k in listed if k["id"] == key["id"])["last_used_at"] is not None
    async with town.house.unit_of_work.reading(town.alice) as tx:
        assert secret not in str((await tx.conn.execute(API_KEYS.select())).mappings().all())
    revoked = await town.send("DELETE", f"/api/keys/{key['id']}", key="alice")
    assert revoked.body["data"]["revoked_at"] is not None
    refused = await town.send("GET", "/api/keys", key=secret)
    assert refused.status == 401  # at once: no second later
    assert (await town.send("DELETE", f"/api/keys/{key['id']}", key="alice")).status == 200


async def test_a_key_gives_no_more_than_its_issuer_has(town: Town) -> None:
    narrow = (
        await town.send("POST", "/api/keys", key="alice", json={"label": "n", "verbs": ["keys:write"]})
    ).body["data"]["secret"]
    for verbs, status in ((["*"], 403), (["keys:*"], 403), (["runs:read"], 403), (["keys:write"], 201)):
        reply = await town.send("POST", "/api/keys", key=narrow, json={"label": "x", "verbs": verbs})
        assert reply.status == status, verbs
    user = await _user_key(town, "alice")
    person = (await town.send("GET", "/api/people", key="alice")).body["data"][0]["id"]
    for actor_id in (person, "per_bob"):
        reply = await town.send("POST", "/api/keys", key=user, json={"label": "x", "actor_id": actor_id})
        assert reply.status == 404
    bad = await town.send("POST", "/api/keys", key="alice", json={"label": "", "verbs": ["Runs"], "days": 3})
    assert {e["path"] for e in bad.body["errors"]} >= {"label", "verbs.0", "days"}


async def test_a_person_who_may_no_longer_come_in_is_out_at_once(town: Town) -> None:
    added = await town.send(
        "POST", "/api/people", key="alice", json={"email": "cy@a.example", "name": "Cy", "password": PASSWORD}
    )
    person = added.body["data"]["person"]
    browser = await town.sign_in("cy@a.example")
    key = (await town.send("POST", "/api/keys", headers=browser, json={"label": "mine"})).body["data"][
        "secret"
    ]
    assert (await town.send("GET", "/api/me", key=key)).body["data"]["actor"]["role"] == "user"
    stale = await town.send(
        "PATCH", f"/api/people/{person['id']}", key="alice", json={"version": 9, "name": "C"}
    )
    assert stale.status == 409
    assert stale.body["current"]["version"] == 1
    await town.send(
        "PATCH", f"/api/people/{person['id']}", key="alice", json={"version": 1, "disabled": True}
    )
    assert (await town.send("GET", "/api/me", headers=browser)).status == 401
    assert (await town.send("GET", "/api/me", key=key)).status == 401
    again = await town.send("POST", "/api/session", json={"email": "cy@a.example", "password": PASSWORD})
    assert again.status == 401


async def test_the_last_super_admin_stays_and_admins_make_none(town: Town) -> None:
    me = {"version": 1, "role": "user"}
    assert (await town.send("PATCH", "/api/people/per_alice", key="alice", json=me)).status == 409
    added = await town.send(
        "POST", "/api/people", key="alice",
        json={"email": "ad@a.example", "name": "Ad", "role": "admin", "password": PASSWORD},
    )  # fmt: skip
    assert added.status == 201
    admin = await town.sign_in("ad@a.example")
    body = {"email": "boss@a.example", "name": "Boss", "role": "super_admin"}
    assert (await town.send("POST", "/api/people", headers=admin, json=body)).status == 403
    reset = await town.send("POST", "/api/people/per_alice/reset-password", headers=admin)
    assert reset.status == 403
    taken = {"email": "bob@b.example", "name": "Bob again"}
    assert (await town.send("POST", "/api/people", key="alice", json=taken)).status == 409


async def test_a_wake_from_another_process_makes_this_one_forget(
    build_house, alice: Actor, bob: Actor
) -> None:
    from opsroom.identity import api as identity
    from opsroom.identity.entry.doorkeeper import CREDENTIALS_CHANGED

    house = await build_house([IDENTITY], settings=[QUICK], work=False, background=True)
    async with open_town(house, [IDENTITY], alice, bob) as town:
        async with house.unit_of_work(town.alice) as tx:
            issued = await identity.issue_key(tx, NewKey(label="x"))
        assert (await town.send("GET", "/api/me", key=issued.secret)).status == 200
        async with house.unit_of_work(town.alice) as tx:
            await identity.revoke_key(tx, issued.key.id)  # the verb alone: nobody told this process's cache
        house.wakes.call([CREDENTIALS_CHANGED])
        await asyncio.sleep(0.05)
        assert (await town.send("GET", "/api/me", key=issued.secret)).status == 401


# ---- pages ------------------------------------------------------------------------------------------------


@pytest.mark.sqlite_only
async def test_the_front_end_is_served_and_nothing_beside_it(
    build_house, alice: Actor, bob: Actor, tmp_path: Path
) -> None:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    script = "console.log('x');" * 200
    (dist / "index.html").write_text("<!doctype html><title>Opsroom</title>")
    (dist / "assets" / "app-1a2b.js").write_text(script)
    (dist / "assets" / "app-1a2b.js.br").write_bytes(b"brotli bytes")
    (tmp_path / "secret.txt").write_text("out of reach")
    (dist / "link.txt").symlink_to(tmp_path / "secret.txt")
    house = await build_house([IDENTITY], settings=[QUICK], work=False)
    async with open_town(house, [IDENTITY], alice, bob, web_dist=dist) as town:
        for path in ("/", "/runs", "/runs/run_01k"):
            page = await town.send("GET", path)
            assert (page.status, page.headers["cache-control"]) == (200, "no-cache"), path
            assert "<title>Opsroom" in page.body
        js = await town.send("GET", "/assets/app-1a2b.js", headers={"Accept-Encoding": "gzip"})
        assert js.body == script
        assert js.headers["content-encoding"] == "gzip"
        assert "immutable" in js.headers["cache-control"]
        assert js.headers["content-type"].startswith("text/javascript")
        plain = await town.send("HEAD", "/assets/app-1a2b.js", headers={"Accept-Encoding": "identity"})
        assert plain.headers["content-length"] == str(len(script))
        same = await town.send("GET", "/", headers={"If-None-Match": page.headers["etag"]})
        assert same.status == 304
        for path in (
            "/assets/gone.js",
            "/link.txt",
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/..%2fsecret.txt",
        ):
            missing = await town.send("GET", path)
            assert "out of reach" not in str(missing.body), path
            assert missing.status == 404, path
        assert (await town.send("POST", "/runs")).status == 404
