"""The whole product served for two tenants, with makers of everything that has an id."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp

from opsroom.agents import api as agents
from opsroom.agents.ports import WorkspaceScope
from opsroom.agents.rules import judge
from opsroom.app.rooms import ROOMS
from opsroom.approvals import api as approvals
from opsroom.approvals.shapes import Question
from opsroom.artifacts import api as artifacts
from opsroom.delivery import api as delivery
from opsroom.delivery.shapes import AlertOrder, DeliveryOrder
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House, Room
from opsroom.kernel.shape import Shape
from opsroom.kernel.uow import Tx
from opsroom.runs import api as runs
from opsroom.runs import store as run_rows
from opsroom.runs.changes import note
from opsroom.runs.shapes import Run, RunOrder
from opsroom.triggers.intake import Arrival, take_in
from tests.app.edge_town import QUICK, Town, open_town

PLAN = "# Secret plan\n"
"""What documents that are made here say."""

Make = Callable[[], Awaitable[str]]


def agent_file(name: str) -> str:
    """An agent that anybody may start by hand."""
    return json.dumps(
        {
            "agent_name": name,
            "display_name": name.title(),
            "version": "1.0.0",
            "engine": {"type": "command", "argv": ["true"]},
            "triggers": {"manual_cli": {"enabled": True}},
        }
    )


def agent_of(actor: Actor) -> str:
    """The name of a tenant's agent: none of the other tenant has it."""
    return f"scout-{actor.scope.project_id[-1]}"


async def add_agent(house: House, actor: Actor) -> str:
    name = agent_of(actor)
    text = agent_file(name)
    async with house.unit_of_work(actor) as tx:
        await agents.record_file(tx, name, text, judge(text, name), source="test")
    return name


async def add_run(house: House, actor: Actor, *, events: int = 3) -> Run:
    """A run that was asked for and that nobody carries out, with some lines in its log."""
    async with house.unit_of_work(actor) as tx:
        run, _ = await runs.request_run(tx, RunOrder(agent=agent_of(actor), trigger_source="api"))
        for n in range(events):
            await note(tx, run.id, "agent.message", {"text": f"secret line {n} of {actor.name}"})
        return await runs.get_run(tx, run.id)


async def end_run(tx: Tx, run_id: str) -> None:
    """Let the run be over, whatever it was at."""
    await run_rows.update_run(tx, run_id, status="DONE", outcome="succeeded", ended_at=tx.now)


class Makers:
    """Makes one of each thing that has an id, for one tenant."""

    def __init__(self, town: Town, tenant: str) -> None:
        self._town = town
        self._house = town.house
        self._tenant = tenant
        self.actor = town.alice if tenant == "alice" else town.bob

    def of(self, kind: str) -> Make:
        return getattr(self, kind)

    async def person(self) -> str:
        email = f"{secrets.token_hex(4)}@{self._tenant}.example"
        body = {"email": email, "name": "P"}
        added = await self._town.send("POST", "/api/people", key=self._tenant, json=body)
        return added.body["data"]["person"]["id"]

    async def agent(self) -> str:
        return agent_of(self.actor)

    async def run(self) -> str:
        return (await add_run(self._house, self.actor)).id

    async def ended_run(self) -> str:
        run_id = await self.run()
        async with self._house.unit_of_work(self.actor) as tx:
            await end_run(tx, run_id)
        return run_id

    async def delivered_run(self) -> str:
        run_id = await self.ended_run()
        await self._deliver(run_id)
        async with self._house.unit_of_work(self.actor) as tx:
            from opsroom.delivery.tables import DELIVERIES, DELIVERY_ORDERS

            mine = DELIVERY_ORDERS.c.run_id == run_id
            await tx.conn.execute(DELIVERY_ORDERS.update().where(mine).values(finished_round=1))
            await tx.conn.execute(
                DELIVERIES.update().where(DELIVERIES.c.run_id == run_id).values(status="failed")
            )
        return run_id

    async def _deliver(self, run_id: str) -> str:
        async with self._house.unit_of_work(self.actor) as tx:
            order = DeliveryOrder(
                run_id=run_id,
                agent_name=agent_of(self.actor),
                agent_display_name="Scout",
                agent_version="1.0.0",
                channels={"folder": {"enabled": True}},
                started_at=tx.now,
            )
            return (await delivery.request_delivery(tx, order))[0].id

    async def delivery(self) -> str:
        return await self._deliver(await self.run())

    async def artifact(self) -> str:
        async def chunks() -> AsyncIterator[bytes]:
            yield b"# Secret plan of " + self._tenant.encode()

        blobs = self._house.need(artifacts.ArtifactStore)
        blob = await blobs.put_stream(chunks())
        run_id = await self.run()
        async with self._house.unit_of_work(self.actor) as tx:
            return (await artifacts.add(tx, run_id, "plan.md", blob, "text/markdown")).id

    async def approval(self) -> str:
        run_id = await self.run()
        async with self._house.unit_of_work(self.actor) as tx:
            question = Question(
                run_id=run_id,
                agent_name=agent_of(self.actor),
                tool_use_id=f"tu_{secrets.token_hex(6)}",
                tool_name="send_email",
                input={"to": f"{self._tenant}@example.com"},
                expires_at=tx.now + timedelta(hours=1),
            )
            return (await approvals.ask(tx, question)).id

    async def webhook(self) -> str:
        arrival = Arrival(
            agent=agent_of(self.actor),
            headers={"x": "y"},
            body=b'{"event":"taskCreated","task_id":"t"}',
            remote=None,
            verdict="ignored",
            status_code=200,
            reason="nothing to do",
        )
        async with self._house.unit_of_work(self.actor) as tx:
            await take_in(tx, [arrival])
        return arrival.delivery_id

    async def task(self) -> str:
        added = await self._town.send("POST", "/api/tasks", key=self._tenant, json={"title": "A task"})
        return added.body["data"]["id"]

    async def _made(self, path: str, body: dict[str, Any], name: str = "id") -> str:
        added = await self._town.send("POST", f"/api{path}", key=self._tenant, json=body)
        assert added.status in (200, 201), added.body
        return added.body["data"][name]

    async def column(self) -> str:
        return await self._made("/board/columns", {"name": f"C {secrets.token_hex(4)}"}, "key")

    async def field(self) -> str:
        body = {"name": f"f {secrets.token_hex(4)}", "kind": "text"}
        return await self._made("/board/fields", body, "key")

    async def view(self) -> str:
        return await self._made("/board/views", {"name": "v", "shared": True})

    async def seat(self) -> str:
        return await self._made("/agents", {"name": f"A {secrets.token_hex(4)}"})

    async def category(self) -> str:
        return await self._made("/categories", {"name": f"c {secrets.token_hex(4)}"})

    async def sprint(self) -> str:
        going = await self._town.send("GET", "/api/sprints?status=active", key=self._tenant)
        for sprint in going.body["data"]:  # a board has one at a time
            await self._made(f"/sprints/{sprint['id']}/complete", {"carry_to": "backlog"})
        return await self._made(
            "/sprints", {"name": "s", "start_date": "2026-01-05", "end_date": "2026-01-16"}
        )

    async def active_sprint(self) -> str:
        return await self._made(f"/sprints/{await self.sprint()}/start", {})

    async def documented_task(self) -> str:
        """A task with a document, an attachment, and one that was taken from it again."""
        task_id = await self.task()
        await self._document(f"/api/tasks/{task_id}")
        for name in ("a.txt", "gone.txt"):
            form = aiohttp.FormData()
            form.add_field("file", b"secret of " + self._tenant.encode(), filename=name)
            at = f"/api/tasks/{task_id}/attachments"
            added = await self._town.send("POST", at, key=self._tenant, data=form)
            assert added.status == 201, added.body
        await self._town.send("DELETE", f"/api/tasks/{task_id}/attachments/gone.txt", key=self._tenant)
        return task_id

    async def documented_sprint(self) -> str:
        sprint_id = await self.sprint()
        await self._document(f"/api/sprints/{sprint_id}")
        return sprint_id

    async def _document(self, at: str) -> None:
        saved = await self._town.send("PUT", f"{at}/documents/spec.md", key=self._tenant, json={"text": PLAN})
        assert saved.status == 200, saved.body

    async def comment(self) -> str:
        return await self._made(f"/tasks/{await self.task()}/comments", {"content": "c"})

    async def event(self) -> str:
        task_id = await self.task()
        told = await self._town.send("GET", f"/api/tasks/{task_id}/activity", key=self._tenant)
        return told.body["data"][0]["id"]

    async def automation(self) -> str:
        rule = {"name": "r", "when": {"event": "task_created"}, "then": [{"do": "label", "add": ["x"]}]}
        added = await self._town.send("POST", "/api/automations", key=self._tenant, json=rule)
        return added.body["data"]["id"]

    async def recurring(self) -> str:
        body = {"name": "r", "template": {"title": "t"}, "rule": "FREQ=DAILY", "starts": "2026-01-01T09:00"}
        added = await self._town.send("POST", "/api/recurring", key=self._tenant, json=body)
        return added.body["data"]["id"]

    async def brought(self) -> str:
        return await self._made("/imports", {"content": f"title\nBrought by {self._tenant}"})

    async def hook(self) -> str:
        body = {"url": f"https://hooks.example.com/{secrets.token_hex(4)}"}
        added = await self._town.send("POST", "/api/hooks", key=self._tenant, json=body)
        return added.body["data"]["hook"]["id"]

    async def hook_delivery(self) -> str:
        return await self._made(f"/hooks/{await self.hook()}/test", {})

    async def alert(self) -> str:
        async with self._house.unit_of_work(self.actor) as tx:
            order = AlertOrder(kind="run_failed", key=secrets.token_hex(4), title=f"Alert of {self._tenant}")
            return (await delivery.raise_alert(tx, order)).id


@asynccontextmanager
async def open_product(
    build_house: Any,
    alice: Actor,
    bob: Actor,
    *,
    rooms: Sequence[Room] = ROOMS,
    settings: Sequence[Shape] = (),
    background: bool = False,
) -> AsyncIterator[Town]:
    """Every room, served; the workspace belongs to Alice's tenant. Nothing is carried out by itself."""

    def provide(house: House) -> None:
        house.provide(WorkspaceScope, WorkspaceScope(alice.scope))

    house = await build_house(
        rooms, settings=[QUICK, *settings], work=False, background=background, provide=provide
    )
    async with open_town(house, rooms, alice, bob) as town:
        await add_agent(house, town.alice)
        await add_agent(house, town.bob)
        yield town
