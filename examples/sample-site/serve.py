"""Serves the sample site and its two competitors on loopback, each on a port of its own.

    python examples/sample-site/serve.py --port 8801

The sites are plain files; what the server does besides (redirects, errors, delays) stands in site.toml.
"""

import argparse
import asyncio
import contextlib
import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

HERE = Path(__file__).resolve().parent
MAIN_SITE = "shamrock"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".xml": "application/xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class Behaviour:
    """How one address answers when it does not just hand out its file."""

    status: int = 200
    redirect_to: str = ""
    delay_s: float = 0.0
    compress: bool = True
    content_type: str = ""


@dataclass
class SiteServer:
    """One site on one port. `origin` is known once it listens."""

    folder: Path
    behaviours: dict[str, Behaviour]
    origin: str = ""
    _runner: web.AppRunner | None = field(default=None, repr=False)

    async def start(self, host: str, port: int) -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.origin = f"http://{host}:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        behaviour = self.behaviours.get(request.path, Behaviour())
        if behaviour.delay_s:
            await asyncio.sleep(behaviour.delay_s)
        if behaviour.redirect_to:
            return web.Response(status=behaviour.status, headers={"Location": behaviour.redirect_to})
        if behaviour.status >= 500:
            return web.Response(status=behaviour.status, text="Something went wrong.\n")
        file = self._file(request.path)
        if file is None:
            return self._page(self.folder / "404.html", 404, behaviour)
        return self._page(file, behaviour.status, behaviour)

    def _file(self, path: str) -> Path | None:
        """/about → about.html, /blog/ → blog/index.html; never outside the folder, never 404.html itself."""
        name = path.lstrip("/")
        tried = f"{name}index.html" if not name or name.endswith("/") else name
        for candidate in (tried, f"{tried}.html"):
            file = (self.folder / candidate).resolve()
            if file.is_relative_to(self.folder) and file.is_file() and not candidate.endswith("404.html"):
                return file
        return None

    def _page(self, file: Path, status: int, behaviour: Behaviour) -> web.Response:
        if not file.is_file():
            return web.Response(status=status, text="Not found.\n")
        body = file.read_bytes().replace(b"{{origin}}", self.origin.encode())
        content_type = behaviour.content_type or _TYPES.get(file.suffix, "application/octet-stream")
        response = web.Response(status=status, body=body, headers={"Content-Type": content_type})
        if behaviour.compress:
            response.enable_compression()
        return response


@dataclass
class SampleSite:
    """The running sample: the client's site, its competitors, and the payload to audit it with."""

    servers: dict[str, SiteServer]

    @property
    def url(self) -> str:
        return f"{self.servers[MAIN_SITE].origin}/"

    @property
    def competitor_urls(self) -> list[str]:
        return [f"{server.origin}/" for name, server in self.servers.items() if name != MAIN_SITE]

    def payload(self) -> dict[str, Any]:
        """payload.json with the addresses the servers really have."""
        text = (HERE / "payload.json").read_text(encoding="utf-8")
        for name, server in self.servers.items():
            text = text.replace("{{" + name + "}}", server.origin)
        return json.loads(text.replace("{{origin}}", self.servers[MAIN_SITE].origin))

    async def close(self) -> None:
        for server in self.servers.values():
            await server.close()


def read_sites() -> dict[str, SiteServer]:
    with (HERE / "site.toml").open("rb") as file:
        described = tomllib.load(file)["sites"]
    return {
        name: SiteServer((HERE / site["folder"]).resolve(), _behaviours(site))
        for name, site in described.items()
    }


def _behaviours(site: dict[str, Any]) -> dict[str, Behaviour]:
    found = {
        entry["from"]: Behaviour(status=entry.get("status", 301), redirect_to=entry["to"])
        for entry in site.get("redirect", [])
    }
    for entry in site.get("answer", []):
        found[entry["path"]] = Behaviour(
            status=entry.get("status", 200),
            delay_s=entry.get("delay_ms", 0) / 1000,
            compress=entry.get("compress", True),
            content_type=entry.get("content_type", ""),
        )
    return found


async def start_sample_site(port: int = 0, host: str = "127.0.0.1") -> SampleSite:
    """Start all sites: the client's on `port`, competitors on the ports after it; 0 takes any free ones."""
    sample = SampleSite(read_sites())
    try:
        for offset, server in enumerate(sample.servers.values()):
            await server.start(host, port + offset if port else 0)
    except OSError:
        await sample.close()
        raise
    return sample


async def _serve(port: int) -> None:
    sample = await start_sample_site(port)
    lines = [f"{server.origin}/  {name}" for name, server in sample.servers.items()]
    print("\n".join(lines), flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await sample.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve the sample site and its competitors on loopback.")
    parser.add_argument("--port", type=int, default=8801, help="port of the client's site (default 8801)")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
