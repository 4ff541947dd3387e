"""The product as people run it, a process of its own, and the world it works on, played in this one."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from opsroom.app.rehearsal import WEBHOOK_SECRET, settings_for
from opsroom.sandbox.api import Sandbox, SandboxConfig, start_sandbox
from opsroom.sandbox.demo import DemoSeed, client_fields, demo_seed
from opsroom.triggers.sources.clickup.rules import sign

from .scenarios import SCENARIOS

ROOT = Path(__file__).resolve().parents[2]
SEED_FILE = ROOT / "tests" / "agents" / "fixtures" / "seed_sentinel.json"
SITE = ROOT / "examples" / "sample-site" / "serve.py"
READY = "Ready (Automate)"
ENDS = frozenset({"DONE", "EMPTY", "UNDELIVERED", "TERMINATED", "CANCELLED", "ALERTED"})
PATIENCE_S = 60.0
# What each agent on Managed Agents plays.
MANAGED = {
    "sentinel": ("SEO Sentinel", "audit-live"),
    "publisher": ("City Page Publisher", "approval-live"),
    "watcher": ("Rank Watcher", "watch-live"),
    "briefs": ("Content Briefs", "hostile"),
    "reviews": ("Review Responder", "retries-exhausted"),
}
# Two more run on this machine, and one more has a file with mistakes in it.
AGENTS = {*MANAGED, "echo", "local-audit"}
BROKEN = "citations"

T = TypeVar("T")


class Loop:
    """An event loop in a thread: the sandbox and the sample site live there."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sandbox", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def do(self, change: Callable[[], T]) -> T:
        """Call `change` where the stand-ins' state may be touched."""

        async def inside() -> T:
            return change()

        return self.run(inside())

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()


@dataclass
class Product:
    """A running product: where its pages are, who may sign in, and how to reach behind it."""

    url: str
    email: str
    password: str
    key: str
    sandbox: Sandbox
    loop: Loop
    site_payload: dict[str, Any]
    seed: DemoSeed = field(default_factory=DemoSeed)
    data: Path = field(default_factory=Path)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The `data` of the API's answer. Raises urllib.error.HTTPError for a refusal."""
        raw = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", **headers}
        request = urllib.request.Request(self.url + path, raw, headers, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
            answer = json.load(response)
            return answer.get("data", answer)

    def start(self, agent: str, client: str = "", **payload: Any) -> str:
        """Start a run as the command line does; its id."""
        fields: dict[str, Any] = client_fields(self.seed)
        if client:
            fields |= {"client_name": client, "client_id": client.lower().replace(" ", "-")}
        return self.call("POST", "/api/runs", {"agent": agent, "payload": fields | payload})["id"]

    def until(self, run_id: str, wanted: Callable[[Any], bool], patience_s: float = PATIENCE_S) -> Any:
        deadline = time.monotonic() + patience_s
        while not wanted(run := self.call("GET", f"/api/runs/{run_id}")):
            assert time.monotonic() < deadline, f"{run_id} did not get there: {run['status']} {run['error']}"
            time.sleep(0.05)
        return run

    def until_ended(self, run_id: str) -> Any:
        return self.until(run_id, lambda run: run["status"] in ENDS)

    def new_task(self, task_id: str, client: str) -> None:
        """A task of a client, in the list the agents watch, already moved to ready."""
        values = client_fields(self.seed) | {"client_name": client, "client_id": task_id}

        def add() -> None:
            clickup = self.sandbox.clickup
            clickup.add_task(self.seed.list_id, f"Audit {client}", values, READY, task_id, announce=False)

        self.loop.do(add)

    def hook(self, task_id: str, *, into: str = READY, date: str = "", signature: str | None = None) -> int:
        """Post what ClickUp posts when a task is moved; the status of the answer. One `date`, one move."""
        item = {
            "id": "4000000000000000001",
            "field": "status",
            "date": date or str(int(time.time() * 1000)),
            "before": {"status": "backlog", "type": "open"},
            "after": {"status": into, "type": "custom"},
        }
        body = {
            "event": "taskStatusUpdated",
            "task_id": task_id,
            "webhook_id": "wh_1",
            "history_items": [item],
        }
        raw = json.dumps(body).encode()
        headers = {
            "X-Signature": sign(raw, WEBHOOK_SECRET) if signature is None else signature,
            "Content-Type": "application/json",
            "User-Agent": "ClickUp-Webhook",
        }
        request = urllib.request.Request(f"{self.url}/webhook/sentinel", raw, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
                return response.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code


def _write_agents(folder: Path, list_id: str) -> None:
    folder.mkdir(parents=True)
    for name, (title, _) in MANAGED.items():
        file = json.loads(SEED_FILE.read_text())
        file |= {"agent_name": name, "display_name": title}
        file["anthropic"]["agent_id_env"] = f"{name.upper()}_AGENT_ID"
        file["triggers"]["clickup_webhook"]["list_id"] = list_id
        if name == "publisher":
            file["description"] = "Publishes approved city pages; asks before each one"
        elif name == "watcher":
            file["description"] = "Follows the rankings of a client's keywords"
        elif name == "briefs":
            file["description"] = "Writes briefs for new pages"
            file["delivery"] = {"slack": file["delivery"]["slack"]}
        elif name == "reviews":
            file["description"] = "Drafts answers to new reviews"
        (folder / f"{name}.json").write_text(json.dumps(file, indent=2))
    examples = ROOT / "examples" / "workspace" / "agents"
    echo = json.loads((examples / "echo.json").read_text())
    echo["triggers"]["board"] = {"enabled": True}
    (folder / "echo.json").write_text(json.dumps(echo, indent=2))
    audit = json.loads((examples / "sentinel.json").read_text())
    audit |= {"agent_name": "local-audit", "display_name": "Local SEO Audit"}
    audit["triggers"]["clickup_webhook"] = {"enabled": False}
    del audit["delivery"]["clickup"]
    (folder / "local-audit.json").write_text(json.dumps(audit, indent=2))
    broken = audit | {
        "agent_name": BROKEN,
        "display_name": "Citation Checker",
        "limits": {"max_minutes": "ten"},
    }
    (folder / f"{BROKEN}.json").write_text(json.dumps(broken, indent=2))
    shutil.copytree(
        ROOT / "skills", folder.parent / "skills", ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
    )


def _sample_site(loop: Loop) -> Any:
    spec = importlib.util.spec_from_file_location("sample_site", SITE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return loop.run(module.start_sample_site())


def _settings(sandbox: Sandbox, folder: Path) -> dict[str, str]:
    agents = {f"{name.upper()}_AGENT_ID": f"agent_{played}" for name, (_, played) in MANAGED.items()}
    return (
        settings_for(sandbox, folder)
        | agents
        | {
            "OPSROOM_LOG_LEVEL": "warning",
            "OPSROOM_DELIVERY__RETRY_DELAY_S": "0.05",
            "OPSROOM_RUNS__COST_SAMPLE_S": "0.3",
            "OPSROOM_TRIGGERS__RECONCILE_S": "0",
            "OPSROOM_EDGE__SIGN_IN_PER_MINUTE": "600",
            "OPSROOM_HOOKS__ALLOW_PRIVATE": "true",  # receivers of the tests stand on this machine
        }
    )


@contextmanager
def _process(folder: Path, env: dict[str, str]) -> Iterator[tuple[str, Path]]:
    """The product as a process; its address and its data folder."""
    ready, data, log = folder / "ready.json", folder / "data", folder / "product.log"
    command = [sys.executable, "-m", "opsroom.app", "serve", "--workspace", str(folder / "workspace")]
    command += [
        "--data",
        str(data),
        "--port",
        "0",
        "--ready-file",
        str(ready),
        "--parent-pid",
        str(os.getpid()),
    ]
    with (
        log.open("wb") as out,
        subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **env}, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        ) as process,
    ):
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not ready.exists():
                assert process.poll() is None, log.read_text(errors="replace")
                assert time.monotonic() < deadline, log.read_text(errors="replace")
                time.sleep(0.05)
            yield json.loads(ready.read_text())["url"], data
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def product_in(folder: Path) -> Iterator[Product]:
    """The whole product with its world, ready to be used, its agents loaded."""
    loop = Loop()
    site = _sample_site(loop)
    sandbox = loop.run(start_sandbox(SandboxConfig()))
    try:
        seed = DemoSeed()
        loop.do(lambda: demo_seed(sandbox, seed))
        for scenario in SCENARIOS:
            loop.do(lambda each=scenario: sandbox.scenarios.add(each))
        _write_agents(folder / "workspace" / "agents", seed.list_id)
        with _process(folder, _settings(sandbox, folder)) as (url, data):
            login = json.loads((data / "first-login.json").read_text())
            key = (data / "cli.key").read_text().strip()
            product = Product(
                url, login["email"], login["password"], key, sandbox, loop, site.payload(), seed, data
            )
            deadline = time.monotonic() + PATIENCE_S
            while not {a["name"] for a in product.call("GET", "/api/agent-files") if a["version"]} >= AGENTS:
                assert time.monotonic() < deadline, product.call("GET", "/api/agent-files")
                time.sleep(0.05)
            yield product
    finally:
        loop.run(sandbox.stop())
        loop.run(site.close())
        loop.close()
