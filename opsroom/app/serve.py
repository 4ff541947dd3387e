"""Running the product: one process that serves and works, or only works."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from granian.constants import Interfaces
from granian.server.embed import Server

from opsroom import __version__
from opsroom.agents import api as agents
from opsroom.agents.ports import WorkspaceScope
from opsroom.agents.room import sync_folder
from opsroom.app.edge.build import OPEN_AT_ONCE, build_asgi
from opsroom.app.edge.health import HealthFacts
from opsroom.app.founding import home_of
from opsroom.app.house import open_house
from opsroom.app.place import announced, sole_owner
from opsroom.app.rooms import ROOMS
from opsroom.app.settings import AppSettings, load_settings
from opsroom.kernel.actor import system_actor
from opsroom.kernel.db import Database, open_database
from opsroom.kernel.errors import Fault
from opsroom.kernel.redact import configure_logging
from opsroom.kernel.room import House, Room
from opsroom.kernel.settings import Settings
from opsroom.kernel.workers import workers_seen

log = structlog.get_logger("opsroom.app")

WEB_DIST = Path(__file__).resolve().parents[2] / "web" / "dist"


@dataclass
class ServeOptions:
    """What the command line asked for. `extra` are settings on top of the environment's."""

    workspace: Path
    data_dir: Path
    host: str | None = None
    port: int | None = None
    ready_file: Path | None = None
    parent_pid: int | None = None
    extra: dict[str, str] = field(default_factory=dict)
    web_dist: Path | None = WEB_DIST


@dataclass(frozen=True)
class Running:
    """A product that is up."""

    house: House
    url: str


def start_logging(settings: Settings) -> None:
    """Configure logging from the settings, then say what they warned of."""
    app = settings.section(AppSettings)
    style = ("console" if sys.stderr.isatty() else "json") if app.log_format == "auto" else app.log_format
    configure_logging(style, level=logging.getLevelNamesMapping()[app.log_level.upper()])
    for warning in settings.warnings:
        log.warning("settings.warning", message=warning)


class _Facts:
    """What /health says beyond "up"."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def facts(self) -> Mapping[str, object]:
        scope = self._house.need(WorkspaceScope).scope
        async with self._house.unit_of_work.reading(system_actor(scope)) as tx:
            loaded = [a.name for a in await agents.list_agents(tx) if a.version]
        now = self._house.database.now()
        workers = [
            {
                "executor_id": w.executor_id,
                "last_seen_s": round((now - w.last_seen).total_seconds(), 1),
                "claiming": w.claiming,
            }
            for w in await workers_seen(self._house.database)
        ]
        return {"version": __version__, "agents_loaded": loaded, "workers": workers}


def _workspace_room(found: dict[str, WorkspaceScope]) -> Room:
    """Provides what only the composition knows: where the workspace belongs, and what health says."""

    def build(house: House) -> None:
        house.provide(WorkspaceScope, found["scope"])
        house.provide(HealthFacts, _Facts(house))

    return Room(name="workspace", build=build)


async def _scope_of(settings: Settings, database: Database, options: ServeOptions) -> WorkspaceScope:
    """Found the installation if need be, in a house of one room that claims no work."""
    identity = [room for room in ROOMS if room.name == "identity"]
    async with open_house(
        identity,
        settings=settings,
        database=database,
        workspace=options.workspace,
        data_dir=options.data_dir,
        work=False,
        background=False,
    ) as house:
        return WorkspaceScope(await home_of(house))


@asynccontextmanager
async def opened(
    options: ServeOptions, settings: Settings, url: str, *, work: bool = True
) -> AsyncIterator[House]:
    """The whole house, open."""
    address = settings.section(AppSettings).url_of_database(options.data_dir)
    owner = sole_owner(options.data_dir) if address.startswith("sqlite") else nullcontext()
    with owner:
        found = {"scope": await _scope_of(settings, open_database(address), options)}
        async with open_house(
            [_workspace_room(found), *ROOMS],
            settings=settings,
            database=open_database(address),
            workspace=options.workspace,
            data_dir=options.data_dir,
            public_url=url,
            environ=settings.environment,
            work=work,
        ) as house:
            yield house


@asynccontextmanager
async def serving(options: ServeOptions) -> AsyncIterator[Running]:
    """The product, reachable at `url` until the block ends."""
    settings = load_settings(options.workspace, options.extra)
    start_logging(settings)
    app = settings.section(AppSettings)
    host = options.host or app.host
    port = _free_port(host) if (wanted := app.port if options.port is None else options.port) == 0 else wanted
    _refuse_taken(host, port)
    url = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"  # noqa: S104 - only compared
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(opened(options, settings, public_url(settings) or url))
        # Before anybody can ask for a run: the agents of the workspace are there from the first request.
        await sync_folder(house, house.need(WorkspaceScope).scope)
        asgi = build_asgi(house, ROOMS, web_dist=_built(options.web_dist))
        server = Server(
            asgi,
            address=host,
            port=port,
            interface=Interfaces.ASGI,
            log_enabled=False,
            backlog=1024,
            backpressure=OPEN_AT_ONCE,
        )
        task = asyncio.create_task(server.serve())
        stack.push_async_callback(_stop, server, task)
        await _until_listening(host, port, task)
        stack.enter_context(announced(options.data_dir, url, options.ready_file))
        log.info("app.serving", url=url, workspace=str(options.workspace), data=str(options.data_dir))
        yield Running(house, url)


async def serve(options: ServeOptions) -> None:
    """Serve until told to stop."""
    stopping = asyncio.Event()
    with _told_by_signals(stopping):
        async with serving(options):
            # What was made on the way up stays for good: the collector need not walk it again and again.
            gc.freeze()
            await _until_stopped(stopping, options.parent_pid)


async def work(options: ServeOptions) -> None:
    """Work without serving: for more hands on a shared PostgreSQL."""
    settings = load_settings(options.workspace, options.extra)
    start_logging(settings)
    stopping = asyncio.Event()
    with _told_by_signals(stopping):
        async with opened(options, settings, public_url(settings)):
            log.info("app.working")
            await _until_stopped(stopping, options.parent_pid)


def public_url(settings: Settings) -> str:
    """The address people use, when a setting names it."""
    from opsroom.app.edge.settings import EdgeSettings

    return settings.section(EdgeSettings).public_url


async def _until_stopped(stopping: asyncio.Event, parent_pid: int | None) -> None:
    while not stopping.is_set():
        if parent_pid is not None and os.getppid() != parent_pid:
            log.info("app.parent_gone")
            return
        try:
            async with asyncio.timeout(1.0):
                await stopping.wait()
        except TimeoutError:
            continue


@contextmanager
def _told_by_signals(stopping: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _built(web_dist: Path | None) -> Path | None:
    return web_dist if web_dist is not None and (web_dist / "index.html").is_file() else None


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _refuse_taken(host: str, port: int) -> None:
    """Raise Fault when somebody serves here: the server shares ports, and would share the requests too."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Fault(f"{host}:{port} is taken ({error.strerror}). Choose another --port, or 0.") from error


async def _until_listening(host: str, port: int, task: asyncio.Task[None]) -> None:
    for _ in range(500):
        if task.done():
            task.result()
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(0.01)
            continue
        writer.close()
        return


async def _stop(server: Server, task: asyncio.Task[None]) -> None:
    server.stop()
    try:
        async with asyncio.timeout(5.0):
            await task
    except TimeoutError:
        task.cancel()
