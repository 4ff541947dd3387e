"""The egress guard: the 32 forms of the trial, the address tables, rebinding, redirects, both ways in."""

from __future__ import annotations

import ipaddress
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from opsroom.kernel.egress import (
    EgressPolicy,
    EgressRefused,
    check_url,
    guarded_connector,
    guarded_get,
    is_public_address,
)
from opsroom.kernel.errors import AdapterError, Fault, Invalid, Refusal

PORT = 8123
ROOT = Path(__file__).resolve().parents[2]
FORMS = (
    f"http://127.0.0.1:{PORT}/",
    f"http://localhost:{PORT}/",
    f"http://2130706433:{PORT}/",
    f"http://0x7f000001:{PORT}/",
    f"http://127.1:{PORT}/",
    f"http://0177.0.0.1:{PORT}/",
    f"http://0:{PORT}/",
    f"http://0.0.0.0:{PORT}/",
    f"http://[::1]:{PORT}/",
    f"http://[::ffff:127.0.0.1]:{PORT}/",
    f"http://[::ffff:7f00:1]:{PORT}/",
    f"http://[::]:{PORT}/",
    f"http://[64:ff9b::7f00:1]:{PORT}/",
    f"http://[2002:7f00:1::]:{PORT}/",
    "http://169.254.169.254/",
    "http://[fd00:ec2::254]/",
    "http://10.0.0.1/",
    "http://100.64.0.1/",
    "http://192.0.0.192/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    f"http://user@127.0.0.1:{PORT}/",
    f"http://127.0.0.1%23@example.com:{PORT}/",
    f"http://①②⑦.⓪.⓪.①:{PORT}/",
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    f"http://127.0.0.1.:{PORT}/",
    f"http://LOCALHOST:{PORT}/",
    "http://[fe80::1%25eth0]/",
    "http://example.com:22/",
)
MORE_BAD = (
    "http://0x7f.1/",
    "http://127.0.0.1.:80/",
    "http://127.0.0.1../",
    "http://017700000001/",
    "http://127。0。0。1/",
    "http://１２７.0.0.1/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "http://example.com\\@127.0.0.1/",
    "http://example.com@127.0.0.1/",
    "http://@127.0.0.1/",
    "http://exa mple.com/",
    "http://example.com\n/",
    "http://example.com:0/",
    "http://example.com:99999/",
    "http://example.com:http/",
    "http://",
    "http:example.com",
    "//example.com/",
    "example.com",
    "",
    "javascript:alert(1)",
    "http://api.localhost/",
    "http://printer.local/",
    "http://metadata.google.internal/",
    "http://-bad-.example.com/",
    "http://168.63.129.16/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[::127.0.0.1]/",
    "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "http://[::1",
    "https://example.com:6379/",
    "http://a" + "b" * 5000 + ".com/",
)
GOOD = (
    "http://example.com/",
    "https://example.com:8443/a?b=c#d",
    "https://example.com./",
    "https://münchen.de/",
    "https://xn--mnchen-3ya.de/",
    "http://8.8.8.8/",
    "http://[2606:4700::1111]/",
    "https://shamrock-detailing_1.example.co.uk/x%20y",
)


@pytest.mark.parametrize("url", FORMS + MORE_BAD)
def test_bad_forms_are_refused_in_words(url: str) -> None:
    with pytest.raises(Refusal) as caught:
        check_url(url)
    assert str(caught.value)
    assert "\n/" not in str(caught.value)


@pytest.mark.parametrize("url", GOOD)
def test_ordinary_urls_pass(url: str) -> None:
    check_url(url)


def test_refusal_never_shows_the_password() -> None:
    with pytest.raises(Invalid) as caught:
        check_url("http://bob:hunter2@example.com/")
    assert "hunter2" not in str(caught.value)


def test_port_list_replaces_the_default() -> None:
    check_url("http://example.com:8080/", EgressPolicy(ports=frozenset({80, 443, 8080})))
    with pytest.raises(EgressRefused, match="these are: 80, 443"):
        check_url("http://example.com:8080/", EgressPolicy(ports=frozenset({80, 443})))


def test_allow_private_opens_the_own_network_but_never_metadata() -> None:
    private = EgressPolicy(allow_private=True)
    for url in (
        "http://127.0.0.1:8123/",
        "http://localhost:8123/",
        "http://10.1.2.3/",
        "http://[::1]/",
    ):
        check_url(url, private)
    for url in (
        "http://169.254.169.254/",
        "http://[fd00:ec2::254]/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "http://0x7f000001/",
    ):
        with pytest.raises(Refusal):
            check_url(url, private)


NOT_PUBLIC = """
    0.1.2.3 10.255.255.255 100.127.255.255 127.255.255.254 169.254.0.1 172.16.0.1 172.31.255.255
    192.0.0.9 192.0.2.1  192.88.99.1 192.168.255.255 198.19.255.255 198.51.100.7 203.0.113.7
    239.1.1.1 240.0.0.1 255.255.255.255  168.63.129.16 100.100.100.200 :: ::1 ::2 ::8.8.8.8
    ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::a00:1  64:ff9b:1::808:808 100::1 2001::1
    2001:2::1 2001:20::1 2001:db8::1 2002:808:808::1 3fff::1 5f00::1 fc00::1  fdff::1 fe80::1
    fe80::1%eth0 fec0::1 ff02::1 4000::1
"""
PUBLIC = """
    1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.0.1.1 198.20.0.1
    223.255.255.254 2606:4700::1 2a00:1450::1 64:ff9b::808:808 ::ffff:8.8.8.8
"""


@pytest.mark.parametrize("ip", NOT_PUBLIC.split())
def test_special_addresses_are_not_public(ip: str) -> None:
    assert not is_public_address(ip)


@pytest.mark.parametrize("ip", PUBLIC.split())
def test_edges_of_the_special_networks_are_public(ip: str) -> None:
    assert is_public_address(ip)


@given(st.ip_addresses(v=4))
def test_never_more_generous_than_the_standard_library(ip: ipaddress.IPv4Address) -> None:
    if is_public_address(ip):
        assert ip.is_global
        assert not ip.is_multicast


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_never_opens_it(ip: ipaddress.IPv4Address) -> None:
    wrapped = [
        ipaddress.IPv6Address(prefix | int(ip) << shift)
        for prefix, shift in ((0xFFFF << 32, 0), (0x64FF9B << 96, 0), (0, 0), (0x2002 << 112, 80))
    ]
    assert all(is_public_address(ip) or not is_public_address(form) for form in wrapped)


@given(st.text(max_size=60))
def test_any_text_passes_or_is_refused(text: str) -> None:
    for url in (text, "http://" + text, "http://" + text + ":80/"):
        try:
            check_url(url)
        except Refusal:
            continue


# ------------------------------------------------------------------------------------------------
# Connecting


class _ScriptedResolver(AbstractResolver):
    """A name server of our own: each look-up takes the next answer, the last one stays."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.lookups = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.lookups += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=ip,
                port=port,
                family=socket.AF_INET6 if ":" in ip else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for ip in answer
        ]

    async def close(self) -> None:
        return


class _Site:
    def __init__(self) -> None:
        self.hits: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.port = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.hits.append(request.path)
        self.headers.append(dict(request.headers))
        if request.path.startswith("/to/"):
            return web.Response(status=302, headers={"Location": request.query["u"]})
        if request.path.startswith("/loop"):
            return web.Response(status=302, headers={"Location": "/loop"})
        return web.Response(text="ok")


@pytest.fixture
async def site() -> AsyncIterator[_Site]:
    here = _Site()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", here.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    here.port = runner.addresses[0][1]
    yield here
    await runner.cleanup()


@pytest.mark.parametrize("form", FORMS)
async def test_no_form_reaches_a_loopback_server(site: _Site, form: str) -> None:
    url = form.replace(str(PORT), str(site.port))
    async with aiohttp.ClientSession(connector=guarded_connector()) as session:
        with pytest.raises((Refusal, aiohttp.ClientError, ValueError)):
            await session.get(url)
        with pytest.raises(Refusal):
            async with guarded_get(session, url):
                pass
    assert site.hits == []


async def test_name_that_resolves_to_loopback_is_refused(site: _Site) -> None:
    connector = guarded_connector(resolver=_ScriptedResolver(["127.0.0.1"]))
    async with aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises(
            EgressRefused, match=r"shop\.example stands for 127\.0\.0\.1, which is a loopback"
        ):
            await session.get(f"http://shop.example:{site.port}/")
    assert site.hits == []


async def test_one_bad_address_among_good_ones_refuses_the_name(site: _Site) -> None:
    connector = guarded_connector(resolver=_ScriptedResolver(["8.8.8.8", "::1"]))
    async with aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises(EgressRefused):
            await session.get(f"http://shop.example:{site.port}/")


async def test_rebinding_between_two_requests_is_refused(site: _Site) -> None:
    # 198.41.0.4 would be a real connection, so the first look-up is only asked, not connected.
    resolver = _ScriptedResolver(["198.41.0.4"], ["127.0.0.1"])
    connector = guarded_connector(resolver=resolver, use_dns_cache=False)
    async with aiohttp.ClientSession(connector=connector) as session:
        assert await connector._resolve_host("rebind.example", site.port)
        with pytest.raises(EgressRefused):
            await session.get(f"http://rebind.example:{site.port}/")
    assert resolver.lookups == 2
    assert site.hits == []


async def test_address_is_checked_again_at_connect_time(site: _Site) -> None:
    """Even with a poisoned look-up cache, the socket is never made."""
    connector = guarded_connector(resolver=_ScriptedResolver(["198.41.0.4"]))
    poisoned = await _ScriptedResolver(["127.0.0.1"]).resolve("rebind.example", site.port)
    connector._cached_hosts.add(("rebind.example", site.port), poisoned)
    async with aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises(EgressRefused, match="loopback"):
            await session.get(f"http://rebind.example:{site.port}/")
    assert site.hits == []


async def test_allowed_private_target_is_reached(site: _Site) -> None:
    async with aiohttp.ClientSession(connector=guarded_connector(allow_private=True)) as session:
        for host in ("127.0.0.1", "localhost"):
            async with guarded_get(session, f"http://{host}:{site.port}/page") as response:
                assert await response.text() == "ok"
    assert site.hits == ["/page", "/page"]


@pytest.mark.parametrize("follow", ["aiohttp", "guarded_get"])
async def test_redirect_to_metadata_is_refused(site: _Site, follow: str) -> None:
    url = f"http://127.0.0.1:{site.port}/to/?u=http://169.254.169.254/latest/"
    async with aiohttp.ClientSession(connector=guarded_connector(allow_private=True)) as session:
        opening = session.get(url) if follow == "aiohttp" else guarded_get(session, url)
        with pytest.raises(EgressRefused, match="metadata"):
            async with opening:
                pass
    assert site.hits == ["/to/"]


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://a b/", "http://[::1", "ftp://x.example/"])
async def test_redirect_to_nonsense_is_refused(site: _Site, location: str) -> None:
    async with aiohttp.ClientSession(connector=guarded_connector(allow_private=True)) as session:
        with pytest.raises(Refusal):
            async with guarded_get(session, _with_query(site, location)):
                pass


def _with_query(site: _Site, location: str) -> str:
    return f"http://127.0.0.1:{site.port}/to/?u={quote(location, safe='')}"


async def test_redirects_end_after_three(site: _Site) -> None:
    async with aiohttp.ClientSession(connector=guarded_connector(allow_private=True)) as session:
        with pytest.raises(AdapterError, match="more than 3 times"):
            async with guarded_get(session, f"http://127.0.0.1:{site.port}/loop"):
                pass
    assert len(site.hits) == 4


async def test_credentials_stay_with_the_first_origin(site: _Site) -> None:
    start = _with_query(site, f"http://localhost:{site.port}/there")
    headers = {"Authorization": "Bearer x", "X-Kept": "y"}
    async with (
        aiohttp.ClientSession(connector=guarded_connector(allow_private=True)) as session,
        guarded_get(session, start, headers=headers) as response,
    ):
        assert response.status == 200
    assert "Authorization" in site.headers[0]
    assert "Authorization" not in site.headers[1]
    assert site.headers[1]["X-Kept"] == "y"


async def test_a_proxy_is_a_fault(site: _Site) -> None:
    async with aiohttp.ClientSession(connector=guarded_connector(allow_private=True)) as session:
        with pytest.raises(Fault, match="proxy"):
            await session.get("http://example.com/", proxy=f"http://127.0.0.1:{site.port}")


async def test_unguarded_session_is_a_fault() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(Fault, match="guarded_connector"):
            async with guarded_get(session, "http://example.com/"):
                pass


def test_is_light_to_import() -> None:
    code = (
        "import sys, opsroom.kernel.egress; "
        "heavy = {'pydantic', 'sqlalchemy', 'dbos', 'litestar', 'structlog'} & set(sys.modules); "
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
