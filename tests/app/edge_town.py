"""A served house with two tenants: real sockets, real sessions, real keys."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import aiohttp
from granian.constants import Interfaces
from granian.server.embed import Server

from opsroom.app.edge.build import OPEN_AT_ONCE, build_asgi
from opsroom.identity import api as identity
from opsroom.identity.shapes import IdentitySettings, NewKey
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House, Room

# Below what the settings allow: hashes by the hundred are not what these tests are about.
QUICK = IdentitySettings.model_construct(argon2_memory_kib=64, argon2_passes=1)
PASSWORD = "correct horse battery"


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: Any
    cookies: dict[str, str] = field(default_factory=dict)


@dataclass
class Town:
    """A served house. `alice` and `bob` are super admins of tenants A and B with a key each."""

    house: House
    url: str
    http: aiohttp.ClientSession
    alice: Actor
    bob: Actor
    keys: dict[str, str] = field(default_factory=dict)

    async def send(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> Reply:
        """One request; `key` is the name of a tenant's admin or an API key."""
        sent = dict(headers or {})
        if key is not None:
            sent["Authorization"] = f"Bearer {self.keys.get(key, key)}"
        async with self.http.request(method, self.url + path, headers=sent, **more) as answer:
            raw = await answer.read()
            is_json = "json" in answer.headers.get("content-type", "")
            return Reply(
                answer.status,
                {name.lower(): value for name, value in answer.headers.items()},
                await answer.json(content_type=None) if is_json and raw else raw.decode("utf-8", "replace"),
                {name: morsel.value for name, morsel in answer.cookies.items()},
            )

    async def sign_in(self, email: str, password: str = PASSWORD) -> dict[str, str]:
        """Headers of a browser that has signed in: cookie and CSRF token."""
        reply = await self.send("POST", "/api/session", json={"email": email, "password": password})
        assert reply.status == 200, reply.body
        cookie = reply.cookies["opsroom_session"]
        return {"Cookie": f"opsroom_session={cookie}", "X-CSRF-Token": reply.body["data"]["csrf_token"]}


async def found(house: House, person: Actor) -> str:
    """Make the person real: their organization, account and a key with every verb."""
    hashed = await identity.hash_password(house, PASSWORD, email=person.email or "")
    async with house.unit_of_work(person) as tx:
        letter = person.scope.organization_id[-1]
        await identity.found_organization(
            tx,
            organization=f"Tenant {letter}",
            instance="production",
            project="main",
            password_hash=hashed,
        )
    async with house.unit_of_work(person) as tx:
        return (await identity.issue_key(tx, NewKey(label="test"))).secret


@asynccontextmanager
async def open_town(
    house: House, rooms: Sequence[Room], alice: Actor, bob: Actor, *, web_dist: Path | None = None
) -> AsyncIterator[Town]:
    """Serve `rooms` of `house` on loopback until the block ends."""
    people = {
        "alice": alice.model_copy(update={"email": "alice@a.example", "role": "super_admin"}),
        "bob": bob.model_copy(update={"email": "bob@b.example", "role": "super_admin"}),
    }
    keys = {name: await found(house, person) for name, person in people.items()}
    async with serve(build_asgi(house, rooms, web_dist=web_dist)) as url:
        jar = aiohttp.DummyCookieJar()
        patience = aiohttp.ClientTimeout(total=20)
        async with aiohttp.ClientSession(cookie_jar=jar, timeout=patience) as http:
            yield Town(house, url, http, people["alice"], people["bob"], keys)


@asynccontextmanager
async def serve(app: object) -> AsyncIterator[str]:
    """The application on a free port of loopback, by the server the product uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    server = Server(
        cast("Any", app),
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGINL,
        log_enabled=False,
        backlog=1024,
        backpressure=OPEN_AT_ONCE,
    )
    serving = asyncio.create_task(server.serve())
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            await writer.wait_closed()
            break
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()
        await serving
