"""Who is really calling: the peer of the connection, or whom a proxy we trust names."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Caller:
    """`direct` is true when nobody stood between, trusted or not, as far as the headers tell."""

    address: str
    secure: bool
    host: str
    direct: bool


class Proxies:
    """The trusted ones. Forwarded headers from anybody else are ignored: anyone can write them."""

    def __init__(self, trusted: Iterable[str]) -> None:
        self._trusted: list[_Network] = [ipaddress.ip_network(network, strict=False) for network in trusted]

    def caller(self, peer: str, scheme: str, headers: Mapping[str, str]) -> Caller:
        """The caller of a request that came from `peer`."""
        host = headers.get("host", "")
        forwarded = headers.get("x-forwarded-for")
        direct = forwarded is None and "forwarded" not in headers and "x-real-ip" not in headers
        secure = scheme in ("https", "wss")
        if not self._trusts(peer):
            return Caller(plain_address(peer), secure, host, direct)
        proto = headers.get("x-forwarded-proto")
        if proto is not None:
            secure = proto.rpartition(",")[2].strip() in ("https", "wss")
        host = headers.get("x-forwarded-host", host).rpartition(",")[2].strip()
        return Caller(self._first_stranger(peer, forwarded or ""), secure, host, direct)

    def _first_stranger(self, peer: str, forwarded: str) -> str:
        """From the right, the first address that is no trusted proxy: what stands further left is hearsay."""
        address = peer
        for hop in reversed(forwarded.split(",")):
            candidate = plain_address(hop.strip())
            if candidate == "":
                break
            address = candidate
            if not self._trusts(candidate):
                break
        return plain_address(address)

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)


# The same few callers come again and again, and reading an address costs more than the rest of the look.
@lru_cache(maxsize=4096)
def plain_address(text: str) -> str:
    """An IP address in one spelling, without port, zone or the IPv4-in-IPv6 form; "" for anything else."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        parsed = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(parsed)


def is_loopback(address: str) -> bool:
    """Does the caller sit on this machine?"""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
