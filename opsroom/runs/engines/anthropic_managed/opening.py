"""Opening a session, once. A creation whose answer is lost may have succeeded: look before you repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import anthropic
import structlog
from anthropic.types.beta import BetaManagedAgentsBudgetLimitParam

from opsroom.agents.api import AgentFile
from opsroom.kernel.clock import Clock
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.shape import Json
from opsroom.runs.engines.anthropic_managed.mapping import MICRO_PER_CENT
from opsroom.runs.engines.anthropic_managed.wire import AnthropicFault, Wire, extra_betas
from opsroom.runs.engines.clean import as_object, as_text
from opsroom.runs.ports import SessionOrder

log = structlog.get_logger("opsroom.engines")

RUN_KEY: Final = "opsroom_run"
_LOOK_EVERY_S: Final = 1.0
# Clocks differ, and a run is made a little before its session; a wider window only costs a longer list.
_BEFORE: Final = timedelta(hours=1)
_ULID_DIGITS: Final = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclass(frozen=True, slots=True)
class Names:
    """The ids an agent file names by variable."""

    agent_id: str
    environment_id: str
    betas: tuple[str, ...]
    file_betas: tuple[str, ...]


def names_of(agent: AgentFile, environ: Mapping[str, str]) -> Names:
    """Look the ids up. Raises Invalid naming every variable that is not set."""
    block = agent.anthropic
    if block is None:
        raise Invalid(
            f"Agent {agent.agent_name!r} has no `anthropic` block, which says which managed agent to run.",
            problems=(Problem("anthropic", "is required for the engine anthropic_managed"),),
        )
    wanted = {"agent_id_env": block.agent_id_env, "environment_id_env": block.environment_id_env}
    problems = tuple(
        Problem(f"anthropic.{field}", f"names the variable {name}, which is not set")
        for field, name in wanted.items()
        if not environ.get(name, "").strip()
    )
    if problems:
        raise Invalid(f"Agent {agent.agent_name!r} cannot run yet: ids are missing.", problems=problems)
    return Names(
        environ[block.agent_id_env].strip(),
        environ[block.environment_id_env].strip(),
        block.beta_headers,
        block.additional_beta_headers_for_output_fetch,
    )


class Opening:
    """Opens sessions and finds those that were opened before."""

    def __init__(self, wire: Wire, clock: Clock) -> None:
        self._wire, self._clock = wire, clock

    async def open(self, order: SessionOrder, names: Names) -> tuple[str, bool]:
        """The session's id, and whether another one might still turn up."""
        if order.attempt > 1:
            found = await self.find(order, names)
            if found:
                return found[0], True
        doubtful = order.attempt > 1
        for pause in (*self._wire.settings.retry_delays_s, None):
            began = self._clock.monotonic()
            try:
                return await self._create(order, names), doubtful
            except AnthropicFault as fault:
                if fault.permanent:
                    raise
                doubtful = doubtful or fault.maybe_done
                if pause is not None:
                    await self._wire.pause(fault, pause)
                found = await self._find_after(fault, began, order, names)
                if found is not None:
                    return found, True
                if pause is None:
                    raise
        raise AssertionError  # the last round returns or raises

    async def _create(self, order: SessionOrder, names: Names) -> str:
        sessions = self._wire.client.beta.sessions.with_raw_response
        session = await self._wire.once(
            "open a session",
            lambda: sessions.create(
                agent=names.agent_id,
                environment_id=names.environment_id,
                title=order.title[:200],
                metadata=_metadata(order),
                budget=_budget(order.max_cost_micro_usd),
                initial_events=[
                    {"type": "user.message", "content": [{"type": "text", "text": order.prompt}]}
                ],
                betas=extra_betas(names.betas) or anthropic.omit,
            ),
            expect="session",
        )
        return as_text(session.get("id"))

    async def _find_after(
        self, fault: AnthropicFault, began: float, order: SessionOrder, names: Names
    ) -> str | None:
        """Look for what a failed creation may have left. None: surely nothing."""
        if not fault.maybe_done:
            return None
        settings = self._wire.settings
        # While the request may still be on its way, nothing found proves nothing.
        until = began + settings.timeout_s + settings.lookup_margin_s if fault.in_flight else began
        while True:
            found = await self.find(order, names)
            if found:
                log.info("anthropic.session_found", run_id=order.run_id, session_id=found[0])
                return found[0]
            left = until - self._clock.monotonic()
            if left <= 0:
                return None
            await self._clock.sleep(min(_LOOK_EVERY_S, left))

    async def find(self, order: SessionOrder, names: Names) -> list[str]:
        """Every session that carries this run's id, the oldest first."""
        sessions = self._wire.client.beta.sessions.with_raw_response
        born = born_at(order.run_id)
        since = anthropic.omit if born is None else born - _BEFORE
        found: list[tuple[str, str]] = []
        async for page in self._wire.pages(
            "list sessions",
            lambda cursor: sessions.list(
                agent_id=names.agent_id,
                created_at_gte=since,
                include_archived=True,
                order="asc",
                limit=100,
                betas=extra_betas(names.betas) or anthropic.omit,
                page=cursor,
            ),
        ):
            found += [_dated(session) for session in page.items if _carries(session, order.run_id)]
        return [session_id for _, session_id in sorted(found)]


def _dated(session: Json) -> tuple[str, str]:
    return as_text(session.get("created_at")), as_text(session.get("id"))


def _carries(session: Json, run_id: str) -> bool:
    return as_object(session.get("metadata")).get(RUN_KEY) == run_id and bool(session.get("id"))


def _metadata(order: SessionOrder) -> dict[str, str]:
    return {
        RUN_KEY: order.run_id,
        "opsroom_agent": order.agent.agent_name,
        "opsroom_organization": order.organization_id,
        "opsroom_instance": order.instance_id,
    }


def _budget(micro_usd: int) -> BetaManagedAgentsBudgetLimitParam | anthropic.Omit:
    """The ceiling in whole cents as text, rounded up: rounding down could make it nothing."""
    if micro_usd <= 0:
        return anthropic.omit
    cents = -(-micro_usd // MICRO_PER_CENT)
    return {"type": "limit", "max_list_cost": {"amount": str(cents), "currency": "USD"}}


def born_at(run_id: str) -> datetime | None:
    """When a run was made, which its id tells (a ULID); None for ids of another make."""
    digits = run_id.rpartition("_")[2]
    if len(digits) != 26 or any(digit not in _ULID_DIGITS for digit in digits):
        return None
    milliseconds = 0
    for digit in digits[:10]:
        milliseconds = milliseconds << 5 | _ULID_DIGITS.index(digit)
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds & (1 << 48) - 1)
