"""The connector the crawl talks through: it refuses private targets, also after redirects."""

import os
import sys
from pathlib import Path

import aiohttp

_ROOT_OF_A_CHECKOUT = Path(__file__).resolve().parents[4]


class GuardMissing(RuntimeError):
    """Without the guard a page could send the crawler into the machine's own network."""


def private_targets_allowed() -> bool:
    return os.environ.get("OPSROOM_ALLOW_PRIVATE") == "1"


def open_connector(concurrency: int) -> tuple[aiohttp.TCPConnector, tuple[type[Exception], ...]]:
    """A guarded connector, and the errors by which it refuses a target."""
    if (_ROOT_OF_A_CHECKOUT / "opsroom" / "kernel" / "egress.py").is_file():
        sys.path.append(str(_ROOT_OF_A_CHECKOUT))
    allow_private = private_targets_allowed()
    try:
        from opsroom.kernel.egress import guarded_connector
        from opsroom.kernel.errors import OpsroomError
    except ImportError as error:
        if allow_private:
            return aiohttp.TCPConnector(limit=concurrency, ttl_dns_cache=300), ()
        raise GuardMissing(
            "The egress guard (opsroom.kernel.egress) cannot be imported, so public and private targets "
            "cannot be told apart. Run the skill with the Python that has opsroom installed, or set "
            "OPSROOM_ALLOW_PRIVATE=1 to crawl without the guard on a machine of your own."
        ) from error
    connector = guarded_connector(allow_private=allow_private, limit=concurrency, ttl_dns_cache=300)
    return connector, (OpsroomError,)
