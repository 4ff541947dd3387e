"""The settings in the browser, and a receiver of webhooks that stands on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import BrowserContext, Page

from .axe import findings
from .conftest import Watch
from .product import Product


def open_section(context: BrowserContext, product: Product, section: str) -> tuple[Page, Watch]:
    """A section of the settings."""
    page = context.new_page()
    watch = Watch(page)
    page.goto(f"{product.url}/settings/{section}")
    page.locator(".settings-about").wait_for()
    return page, watch


def clean(page: Page) -> None:
    """axe finds nothing on the page as it stands, light and dark."""
    wrong = findings(page)
    assert not wrong, "\n".join(wrong)


@dataclass
class Receiver:
    """What somebody else's server got, and what it answers."""

    url: str
    status: int = 200
    got: list[tuple[dict[str, str], str]] = field(default_factory=list)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A server that takes webhooks."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            there.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            said = f"answered {there.status}".encode()
            self.send_response(there.status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there = Receiver(f"http://127.0.0.1:{server.server_port}/in")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
