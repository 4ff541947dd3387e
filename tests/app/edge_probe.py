"""A small room with a route for everything the edge has to get right."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import FromQuery, QueryParameter
from pydantic import Field

from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import (
    AdapterError,
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    Limited,
    NotFound,
    OpsroomError,
    Problem,
    Unavailable,
)
from opsroom.kernel.room import House, Room
from opsroom.kernel.shape import Answer, MicroUsd, Shape
from opsroom.kernel.strict_json import read_json


class Note(Shape):
    """A note."""

    text: str
    stars: int = Field(ge=1, le=5)
    tags: tuple[str, ...] = ()


class Counted(Shape):
    """How often the work was done."""

    times: int
    text: str
    price: MicroUsd = 1_234_500


ERRORS: dict[str, OpsroomError] = {
    "conflict": Conflict("Changed meanwhile.", theirs={"version": 2}, yours={"version": 1}),
    "limited": Limited("Slow down.", retry_after_s=2.2),
    "unavailable": Unavailable("The disk is full."),
    "adapter": AdapterError("Slack answered 500.", adapter="slack", permanent=False),
    "fault": Fault("secret-path-in-a-fault"),
    "forbidden": Forbidden("Not you."),
    "absent": NotFound("No such note."),
    "invalid": Invalid("Two things.", problems=(Problem("a.b", "is required"), Problem("c", "is too long"))),
}


class Probe:
    """The room's memory."""

    def __init__(self) -> None:
        self.times = 0
        self.gate = asyncio.Event()
        self.gate.set()


def routes(house: House) -> list[Any]:
    probe = Probe()
    house.provide(Probe, probe)

    @post("/api/probe/notes", opt={"verb": "probe:write"})
    async def write_note(actor: Actor, data: Note) -> Answer[Counted]:
        """Write a note."""
        await probe.gate.wait()
        probe.times += 1
        return Answer(data=Counted(times=probe.times, text=data.text))

    @post("/api/probe/refused", opt={"verb": "probe:write"})
    async def refused(actor: Actor, data: Note) -> Answer[Counted]:
        """Refuses, counting."""
        probe.times += 1
        raise Conflict(f"No, for the {probe.times}. time.")

    @get("/api/probe/errors/{kind:str}", opt={"verb": "probe:read"})
    async def fail(kind: str) -> Answer[Counted]:
        """Fail in a given way."""
        if kind == "bug":
            raise ZeroDivisionError("secret-in-a-bug")
        raise ERRORS[kind]

    @get("/api/probe/list", opt={"verb": "probe:read"})
    async def listed(
        actor: Actor, limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50, search: FromQuery[str] = ""
    ) -> Answer[list[Counted]]:
        """A list."""
        return Answer(data=[Counted(times=limit, text=search)])

    @post("/probe-hook/{name:str}", status_code=200, opt={"public": True})
    async def hook(name: str, request: Request[Any, Any, Any]) -> dict[str, object]:
        """A webhook: raw bytes, no sign-in."""
        body = await request.body()
        return {"name": name, "bytes": len(body), "value": read_json(body) if body else None}

    @get("/api/probe/admin", opt={"verb": "probe:admin"})
    async def admins(actor: Actor) -> Answer[str]:
        """For admins."""
        return Answer(data=actor.name)

    return [write_note, refused, fail, listed, hook, admins]


PROBE = Room(name="probe", build=lambda _: None, http=routes)
