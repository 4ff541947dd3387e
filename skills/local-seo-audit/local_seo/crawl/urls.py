"""Web addresses: one spelling per page, and which addresses belong to the audited site."""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

MAX_URL_CHARS: Final = 2000
MAX_SEGMENT_REPEATS: Final = 3
MAX_QUERY_PARAMETERS: Final = 8

# Parameters that name where the visitor came from, never what the page shows.
_TRACKING: Final = re.compile(r"^(utm_\w+|gclid|fbclid|msclkid|mc_[ce]id|_ga|ref_src)$", re.IGNORECASE)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_SAFE_PATH: Final = "/%:@!$&'()*+,;=~-._"
_DIGITS: Final = re.compile(r"\d+")
# Endings that never hold a page; links to them are not followed.
_ASSET: Final = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|css|js|mjs|map|json|xml|gz|zip|rar|7z|tar|pdf|docx?|xlsx?|pptx?"
    r"|mp[34]|m4[av]|mov|avi|webm|wav|ogg|woff2?|ttf|otf|eot|exe|dmg|apk|ics|csv|txt)$",
    re.IGNORECASE,
)


class BadUrl(ValueError):
    """Not an address a crawler can follow; the text says why."""


def normalize(url: str) -> str:
    """One spelling for one page: host in lower case, no fragment, no default port, no tracking."""
    if len(url) > MAX_URL_CHARS:
        raise BadUrl(f"longer than {MAX_URL_CHARS} characters")
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii") if parts.hostname else ""
    except ValueError as error:
        raise BadUrl(str(error)) from error
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise BadUrl(f"the scheme {scheme or '(none)'!r} is not http or https")
    if not host or parts.username is not None:
        raise BadUrl("no plain host name")
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        netloc = f"{netloc}:{port}"
    path = quote(_without_dots(parts.path) or "/", safe=_SAFE_PATH)
    return urlunsplit((scheme, netloc, path, _clean_query(parts.query), ""))


def _without_dots(path: str) -> str:
    """Resolve /./ and /../ so that climbing links do not make new addresses."""
    if "/." not in path:
        return path
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    closing = "/" if path.endswith(("/.", "/..")) and kept[-1:] != [""] else ""
    return "/" + "/".join(kept) + closing


def _clean_query(query: str) -> str:
    if not query:
        return ""
    if "utm_" not in query and not any(name in query for name in ("clid", "mc_", "_ga", "ref_src")):
        return quote(query, safe=_SAFE_PATH + "?")
    kept = [
        (key, value) for key, value in parse_qsl(query, keep_blank_values=True) if not _TRACKING.match(key)
    ]
    return urlencode(kept)


def resolve(base: str, href: str) -> str | None:
    """The normalised address a link leads to; None for what is no web address (mailto:, broken, …)."""
    try:
        return normalize(urljoin(base, href.strip()))
    except ValueError:
        return None


def site_key(url: str) -> str:
    """What tells one site from another: host without www, and port. http and https are one site."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    port = parts.port
    return host if port is None or port in {80, 443} else f"{host}:{port}"


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def is_asset(url: str) -> bool:
    return _ASSET.search(urlsplit(url).path) is not None


@lru_cache(maxsize=50_000)
def slug_words(url: str) -> str:
    """The words of the path: /services/engine-bay_detailing.html → services engine bay detailing html."""
    return re.sub(r"[^a-z0-9]+", " ", urlsplit(url).path.lower()).strip()


def trap_pattern(url: str) -> str | None:
    """For addresses that machines can make without end: their common shape. None for ordinary ones."""
    parts = urlsplit(url)
    if not parts.query:
        return None
    names = sorted({key for key, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return f"{_DIGITS.sub('#', parts.path)}?{'&'.join(names)}"


def looks_endless(url: str) -> str | None:
    """Why this address by itself smells of a trap, or None."""
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    if any(segments.count(segment) >= MAX_SEGMENT_REPEATS for segment in set(segments)):
        return "the same folder again and again"
    if parts.query.count("&") >= MAX_QUERY_PARAMETERS:
        return f"more than {MAX_QUERY_PARAMETERS} parameters"
    return None


def with_scheme(text: str) -> str:
    """What people write in a form field ("shamrock.example") as an address."""
    stripped = text.strip()
    return stripped if re.match(r"^[a-zA-Z][a-zA-Z0-9+.-]*://", stripped) else f"https://{stripped}"
