"""The egress guard: which addresses a URL from outside may make us talk to.

A URL in a task field, a web page or a redirect is written by a stranger. Without this guard it can
point at our own database, a neighbour's admin page or the cloud's metadata service. Three walls:

1. `check_url` looks at the text: scheme, credentials, port, spelling of the host. Pure, no network.
2. The resolver inside `guarded_connector` looks at every address a name stands for; one bad address
   refuses the name, since a mixed answer is how rebinding begins.
3. The socket maker inside `guarded_connector` looks once more at the very address about to be
   connected. Nothing is looked up again in between, so an answer that changes cannot slip through,
   and hosts written as plain addresses (for which aiohttp asks no resolver) pass here too.

aiohttp asks the connector for every hop of a redirect, so walls 1 to 3 stand at each of them.
This module needs only the standard library and aiohttp: skills import it alone.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from opsroom.kernel.errors import AdapterError, Fault, Forbidden, Invalid, Problem

if TYPE_CHECKING:
    from aiohttp.client import ClientTimeout
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.connector import AddrInfoType, Connection
    from aiohttp.tracing import Trace

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_REDIRECTS: Final = 3
MAX_URL_CHARS: Final = 4096
_SCHEMES: Final = frozenset({"http", "https"})


class EgressRefused(Forbidden):
    """The target is one we do not talk to on a stranger's word."""

    title = "Target not allowed"


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """What a URL may be. `ports` None means every port that is not another service's own."""

    allow_private: bool = False
    ports: frozenset[int] | None = None


PUBLIC_ONLY: Final = EgressPolicy()

# Addresses. `ipaddress.is_global` is not enough: it calls 64:ff9b::7f00:1 and 2002:7f00:1::, both
# 127.0.0.1 in disguise, global, and its answers differ between Python versions. So the IANA special
# registries stand here, each network with the word a person gets to read.

_PRIVATE, _LOOPBACK, _LINK_LOCAL = "a private address", "a loopback address", "a link-local address"
_SHARED, _RESERVED, _MULTICAST = "a shared (carrier NAT) address", "a reserved address", "a multicast address"
_DOCUMENTATION, _UNSPECIFIED = "a documentation address", "an unspecified address"
_TUNNEL, _METADATA = "a tunnel address that hides another one", "a cloud metadata service"

# With allow_private an operator opens his own network, never the metadata service, whose whole
# purpose is to hand out credentials, nor what is no host at all.
_OPENED_BY_ALLOW_PRIVATE: Final = frozenset({_PRIVATE, _LOOPBACK, _LINK_LOCAL, _SHARED})

# 169.254: the first is AWS, Google and Azure alike, then AWS' resolver, clock and task credentials.
# 168.63.129.16 is Azure's platform, though globally routable by its number; then Alibaba and Oracle.
_METADATA_TEXT: Final = """
    169.254.169.254 169.254.169.253 169.254.169.123 169.254.170.2 169.254.170.23 168.63.129.16
    100.100.100.200 192.0.0.192 fd00:ec2::254 fd00:ec2::253 fd00:ec2::23 fd20:ce::254
"""
_METADATA_ADDRESSES: Final = frozenset(map(ipaddress.ip_address, _METADATA_TEXT.split()))

_V4_KINDS: Final = {
    _UNSPECIFIED: "0.0.0.0/8",
    _PRIVATE: "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16",
    _SHARED: "100.64.0.0/10",
    _LOOPBACK: "127.0.0.0/8",
    _LINK_LOCAL: "169.254.0.0/16",
    _DOCUMENTATION: "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24",
    _TUNNEL: "192.88.99.0/24",
    _MULTICAST: "224.0.0.0/4",
    _RESERVED: "192.0.0.0/24 198.18.0.0/15 240.0.0.0/4",
}
_V6_KINDS: Final = {
    _UNSPECIFIED: "::/128",
    _LOOPBACK: "::1/128",
    _TUNNEL: "2001::/32 2002::/16",  # Teredo, 6to4
    _DOCUMENTATION: "2001:db8::/32 3fff::/20",
    _PRIVATE: "fc00::/7",
    _LINK_LOCAL: "fe80::/10",
    _MULTICAST: "ff00::/8",
    _RESERVED: "2001::/23",
}
_V4_NETWORKS: Final = tuple((ipaddress.IPv4Network(n), k) for k, ns in _V4_KINDS.items() for n in ns.split())
_V6_NETWORKS: Final = tuple((ipaddress.IPv6Network(n), k) for k, ns in _V6_KINDS.items() for n in ns.split())
_V6_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


def address_problem(ip: IpAddress, *, allow_private: bool = False) -> str | None:
    """Why we do not talk to `ip`, as words that follow "is"; None if we do."""
    kind = _address_kind(ip)
    if allow_private and kind in _OPENED_BY_ALLOW_PRIVATE:
        return None
    return kind


def is_public_address(ip: IpAddress | str) -> bool:
    """Is `ip` an ordinary host of the public internet, with nothing else hidden inside it?"""
    address = ipaddress.ip_address(ip) if isinstance(ip, str) else ip
    return _address_kind(address) is None


def _address_kind(ip: IpAddress) -> str | None:
    if isinstance(ip, ipaddress.IPv6Address) and ip.scope_id is not None:
        return _LINK_LOCAL
    if ip in _METADATA_ADDRESSES:
        return _METADATA
    if isinstance(ip, ipaddress.IPv4Address):
        return next((kind for network, kind in _V4_NETWORKS if ip in network), None)
    if ip.ipv4_mapped is not None:
        return _address_kind(ip.ipv4_mapped)
    if ip in _NAT64:
        # An IPv6-only host reaches the IPv4 internet through these, so the inner address decides.
        return _address_kind(ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF))
    kind = next((kind for network, kind in _V6_NETWORKS if ip in network), None)
    return kind or (None if ip in _V6_GLOBAL_UNICAST else _RESERVED)


# URLs

# Ports on which something other than HTTP listens and where a stray request line can do harm
# (the "bad ports" of the WHATWG fetch standard).
_BAD_PORTS: Final = (
    "0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 "
    "113 115 117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 "
    "548 554 556 563 587 601 636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 "
    "6000 6379 6566 6665 6666 6667 6668 6669 6679 6697 10080 "
)
_OTHER_SERVICES: Final = frozenset(map(int, _BAD_PORTS.split()))

_UNSAFE_CHARACTERS: Final = re.compile(r"[\x00-\x20\x7f\\]")
_NUMERIC_LABEL: Final = re.compile(r"(?:[0-9]+|0[xX][0-9a-fA-F]*)")
_HOST_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_LOCAL_SUFFIXES: Final = (
    ".localhost",
    ".localdomain",
    ".local",
    ".internal",
    ".intranet",
    ".lan",
    ".home.arpa",
)
# What readers other than ours take for a dot: IDNA 2003 maps these three to one.
_DOT_LOOKALIKES: Final = str.maketrans("。．｡", "...")


def check_url(url: str, policy: EgressPolicy = PUBLIC_ONLY) -> None:
    """Pass, or raise: Invalid for a URL nobody should follow, EgressRefused for a forbidden target.

    Looks at the text only. What a host name stands for is decided when it is connected.
    """
    parsed = _parse(url)
    if parsed.scheme not in _SCHEMES:
        raise _invalid(url, f"the scheme {parsed.scheme or '(none)'!r} is not allowed; http and https are")
    if parsed.raw_user is not None or parsed.raw_password is not None or "@" in _authority(url):
        raise _invalid(url, "it carries a user name or password; take them out")
    host = _checked_host(url, parsed)
    _check_port(url, parsed, policy)
    _check_host_target(url, host, policy)


def _parse(url: str) -> URL:
    if len(url) > MAX_URL_CHARS:
        raise Invalid(f"The URL is longer than {MAX_URL_CHARS} characters.")
    if _UNSAFE_CHARACTERS.search(url):
        raise _invalid(url, "it contains a space, a control character or a backslash")
    try:
        return URL(url)
    except ValueError as error:
        raise _invalid(url, f"it cannot be read ({error})") from error


def _authority(url: str) -> str:
    """The part between // and the path, as written: readers disagree about it, so we look ourselves."""
    after_scheme = url.partition("//")[2]
    return re.split(r"[/?#]", after_scheme, maxsplit=1)[0]


def _checked_host(url: str, parsed: URL) -> str:
    """The host in lower case without its closing dot, or Invalid for a spelling with two meanings."""
    if not parsed.raw_host:
        raise _invalid(url, "it names no host")
    authority = _authority(url)
    if "%" in authority:
        raise _invalid(url, "the host contains a percent sign")
    written = authority.rpartition(":")[0] if re.search(r":[0-9]*$", authority) else authority
    if not written.isascii():
        _refuse_lookalike_digits(url, written)
    host = parsed.raw_host.lower()
    if ":" in host:
        return host
    if host.endswith("."):
        host = host[:-1]
        if _is_ip(host):
            raise _invalid(url, "an address does not end with a dot")
    labels = host.split(".")
    if _NUMERIC_LABEL.fullmatch(labels[-1]) and not _is_ip(host):
        raise _invalid(
            url, f"{host!r} is a number in a form with several readings; write the address as a.b.c.d"
        )
    if not _is_ip(host) and (len(host) > 253 or not all(_HOST_LABEL.fullmatch(label) for label in labels)):
        raise _invalid(url, f"{host!r} is not a host name")
    return host


def _refuse_lookalike_digits(url: str, written: str) -> None:
    """A host like ①②⑦.⓪.⓪.① reads as 127.0.0.1 to some programs and as a name to others."""
    folded = unicodedata.normalize("NFKC", written.translate(_DOT_LOOKALIKES)).lower()
    if folded.isascii():
        raise _invalid(url, f"the host is written with look-alike characters; did you mean {folded!r}?")
    if any(character.isnumeric() and not character.isascii() for character in written):
        raise _invalid(url, "the host contains digits that are not 0 to 9")


def _is_ip(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def _check_port(url: str, parsed: URL, policy: EgressPolicy) -> None:
    port = parsed.port  # what is no number was already refused by the parser
    if port is None or not 0 < port < 65536:
        raise _invalid(url, "the port is not a number from 1 to 65535")
    if policy.ports is None and port in _OTHER_SERVICES:
        raise EgressRefused(f"{_shown(url)}: port {port} belongs to a service that is not a web server.")
    if policy.ports is not None and port not in policy.ports:
        allowed = ", ".join(str(allowed) for allowed in sorted(policy.ports))
        raise EgressRefused(f"{_shown(url)}: port {port} is not allowed here; these are: {allowed}.")


def _check_host_target(url: str, host: str, policy: EgressPolicy) -> None:
    if _is_ip(host):
        refuse_address(host, ipaddress.ip_address(host), allow_private=policy.allow_private)
    elif not policy.allow_private and (host == "localhost" or host.endswith(_LOCAL_SUFFIXES)):
        raise EgressRefused(
            f"{_shown(url)}: {host} is a name of the local network, and only public targets are allowed."
        )


def refuse_address(host: str, ip: IpAddress, *, allow_private: bool) -> None:
    """Raise EgressRefused if `host`, which stands for `ip`, is no target for us."""
    problem = address_problem(ip, allow_private=allow_private)
    if problem is None:
        return
    subject = str(ip) if host == str(ip) else f"{host} stands for {ip}, which"
    allowed = "public and private hosts" if allow_private else "public targets"
    raise EgressRefused(f"{subject} is {problem}; only {allowed} are allowed.")


def _invalid(url: str, why: str) -> Invalid:
    return Invalid(f"Not a URL we can follow: {why}.", problems=(Problem("url", _shown(url)),))


def _shown(url: str) -> str:
    """The URL for an error text: no password, no control characters, not a whole page of it."""
    without_credentials = re.sub(r"//[^/?#]*@", "//…@", url)
    return "".join(c if c.isprintable() else "�" for c in without_credentials[:200])


# Connecting


class _GuardedResolver(AbstractResolver):
    """Answers only if every address of the name may be talked to."""

    def __init__(self, inner: AbstractResolver, *, allow_private: bool) -> None:
        self._inner = inner
        self._allow_private = allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        results = await self._inner.resolve(host, port, family)
        for result in results:
            refuse_address(host, ipaddress.ip_address(result["host"]), allow_private=self._allow_private)
        return results

    async def close(self) -> None:
        await self._inner.close()


class GuardedConnector(aiohttp.TCPConnector):
    """A TCP connector that talks only to targets its policy allows; see the module's three walls."""

    def __init__(self, policy: EgressPolicy, *, resolver: AbstractResolver | None = None, **kw: Any) -> None:
        self.policy = policy
        self._guarded_resolver = _GuardedResolver(
            resolver or aiohttp.DefaultResolver(), allow_private=policy.allow_private
        )
        super().__init__(resolver=self._guarded_resolver, socket_factory=self._make_socket, **kw)

    async def connect(self, req: ClientRequest, traces: list[Trace], timeout: ClientTimeout) -> Connection:
        if req.proxy:
            raise Fault("A guarded connector cannot use a proxy: the proxy would look the name up unchecked.")
        check_url(str(req.url), self.policy)
        return await super().connect(req, traces, timeout)

    async def close(self, *, abort_ssl: bool = False) -> None:
        await super().close(abort_ssl=abort_ssl)
        await self._guarded_resolver.close()

    def _make_socket(self, addr_info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = addr_info
        host = str(address[0])
        refuse_address(host, ipaddress.ip_address(host), allow_private=self.policy.allow_private)
        return socket.socket(family=family, type=kind, proto=protocol)


def guarded_connector(
    allow_private: bool = False,
    *,
    ports: frozenset[int] | None = None,
    resolver: AbstractResolver | None = None,
    **kw: Any,
) -> GuardedConnector:
    """A connector for `aiohttp.ClientSession`. `kw` goes to aiohttp.TCPConnector (limits, TLS)."""
    return GuardedConnector(EgressPolicy(allow_private=allow_private, ports=ports), resolver=resolver, **kw)


_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_STAYS_WITH_ORIGIN: Final = frozenset({"authorization", "cookie", "proxy-authorization"})


@asynccontextmanager
async def guarded_get(
    session: aiohttp.ClientSession,
    url: str,
    *,
    max_redirects: int = MAX_REDIRECTS,
    headers: dict[str, str] | None = None,
    timeout: aiohttp.ClientTimeout | None = None,
) -> AsyncIterator[aiohttp.ClientResponse]:
    """GET `url`, following at most `max_redirects` redirects, each hop checked before it is taken.

    Credentials in `headers` stay with the first origin, and a redirect never leads from https to http.
    The session must stand on a `guarded_connector`.
    """
    connector = session.connector
    if not isinstance(connector, GuardedConnector):
        raise Fault("guarded_get needs a session made with guarded_connector().")
    target = url
    sent = dict(headers or {})
    for _ in range(max_redirects + 1):
        check_url(target, connector.policy)
        async with session.get(
            URL(target), headers=sent, allow_redirects=False, timeout=timeout or session.timeout
        ) as response:
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or location is None:
                yield response
                return
            following = next_hop(response.url, location)
        if following.origin() != URL(target).origin():
            sent = {name: value for name, value in sent.items() if name.lower() not in _STAYS_WITH_ORIGIN}
        target = str(following)
    raise AdapterError(
        f"{_shown(url)} redirects more than {max_redirects} times.", adapter="egress", permanent=True
    )


def next_hop(current: URL, location: str) -> URL:
    """Where a redirect leads; refuses what is not the web and the way down from https."""
    if _UNSAFE_CHARACTERS.search(location):
        raise _invalid(location, "a redirect leads to a text with a space, control character or backslash")
    try:
        following = current.join(URL(location))
    except ValueError as error:
        raise _invalid(location, f"a redirect leads to what cannot be read ({error})") from error
    if current.scheme == "https" and following.scheme == "http":
        raise EgressRefused(f"{_shown(str(current))} redirects from https down to http.")
    if following.scheme not in _SCHEMES or following.host is None:
        raise _invalid(str(following), "a redirect leads away from the web")
    return following
