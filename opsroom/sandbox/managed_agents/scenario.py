"""Scenarios: what a scripted session does. Read, checked as a whole, looked up. Language: README.md."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from opsroom.sandbox.wire import JsonObject

VERBS = ("event", "say", "repeat", "usage", "await", "output", "idle", "terminate", "error", "wait")
AWAITABLE = ("tool_confirmation", "custom_tool_result", "action", "message")
_EXTRAS: Mapping[str, frozenset[str]] = {
    "repeat": frozenset({"steps", "event", "say", "usage"}),
    "await": frozenset({"on_deny", "results"}),
    "idle": frozenset({"stop_details"}),
}
_OUTPUT_MEMBERS = frozenset({"name", "content", "generate_bytes", "file", "media_type"})
_USAGE_MEMBERS = frozenset(
    {
        "list_cost_cents",
        "input_tokens",
        "output_tokens",
        "cache_read_input_tokens",
        "ephemeral_5m_input_tokens",
        "web_search_requests",
        "web_fetch_requests",
    }
)


class ScenarioInvalid(ValueError):
    """A scenario with mistakes; the message lists all of them with their places."""


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    steps: list[JsonObject]
    description: str = ""
    folder: Path | None = None  # where `file` of an output is looked up
    defaults: dict[str, str] = field(default_factory=dict)  # for placeholders the payload does not fill


def scenario_from(body: JsonObject, name: str, folder: Path | None = None) -> Scenario:
    steps = body.get("steps")
    problems = [f"{k}: unknown" for k in body if k not in ("name", "description", "steps", "defaults")]
    if not isinstance(steps, list):
        problems.append("steps: must be a list")
    else:
        problems += _check_steps(steps, "steps")
    if problems:
        raise ScenarioInvalid(f"scenario {name}: " + "; ".join(problems))
    defaults = {str(k): str(v) for k, v in body.get("defaults", {}).items()}
    return Scenario(
        str(body.get("name", name)), steps or [], str(body.get("description", "")), folder, defaults
    )


def _check_steps(steps: list[object], path: str) -> list[str]:
    problems: list[str] = []
    for index, step in enumerate(steps):
        here = f"{path}[{index}]"
        if not isinstance(step, dict):
            problems.append(f"{here}: must be an object")
            continue
        problems += _check_step(step, here)
    return problems


def verb_of(step: JsonObject) -> str:
    """What the step does; `repeat` wins because its body may be a bare event."""
    if "repeat" in step:
        return "repeat"
    return next((v for v in VERBS if v in step), "wait" if "after_ms" in step else "")


def _check_step(step: JsonObject, here: str) -> list[str]:
    verb = verb_of(step)
    if not verb:
        return [f"{here}: needs one of {', '.join(VERBS)}"]
    allowed = {verb, "after_ms", "note"} | _EXTRAS.get(verb, frozenset())
    problems = [f"{here}.{k}: unknown in a step that has {verb}" for k in step if k not in allowed]
    value = step.get(verb)
    if verb == "event" and not (isinstance(value, dict) and isinstance(value.get("type"), str)):
        problems.append(f"{here}.event: needs an object with a type")
    if verb == "repeat":
        problems += _check_repeat(step, here)
    if verb == "await" and value not in AWAITABLE:
        problems.append(f"{here}.await: one of {', '.join(AWAITABLE)}")
    if verb == "await" and "on_deny" in step:
        problems += _check_steps(step["on_deny"], f"{here}.on_deny")
    if verb == "output":
        problems += _check_members(value, _OUTPUT_MEMBERS, f"{here}.output", "name")
    if verb == "usage":
        problems += _check_members(value, _USAGE_MEMBERS, f"{here}.usage")
    if not isinstance(step.get("after_ms", 0), int | float):
        problems.append(f"{here}.after_ms: must be a number")
    return problems


def _check_repeat(step: JsonObject, here: str) -> list[str]:
    count = step["repeat"]
    problems = []
    if count != "forever" and not (isinstance(count, int) and count >= 0):
        problems.append(f'{here}.repeat: a number or "forever"')
    if "steps" in step:
        problems += _check_steps(step["steps"], f"{here}.steps")
    elif not any(k in step for k in ("event", "say", "usage")):
        problems.append(f"{here}.repeat: needs steps, event, say or usage")
    return problems


def _check_members(value: object, known: frozenset[str], here: str, needed: str = "") -> list[str]:
    if not isinstance(value, dict):
        return [f"{here}: must be an object"]
    problems = [f"{here}.{k}: unknown" for k in value if k not in known]
    if needed and needed not in value:
        problems.append(f"{here}.{needed}: needed")
    return problems


def scenario_from_cassette(lines: list[str], name: str) -> Scenario:
    """A scenario from a recorded session: one event, or one step, a line.

    What the client sent is left out, since the client sends it again; where it answered a question, we wait.
    """
    steps: list[JsonObject] = []
    cents = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise ScenarioInvalid(f"cassette {name}: line {number}: not JSON ({error})") from error
        if not isinstance(record, dict):
            raise ScenarioInvalid(f"cassette {name}: line {number}: must be an object")
        if record.get("type") == "session.usage":
            # A recorded snapshot is a running total; a step adds to it.
            total = int((record.get("usage", {}).get("list_cost") or {}).get("amount", "0"))
            steps.append({"usage": {"list_cost_cents": max(0, total - cents)}})
            cents = total
            continue
        steps += _steps_of_record(record)
    return scenario_from({"name": name, "steps": steps, "description": "A recorded session."}, name)


def _steps_of_record(record: JsonObject) -> list[JsonObject]:
    kind = record.get("type")
    if not isinstance(kind, str):
        return [record]
    if kind.startswith("user.") or kind in ("session.status_running", "session.updated"):
        return []
    if kind == "session.status_idle":
        reason = record.get("stop_reason", {}).get("type", "end_turn")
        return [{"await": "action"}] if reason == "requires_action" else [{"idle": reason}]
    if kind == "session.status_terminated":
        return [{"terminate": True}]
    event = {k: v for k, v in record.items() if k != "processed_at"}
    return [{"event": event}]


def read_scenario(path: Path) -> Scenario:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jsonl":
        return scenario_from_cassette(text.splitlines(), path.stem)
    try:
        body = json.loads(text)
    except ValueError as error:
        raise ScenarioInvalid(f"scenario {path.name}: not JSON ({error})") from error
    if not isinstance(body, dict):
        raise ScenarioInvalid(f"scenario {path.name}: must be an object")
    return scenario_from(body, path.stem, path.parent)


def shipped_scenarios() -> dict[str, Scenario]:
    folder = Path(str(resources.files("opsroom.sandbox").joinpath("scenarios")))
    found = (read_scenario(path) for path in sorted(folder.glob("*.json*")))
    return {s.name: s for s in found}


class ScenarioShelf:
    """Chooses a scenario: by the session's metadata, by agent, by the agent's name, or the default."""

    def __init__(self, default: str = "audit-success") -> None:
        self.scenarios = shipped_scenarios()
        self.by_agent: dict[str, str] = {}
        self.default = default

    def add(self, scenario: Scenario, agent_id: str = "", default: bool = False) -> None:
        self.scenarios[scenario.name] = scenario
        if agent_id:
            self.by_agent[agent_id] = scenario.name
        if default:
            self.default = scenario.name

    def choose(self, agent_id: str, metadata: Mapping[str, str]) -> Scenario:
        wanted = (
            metadata.get("sandbox_scenario", ""),
            self.by_agent.get(agent_id, ""),
            agent_id.removeprefix("agent_").replace("_", "-"),
            self.default,
        )
        return next((self.scenarios[n] for n in wanted if n in self.scenarios), Scenario("nothing", []))
