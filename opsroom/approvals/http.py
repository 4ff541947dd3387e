"""Approvals over HTTP."""

from __future__ import annotations

from litestar import get, post
from litestar.params import Parameter

from opsroom.approvals import api
from opsroom.approvals.shapes import Approval, ApprovalStatus
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta, Shape


class Verdict(Shape):
    """A person's answer. `input_sha256` binds it to the arguments that were on the screen."""

    message: str | None = None
    input_sha256: str | None = None


def routes(house: House) -> list[object]:
    """/api/approvals."""

    @get("/api/approvals", opt={"verb": "approvals:read"}, summary="Questions that runs wait on")
    async def list_approvals(
        actor: Actor,
        status: ApprovalStatus | None = None,
        run: str | None = None,
        limit: int = Parameter(default=50, ge=1, le=200),
        offset: int = Parameter(default=0, ge=0),
    ) -> Answer[list[Approval]]:
        async with house.unit_of_work.reading(actor) as tx:
            found, total = await api.list_approvals(tx, status=status, run_id=run, limit=limit, offset=offset)
        return Answer(data=found, meta=Meta(total=total, limit=limit, offset=offset))

    @post("/api/approvals/{approval_id:str}/allow", opt={"verb": "approvals:write"}, status_code=200)
    async def allow(actor: Actor, approval_id: str, data: Verdict) -> Answer[Approval]:
        async with house.unit_of_work(actor) as tx:
            found = await api.decide(
                tx, approval_id, allow=True, message=data.message, input_sha256=data.input_sha256
            )
        return Answer(data=found)

    @post("/api/approvals/{approval_id:str}/deny", opt={"verb": "approvals:write"}, status_code=200)
    async def deny(actor: Actor, approval_id: str, data: Verdict) -> Answer[Approval]:
        async with house.unit_of_work(actor) as tx:
            found = await api.decide(
                tx, approval_id, allow=False, message=data.message, input_sha256=data.input_sha256
            )
        return Answer(data=found)

    return [list_approvals, allow, deny]
