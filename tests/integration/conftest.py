"""The whole product as it is shipped, served over HTTP, with every outside service played by the sandbox."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from opsroom.app.rehearsal import WEBHOOK_SECRET, sandbox_beside, settings_for
from opsroom.app.serve import Running, ServeOptions, serving
from opsroom.sandbox.api import Sandbox
from opsroom.sandbox.demo import DemoSeed, client_fields, demo_seed
from opsroom.triggers.sources.clickup.rules import sign

ROOT = Path(__file__).resolve().parents[2]
SEED_FILE = ROOT / "tests" / "agents" / "fixtures" / "seed_sentinel.json"
ENDS = {"DONE", "EMPTY", "UNDELIVERED", "TERMINATED", "CANCELLED", "ALERTED"}
PATIENCE_S = 30.0


@dataclass
class Product:
    """A running product and what stands around it."""

    running: Running
    sandbox: Sandbox
    workspace: Path
    data_dir: Path
    http: aiohttp.ClientSession
    seed: DemoSeed = field(default_factory=DemoSeed)

    async def call(self, method: str, path: str, body: Any = None, expect: int | None = None) -> Any:
        """Call the API as the command line does; the `data` of the answer, or the problem."""
        async with self.http.request(method, self.running.url + path, json=body) as response:
            answer = await response.json()
            assert expect is None or response.status == expect, answer
            return answer.get("data", answer)

    async def start(self, agent: str = "sentinel", **order: Any) -> Any:
        payload = client_fields(self.seed)
        return await self.call("POST", "/api/runs", {"agent": agent, "payload": payload, **order}, 201)

    async def until(self, run_id: str, wanted: Callable[[Any], bool], patience_s: float = PATIENCE_S) -> Any:
        """The run once `wanted` holds of it."""
        async with asyncio.timeout(patience_s):
            while True:
                run = await self.call("GET", f"/api/runs/{run_id}")
                if wanted(run):
                    return run
                await asyncio.sleep(0.03)

    async def until_ended(self, run_id: str) -> Any:
        return await self.until(run_id, lambda run: run["status"] in ENDS)

    async def log(self, run_id: str) -> list[Any]:
        return await self.call("GET", f"/api/runs/{run_id}/log?limit=2000")

    async def states(self, run_id: str) -> list[str]:
        return [e["body"]["to"] for e in await self.log(run_id) if e["kind"] == "run.state"]

    async def hook(self, agent: str, body: Mapping[str, Any] | bytes, signature: str | None = None) -> Any:
        """Post a webhook as ClickUp would; (status, answer)."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"X-Signature": sign(raw, WEBHOOK_SECRET) if signature is None else signature}
        headers["Content-Type"] = "application/json"
        async with self.http.post(
            f"{self.running.url}/webhook/{agent}", data=io.BytesIO(raw), headers=headers
        ) as response:
            text = await response.text()
            return response.status, json.loads(text) if text.startswith("{") else text

    def effects(self, service: str, kind: str = "") -> int:
        return len(self.sandbox.ledger.find_effects(service, kind))

    async def alerts(self) -> list[str]:
        """Texts in the alerts channel, once there is one."""
        return self.messages("seo-automation-alerts")

    def messages(self, channel: str) -> list[str]:
        found = self.sandbox.slack.find_channel(channel)
        assert found is not None
        return [m.text for m in self.sandbox.slack.messages if m.channel == found.id]

    async def until_true(self, wanted: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        async with asyncio.timeout(patience_s):
            while not wanted():
                await asyncio.sleep(0.03)


MakeProduct = Callable[..., Awaitable[Product]]


@pytest.fixture
async def make_product(database_url: str, tmp_path: Path) -> AsyncIterator[MakeProduct]:
    """`await make_product(scenario="budget")`: the product with the seed's Sentinel on Managed Agents."""
    async with AsyncExitStack() as stack:

        async def make(
            *,
            scenario: str = "audit-success",
            edit: Callable[[dict[str, Any]], None] | None = None,
            **extra: str,
        ) -> Product:
            workspace, data = tmp_path / "workspace", tmp_path / "data"
            (workspace / "agents").mkdir(parents=True)
            sandbox = await stack.enter_async_context(sandbox_beside(tmp_path / "sandbox"))
            sandbox.scenarios.default = scenario
            seed = DemoSeed()
            demo_seed(sandbox, seed)
            file = json.loads(SEED_FILE.read_text())
            file["triggers"]["clickup_webhook"]["list_id"] = seed.list_id
            if edit:
                edit(file)
            (workspace / "agents" / "sentinel.json").write_text(json.dumps(file, indent=2))
            settings = settings_for(sandbox, tmp_path / "sandbox") | {
                "OPSROOM_LOG_LEVEL": "error",
                "OPSROOM_DELIVERY__RETRY_DELAY_S": "0.05",
                "OPSROOM_RUNS__COST_SAMPLE_S": "0.3",
                "OPSROOM_TRIGGERS__RECONCILE_S": "0",
                **extra,
            }
            if not database_url.startswith("sqlite"):
                settings["OPSROOM_DATABASE_URL"] = database_url
            options = ServeOptions(workspace=workspace, data_dir=data, port=0, extra=settings, web_dist=None)
            running = await stack.enter_async_context(serving(options))
            key = (data / "cli.key").read_text().strip()
            http = await stack.enter_async_context(
                aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"})
            )
            product = Product(running, sandbox, workspace, data, http, seed)
            async with asyncio.timeout(PATIENCE_S):
                while not any(a["version"] for a in await product.call("GET", "/api/agent-files")):
                    await asyncio.sleep(0.05)
            return product

        yield make
