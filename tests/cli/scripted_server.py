"""A server that plays the API from a script: what the command line meets, without the product behind it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web

KEY = "owf_test_0123456789abcdef"
RUN_ID = "run_01test"
AT = "2026-11-21T10:00:00Z"


def just_now() -> str:
    """A run that began this moment: how long it has been running is part of what the terminal shows."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


Json = dict[str, object]


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: object


def run_record(**changes: object) -> Json:
    """A run as the API tells it."""
    return {
        "id": RUN_ID,
        "agent_name": "sentinel",
        "display_name": "SEO Sentinel",
        "agent_version": 3,
        "engine": "skill",
        "status": "STREAMING",
        "outcome": None,
        "trigger_source": "cli",
        "client_id": "shamrock",
        "client_name": "Shamrock Detailing",
        "task_id": None,
        "session_id": None,
        "payload_hash": "ab",
        "correlation_id": "cor_1",
        "created_at": AT,
        "started_at": just_now(),
        "ended_at": None,
        "duration_s": None,
        "cost_usd": "0.00",
        "budget_usd": "5.00",
        "alert_usd": "3.00",
        "error": None,
        "progress": None,
        "event_count": 0,
        "last_event_at": None,
        "summary": None,
        "dry_run": False,
        "version": 1,
        "a_field_of_tomorrow": {"unknown": True},
        **changes,
    }


def problem(status: int, detail: str, **more: object) -> web.Response:
    told = {
        "success": False,
        "type": "/x",
        "title": "T",
        "status": status,
        "detail": detail,
        "errors": [],
        **more,
    }
    return web.json_response(told, status=status, content_type="application/problem+json")


@dataclass
class ScriptedServer:
    """Answers from `answers` (method and path → data), streams `events`, remembers what it was asked."""

    url: str = ""
    run: Json = field(default_factory=run_record)
    events: list[Json] = field(default_factory=list)
    answers: dict[tuple[str, str], object] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    drop_after: list[int] = field(default_factory=list)
    """The first streams break after so many events each."""
    lose_replies: int = 0
    """So many answers to POST are lost after the work was done."""
    made_for: dict[str, str] = field(default_factory=dict)
    """Runs made, by idempotency key."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _streams: list[asyncio.Transport] = field(default_factory=list)

    def break_streams(self) -> None:
        """Every open stream is cut."""
        for transport in self._streams:
            transport.abort()

    def tell(self, kind: str, **body: object) -> None:
        """One more event in the run's log."""
        number = len(self.events) + 1
        self.events.append(
            {"seq": number, "run_id": RUN_ID, "kind": kind, "source_type": kind, "at": AT, "body": body}
        )
        self.run["event_count"] = number
        self._wake()

    def change(self, **changes: object) -> None:
        """The run row changes."""
        version = self.run["version"]
        assert isinstance(version, int)
        self.run |= {**changes, "version": version + 1}
        self._wake()

    def end(self, status: str = "DONE", outcome: str = "succeeded", **changes: object) -> None:
        self.change(status=status, outcome=outcome, ended_at=AT, duration_s=83.4, **changes)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def requests(self, method: str, path: str) -> list[Seen]:
        return [s for s in self.seen if (s.method, s.path) == (method, path)]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        body = json.loads(raw) if raw else None
        seen = Seen(request.method, request.path, dict(request.query), dict(request.headers), body)
        self.seen.append(seen)
        if request.path == "/health":
            return web.json_response({"status": "ok", "version": "9.9.9", "uptime": 1})
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return problem(401, "Nobody we know is asking.")
        if request.path == f"/api/runs/{RUN_ID}/events":
            return await self._stream(request)
        if request.method == "POST":
            key = request.headers.get("Idempotency-Key", "")
            self.made_for.setdefault(key, request.path)
            if self.lose_replies:
                self.lose_replies -= 1
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
        return self._answer(seen)

    def _answer(self, seen: Seen) -> web.StreamResponse:
        given = self.answers.get((seen.method, seen.path))
        if callable(given):
            given = given()
        if isinstance(given, web.StreamResponse):
            return given
        if given is None and seen.path == f"/api/runs/{RUN_ID}":
            given = {"outputs": [], "deliveries": [], "approvals": [], **self.run}
        elif given is None and (seen.method, seen.path) == ("POST", "/api/runs"):
            given = self.run
        elif given is None and seen.path == f"/api/runs/{RUN_ID}/log":
            given = [e for e in self.events if int(str(e["seq"])) > int(seen.query.get("after", "0"))]
        if given is None:
            return problem(404, "There is nothing at this address.")
        count = len(given) if isinstance(given, list) else None
        return web.json_response({"success": True, "data": given, "meta": {"total": count}})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        assert request.transport is not None
        self._streams.append(request.transport)
        await response.write(b": hb\r\n\r\n")
        after = int(request.headers.get("Last-Event-ID", "0"))
        left = self.drop_after.pop(0) if self.drop_after else -1
        shown = 0
        while True:
            waiting = self._changed
            for event in self.events[after:]:
                if left == 0:
                    assert request.transport is not None
                    request.transport.abort()
                    return response
                after, left = after + 1, left - 1
                await self._send(response, "run_event", event, str(event["seq"]))
            if self.run["version"] != shown:
                shown = int(str(self.run["version"]))
                await self._send(response, "run", self.run)
            if self.run["ended_at"]:
                await self._send(
                    response, "end", {"status": self.run["status"], "outcome": self.run["outcome"]}
                )
                return response
            await waiting.wait()

    async def _send(self, response: web.StreamResponse, event: str, data: Json, number: str = "") -> None:
        head = f"id: {number}\r\n" if number else ""
        await response.write(f"{head}event: {event}\r\ndata: {json.dumps(data)}\r\n\r\n".encode())


@asynccontextmanager
async def scripted_server(
    prepare: Callable[[ScriptedServer], None] | None = None,
) -> AsyncIterator[ScriptedServer]:
    """A scripted server on a free port of loopback."""
    server = ScriptedServer()
    if prepare:
        prepare(server)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.2, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
