"""The skill as a program in its own process, and small sites made on the spot."""

import asyncio
import importlib.util
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from aiohttp import web

ROOT = Path(__file__).resolve().parents[2]
SKILL = ROOT / "skills" / "local-seo-audit"
SAMPLE = ROOT / "examples" / "sample-site"


def load(path: Path, name: str) -> ModuleType:
    """A module by its path; its folder is no package."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class AuditRun:
    """What one run of the program left behind."""

    code: int
    lines: list[dict[str, Any]]
    stderr: str
    outputs: Path

    def file(self, ending: str) -> Path:
        return next(path for path in sorted(self.outputs.iterdir()) if path.name.endswith(ending))

    @property
    def data(self) -> dict[str, Any]:
        return json.loads(self.file(".json").read_text(encoding="utf-8"))

    @property
    def ids(self) -> set[str]:
        return {finding["id"] for finding in self.data["findings"]}

    def urls(self, rule: str) -> set[str]:
        return {
            place["url"]
            for finding in self.data["findings"]
            if finding["id"] == rule
            for place in finding["evidence"]
        }

    def of_type(self, name: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["type"] == name]


async def run_skill(
    folder: Path, payload: Any, *, allow_private: bool = True, arguments: tuple[str, ...] = ()
) -> AuditRun:
    """Run audit.py exactly as the engine does: own folder, clean environment, no input."""
    folder.mkdir(parents=True, exist_ok=True)
    outputs = folder / "outputs"
    outputs.mkdir(exist_ok=True)
    text = payload if isinstance(payload, str) else json.dumps(payload)
    (folder / "payload.json").write_text(text, encoding="utf-8")
    environment = {
        "OPSROOM_RUN_ID": "run_test",
        "OPSROOM_AGENT": "sentinel",
        "OPSROOM_OUTPUT_DIR": str(outputs),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(folder),
    }
    if allow_private:
        environment["OPSROOM_ALLOW_PRIVATE"] = "1"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SKILL / "audit.py"),
        *arguments,
        cwd=folder,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    stdout, stderr = await process.communicate()
    lines = [json.loads(line) for line in stdout.decode().splitlines()]
    return AuditRun(process.returncode or 0, lines, stderr.decode(), outputs)


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[str]:
    """A site that answers every request by one function; yields its origin."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def document(title: str, body: str = "", head: str = "") -> str:
    """A plain, complete page."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width">'
        f"{head}</head><body><main><h1>{title}</h1>{body}</main></body></html>"
    )


def site_of(pages: dict[str, str | web.Response]) -> Answer:
    """Pages by path; everything else is 404. A `web.Response` is a pattern for the answers."""

    async def answer(request: web.Request) -> web.StreamResponse:
        found = pages.get(request.path_qs, pages.get(request.path))
        if found is None:
            return web.Response(status=404, text="missing")
        if isinstance(found, str):
            kind = "text/plain" if request.path.endswith(".txt") else "text/html"
            kind = "application/xml" if request.path.endswith(".xml") else kind
            return web.Response(text=found, content_type=kind)
        return web.Response(status=found.status, body=found.body, headers=found.headers)

    return answer
