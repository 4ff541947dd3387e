"""What goes out: problems, headers, ids, replays, limits, health, metrics, the reference."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar import get
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from opsroom.app.edge.build import build_asgi
from opsroom.app.edge.facts import HealthFacts
from opsroom.app.edge.settings import EdgeSettings
from opsroom.app.edge.tables import IDEMPOTENCY_REPLIES
from opsroom.identity.room import ROOM as IDENTITY
from opsroom.kernel.actor import Actor
from opsroom.kernel.clock import FakeClock
from opsroom.kernel.errors import Fault
from opsroom.kernel.room import House, Room
from tests.app.edge_probe import PROBE, Probe
from tests.app.edge_town import QUICK, Town, open_town

NOTE = {"text": "a", "stars": 3}


class Facts:
    """What the composition would say."""

    async def facts(self) -> dict[str, object]:
        return {"agents_loaded": ["sentinel"], "workers": [{"executor_id": "solo", "last_seen_s": 0.4}]}


def _with_facts(house: House) -> None:
    house.provide(HealthFacts, Facts())


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 11, 21, 9, 0, tzinfo=UTC))


@pytest.fixture
async def town(build_house, alice: Actor, bob: Actor, clock: FakeClock) -> AsyncIterator[Town]:
    edge = EdgeSettings(
        trusted_proxies=("127.0.0.1/32",), public_per_s=20, metrics_token=SecretStr("let-prometheus-in")
    )
    house = await build_house(
        [IDENTITY], settings=[QUICK, edge], work=False, clock=clock, provide=_with_facts
    )
    async with open_town(house, [IDENTITY, PROBE], alice, bob) as served:
        yield served


# ---- problems -----------------------------------------------------------------------------------------


@pytest.mark.sqlite_only
async def test_every_error_leaves_in_one_shape(town: Town) -> None:
    statuses = {
        "conflict": 409, "limited": 429, "unavailable": 503, "adapter": 502, "fault": 500,
        "forbidden": 403, "absent": 404, "invalid": 422, "bug": 500,
    }  # fmt: skip
    for kind, status in statuses.items():
        reply = await town.send("GET", f"/api/probe/errors/{kind}", key="alice")
        assert reply.status == reply.body["status"] == status, kind
        assert reply.headers["content-type"] == "application/problem+json"
        assert reply.body["success"] is False
        assert reply.body["correlation_id"] == reply.headers["x-correlation-id"]
        assert "secret" not in json.dumps(reply.body)
        assert {"type", "title", "detail", "errors"} <= reply.body.keys()
    reply = await town.send("GET", "/api/probe/errors/conflict", key="alice")
    assert (reply.body["current"], reply.body["yours"]) == ({"version": 2}, {"version": 1})
    reply = await town.send("GET", "/api/probe/errors/limited", key="alice")
    assert reply.headers["retry-after"] == "3"
    reply = await town.send("GET", "/api/probe/errors/invalid", key="alice")
    assert reply.body["errors"] == [
        {"path": "a.b", "message": "is required"},
        {"path": "c", "message": "is too long"},
    ]


@pytest.mark.sqlite_only
async def test_the_frameworks_own_refusals_have_the_same_shape(town: Town) -> None:
    for method, path, status in (
        ("GET", "/api/nowhere", 404),
        ("DELETE", "/api/probe/notes", 405),
        ("GET", "/api/probe/errors/", 404),
        ("BREW", "/api/probe/notes", 405),
    ):
        reply = await town.send(method, path, key="alice")
        assert reply.status == status, (method, path, reply.body)
        assert reply.body["success"] is False
    assert "POST" in (await town.send("DELETE", "/api/probe/notes", key="alice")).headers["allow"]


@pytest.mark.sqlite_only
async def test_a_database_that_is_away_is_a_503_until_it_is_back(town: Town, clock: FakeClock) -> None:
    database = town.house.database
    path = Path(make_url(database.url).database or "")
    await database.engine.dispose()
    aside = path.rename(path.with_suffix(".aside"))
    path.mkdir()
    for method, where, key in (("GET", "/api/keys", "alice"), ("POST", "/api/session", None)):
        reply = await town.send(method, where, key=key, json={"email": "a", "password": "b"})
        assert reply.status == 503, reply.body
        assert int(reply.headers["retry-after"]) >= 1
        assert "sqlite" not in json.dumps(reply.body).lower()
    health = await town.send("GET", "/health")
    assert (health.status, health.body["db_ok"], health.body["status"]) == (503, False, "unavailable")
    path.rmdir()
    aside.rename(path)
    assert (await town.send("GET", "/api/keys", key="alice")).status == 200
    assert (await town.send("GET", "/health")).status == 200


@pytest.mark.sqlite_only
async def test_correlation_ids_are_taken_made_and_returned(town: Town) -> None:
    given = await town.send("GET", "/health", headers={"X-Correlation-Id": "trigger-42"})
    assert given.headers["x-correlation-id"] == "trigger-42"
    made = await town.send("GET", "/health", headers={"X-Correlation-Id": "bad id!"})
    assert re.fullmatch(r"corr_[0-9a-f]{24}", made.headers["x-correlation-id"])


@pytest.mark.sqlite_only
async def test_every_answer_carries_the_security_headers(town: Town) -> None:
    for path in (
        "/",
        "/api/nowhere",
        "/api/me",
        "/health",
        "/schema",
        "/schema/openapi.json",
        "/assets/x.js",
    ):
        headers = (await town.send("GET", path)).headers
        assert "default-src 'self'" in headers["content-security-policy"], path
        assert "object-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "strict-transport-security" not in headers
    secure = await town.send("GET", "/health", headers={"X-Forwarded-Proto": "https"})
    assert secure.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


# ---- doing a thing once -------------------------------------------------------------------------------


async def test_a_post_with_a_key_is_done_once_and_answered_twice(town: Town) -> None:
    key = {"Idempotency-Key": "note-1"}
    first = await town.send("POST", "/api/probe/notes", key="alice", json=NOTE, headers=key)
    second = await town.send("POST", "/api/probe/notes", key="alice", json=NOTE, headers=key)
    assert (first.status, second.status) == (201, 201)
    assert first.body == second.body
    assert second.headers["idempotency-replayed"] == "true"
    assert town.house.need(Probe).times == 1
    other = await town.send("POST", "/api/probe/notes", key="alice", json={**NOTE, "stars": 4}, headers=key)
    assert other.status == 409
    # Neither another actor nor another route shares the key.
    assert (await town.send("POST", "/api/probe/notes", key="bob", json=NOTE, headers=key)).body["data"][
        "times"
    ] == 2
    assert (await town.send("POST", "/api/probe/refused", key="alice", json=NOTE, headers=key)).status == 409
    for bad in ("", "x" * 201, "a b"):
        reply = await town.send(
            "POST", "/api/probe/notes", key="alice", json=NOTE, headers={"Idempotency-Key": bad}
        )
        assert reply.status == 400, bad


async def test_a_fresh_secret_is_replayed_and_stands_in_no_row(town: Town) -> None:
    key = {"Idempotency-Key": "key-1"}
    first = await town.send("POST", "/api/keys", key="alice", json={"label": "ci"}, headers=key)
    second = await town.send("POST", "/api/keys", key="alice", json={"label": "ci"}, headers=key)
    secret = first.body["data"]["secret"]
    assert second.body["data"]["secret"] == secret
    async with town.house.unit_of_work.reading(town.alice) as tx:
        rows = str((await tx.conn.execute(IDEMPOTENCY_REPLIES.select())).mappings().all())
    assert secret not in rows
    assert "ci" in str((await town.send("GET", "/api/keys", key="alice")).body)


async def test_a_refusal_gives_the_key_back(town: Town) -> None:
    key = {"Idempotency-Key": "again"}
    details = [
        (await town.send("POST", "/api/probe/refused", key="alice", json=NOTE, headers=key)).body["detail"]
        for _ in range(2)
    ]
    assert details == ["No, for the 1. time.", "No, for the 2. time."]
    bad = await town.send("POST", "/api/probe/notes", key="alice", json={"text": 1}, headers=key)
    assert bad.status == 422
    assert (await town.send("POST", "/api/probe/notes", key="alice", json=NOTE, headers=key)).status == 201


async def test_the_same_key_at_the_same_time_is_done_once(town: Town) -> None:
    probe = town.house.need(Probe)
    probe.gate.clear()
    key = {"Idempotency-Key": "together"}
    sent = [
        asyncio.create_task(town.send("POST", "/api/probe/notes", key="alice", json=NOTE, headers=key))
        for _ in range(8)
    ]
    await asyncio.sleep(0.2)
    probe.gate.set()
    replies = await asyncio.gather(*sent)
    assert {reply.status for reply in replies} == {201}
    assert {reply.body["data"]["times"] for reply in replies} == {1}


async def test_a_claim_whose_process_died_is_not_done_again(town: Town, clock: FakeClock) -> None:
    probe = town.house.need(Probe)
    probe.gate.clear()
    key = {"Idempotency-Key": "died"}
    lost = asyncio.create_task(town.send("POST", "/api/probe/notes", key="alice", json=NOTE, headers=key))
    await asyncio.sleep(0.2)
    waiting = asyncio.create_task(town.send("POST", "/api/probe/notes", key="alice", json=NOTE, headers=key))
    await asyncio.sleep(0.2)
    clock.advance(timedelta(seconds=6))
    assert (await waiting).status == 409
    probe.gate.set()
    assert (await lost).status == 201
    clock.advance(timedelta(hours=25))
    again = await town.send("POST", "/api/probe/notes", key="alice", json=NOTE, headers=key)
    assert again.body["data"]["times"] == 2  # forgotten after a day


# ---- how often ----------------------------------------------------------------------------------------


@pytest.mark.sqlite_only
async def test_public_routes_are_limited_by_the_real_address(town: Town, clock: FakeClock) -> None:
    async def burst(headers: dict[str, str]) -> list[int]:
        sent = [town.send("POST", "/probe-hook/x", data=b"1", headers=headers) for _ in range(45)]
        return [reply.status for reply in await asyncio.gather(*sent)]

    statuses = await burst({"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
    assert statuses.count(200) == 40
    assert statuses.count(429) == 5
    # What stands further left the caller wrote himself; it gives no fresh share.
    assert set(await burst({"X-Forwarded-For": "198.51.100.77, 203.0.113.9"})) == {429}
    assert (await burst({"X-Forwarded-For": "203.0.113.10"})).count(200) == 40
    clock.advance(timedelta(seconds=1))
    assert (await burst({"X-Forwarded-For": "203.0.113.9"})).count(200) == 20


@pytest.mark.sqlite_only
async def test_forwarded_headers_of_strangers_are_ignored(build_house, alice: Actor, bob: Actor) -> None:
    house = await build_house([IDENTITY], settings=[QUICK], work=False)
    async with open_town(house, [IDENTITY, PROBE], alice, bob) as town:
        lies = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil"}
        reply = await town.send("GET", "/health", headers=lies)
        assert "strict-transport-security" not in reply.headers


# ---- health and metrics -------------------------------------------------------------------------------


async def test_health_says_what_the_house_knows(town: Town) -> None:
    reply = await town.send("GET", "/health")
    assert reply.status == 200
    assert reply.body["status"] == "ok"
    assert reply.body["db_ok"] is True
    assert reply.body["agents_loaded"] == ["sentinel"]
    assert reply.body["workers"] == [{"executor_id": "solo", "last_seen_s": 0.4}]
    assert {"uptime", "version"} <= reply.body.keys()


@pytest.mark.sqlite_only
async def test_metrics_are_for_admins_prometheus_and_this_machine(town: Town) -> None:
    proxied = {"X-Forwarded-For": "127.0.0.1"}
    assert (await town.send("GET", "/metrics")).status == 200
    assert (await town.send("GET", "/metrics", headers=proxied)).status == 401
    assert (await town.send("GET", "/metrics", headers=proxied, key="alice")).status == 200
    assert (await town.send("GET", "/metrics", headers=proxied, key="let-prometheus-in")).status == 200
    assert (await town.send("GET", "/metrics", headers=proxied, key="owf_x_" + "a" * 32)).status == 401
    agent = await town.send(
        "POST", "/api/actors", key="alice", json={"kind": "agent", "slug": "kenji", "name": "Kenji"}
    )
    issued = await town.send(
        "POST", "/api/keys", key="alice", json={"label": "k", "actor_id": agent.body["data"]["id"]}
    )
    user = issued.body["data"]["secret"]
    assert (await town.send("GET", "/metrics", headers=proxied, key=user)).status == 403
    text = (await town.send("GET", "/metrics")).body
    assert re.search(r'opsroom_http_requests_total{method="POST",route="/api/keys",status="201"} 1.0', text)


# ---- the reference ------------------------------------------------------------------------------------


@pytest.mark.sqlite_only
async def test_the_schema_is_what_goes_over_the_wire(town: Town) -> None:
    reply = await town.send("GET", "/schema/openapi.json")
    document = reply.body
    shapes = document["components"]["schemas"]
    assert document["openapi"] == "3.1.0"
    post = document["paths"]["/api/probe/notes"]["post"]
    assert post["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Note"
    }
    assert post["responses"]["201"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Answer_Counted_"
    }
    assert shapes["Counted"]["properties"]["price"]["type"] == "string"
    assert set(shapes["Counted"]["required"]) == {"times", "text", "price"}
    assert shapes["Note"]["required"] == ["text", "stars"]
    listed = document["paths"]["/api/probe/list"]["get"]
    limit = next(p for p in listed["parameters"] if p["name"] == "limit")
    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    assert listed["x-verb"] == "probe:read"
    assert document["paths"]["/probe-hook/{name}"]["post"]["security"] == []
    answer = await town.send("POST", "/api/probe/notes", key="alice", json=NOTE)
    assert answer.body["data"] == {"times": 1, "text": "a", "price": "1.2345"}
    for reference in set(re.findall(r"#/components/schemas/([^\"]+)", json.dumps(document))):
        assert reference in shapes
    names = [op["operationId"] for path in document["paths"].values() for op in path.values()]
    assert len(names) == len(set(names))


@pytest.mark.sqlite_only
async def test_the_reference_page_needs_nothing_from_elsewhere(town: Town) -> None:
    page = (await town.send("GET", "/schema")).body
    assert "/api/probe/notes" in page
    assert not re.search(r"<script|<style|style=|https?://", page)
    assert (await town.send("GET", "/schema/reference.css")).headers["content-type"].startswith("text/css")
    for kind in ("conflict", "invalid", "unavailable"):
        assert f'id="problem-{kind}"' in page


# ---- routes that say too little -----------------------------------------------------------------------


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    "opt", [{}, {"public": True, "verb": "a:read"}, {"verb": "Read It"}, {"public": True, "rate": "x"}]
)
async def test_a_route_that_does_not_say_who_may_use_it_stops_the_start(
    build_house, opt: dict[str, Any]
) -> None:
    @get("/api/loose", opt=opt)
    async def loose() -> str:
        return ""

    house = await build_house([IDENTITY], settings=[QUICK], work=False)
    room = Room(name="loose", build=lambda _: None, http=lambda _: [loose])
    with pytest.raises(Fault, match="/api/loose"):
        build_asgi(house, [IDENTITY, room], web_dist=None)
