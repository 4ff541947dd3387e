"""The product as a process that can be killed, and the world around it, which remembers."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp

from opsroom.app.rehearsal import WEBHOOK_SECRET, settings_for
from opsroom.kernel.failpoint import VARIABLE
from opsroom.sandbox.api import Sandbox, SandboxConfig, scenario_from, start_sandbox
from opsroom.sandbox.demo import DemoSeed, client_fields, demo_seed
from opsroom.triggers.sources.clickup.rules import sign

ROOT = Path(__file__).resolve().parents[2]
SEED_FILE = ROOT / "tests" / "agents" / "fixtures" / "seed_sentinel.json"
READY = "Ready (Automate)"
ENDS = frozenset({"DONE", "EMPTY", "UNDELIVERED", "TERMINATED", "CANCELLED", "ALERTED"})
AGENTS = ("sentinel", "asker", "spender", "walker")
# The machine may be shared and slow; what is promised in seconds is measured, not awaited.
PATIENCE_S = 90.0

# Thirty events over about a second and a half, so that a random kill often meets a stream.
_WALK = {
    "steps": [
        {"repeat": 30, "steps": [{"after_ms": 50, "say": "Step {i} of {client_id}."}]},
        {"output": {"name": "walk-{client_id}.json", "content": {"client": "{client_id}"}}},
        {"output": {"name": "walk-{client_id}.md", "content": "# Walk of {client_id}\n"}},
        {"usage": {"list_cost_cents": 2, "input_tokens": 10, "output_tokens": 10}},
        {"idle": "end_turn"},
    ]
}


@dataclass
class Order:
    """A run somebody wants. `run_id` is known once the product answered, or was found to have it."""

    client_id: str
    agent: str
    task_id: str
    run_id: str | None = None
    ended_at: float | None = None
    by_webhook: bool = False


@dataclass
class Life:
    """One process of the product."""

    pid: int
    born_at: float
    ready_at: float | None = None
    status: int | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def killed(self) -> bool:
        return self.status is not None and os.WIFSIGNALED(self.status)


class Nursery:
    """Births processes of the product. See nursery.py."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._lives: dict[int, Life] = {}
        self._born: asyncio.Queue[int] = asyncio.Queue()
        self._reader = asyncio.create_task(self._read())

    async def birth(self, argv: list[str], env: Mapping[str, str], log: Path) -> Life:
        assert self._process.stdin is not None
        born_at = time.monotonic()
        self._process.stdin.write(
            json.dumps({"argv": argv, "env": dict(env), "log": str(log)}).encode() + b"\n"
        )
        await self._process.stdin.drain()
        life = self._lives[await self._born.get()]
        life.born_at = born_at
        return life

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            news = json.loads(line)
            if "born" in news:
                self._lives[news["born"]] = Life(news["born"], time.monotonic())
                self._born.put_nowait(news["born"])
            elif "died" in news:
                life = self._lives[news["died"]]
                life.status = news["status"]
                life.ended.set()

    async def close(self) -> None:
        for life in self._lives.values():
            if not life.ended.is_set():
                os.kill(life.pid, signal.SIGKILL)
        assert self._process.stdin is not None
        self._process.stdin.close()
        async with asyncio.timeout(20):
            await self._process.wait()
        await self._reader


@asynccontextmanager
async def nursery() -> AsyncIterator[Nursery]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.durability.nursery",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**20,
    )
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        line = await process.stdout.readline()
    assert line, "the nursery died while importing the product"
    one = Nursery(process)
    try:
        yield one
    finally:
        await one.close()


@dataclass
class Rig:
    """One installation: its workspace, its data, its address, and the sandbox it talks to."""

    sandbox: Sandbox
    nursery: Nursery
    folder: Path
    env: dict[str, str]
    port: int
    http: aiohttp.ClientSession
    data: Path
    life: Life | None = None
    lives: int = 0
    orders: list[Order] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "product.log"

    # -- lives -------------------------------------------------------------------------------

    async def birth(self, failpoint: str = "") -> Life:
        """Start the product. Returns when it serves, or has died before it did."""
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        argv = ["serve", "--workspace", str(self.folder / "workspace"), "--data", str(self.data)]
        argv += ["--port", str(self.port), "--ready-file", str(ready)]
        self.lives += 1
        self.life = await self.nursery.birth(argv, {**self.env, VARIABLE: failpoint}, self.log)
        async with asyncio.timeout(PATIENCE_S):
            while not ready.exists() and not self.life.ended.is_set():
                await asyncio.sleep(0.01)
        assert ready.exists() or self.life.killed, self.tail()
        self.life.ready_at = time.monotonic()
        return self.life

    async def kill(self) -> None:
        assert self.life is not None
        if not self.life.ended.is_set():
            os.kill(self.life.pid, signal.SIGKILL)
        await self.death()

    async def death(self, patience_s: float = PATIENCE_S) -> Life:
        """Wait until the process is dead; it must have died of SIGKILL."""
        life = self.life
        assert life is not None
        async with asyncio.timeout(patience_s):
            await life.ended.wait()
        assert life.killed and os.WTERMSIG(life.status or 0) == signal.SIGKILL, self.tail()
        return life

    def tail(self, lines: int = 40) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else "(no log)"
        return "\n".join(text.splitlines()[-lines:])

    # -- talking -----------------------------------------------------------------------------

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Call the API; (0, None) when there is nobody or the reply was lost."""
        key = (self.data / "cli.key").read_text().strip()
        headers["Authorization"] = f"Bearer {key}"
        try:
            async with self.http.request(method, self.url + path, json=body, headers=headers) as response:
                answer = await response.json(content_type=None)
                return response.status, answer.get("data", answer)
        except (aiohttp.ClientError, ConnectionError, TimeoutError):
            return 0, None

    async def get(self, path: str) -> Any:
        status, answer = await self.call("GET", path)
        assert status == 200, (path, status, answer, self.tail())
        return answer

    async def loaded(self) -> None:
        """Wait until the agent files have been read (the first start only)."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                _, agents = await self.call("GET", "/api/agent-files")
                if agents and sum(bool(a["version"]) for a in agents) == len(AGENTS):
                    return
                await asyncio.sleep(0.05)

    # -- runs --------------------------------------------------------------------------------

    def new_order(self, agent: str = "sentinel") -> Order:
        """A client with a task of its own, so that every effect belongs to one run."""
        client = f"{agent}-{len(self.orders):03d}"
        seed = replace(DemoSeed(), client_id=client, client_name=f"Client {client}")
        task = self.sandbox.clickup.add_task(
            seed.list_id, f"Audit {client}", client_fields(seed), "Backlog", f"tk_{client}", announce=False
        )
        order = Order(client, agent, task.id)
        self.orders.append(order)
        return order

    async def place(self, order: Order) -> bool:
        """Ask for the run until the answer has come; False when nobody answers. Never asks twice for one."""
        known = await self._known(order)
        if known is None:
            return False
        if known or order.by_webhook:
            order.run_id = known or None
            return bool(known)
        seed = replace(DemoSeed(), client_id=order.client_id, client_name=f"Client {order.client_id}")
        body = {"agent": order.agent, "payload": client_fields(seed), "clickup_task_id": order.task_id}
        status, answer = await self.call("POST", "/api/runs", body)
        if status == 201:
            order.run_id = answer["id"]
            return True
        assert status == 0, (status, answer)
        return False

    async def _known(self, order: Order) -> str | None:
        """The id of the order's run, "" when the product has none, None when it does not answer."""
        status, found = await self.call("GET", f"/api/runs?client={order.client_id}")
        if status != 200:
            return None
        assert len(found) <= 1, found
        return found[0]["id"] if found else ""

    async def settle(self, patience_s: float = PATIENCE_S) -> None:
        """Place what is not placed, wait until every run has ended, note when."""
        async with asyncio.timeout(patience_s):
            for order in self.orders:
                while order.run_id is None and not await self.place(order):
                    await asyncio.sleep(0.05)
            while open_ones := [o for o in self.orders if o.ended_at is None]:
                assert self.life is not None and not self.life.ended.is_set(), self.tail()
                runs = {r["id"]: r for r in await self.all_runs()}
                for order in open_ones:
                    if runs[order.run_id]["status"] in ENDS:
                        order.ended_at = time.monotonic()
                await asyncio.sleep(0.05)

    async def all_runs(self) -> list[Any]:
        found: list[Any] = []
        while True:
            page = await self.get(f"/api/runs?limit=200&offset={len(found)}&sort=created_at")
            found += page
            if len(page) < 200:
                return found

    async def answer_questions(self) -> int:
        """Allow everything that is asked; how many questions there were."""
        status, asked = await self.call("GET", "/api/approvals?status=pending")
        for question in asked if status == 200 else []:
            await self.call("POST", f"/api/approvals/{question['id']}/allow", {})
        return len(asked or [])

    async def has_state(self, order: Order, *states: str) -> bool:
        status, run = await self.call("GET", f"/api/runs/{order.run_id}")
        return status == 200 and run["status"] in states

    # -- webhooks ----------------------------------------------------------------------------

    async def hook(self, order: Order, date: str = "1763719200000") -> int:
        """Post what ClickUp posts when the order's task is moved; the status, 0 when the reply was lost."""
        item = {
            "id": "4000000000000000001",
            "field": "status",
            "date": date,
            "before": {"status": "backlog", "type": "open"},
            "after": {"status": READY, "type": "custom"},
        }
        body = {
            "event": "taskStatusUpdated",
            "task_id": order.task_id,
            "webhook_id": "w",
            "history_items": [item],
        }
        raw = json.dumps(body).encode()
        headers = {"X-Signature": sign(raw, WEBHOOK_SECRET), "Content-Type": "application/json"}
        try:
            async with self.http.post(
                f"{self.url}/webhook/{order.agent}", data=raw, headers=headers
            ) as response:
                return response.status
        except (aiohttp.ClientError, ConnectionError, TimeoutError):
            return 0


def _write_agents(folder: Path, list_id: str) -> None:
    folder.mkdir(parents=True)
    for name in AGENTS:
        file = json.loads(SEED_FILE.read_text())
        file["agent_name"] = name
        file["anthropic"]["agent_id_env"] = f"{name.upper()}_AGENT_ID"
        file["triggers"]["clickup_webhook"]["list_id"] = list_id
        file["alerts"] = {"on_failure_channel": "#seo-automation-alerts", "tag_on_failure": []}
        (folder / f"{name}.json").write_text(json.dumps(file, indent=2))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def rig(nursery: Nursery, folder: Path, database_url: str = "", **extra: str) -> AsyncIterator[Rig]:
    """An installation that has not been started yet."""
    sandbox = await start_sandbox(SandboxConfig())
    http = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True), timeout=aiohttp.ClientTimeout(total=30)
    )
    try:
        demo_seed(sandbox)
        sandbox.scenarios.add(scenario_from(_WALK, "walk"))
        _write_agents(folder / "workspace" / "agents", DemoSeed().list_id)
        env = settings_for(sandbox, folder) | {
            "SENTINEL_AGENT_ID": "agent_sentinel",
            "ASKER_AGENT_ID": "agent_approval",
            "SPENDER_AGENT_ID": "agent_budget",
            "WALKER_AGENT_ID": "agent_walk",
            "OPSROOM_LOG_LEVEL": "warning",
            "OPSROOM_DURABLE__SUSPECT_APART_S": "2",
            "OPSROOM_DELIVERY__RETRY_DELAY_S": "0.1",
            "OPSROOM_DELIVERY__ALERTS_PER_WINDOW": "1000",
            "OPSROOM_TRIGGERS__RECONCILE_S": "0",
            **extra,
        }
        if database_url and not database_url.startswith("sqlite"):
            env["OPSROOM_DATABASE_URL"] = database_url
        yield Rig(sandbox, nursery, folder, env, _free_port(), http, folder / "data")
    finally:
        await http.close()
        await sandbox.stop()
