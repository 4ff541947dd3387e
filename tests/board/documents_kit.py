"""A house with documents, two tenants with a task and a sprint each, and ways to look at what git has."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from opsroom.artifacts.room import ROOM as ARTIFACTS
from opsroom.board.documents import api, http, wiring
from opsroom.board.documents.library import Library
from opsroom.board.documents.ports import RepositoryParts
from opsroom.board.documents.queue import store as queue_store
from opsroom.board.documents.settings import DocumentsSettings
from opsroom.board.documents.shapes import Document, Revision, Saved, SaveDocument
from opsroom.board.sprints.tables import SPRINTS
from opsroom.board.tasks.tables import TASKS
from opsroom.kernel.actor import Actor
from opsroom.kernel.clock import SYSTEM_CLOCK
from opsroom.kernel.room import House, Room
from opsroom.kernel.shape import Shape
from opsroom.kernel.uow import Tx

DOCUMENTS = Room(name="documents", build=wiring.build, http=http.routes, settings=wiring.SETTINGS)
QUICK = DocumentsSettings(first_wait_s=0.05, longest_wait_s=0.2)
TASK, SPRINT = "task_one", "sprint-2026-q1"
SPEC = api.Owner("task", TASK)


async def open_documents(
    build_house: Any, *people: Actor, settings: Sequence[Shape] = (QUICK,), work: bool = True
) -> House:
    """A running house; each of `people` has a task and a sprint, with ids of their own."""
    house: House = await build_house([ARTIFACTS, DOCUMENTS], settings=settings, work=work)
    for actor in people:
        await add_owners(house, actor)
    return house


def task_of(actor: Actor) -> str:
    return TASK if actor.scope.project_id == "proj_a" else "task_two"


async def add_owners(house: House, actor: Actor) -> None:
    async with house.unit_of_work(actor) as tx:
        scope = actor.scope.model_dump()
        row = {"id": task_of(actor), "number": 1, "title": "Fix sitemap", "status": "todo", "priority": "p2"}
        row |= {
            "rank": "a",
            "labels": [],
            "custom": {},
            "created_by": actor.id,
            "created_by_name": actor.name,
        }
        row |= {"created_at": tx.now, "updated_at": tx.now, "moved_at": tx.now}
        await tx.conn.execute(sa.insert(TASKS).values(**scope, **row))
        sprint = {"id": SPRINT, "name": "Q1", "start_date": "2026-01-01", "end_date": "2026-03-31"}
        sprint |= {"status": "planned", "created_at": tx.now}
        await tx.conn.execute(sa.insert(SPRINTS).values(**scope, **sprint))


async def task_row(tx: Tx, task_id: str = TASK) -> Any:
    return (await tx.conn.execute(sa.select(TASKS).where(TASKS.c.id == task_id))).mappings().one()


async def save(
    house: House,
    actor: Actor,
    text: str,
    *,
    base: str | None = None,
    name: str = "spec.md",
    owner: api.Owner = SPEC,
    message: str | None = None,
) -> Saved:
    wish = SaveDocument(text=text, base=base, message=message)
    return await house.need(Library).save(actor, owner, name, wish)


async def read(house: House, actor: Actor, name: str = "spec.md", owner: api.Owner = SPEC) -> Document:
    async with house.unit_of_work.reading(actor) as tx:
        return await api.get_document(tx, owner, name)


async def history(house: House, actor: Actor, name: str = "spec.md", limit: int = 50) -> list[Revision]:
    return await house.need(Library).history(actor, SPEC, name, limit=limit, offset=0)


async def settled(house: House, actor: Actor, within_s: float = 20.0) -> None:
    """Wait until nothing waits for the repository any more."""

    async def quiet() -> bool:
        async with house.unit_of_work.reading(actor) as tx:
            row = await queue_store.repository(tx)
            return row is None or ((await queue_store.waiting(tx))[0] == 0 and row["drain_id"] is None)

    await until(quiet, within_s)


async def until(true: Callable[[], Any], within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while not await true():
            await asyncio.sleep(0.01)


def folder_of(house: House, actor: Actor) -> Path:
    return house.data_dir / "documents" / f"{actor.scope.project_id}.git"


def git(folder: Path, *args: str, given: bytes | None = None) -> str:
    """What the real git says of a repository, whatever our adapter thinks."""
    done = subprocess.run(
        ["git", f"--git-dir={folder}", *args],
        input=given,
        capture_output=True,
        check=True,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"},
    )
    return done.stdout.decode()


def subjects(folder: Path, *args: str) -> list[str]:
    """The first lines of the commit messages, the oldest first."""
    return git(folder, "log", "--reverse", "--format=%s", "main", *args).splitlines()


def commit_outside(folder: Path, path: str, text: str | None) -> str:
    """What somebody with a clone pushes; the commit."""
    stream = "commit refs/heads/main\ncommitter Olga <olga@example.com> 1790000000 +0000\ndata 8\noutside\n\n"
    stream += "from refs/heads/main^0\n"
    if text is None:
        stream += f'D "{path}"\n'
    else:
        stream += f'M 100644 inline "{path}"\ndata {len(text.encode())}\n{text}\n'
    git(folder, "fast-import", "--quiet", given=stream.encode())
    return git(folder, "rev-parse", "main").strip()


class _Defaults:
    def section(self, kind: type[Any]) -> Any:
        return kind()


def parts_of() -> RepositoryParts:
    """What an adapter is built from, outside of any house."""
    return RepositoryParts(_Defaults(), SYSTEM_CLOCK, Path("/nonexistent"), [])
