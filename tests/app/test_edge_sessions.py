"""Signing in, staying, leaving: over real HTTP, with the cookie handled by hand."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from opsroom.app.edge.settings import EdgeSettings
from opsroom.identity import api as identity
from opsroom.identity.entry.doorkeeper import Doorkeeper
from opsroom.identity.room import ROOM as IDENTITY
from opsroom.identity.tables import SESSIONS
from opsroom.kernel.actor import Actor
from opsroom.kernel.clock import FakeClock
from opsroom.kernel.events import EVENTS
from opsroom.kernel.uow import events_after
from tests.app.edge_probe import PROBE
from tests.app.edge_town import PASSWORD, QUICK, Town, open_town

COOKIE = "opsroom_session"
PROXIED = EdgeSettings(trusted_proxies=("127.0.0.1/32",), public_url="https://ops.example.com")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 11, 21, 9, 0, tzinfo=UTC))


@pytest.fixture
async def town(build_house, alice: Actor, bob: Actor, clock: FakeClock) -> AsyncIterator[Town]:
    house = await build_house([IDENTITY], settings=[QUICK, PROXIED], work=False, clock=clock)
    async with open_town(house, [IDENTITY, PROBE], alice, bob) as served:
        yield served


async def test_a_person_signs_in_is_known_and_signs_out(town: Town) -> None:
    browser = await town.sign_in("Alice@A.example ")
    me = await town.send("GET", "/api/me", headers=browser)
    assert me.status == 200
    assert me.body["success"] is True
    assert me.body["data"]["actor"]["name"] == "Alice"
    assert me.body["data"]["organization"] == {"id": "org_a", "name": "Tenant a"}
    assert [p["id"] for p in me.body["data"]["projects"]] == ["proj_a"]
    assert me.body["data"]["csrf_token"] == browser["X-CSRF-Token"]
    assert (await town.send("DELETE", "/api/session", headers=browser)).status == 200
    after = await town.send("GET", "/api/me", headers=browser)
    assert after.status == 401
    assert after.body["detail"] == "Your session has ended. Sign in again."
    async with town.house.unit_of_work.reading(town.alice) as tx:
        kinds = [event.kind for event in await events_after(tx, 0)]
    assert kinds[-2:] == ["identity.person_signed_in.v1", "identity.person_signed_out.v1"]


async def test_the_cookie_is_sealed_and_kept_from_scripts(town: Town) -> None:
    credentials = {"email": "alice@a.example", "password": PASSWORD}
    plain = await town.send("POST", "/api/session", json=credentials)
    assert "HttpOnly" in plain.headers["set-cookie"]
    assert "SameSite=lax" in plain.headers["set-cookie"]
    assert "Secure" not in plain.headers["set-cookie"]
    https = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "ops.example.com"}
    secure = await town.send("POST", "/api/session", json=credentials, headers=https)
    assert secure.headers["set-cookie"].startswith("__Host-opsroom=")
    assert "Secure" in secure.headers["set-cookie"]
    assert "Path=/" in secure.headers["set-cookie"]
    assert "Domain" not in secure.headers["set-cookie"]
    assert secure.headers["strict-transport-security"].startswith("max-age=")
    # Neither what is stored nor what the browser holds shows the other.
    async with town.house.unit_of_work.reading(town.alice) as tx:
        rows = (await tx.conn.execute(SESSIONS.select())).mappings().all()
    cookie = plain.cookies[COOKIE]
    raw = base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4))
    assert all(row["secret_hash"] not in cookie for row in rows)
    assert all(bytes.fromhex(row["secret_hash"]) not in raw for row in rows)


async def test_a_planted_session_id_is_not_kept_through_sign_in(town: Town) -> None:
    """The measured case of session fixation: the attacker's own cookie is in the victim's browser."""
    attacker = await town.sign_in("bob@b.example")
    credentials = {"email": "alice@a.example", "password": PASSWORD}
    for planted in (attacker["Cookie"], f"{COOKIE}=chosen-by-the-attacker", f"{COOKIE}={'A' * 80}"):
        victim = await town.send("POST", "/api/session", json=credentials, headers={"Cookie": planted})
        assert victim.status == 200
        assert f"{COOKIE}={victim.cookies[COOKIE]}" != planted
        seen = await town.send("GET", "/api/me", headers={"Cookie": planted})
        assert "alice" not in str(seen.body).lower()


async def test_every_change_of_rights_gives_the_session_a_new_id(town: Town) -> None:
    added = await town.send("POST", "/api/projects", key="alice", json={"name": "second"})
    assert added.status == 201
    browser = await town.sign_in("alice@a.example")
    project_id = added.body["data"]["id"]
    moved = await town.send("PATCH", "/api/session", headers=browser, json={"project_id": project_id})
    assert moved.status == 200, moved.body
    assert (await town.send("GET", "/api/me", headers=browser)).status == 401
    fresh = {"Cookie": f"{COOKIE}={moved.cookies[COOKIE]}"}
    me = await town.send("GET", "/api/me", headers=fresh)
    assert me.body["data"]["project_id"] == project_id
    assert me.body["data"]["csrf_token"] != browser["X-CSRF-Token"]
    fresh["X-CSRF-Token"] = me.body["data"]["csrf_token"]
    foreign = await town.send("PATCH", "/api/session", headers=fresh, json={"project_id": "proj_b"})
    assert foreign.status == 404


async def test_sessions_end_when_idle_and_in_the_end(town: Town, clock: FakeClock) -> None:
    browser = await town.sign_in("alice@a.example")
    for _ in range(30):
        clock.advance(timedelta(hours=8))
        if (await town.send("GET", "/api/me", headers=browser)).status == 401:
            break
        await asyncio.sleep(0.02)  # the note of last use is written beside the request
    else:
        pytest.fail("a busy session never ended")
    assert clock.now() - datetime(2026, 11, 21, 9, 0, tzinfo=UTC) == timedelta(days=7)
    idle = await town.sign_in("alice@a.example")
    clock.advance(timedelta(hours=12, minutes=1))
    assert (await town.send("GET", "/api/me", headers=idle)).status == 401


async def test_a_changed_cookie_opens_nothing(town: Town) -> None:
    browser = await town.sign_in("alice@a.example")
    value = browser["Cookie"].partition("=")[2]
    for changed in (
        value[:-2] + ("AA" if value[-2:] != "AA" else "BB"),
        value[1:],
        "",
        "é",
        value * 5,
        "=" * 9,
    ):
        reply = await town.send("GET", "/api/me", headers={"Cookie": f"{COOKIE}={changed}"})
        assert reply.status == 401, changed
    assert (await town.send("GET", "/api/me")).headers["www-authenticate"].startswith("Bearer")


# ---- requests from elsewhere ---------------------------------------------------------------------------


async def test_unsafe_requests_by_cookie_need_the_sessions_token(town: Town) -> None:
    alice, bob = await town.sign_in("alice@a.example"), await town.sign_in("bob@b.example")
    body = {"name": "mine"}
    for token in (None, "", "x", bob["X-CSRF-Token"], alice["X-CSRF-Token"][:-1], "é"):
        headers = {"Cookie": alice["Cookie"]} | ({"X-CSRF-Token": token} if token is not None else {})
        reply = await town.send("POST", "/api/projects", headers=headers, json=body)
        assert reply.status == 403, token
    assert (await town.send("POST", "/api/projects", headers=alice, json=body)).status == 201


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "https://ops.example.com.evil.example"},
        {"Origin": "not an origin ["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_pages_of_other_sites_do_nothing_even_with_the_token(
    town: Town, headers: dict[str, str]
) -> None:
    browser = await town.sign_in("alice@a.example")
    for method, path in (("POST", "/api/projects"), ("DELETE", "/api/session"), ("POST", "/api/session")):
        reply = await town.send(method, path, headers={**browser, **headers}, json={"name": "x"})
        assert reply.status == 403, (method, path, reply.body)
    assert (await town.send("GET", "/api/me", headers={**browser, **headers})).status == 200


async def test_the_forms_another_site_can_send_without_asking_do_nothing(town: Town) -> None:
    browser = await town.sign_in("alice@a.example")
    cookie = {"Cookie": browser["Cookie"]}
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"):
        reply = await town.send(
            "POST", "/api/projects", headers={**cookie, "Content-Type": media_type}, data=b'{"name":"x"}'
        )
        assert reply.status == 403
    login = await town.send(
        "POST",
        "/api/session",
        headers={"Content-Type": "text/plain"},
        data=b'{"email":"alice@a.example","password":"correct horse battery"}',
    )
    assert login.status == 415


async def test_our_own_pages_do(town: Town) -> None:
    browser = await town.sign_in("alice@a.example")
    own = {"Origin": town.url, "Sec-Fetch-Site": "same-origin"}
    made = await town.send("POST", "/api/projects", headers={**browser, **own}, json={"name": "one"})
    assert made.status == 201
    public = {"Origin": "https://ops.example.com"}
    made = await town.send("POST", "/api/projects", headers={**browser, **public}, json={"name": "two"})
    assert made.status == 201


# ---- guessing --------------------------------------------------------------------------------------------


async def test_guessing_is_slowed_down_alike_for_known_and_unknown_people(
    town: Town, clock: FakeClock
) -> None:
    answers: dict[str, list[tuple[int, str]]] = {}
    for email in ("alice@a.example", "nobody@a.example"):
        for _ in range(7):
            reply = await town.send(
                "POST", "/api/session", json={"email": email, "password": "wrong wrong 1"}
            )
            answers.setdefault(email, []).append((reply.status, str(reply.body["detail"])))
            clock.advance(timedelta(seconds=0.4))
        clock.advance(timedelta(seconds=30))
    assert answers["alice@a.example"] == answers["nobody@a.example"]
    assert [status for status, _ in answers["alice@a.example"]] == [401] * 5 + [429] * 2
    right = {"email": "alice@a.example", "password": PASSWORD}
    wrong = {"email": "alice@a.example", "password": "wrong wrong 1"}
    assert (await town.send("POST", "/api/session", json=wrong)).status == 401
    blocked = await town.send("POST", "/api/session", json=right)
    assert blocked.status == 429
    assert int(blocked.headers["retry-after"]) >= 1
    clock.advance(timedelta(seconds=int(blocked.headers["retry-after"]) + 1))
    assert (await town.send("POST", "/api/session", json=right)).status == 200


async def test_many_guesses_at_once_do_not_slip_through(town: Town) -> None:
    guesses = [
        town.send("POST", "/api/session", json={"email": "alice@a.example", "password": f"guess number {n}"})
        for n in range(9)
    ]
    statuses = [reply.status for reply in await asyncio.gather(*guesses)]
    # Five are free; the one after them starts the wait in which all others fall.
    assert statuses.count(401) <= 5
    assert statuses.count(429) == 9 - statuses.count(401)


async def test_a_block_outlives_the_process_that_set_it(town: Town) -> None:
    for _ in range(5):
        await town.send(
            "POST", "/api/session", json={"email": "alice@a.example", "password": "wrong wrong 1"}
        )
    house = town.house
    with pytest.raises(Exception, match="Too many failed attempts"):
        await identity.sign_in(house, email="alice@a.example", password=PASSWORD, address="127.0.0.1")
    # Somebody else's guesses from elsewhere do not lock Alice out at home.
    await identity.sign_in(house, email="alice@a.example", password=PASSWORD, address="192.0.2.7")


async def test_a_changed_password_ends_the_other_sessions(town: Town) -> None:
    here, there = await town.sign_in("alice@a.example"), await town.sign_in("alice@a.example")
    body = {"current_password": PASSWORD, "new_password": "a staple for each"}
    weak = await town.send("POST", "/api/me/password", headers=here, json={**body, "new_password": "alice"})
    assert [e["path"] for e in weak.body["errors"]] == ["new_password"] * 2
    wrong = await town.send("POST", "/api/me/password", headers=here, json={**body, "current_password": "x"})
    assert wrong.status == 401
    assert (await town.send("POST", "/api/me/password", headers=here, json=body)).status == 200
    town.house.need(Doorkeeper).forget()
    assert (await town.send("GET", "/api/me", headers=here)).status == 200
    assert (await town.send("GET", "/api/me", headers=there)).status == 401
    await town.sign_in("alice@a.example", "a staple for each")


async def test_passwords_and_cookies_are_in_no_event(town: Town) -> None:
    browser = await town.sign_in("alice@a.example")
    async with town.house.unit_of_work.reading(town.alice) as tx:
        rows = str((await tx.conn.execute(EVENTS.select())).mappings().all())
    assert PASSWORD not in rows
    assert browser["Cookie"].partition("=")[2] not in rows
    assert browser["X-CSRF-Token"] not in rows
