"""`make demo`: the product, the sandbox and a sample site in one process, and one real audit of it.

No account, no key, no network. A second start finds its data again and is quick.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import shutil
import signal
import sys
import time
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from opsroom.agents import api as agents
from opsroom.agents.ports import WorkspaceScope
from opsroom.app.founding import first_login
from opsroom.app.rehearsal import WEBHOOK_SECRET, sandbox_beside, settings_for
from opsroom.app.serve import Running, ServeOptions, serving
from opsroom.kernel.actor import system_actor
from opsroom.kernel.errors import Fault, NotFound
from opsroom.runs import api as runs
from opsroom.runs.shapes import Run, RunEvent, RunOrder
from opsroom.sandbox.api import Sandbox
from opsroom.sandbox.demo import DemoSeed, demo_seed

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = REPOSITORY / "examples"
AGENT = "sentinel"
CLIENT = "shamrock-detailing-columbus"
TASK = "tk_abc123"


class SampleSite(Protocol):
    """What examples/sample-site/serve.py gives."""

    @property
    def url(self) -> str: ...
    @property
    def competitor_urls(self) -> list[str]: ...
    def payload(self) -> dict[str, object]: ...
    async def close(self) -> None: ...


@dataclass(frozen=True)
class DemoPorts:
    """Where the three servers listen; 0 takes a free port."""

    product: int = 8700
    sandbox: int = 8701
    site: int = 8710


async def demo(data_dir: Path, ports: DemoPorts, console: Console, *, stay: bool) -> int:
    """Run the demo; the exit code. With `stay` it serves until it is told to stop."""
    began = time.monotonic()
    workspace = data_dir / "workspace"
    console.print("[bold]Opsroom demo[/bold]  product, stand-ins and a sample site on this machine only\n")
    site = await _sample_site(ports.site)
    try:
        async with sandbox_beside(data_dir, ports.sandbox) as sandbox:
            _prepare(workspace, site, sandbox)
            options = ServeOptions(
                workspace=workspace,
                data_dir=data_dir,
                port=ports.product,
                extra=settings_for(sandbox, data_dir) | {"OPSROOM_LOG_LEVEL": "warning"},
            )
            async with serving(options) as running:
                _register_webhook(sandbox, running.url)
                run = await _audit(running, site, console)
                _say_where(console, running, sandbox, site, run, time.monotonic() - began, data_dir)
                if stay:
                    await _until_told()
                return 0 if run.status == "DONE" else 4
    finally:
        await site.close()


async def _until_told() -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    await stopping.wait()


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise Fault(f"{path} is missing: the demo needs the examples of the repository")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


async def _sample_site(port: int) -> SampleSite:
    module = _load(EXAMPLES / "sample-site" / "serve.py")
    return cast("SampleSite", await module.start_sample_site(port=port))


def _prepare(workspace: Path, site: SampleSite, sandbox: Sandbox) -> None:
    """A workspace of its own: the examples, with the addresses and ids that hold here."""
    (workspace / "clients").mkdir(parents=True, exist_ok=True)
    (workspace / "agents").mkdir(exist_ok=True)
    payload = site.payload()
    seed = _seed_of(payload)
    demo_seed(sandbox, seed)
    (workspace / "clients" / f"{CLIENT}.json").write_text(json.dumps(payload, indent=2) + "\n")
    for example in sorted((EXAMPLES / "workspace" / "agents").glob("*.json")):
        text = example.read_text().replace("<LIST_ID_FOR_SENTINEL_TASKS>", seed.list_id)
        target = workspace / "agents" / example.name
        if not target.exists():  # people may edit the demo's agents; they keep their changes
            target.write_text(text)
    skills = workspace / "skills"
    if not skills.exists() and (REPOSITORY / "skills").is_dir():
        shutil.copytree(REPOSITORY / "skills", skills, ignore=shutil.ignore_patterns("__pycache__"))


def _seed_of(payload: dict[str, object]) -> DemoSeed:
    """The sandbox's ClickUp task says of the client what the sample's payload says."""
    said = {k: v for k, v in payload.items() if k in {f.name for f in fields(DemoSeed)}}
    return DemoSeed(
        **said,  # type: ignore[arg-type]
        priority_services=cast("list[str]", payload["priority_services_ranked"]),
        usps=cast("list[str]", payload["business_usps"]),
    )


def _register_webhook(sandbox: Sandbox, url: str) -> None:
    """The sandbox's ClickUp calls this server when a task moves, signed as the real one would."""
    webhooks = sandbox.clickup.webhooks
    endpoint = f"{url}/webhook/{AGENT}"
    for known in list(webhooks.registered):
        del webhooks.registered[known]
    webhooks.register(endpoint, WEBHOOK_SECRET, ["taskStatusUpdated", "taskCreated"])


async def _audit(running: Running, site: SampleSite, console: Console) -> Run:
    """Run Sentinel on the sample site and show it as it goes."""
    house = running.house
    actor = system_actor(house.need(WorkspaceScope).scope, "the demo")
    await _until_loaded(running)
    async with house.unit_of_work(actor) as tx:
        run, _ = await runs.request_run(
            tx, RunOrder(agent=AGENT, trigger_source="cli", payload=site.payload(), task_id=TASK)
        )
    console.print(f"[bold]{run.display_name}[/bold] audits {site.url}  [dim]{run.id}[/dim]")
    after, status = 0, ""
    with house.wakes.listen(run.id) as listener, console.status("starting") as line:
        while True:
            async with house.unit_of_work.reading(actor) as tx:
                run = await runs.get_run(tx, run.id)
                events = await runs.events_of(tx, run.id, after=after)
            for event in events:
                _show(console, event)
                after = event.seq
            if run.progress and run.progress.note != status:
                status = run.progress.note
                of = f"/{run.progress.total:.0f}" if run.progress.total else ""
                line.update(f"{status}  {run.progress.done:.0f}{of}  ${run.cost_usd / 1e6:.2f}")
            if run.ended and after >= run.event_count:
                return run
            await listener.wait(1.0)


async def _until_loaded(running: Running) -> None:
    """Wait until the agent file has been read: a second at most."""
    actor = system_actor(running.house.need(WorkspaceScope).scope)
    for _ in range(100):
        try:
            async with running.house.unit_of_work.reading(actor) as tx:
                await agents.current(tx, AGENT)
        except NotFound:
            await asyncio.sleep(0.1)
        else:
            return


def _show(console: Console, event: RunEvent) -> None:
    body = event.body
    if event.kind == "agent.message":
        console.print(f"  {body.get('text')}", highlight=False)
    elif event.kind == "run.state":
        console.print(f"  [cyan]{body.get('to')}[/cyan] [dim]{body.get('reason') or ''}[/dim]")
    elif event.kind == "output":
        console.print(f"  [green]file[/green] {body.get('name')}")
    elif event.kind == "delivery":
        colour = "green" if body.get("status") == "sent" else "red"
        console.print(
            f"  [{colour}]{body.get('channel')}[/{colour}] {body.get('status')} {body.get('link') or ''}"
        )
    elif event.kind in ("session.error", "log"):
        console.print(f"  [yellow]{body.get('message') or body.get('line')}[/yellow]", highlight=False)


def _say_where(
    console: Console,
    running: Running,
    sandbox: Sandbox,
    site: SampleSite,
    run: Run,
    took_s: float,
    data: Path,
) -> None:
    table = Table.grid(padding=(0, 2))
    if run.summary is not None and run.summary.score is not None:
        table.add_row("Score", f"{run.summary.score:.0f}/{run.summary.max_score:.0f}")
        for one in run.summary.priorities:
            table.add_row("", f"{one.severity}  {one.text}")
    table.add_row("Status", f"{run.status} in {took_s:.1f} s")
    table.add_row("Files", str(data / "delivered"))
    table.add_row("Open", f"[link]{running.url}/runs/{run.id}[/link]")
    login = first_login(running.house.data_dir)
    if login is not None:
        table.add_row("Sign in", f"{login.email}   {login.password}")
    table.add_row("Stand-ins", f"{sandbox.urls.base}/   what Slack, ClickUp and Drive received")
    table.add_row("Sample site", site.url)
    console.print()
    console.print(
        Panel(table, title="Opsroom is up", border_style="green" if run.status == "DONE" else "red")
    )
    console.print("Press Ctrl-C to stop. Start it again with [bold]make demo[/bold]; the data stays.\n")
