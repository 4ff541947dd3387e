"""The engine `anthropic_managed` against the sandbox, over real HTTP and with the real SDK."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from opsroom.agents.api import AgentFile
from opsroom.kernel.clock import SYSTEM_CLOCK
from opsroom.kernel.ids import new_id
from opsroom.runs.engines.anthropic_managed.engine import AnthropicManagedEngine
from opsroom.runs.engines.anthropic_managed.settings import AnthropicSettings
from opsroom.runs.ports import EngineEvent, SessionOrder, Stop
from opsroom.sandbox.api import Fault, Sandbox, scenario_from

QUICK = {
    "timeout_s": 1.0,
    "connect_timeout_s": 1.0,
    "retry_delays_s": (0.01, 0.02, 0.04),
    "lookup_margin_s": 0.05,
    "stream_idle_s": 5.0,
    "reconnect_first_s": 0.005,
    "reconnect_most_s": 0.05,
    "outputs_poll_s": 0.02,
    "outputs_quiet_s": 0.06,
    "outputs_empty_s": 0.25,
}
BETAS = ("managed-agents-2026-04-01", "extra-beta-2026-01-01")


def agent(**anthropic: object) -> AgentFile:
    block = {"agent_id_env": "PROBE_AGENT_ID", "environment_id_env": "PROBE_ENV_ID", **anthropic}
    return AgentFile.model_validate(
        {"agent_name": "probe", "display_name": "Probe", "version": "1.0.0", "anthropic": block}
    )


def order(
    *, attempt: int = 1, run_id: str = "", cost: int = 5_000_000, who: AgentFile | None = None
) -> SessionOrder:
    return SessionOrder(
        run_id=run_id or new_id("run"), agent=who or agent(), title="Probe", prompt="Audit {client}.",
        payload={"n": 1}, max_cost_micro_usd=cost, max_minutes=60, attempt=attempt,
        organization_id="org_a", instance_id="inst_a",
    )  # fmt: skip


@dataclass
class Bench:
    """An engine, the sandbox it talks with, and the agent that plays one scenario."""

    sandbox: Sandbox
    engine: AnthropicManagedEngine
    events: list[EngineEvent] = field(default_factory=list)

    def arm(self, route: str, **fault: object) -> None:
        self.sandbox.faults.arm(Fault(route=route, **fault))  # type: ignore[arg-type]

    async def follow(self, given: SessionOrder, session: str) -> Stop:
        """Follow to the next stop; everything told is kept in `events`."""
        last: EngineEvent | None = None
        async for batch in self.engine.follow(given, session):
            assert batch
            self.events += batch
            for event in batch[:-1]:
                assert event.stop is None
            last = batch[-1]
        assert last is not None
        assert last.stop is not None
        return last.stop

    async def run(self, given: SessionOrder | None = None) -> Stop:
        given = given or order()
        return await self.follow(given, await self.engine.open(given))

    def told(self) -> list[EngineEvent]:
        """What the log would keep: each event once, where it came first."""
        return list({event.source_id: event for event in reversed(self.events)}.values())[::-1]

    def bodies(self, kind: str) -> list[dict[str, object]]:
        return [event.body for event in self.told() if event.kind == kind]

    def sessions(self) -> list[str]:
        return list(self.sandbox.anthropic.sessions)

    def history(self, session: str) -> list[str]:
        """What happened in truth."""
        return [str(event["id"]) for event in self.sandbox.anthropic.sessions[session].events]

    def assert_nothing_lost(self, session: str) -> None:
        truth, told = Counter(self.history(session)), Counter(event.source_id for event in self.told())
        assert told == truth


@asynccontextmanager
async def bench(
    sandbox: Sandbox, scenario: str = "audit-success", **settings: object
) -> AsyncIterator[Bench]:
    given = AnthropicSettings.model_validate(
        {"api_key": "sk-test", "base_url": sandbox.urls.anthropic, **QUICK, **settings}
    )
    environ = {"PROBE_AGENT_ID": f"agent_{scenario.replace('-', '_')}", "PROBE_ENV_ID": "env_1"}
    engine = AnthropicManagedEngine(given, environ, SYSTEM_CLOCK)
    try:
        yield Bench(sandbox, engine)
    finally:
        await engine.shut_down()


def play(sandbox: Sandbox, name: str, *steps: dict[str, object]) -> str:
    """Teach the sandbox a scenario; its name."""
    sandbox.scenarios.add(scenario_from({"steps": list(steps)}, name))
    return name
