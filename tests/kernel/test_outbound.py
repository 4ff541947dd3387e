"""The outbound client against a real server on loopback that misbehaves in every way we know."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import structlog
from aiohttp import web
from scripted_service import Answer, Service, breaks_off, drops, hangs, ok, raw, status

from opsroom.kernel.breaker import BreakerOpen, Breakers
from opsroom.kernel.clock import FakeClock
from opsroom.kernel.correlation import CORRELATION_HEADER, transaction_open, work_context
from opsroom.kernel.egress import EgressRefused, guarded_connector
from opsroom.kernel.errors import AdapterError, Fault, Invalid, Limited
from opsroom.kernel.outbound import HttpFailure, Outbound, OutboundLimits, OutcomeUnknown, path_of

QUICK = OutboundLimits(connect_s=0.3, read_s=0.3, total_s=1.0, first_wait_s=0.01, longest_wait_s=0.3)
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    here = Service()
    app = web.Application(client_max_size=2**24)
    app.router.add_route("*", "/{rest:.*}", here.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    here.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/v2"
    yield here
    await runner.cleanup()


@pytest.fixture
async def client(service: Service) -> AsyncIterator[Outbound]:
    async with Outbound("clickup", service.url, headers={"Authorization": "pk_1"}, limits=QUICK) as outbound:
        yield outbound


async def test_a_plain_call(client: Outbound, service: Service) -> None:
    service.says(ok({"id": "t1"}))
    with work_context(correlation="corr_1"):
        assert await client.call_json(
            "GET", path_of("task", "a/b ü"), params={"page": 2, "ids[]": ["1", "2"]}
        ) == {"id": "t1"}
    ((method, path, headers, _),) = service.requests
    assert (method, path) == ("GET", "/api/v2/task/a%2Fb%20%C3%BC?page=2&ids%5B%5D=1&ids%5B%5D=2")
    assert headers["Authorization"] == "pk_1"
    assert headers[CORRELATION_HEADER] == "corr_1"


async def test_json_and_forms_are_sent_again_whole(
    client: Outbound, service: Service, tmp_path: Path
) -> None:
    file = tmp_path / "report.md"
    file.write_text("# Report\n" * 1000)

    def form() -> aiohttp.FormData:
        data = aiohttp.FormData()
        data.add_field("attachment", file.read_bytes(), filename="report.md")
        return data

    service.says(status(503), ok())
    await client.call_json("POST", "/task/1/attachment", body=form, repeatable=True)
    service.says(status(503), ok())
    await client.call_json("PUT", "/task/1", json={"status": "Review"})
    bodies = [body for _, _, _, body in service.requests]
    assert all(body.count(b"# Report") == 1000 for body in bodies[:2])
    assert [json.loads(body) for body in bodies[2:]] == [{"status": "Review"}] * 2


async def test_empty_answer_is_none(client: Outbound, service: Service) -> None:
    service.says(status(204))
    assert await client.call_json("DELETE", "/task/1") is None


@pytest.mark.parametrize("failure", [*map(status, (500, 502, 503, 529, 599)), drops, hangs, breaks_off])
async def test_repeatable_calls_are_repeated(client: Outbound, service: Service, failure: Answer) -> None:
    service.says(failure, failure, ok())
    assert await client.call_json("GET", "/task/1") == {"ok": True}
    assert len(service.requests) == 3


@pytest.mark.parametrize(
    "failure", [status(500, "boom"), status(503), drops, hangs, breaks_off, raw(b'{"id": "t'), raw(b"<html>")]
)
async def test_a_call_that_may_have_worked_is_not_repeated(
    client: Outbound, service: Service, failure: Answer
) -> None:
    service.says(failure, ok())
    with pytest.raises(OutcomeUnknown, match="may have taken effect") as caught:
        await client.call_json("POST", "/task", json={"name": "x"})
    assert len(service.requests) == 1
    assert not caught.value.permanent


async def test_repeats_end(client: Outbound, service: Service) -> None:
    service.says(status(500, "boom"))
    with pytest.raises(HttpFailure, match="clickup answered 500: boom") as caught:
        await client.call("GET", "/task/1")
    assert len(service.requests) == QUICK.attempts
    assert (caught.value.permanent, caught.value.status, caught.value.adapter) == (False, 500, "clickup")


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 410, 413, 422, 301, 307])
async def test_a_no_is_not_asked_again(client: Outbound, service: Service, code: int) -> None:
    service.says(
        status(
            code, '{"err": "Team not authorized", "ECODE": "OAUTH_027"}', Location="http://elsewhere.example/"
        )
    )
    with pytest.raises(HttpFailure) as caught:
        await client.call("GET", "/task/1")
    assert len(service.requests) == 1
    assert (caught.value.permanent, caught.value.status) == (True, code)
    assert json.loads(caught.value.body)["ECODE"] == "OAUTH_027"


async def test_words_for_credentials_and_addresses(client: Outbound, service: Service) -> None:
    service.says(status(401, "<html><head><title>Sign in &amp; go</title>"))
    with pytest.raises(HttpFailure, match=r"401: Sign in & go \(check the credentials"):
        await client.call("GET", "/x")
    service.says(status(302, "", Location="https://login.example/?token=abcdefgh"))
    with pytest.raises(
        HttpFailure,
        match=r"redirects to 'https://login\.example/\?token=\[redacted\].* address in its settings",
    ):
        await client.call("GET", "/x")


async def test_too_many_requests_waits_as_told_even_for_a_post(client: Outbound, service: Service) -> None:
    service.says(status(429, Retry_After="0.1"), ok())
    began = asyncio.get_running_loop().time()
    assert await client.call_json("POST", "/task", json={}) == {"ok": True}
    assert 0.09 < asyncio.get_running_loop().time() - began < 0.6
    assert len(service.requests) == 2


async def test_too_long_a_wait_is_handed_to_the_caller(client: Outbound, service: Service) -> None:
    service.says(status(429, Retry_After="120"))
    with pytest.raises(Limited, match="clickup asks us to slow down for 120 s") as caught:
        await client.call("GET", "/x")
    assert caught.value.retry_after_s == 120
    service.says(status(503, Retry_After="3600"))
    with pytest.raises(HttpFailure) as failure:
        await client.call("GET", "/x")
    assert failure.value.retry_after_s == 3600
    assert len(service.requests) == 2


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!doctype html><title>Maintenance</title>", r"a web page \(Maintenance\) instead of JSON"),
        (b'{"id": "t1", "na', "half an answer instead of JSON"),
        (b'[{"id": 1}, {"id"', "half an answer instead of JSON"),
        (b"NaN", r"something unreadable \(NaN\)"),
        (b"OK", r"something unreadable \(OK\)"),
        (b"\xff\xfe\xfa", "something unreadable"),
        (b"[" * 100_000, "instead of JSON"),
    ],
)
async def test_what_is_not_json_is_told_for_what_it_is(
    client: Outbound, service: Service, body: bytes, words: str
) -> None:
    service.says(raw(body))
    with pytest.raises(HttpFailure, match=words) as caught:
        await client.call_json("GET", "/x")
    assert not caught.value.permanent
    service.says(raw(body), ok())
    assert await client.call_json("GET", "/x") == {"ok": True}


def slack_check(answer: object) -> AdapterError | Limited | str | None:
    if not isinstance(answer, dict) or answer.get("ok"):
        return None
    if answer.get("error") == "ratelimited":
        return Limited("slow down", retry_after_s=0.05)
    return str(answer.get("error"))


async def test_an_error_inside_a_200(client: Outbound, service: Service) -> None:
    service.says(ok({"ok": False, "error": "channel_not_found"}))
    with pytest.raises(HttpFailure, match="answered 200, but says: channel_not_found") as caught:
        await client.call_json("POST", "/chat.postMessage", check=slack_check)
    assert caught.value.permanent
    service.says(ok({"ok": False, "error": "ratelimited"}), ok())
    assert await client.call_json("POST", "/chat.postMessage", check=slack_check) == {"ok": True}


async def test_an_answer_over_the_ceiling(service: Service) -> None:
    limits = OutboundLimits(answer_bytes=10_000, first_wait_s=0.01)
    async with Outbound("clickup", service.url, limits=limits) as client:
        bomb = gzip.compress(bytes(50_000_000))
        for body in (raw(bytes(10_001)), raw(bomb, Content_Encoding="gzip")):
            service.says(body)
            with pytest.raises(HttpFailure, match="larger than the 9 KiB we take") as caught:
                await client.call("GET", "/x")
            assert caught.value.permanent
        assert len(service.requests) == 2


async def test_nobody_there_is_tried_again_even_for_a_post(unused_tcp_port: int) -> None:
    async with Outbound("clickup", f"http://127.0.0.1:{unused_tcp_port}", limits=QUICK) as client:
        with (
            structlog.testing.capture_logs() as logs,
            pytest.raises(AdapterError, match="cannot be reached") as caught,
        ):
            await client.call("POST", "/task")
    assert not caught.value.permanent
    assert not isinstance(caught.value, OutcomeUnknown)
    assert [line["event"] for line in logs].count("outbound.retry") == QUICK.attempts - 1
    assert [line["event"] for line in logs].count("outbound.call") == QUICK.attempts


async def test_download_streams_to_a_file(client: Outbound, service: Service, tmp_path: Path) -> None:
    body = bytes(range(256)) * 8192
    service.says(breaks_off, raw(body, Content_Type="application/pdf"))
    saved = await client.download("/files/1", tmp_path / "f", max_bytes=3_000_000)
    assert (tmp_path / "f").read_bytes() == body
    assert (saved.size_bytes, saved.sha256, saved.media_type) == (
        len(body),
        hashlib.sha256(body).hexdigest(),
        "application/pdf",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


@pytest.mark.parametrize("failure", [raw(bytes(2001)), breaks_off, status(404), hangs])
async def test_a_failed_download_leaves_nothing(
    client: Outbound, service: Service, tmp_path: Path, failure: Answer
) -> None:
    (tmp_path / "f").write_text("before")
    service.says(failure)
    with pytest.raises(AdapterError):
        await client.download("/files/1", tmp_path / "f", max_bytes=2000)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("f", "before")]


async def test_download_follows_redirects_and_keeps_credentials_home(
    client: Outbound, service: Service, tmp_path: Path
) -> None:
    storage = service.url.replace("127.0.0.1", "localhost") + "/blob"
    service.says(status(302, Location=storage), raw(b"content"))
    saved = await client.download("/files/1", tmp_path / "f", max_bytes=2000)
    assert saved.size_bytes == 7
    assert "Authorization" in service.requests[0][2]
    assert "Authorization" not in service.requests[1][2]
    service.says(raw(b"content"))
    await client.download(storage, tmp_path / "g", max_bytes=2000)
    assert "Authorization" not in service.requests[2][2]
    service.says(status(302, Location="/again"))
    with pytest.raises(HttpFailure, match="redirects more than 3 times"):
        await client.download("/files/1", tmp_path / "h", max_bytes=2000)


async def test_download_with_the_guard_refuses_the_inside(service: Service, tmp_path: Path) -> None:
    service.says(raw(b"content"))
    async with Outbound("clickup", service.url, limits=QUICK, connector=guarded_connector) as client:
        with pytest.raises(EgressRefused):
            await client.download("/files/1", tmp_path / "f", max_bytes=2000)
    assert service.requests == []


async def test_no_call_inside_a_transaction(client: Outbound, service: Service, tmp_path: Path) -> None:
    service.says(ok())
    token = transaction_open.set(True)
    try:
        with pytest.raises(Fault, match="read outside, write inside"):
            await client.call("GET", "/x")
        with pytest.raises(Fault, match="read outside, write inside"):
            await client.download("/x", tmp_path / "f", max_bytes=1)
    finally:
        transaction_open.reset(token)
    assert service.requests == []


async def test_breaker_opens_and_a_probe_closes_it(service: Service) -> None:
    clock = FakeClock(NOW)
    breakers = Breakers(clock, threshold=3, cooldown_s=10)
    limits = OutboundLimits(attempts=1)
    async with Outbound("clickup", service.url, limits=limits, breakers=breakers, clock=clock) as client:
        service.says(status(500))
        with structlog.testing.capture_logs() as logs:
            for _ in range(3):
                with pytest.raises(HttpFailure):
                    await client.call("GET", "/x")
            with pytest.raises(BreakerOpen, match="failed 3 times in a row"):
                await client.call("GET", "/x")
        assert [line["event"] for line in logs].count("outbound.breaker_open") == 1
        assert len(service.requests) == 3

        clock.advance(timedelta(seconds=10))
        service.says(ok())
        answers = await asyncio.gather(*(client.call("GET", "/x") for _ in range(10)), return_exceptions=True)
        assert sum(isinstance(answer, BreakerOpen) for answer in answers) == 9
        assert len(service.requests) == 4
        await asyncio.gather(*(client.call("GET", "/x") for _ in range(10)))
        assert list(breakers.states().values()) == ["closed"]


async def test_a_no_and_a_slow_down_do_not_open_the_breaker(service: Service) -> None:
    breakers = Breakers(FakeClock(NOW), threshold=2, cooldown_s=10)
    limits = OutboundLimits(attempts=1, longest_wait_s=0)
    async with Outbound("clickup", service.url, limits=limits, breakers=breakers) as client:
        for answer in (status(404), status(429), raw(bytes(11 * 1024 * 1024))):
            service.says(answer)
            for _ in range(3):
                with pytest.raises((HttpFailure, Limited)):
                    await client.call("GET", "/x")
    assert list(breakers.states().values()) == ["closed"]


async def test_a_cancelled_probe_frees_its_place(service: Service) -> None:
    clock = FakeClock(NOW)
    breakers = Breakers(clock, threshold=1, cooldown_s=10)
    limits = OutboundLimits(attempts=1)
    async with Outbound("clickup", service.url, limits=limits, breakers=breakers) as client:
        service.says(status(500))
        with pytest.raises(HttpFailure):
            await client.call("GET", "/x")
        clock.advance(timedelta(seconds=11))
        service.says(hangs)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.call("GET", "/x"), 0.1)
        service.says(ok())
        assert (await client.call("GET", "/x")).status == 200


async def test_log_line_names_the_call_without_its_query(client: Outbound, service: Service) -> None:
    service.says(ok())
    with structlog.testing.capture_logs() as logs:
        await client.call("GET", "/task/1", params={"token": "can4ry"})
    (line,) = logs
    assert line["event"] == "outbound.call"
    assert (line["adapter"], line["method"], line["path"]) == ("clickup", "GET", "/api/v2/task/1")
    assert (line["status"], line["outcome"], line["attempt"]) == (200, "ok", 1)
    assert "can4ry" not in str(line)


def test_wrong_settings_and_paths_are_told_early() -> None:
    with pytest.raises(Invalid):
        Outbound("clickup", "api.clickup.com")
    with pytest.raises(Invalid):
        Outbound("clickup", "https://user:pw@api.clickup.com")
    with pytest.raises(Fault, match="1 to 5"):
        OutboundLimits(attempts=6)
    for segment in ("", "..", "."):
        with pytest.raises(Fault):
            path_of("task", segment)
