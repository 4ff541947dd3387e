"""What benchmarks run against: the product and the sandbox, each a process of its own on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil

ROOT = Path(__file__).resolve().parents[1]
SECRET = "bench-webhook-secret"
READY = "Ready (Automate)"
LIST_ID = "901800000001"
ENDS = frozenset({"DONE", "EMPTY", "UNDELIVERED", "TERMINATED", "CANCELLED", "ALERTED"})
_PATIENCE_S = 60.0


def clean_env(**extra: str) -> dict[str, str]:
    """An environment without settings that the caller's shell may carry."""
    kept = {k: os.environ[k] for k in ("PATH", "HOME", "LANG", "TMPDIR") if k in os.environ}
    return kept | {"LANG": "C.UTF-8"} | extra


@asynccontextmanager
async def process(
    argv: Sequence[str], log: Path, env: Mapping[str, str] | None = None
) -> AsyncIterator[psutil.Popen]:
    """`argv` running, its output in `log`; told to stop at the end and killed if it does not."""
    with log.open("wb") as out:
        running = psutil.Popen(argv, cwd=ROOT, stdout=out, stderr=out, env=dict(env or clean_env()))
    try:
        yield running
    finally:
        with suppress(psutil.NoSuchProcess):
            running.terminate()
        try:
            await asyncio.to_thread(running.wait, 10)
        except (psutil.TimeoutExpired, subprocess.TimeoutExpired):
            running.kill()
            running.wait()


@dataclass(frozen=True)
class Sandbox:
    """The stand-ins, spoken to over their control address."""

    running: psutil.Popen
    url: str
    http: aiohttp.ClientSession

    async def get(self, path: str) -> Any:
        async with self.http.get(f"{self.url}/_control/{path}") as response:
            response.raise_for_status()
            return (await response.json())["data"]

    async def post(self, path: str, body: object) -> Any:
        async with self.http.post(f"{self.url}/_control/{path}", json=body) as response:
            if response.status >= 400:
                raise RuntimeError(f"sandbox: {path}: {await response.text()}")
            return await response.json()

    async def add_task(self, task_id: str, client_id: str) -> None:
        """A task of the audit list, complete, already in the status that triggers."""
        fields = {
            "client_id": client_id,
            "client_name": f"Client {client_id}",
            "business_address": "2400 N High St, Columbus, OH 43202, USA",
            "gbp_url": "https://www.google.com/maps/place/?q=place_id:bench",
            "website_url": "http://127.0.0.1:9/",
            "service_area_cities": ["Columbus", "Dublin"],
            "seed_keywords": "auto detailing columbus",
            "competitors": "http://127.0.0.1:9/a",
        }
        body = {"list_id": LIST_ID, "name": f"Audit {client_id}", "id": task_id, "status": READY}
        await self.post("clickup/tasks", body | {"fields": fields, "announce": False})


@asynccontextmanager
async def sandbox(folder: Path, scenarios: Mapping[str, object] | None = None) -> AsyncIterator[Sandbox]:
    """`python -m opsroom.sandbox`, with these scenarios added."""
    log = folder / "sandbox.log"
    argv = [sys.executable, "-m", "opsroom.sandbox", "--port", "0", "--demo"]
    async with process(argv, log) as running, aiohttp.ClientSession() as http:
        line = await _first_line(log, running, "sandbox: ")
        one = Sandbox(running, line.removeprefix("sandbox: ").strip().rstrip("/"), http)
        for name, script in (scenarios or {}).items():
            await one.post("scenarios", {"name": name, **script})  # type: ignore[dict-item]
        yield one


async def _first_line(log: Path, running: psutil.Popen, start: str) -> str:
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            for line in log.read_text(errors="replace").splitlines():
                if line.startswith(start):
                    return line
            if running.poll() is not None:
                raise RuntimeError(f"{log.name}: {log.read_text(errors='replace')[-2000:]}")
            await asyncio.sleep(0.02)


@dataclass(frozen=True)
class Product:
    """The product, spoken to as an API client does."""

    running: psutil.Popen
    url: str
    data: Path
    http: aiohttp.ClientSession
    start_s: float

    async def call(self, method: str, path: str, body: object = None) -> Any:
        async with self.http.request(method, self.url + path, json=body) as response:
            answer = await response.json()
            if response.status >= 400:
                raise RuntimeError(f"{method} {path}: {response.status} {answer}")
            return answer.get("data", answer)

    async def start(self, agent: str, client_id: str) -> Any:
        payload = {"client_id": client_id, "client_name": f"Client {client_id}"}
        return await self.call("POST", "/api/runs", {"agent": agent, "payload": payload})

    async def runs(self, most: int = 10_000, query: str = "") -> list[Any]:
        found: list[Any] = []
        while len(found) < most:
            page = await self.call("GET", f"/api/runs?limit=200&offset={len(found)}&sort=created_at{query}")
            found += page
            if len(page) < 200:
                break
        return found

    async def until_ended(self, count: int, patience_s: float) -> list[Any]:
        """All runs, once `count` have ended or patience is over; the table then shows what is missing."""
        until = time.monotonic() + patience_s
        while True:
            found = await self.runs()
            if sum(r["status"] in ENDS for r in found) >= count or time.monotonic() > until:
                return found
            await asyncio.sleep(0.25)

    @property
    def rss_mb(self) -> float:
        return self.running.memory_info().rss / 2**20

    @property
    def cpu_s(self) -> float:
        used = self.running.cpu_times()
        return used.user + used.system


def agent_file(name: str, **delivery: object) -> dict[str, object]:
    """An agent on Managed Agents that asks for little; delivers to the folder unless told otherwise."""
    return {
        "agent_name": name,
        "display_name": f"Bench {name}",
        "description": "A benchmark's agent",
        "version": "1.0.0",
        "anthropic": {"agent_id_env": "BENCH_AGENT_ID", "environment_id_env": "BENCH_ENV_ID"},
        "payload_source": {"type": "clickup_task", "clickup": {"required_fields": ["client_id"]}},
        "triggers": {
            "clickup_webhook": {"enabled": True, "list_id": LIST_ID, "trigger_status": READY},
            "manual_cli": {"enabled": True},
        },
        "kickoff_template": {"prompt": "Work for this client.\n\nCLIENT PAYLOAD:\n{payload_json}"},
        "limits": {"max_session_duration_minutes": 60, "max_session_cost_usd": 5},
        "delivery": delivery or {"folder": {"enabled": True, "path_template": "bench/{client_id}"}},
        "alerts": {"on_failure_channel": "#seo-automation-alerts"},
    }


@asynccontextmanager
async def product(
    folder: Path,
    beside: Sandbox | None = None,
    *,
    agents: Sequence[Mapping[str, object]] = (),
    agent_id: str = "agent_many_events",
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[Product]:
    """`python -m opsroom.app serve` on a fresh data folder; with its outside addresses at the sandbox."""
    workspace, data, ready = folder / "workspace", folder / "data", folder / "ready.json"
    (workspace / "agents").mkdir(parents=True, exist_ok=True)
    for agent in agents:
        (workspace / "agents" / f"{agent['agent_name']}.json").write_text(json.dumps(agent))
    outside = {} if beside is None else await _outside(folder, beside, agent_id)
    env = clean_env(OPSROOM_LOG_LEVEL="warning", OPSROOM_TRIGGERS__RECONCILE_S="0", **outside)
    env |= settings or {}
    ready.unlink(missing_ok=True)
    argv = [sys.executable, "-m", "opsroom.app", "serve", "--workspace", str(workspace), "--data", str(data)]
    argv += ["--port", "0", "--ready-file", str(ready)]
    began = time.perf_counter()
    async with process(argv, folder / "product.log", env) as running:
        url = await _until_healthy(ready, running, folder / "product.log")
        took = time.perf_counter() - began
        headers = {"Authorization": f"Bearer {(data / 'cli.key').read_text().strip()}"}
        async with aiohttp.ClientSession(headers=headers) as http:
            one = Product(running, url, data, http, took)
            await _until_loaded(one, len(agents))
            if beside is not None and agents:
                await _warm_up(one, str(agents[0]["agent_name"]))
            yield one


async def _outside(folder: Path, beside: Sandbox, agent_id: str) -> dict[str, str]:
    account = folder / "account.json"
    account.write_text(json.dumps(await beside.post("google/service-account", {})))
    return {
        "ANTHROPIC_BASE_URL": f"{beside.url}/anthropic",
        "ANTHROPIC_API_KEY": "sk-ant-bench",
        "BENCH_AGENT_ID": agent_id,
        "BENCH_ENV_ID": "env_bench",
        "OPSROOM_CLICKUP_URL": f"{beside.url}/clickup/api",
        "CLICKUP_API_TOKEN": "pk_bench",
        "CLICKUP_WEBHOOK_SECRET": SECRET,
        "OPSROOM_SLACK_URL": f"{beside.url}/slack/api/",
        "SLACK_BOT_TOKEN": "xoxb-bench",
        "OPSROOM_GOOGLE_URL": f"{beside.url}/google/",
        "GOOGLE_SERVICE_ACCOUNT_JSON_PATH": str(account),
    }


async def _until_healthy(ready: Path, running: psutil.Popen, log: Path) -> str:
    async with asyncio.timeout(_PATIENCE_S), aiohttp.ClientSession() as http:
        while True:
            if running.poll() is not None:
                raise RuntimeError(f"the product died: {log.read_text(errors='replace')[-3000:]}")
            if ready.exists():
                with suppress(ValueError, aiohttp.ClientError):
                    url = json.loads(ready.read_text())["url"]
                    async with http.get(f"{url}/health") as response:
                        if response.status == 200:
                            return str(url)
            await asyncio.sleep(0.01)


async def _warm_up(one: Product, agent: str) -> None:
    """One run before anything is measured: the vendor's SDK is loaded in the background after a start."""
    run = await one.start(agent, "warm-up")
    async with asyncio.timeout(_PATIENCE_S):
        while (await one.call("GET", f"/api/runs/{run['id']}"))["status"] in ("CREATED", "SENDING_KICKOFF"):
            await asyncio.sleep(0.1)
    await one.until_ended(1, 4)


async def _until_loaded(one: Product, agents: int) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        while sum(bool(a["version"]) for a in await one.call("GET", "/api/agent-files")) < agents:
            await asyncio.sleep(0.02)
