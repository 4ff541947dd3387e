"""Webhooks in, and the list of what came in."""

from __future__ import annotations

import asyncio

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.params import Parameter

from opsroom.agents import api as agents
from opsroom.agents.ports import WorkspaceScope
from opsroom.agents.shapes import ClickUpWebhook
from opsroom.kernel.actor import Actor, system_actor
from opsroom.kernel.correlation import current_correlation_id
from opsroom.kernel.errors import NotFound, Refusal
from opsroom.kernel.redact import is_secret_key
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Json, Meta
from opsroom.kernel.strict_json import read_json
from opsroom.triggers import api
from opsroom.triggers.intake import Arrival, Intake
from opsroom.triggers.settings import TriggersSettings
from opsroom.triggers.shapes import Intended, Preview, Verdict, WebhookAnswer, WebhookDelivery
from opsroom.triggers.sources.board.preview import preview
from opsroom.triggers.sources.clickup.rules import SIGNATURE_HEADER, signature_fits, transition_in

# Shorter than the time in which a changed agent file is noticed at all.
_HOOK_FRESH_S = 0.1


def _kept_headers(request: Request[object, object, State]) -> Json:
    return {k: "•••" if is_secret_key(k) else v[:500] for k, v in list(request.headers.items())[:60]}


class Doorkeeper:
    """Judges a webhook by what it carries; nothing outside is asked."""

    def __init__(self, house: House, settings: TriggersSettings) -> None:
        self._house = house
        self._settings = settings
        self._hooks: dict[str, tuple[float, ClickUpWebhook]] = {}
        self._reading = asyncio.Lock()

    async def judge(self, agent: str, arrival: Arrival, signature: str | None) -> Arrival:
        """Fill in verdict, status and reason. The body is not parsed before its signature fits."""
        secrets = self._settings.secrets()
        if not secrets:
            return _as(arrival, "refused", 503, "no CLICKUP_WEBHOOK_SECRET is set on this server")
        if not signature_fits(arrival.body, signature, secrets):
            # 403, never 401 or 410: ClickUp suspends a webhook at once on those (ADR 0009).
            return _as(arrival, "refused", 403, "the signature is missing or does not fit the body")
        hook = await self._hook_of(agent)
        if isinstance(hook, str):
            return _as(arrival, "refused", 404, hook)
        if not hook.enabled:
            return _as(arrival, "ignored", 200, "this agent does not take ClickUp triggers")
        return _judge_body(arrival, hook.trigger_status or "")

    async def _hook_of(self, agent: str) -> ClickUpWebhook | str:
        """What the agent's file says of ClickUp, read at most a few times a second however many call."""
        if (known := self._known_hook(agent)) is not None:
            return known
        # One reads and those who came meanwhile take what it found: a burst would all read at once.
        async with self._reading:
            return self._known_hook(agent) or await self._read_hook(agent)

    def _known_hook(self, agent: str) -> ClickUpWebhook | None:
        now = self._house.clock.monotonic()
        read_at, hook = self._hooks.get(agent, (now, None))
        return hook if now - read_at < _HOOK_FRESH_S else None

    async def _read_hook(self, agent: str) -> ClickUpWebhook | str:
        now = self._house.clock.monotonic()
        scope = self._house.need(WorkspaceScope).scope
        try:
            async with self._house.unit_of_work.reading(system_actor(scope)) as tx:
                hook = (await agents.current(tx, agent)).file.triggers.clickup_webhook
        except NotFound as error:
            self._hooks.pop(agent, None)
            return error.message
        self._hooks[agent] = (now, hook)  # only agents that exist: their number bounds the memory
        return hook


def _judge_body(arrival: Arrival, trigger_status: str) -> Arrival:
    try:
        payload = read_json(arrival.body)
    except Refusal as refusal:
        return _as(arrival, "refused", 400, refusal.message)
    found = transition_in(payload, trigger_status)
    if isinstance(found, str):
        return _as(arrival, "ignored", 200, found)
    arrival.transition = found
    return _as(arrival, "accepted", 200, "it will start a run once the task has been read")


def _as(arrival: Arrival, verdict: Verdict, status_code: int, reason: str) -> Arrival:
    arrival.verdict, arrival.status_code, arrival.reason = verdict, status_code, reason
    return arrival


def routes(house: House) -> list[object]:
    """/webhook/{agent_name} and /api/webhook-deliveries."""
    intake, doorkeeper = house.need(Intake), Doorkeeper(house, house.settings.section(TriggersSettings))

    @post(
        "/webhook/{agent_name:str}",
        opt={"public": True, "raw_body": True, "also": (400, 403, 404, 503)},
        status_code=200,
    )
    async def clickup_webhook(
        request: Request[object, object, State], agent_name: str
    ) -> Response[WebhookAnswer]:
        arrival = Arrival(
            agent=agent_name,
            headers=_kept_headers(request),
            body=await request.body(),
            remote=request.client.host if request.client else None,
            verdict="refused",
            status_code=403,
            reason="",
            correlation=current_correlation_id(),
        )
        await doorkeeper.judge(agent_name, arrival, request.headers.get(SIGNATURE_HEADER))
        answer = await intake.take(house.need(WorkspaceScope).scope, arrival)
        return Response(answer, status_code=arrival.status_code)

    @get("/api/webhook-deliveries", opt={"verb": "triggers:read"}, summary="Webhooks as they arrived")
    async def list_deliveries(
        actor: Actor,
        agent: str | None = None,
        verdict: Verdict | None = None,
        limit: int = Parameter(default=50, ge=1, le=200),
        offset: int = Parameter(default=0, ge=0),
    ) -> Answer[list[WebhookDelivery]]:
        async with house.unit_of_work.reading(actor) as tx:
            found, total = await api.list_deliveries(
                tx, agent=agent, verdict=verdict, limit=limit, offset=offset
            )
        return Answer(data=found, meta=Meta(total=total, limit=limit, offset=offset))

    @get("/api/webhook-deliveries/{delivery_id:str}", opt={"verb": "triggers:read"})
    async def get_delivery(actor: Actor, delivery_id: str) -> Answer[WebhookDelivery]:
        async with house.unit_of_work.reading(actor) as tx:
            return Answer(data=await api.get_delivery(tx, delivery_id))

    @post("/api/webhook-deliveries/{delivery_id:str}/replay", opt={"verb": "triggers:write"}, status_code=201)
    async def replay(actor: Actor, delivery_id: str) -> Answer[WebhookDelivery]:
        async with house.unit_of_work(actor) as tx:
            return Answer(data=await api.replay(tx, delivery_id))

    @post("/api/tasks/{task_id:str}/preview", opt={"verb": "board:read"}, status_code=200, tags=["tasks"])
    async def preview_task(actor: Actor, task_id: str, data: Intended) -> Answer[Preview]:
        """Who will wake when this card is moved or given away; nothing is changed."""
        async with house.unit_of_work.reading(actor) as tx:
            return Answer(data=await preview(house, tx, task_id, data))

    return [clickup_webhook, list_deliveries, get_delivery, replay, preview_task]
