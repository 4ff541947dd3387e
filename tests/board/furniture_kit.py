"""A served board for two tenants, and tasks put straight into their table: what furniture tests stand on."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from opsroom.artifacts.room import ROOM as ARTIFACTS
from opsroom.board.activity import http as activity_http
from opsroom.board.categories import http as categories_http
from opsroom.board.comments import http as comments_http
from opsroom.board.fields import http as fields_http
from opsroom.board.room import ROOM
from opsroom.board.roster import http as roster_http
from opsroom.board.shapes import Move, NewTask, TaskChange
from opsroom.board.sprints import http as sprints_http
from opsroom.board.tasks import api as tasks
from opsroom.board.tasks import http as tasks_http
from opsroom.board.tasks.cards import http as cards_http
from opsroom.board.tasks.listing import http as listing_http
from opsroom.board.tasks.tables import TASKS
from opsroom.board.views import http as views_http
from opsroom.board.workflow import api as workflow
from opsroom.board.workflow import http as workflow_http
from opsroom.identity.room import ROOM as IDENTITY
from opsroom.kernel.actor import Actor
from opsroom.kernel.events import EVENTS
from opsroom.kernel.room import House, Room
from tests.app.edge_town import QUICK, Reply, Town, open_town

ROOMS = [IDENTITY, ARTIFACTS, ROOM]
_FOLDERS = (workflow_http, roster_http, categories_http, sprints_http, comments_http, fields_http, views_http,
            activity_http, tasks_http, listing_http, cards_http)  # fmt: skip
# Every route takes its time when an application is built, and each test builds one: these do here.
SERVED = [
    IDENTITY,
    Room(name="board", build=lambda _: None, http=lambda h: [r for f in _FOLDERS for r in f.routes(h)]),
]


@dataclass
class Board:
    """A served board. `key` is whose key is used unless another is named: alice (tenant A) or bob (B)."""

    town: Town
    key: str = "alice"

    @property
    def house(self) -> House:
        return self.town.house

    @property
    def actor(self) -> Actor:
        return self.town.alice if self.key == "alice" else self.town.bob

    def of(self, key: str) -> Board:
        """The same board seen with another key."""
        return Board(self.town, key)

    async def send(self, method: str, path: str, body: Any = None) -> Reply:
        return await self.town.send(method, f"/api{path}", key=self.key, json=body)

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The data of an answer that must be good."""
        reply = await self.send(method, path, body)
        assert reply.status in (200, 201), reply.body
        return reply.body["data"]

    async def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str, dict[str, str]]:
        """Status, detail and problems by path of an answer that must be a refusal."""
        reply = await self.send(method, path, body)
        assert reply.status >= 400, reply.body
        errors = {e["path"]: e["message"] for e in reply.body.get("errors", [])}
        return reply.status, reply.body["detail"], errors

    async def member(self, slug: str, kind: str = "app", role: str = "user") -> Board:
        """The board seen by a program of the same tenant."""
        body = {"kind": kind, "slug": slug, "name": slug.title(), "role": role}
        made = await self.town.send("POST", "/api/actors", key=self.key, json=body)
        assert made.status == 201, made.body
        issue = {"label": "k", "actor_id": made.body["data"]["id"]}
        issued = await self.town.send("POST", "/api/keys", key=self.key, json=issue)
        assert issued.status == 201, issued.body
        return Board(self.town, issued.body["data"]["secret"])

    async def put_task(self, title: str = "Fix sitemap", *, actor: Actor | None = None, **values: Any) -> str:
        """A task straight into the table; its id."""
        actor = actor or self.actor
        await self.ask("GET", "/board/columns")  # whoever looks first gets the board furnished
        task_id = f"task_{secrets.token_hex(8)}"
        async with self.house.unit_of_work(actor) as tx:
            highest = sa.select(sa.func.coalesce(sa.func.max(TASKS.c.number), 0))
            here = TASKS.c.project_id == actor.scope.project_id
            number = (await tx.conn.execute(highest.where(here))).scalar_one() + 1
            row = {
                "id": task_id,
                "number": number,
                "title": title,
                "status": "todo",
                "priority": "p2",
                "rank": f"a{number:05d}",
                "labels": [],
                "custom": {},
                "created_by": actor.id,
                "created_by_name": actor.name,
                "created_at": tx.now,
                "updated_at": tx.now,
                "moved_at": tx.now,
            }
            await tx.conn.execute(sa.insert(TASKS).values(**actor.scope.model_dump(), **(row | values)))
        return task_id

    async def create(self, title: str = "Fix sitemap", **values: Any) -> str:
        """A task put on the board as people do, with its event; its id."""
        async with workflow.writing(self.house, self.actor) as tx:
            return (await tasks.create_task(tx, NewTask(title=title, **values))).id

    async def change(self, task_id: str, **values: Any) -> None:
        """Fields of a task changed as people do."""
        async with self.house.unit_of_work(self.actor) as tx:
            await tasks.change_task(tx, task_id, TaskChange(**values))

    async def move(self, task_id: str, status: str, **values: Any) -> None:
        """A card moved as people do."""
        async with self.house.unit_of_work(self.actor) as tx:
            await tasks.move_task(tx, task_id, Move(status=status, **values))

    async def act(self, verb: Any, task_id: str) -> None:
        """delete_task, archive_task or restore_task."""
        async with self.house.unit_of_work(self.actor) as tx:
            await verb(tx, task_id)

    async def last(self, kind: str) -> str:
        """The id of the newest event of a kind."""
        return (await self.events(kind))[-1]["id"]

    async def task(self, task_id: str) -> Any:
        """A task's row as it stands."""
        async with self.house.unit_of_work.reading(self.town.alice) as tx:
            return (await tx.conn.execute(sa.select(TASKS).where(TASKS.c.id == task_id))).mappings().one()

    async def events(self, *kinds: str) -> list[Any]:
        """Recorded events of the tenant's board, oldest first; only of these kinds (`task_moved`) if any."""
        async with self.house.unit_of_work.reading(self.town.alice) as tx:
            query = sa.select(EVENTS).where(EVENTS.c.project_id == self.actor.scope.project_id)
            rows = (await tx.conn.execute(query.order_by(EVENTS.c.seq))).mappings().all()
        board = [r for r in rows if r["kind"].startswith("board.")]
        return [r for r in board if not kinds or r["kind"].split(".")[1] in kinds]


@asynccontextmanager
async def open_board(build_house: Any, alice: Actor, bob: Actor, **more: Any) -> AsyncIterator[Board]:
    """A served board of two tenants."""
    house = await build_house(ROOMS, settings=[QUICK], work=False, **more)
    async with open_town(house, SERVED, alice, bob) as town:
        yield Board(town)
