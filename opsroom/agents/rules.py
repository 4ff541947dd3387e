"""The verdict on an agent file: every mistake at once, each with its path.

Nothing here stops at the first error. Checks that need two fields read the data as written, so they
also speak about a file whose other fields are wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from opsroom.agents.files import AgentFile, micro_usd_of
from opsroom.agents.strict_json import canonical_sha256, read_json, text_sha256
from opsroom.agents.templates import DELIVERY_NAMES, PROMPT_NAMES, template_problems
from opsroom.agents.wording import shape_problems
from opsroom.kernel.errors import Problem

# What the seed's format foresees and nothing in this version serves: better refused than ignored.
_NOT_YET = ("triggers.slack_command", "triggers.cron")
_TEMPLATES = {
    "kickoff_template.prompt": PROMPT_NAMES,
    "delivery.slack.title": DELIVERY_NAMES,
    "delivery.google_drive.folder_template": DELIVERY_NAMES,
    "delivery.google_drive.file_name_template": DELIVERY_NAMES,
    "delivery.folder.path_template": DELIVERY_NAMES,
}
_MAX_PROBLEMS = 200
_CLIENT_ID = "letters, digits, dots, dashes and underscores, at most 128, beginning with a letter or digit"


@dataclass(frozen=True)
class Verdict:
    """What reading one agent file came to. `file` is None exactly when there are problems.

    `sha256` is of what a valid file says, and of the bare text of one that says nothing usable.
    """

    file: AgentFile | None
    sha256: str
    problems: tuple[Problem, ...]


def judge(text: str, name: str, *, skills: Collection[str] | None = None) -> Verdict:
    """The verdict on the text of `<name>.json`. `skills` None leaves skill names unchecked."""
    data, strict = read_json(text)
    if data is None and strict:
        return Verdict(None, text_sha256(text), strict)
    if not isinstance(data, dict):
        return Verdict(None, text_sha256(text), (Problem("", "should be a JSON object"),))
    data = {key: value for key, value in data.items() if key != "$schema"}
    file: AgentFile | None = None
    found: tuple[Problem, ...] = ()
    try:
        file = AgentFile.model_validate(data)
    except ValidationError as error:
        found = tuple(shape_problems(error, AgentFile))
    problems = _one_each(strict, (*found, *_together(data, name, skills)))
    if file is None or problems:
        return Verdict(None, text_sha256(text), problems)
    return Verdict(file, canonical_sha256(data), ())


def missing_fields(file: AgentFile, payload: Mapping[str, object]) -> tuple[str, ...]:
    """Required payload fields that are absent or empty, in the file's order."""
    return tuple(name for name in file.required_fields if _is_empty(payload.get(name)))


def payload_problems(file: AgentFile, payload: Mapping[str, object]) -> tuple[Problem, ...]:
    """Why this payload cannot start a run, or nothing."""
    missing = [Problem(name, "is required by the agent file") for name in missing_fields(file, payload)]
    client = payload.get("client_id")
    if not _is_empty(client) and not (isinstance(client, str) and is_client_id(client)):
        missing.append(Problem("client_id", f"should be {_CLIENT_ID}"))
    return tuple(missing)


def is_client_id(text: str) -> bool:
    """True for what may name a client: it becomes part of file names and addresses."""
    body = text.replace(".", "").replace("-", "").replace("_", "")
    return 0 < len(text) <= 128 and text.isascii() and text[0].isalnum() and body.isalnum()


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {}, ())


def _one_each(strict: tuple[Problem, ...], found: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """All problems, each once. What JSON cannot hold is not told again as the wrong kind of value."""
    broken = {p.path for p in strict if p.message.endswith("is not a number this file can hold")}
    each = dict.fromkeys((*strict, *(p for p in found if p.path not in broken)))
    return tuple(_shown(problem) for problem in list(each)[:_MAX_PROBLEMS])


def _shown(problem: Problem) -> Problem:
    """A problem fit for a row and a page: keys of a hostile file can be long, or no characters at all."""
    path, message = (
        text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
        for text in (problem.path, problem.message)
    )
    return Problem(path[:200], message[:500])


def _at(data: object, path: str) -> object:
    for key in path.split("."):
        if not isinstance(data, dict):
            return None
        data = data.get(key)
    return data


def _on(data: object, path: str) -> bool:
    return _at(data, f"{path}.enabled") is True


def _together(data: dict[str, object], name: str, skills: Collection[str] | None) -> Iterator[Problem]:
    yield from _name_check(data, name)
    yield from _engine_checks(data, skills)
    yield from _payload_checks(data)
    yield from _trigger_checks(data)
    yield from _limit_checks(data)
    yield from _delivery_checks(data)
    yield from _loop_checks(data)
    yield from _template_checks(data)


def _name_check(data: dict[str, object], name: str) -> Iterator[Problem]:
    written = data.get("agent_name")
    if isinstance(written, str) and written != name:
        yield Problem("agent_name", f"is {written!r} but the file is {name}.json; they must agree")


def _engine_checks(data: dict[str, object], skills: Collection[str] | None) -> Iterator[Problem]:
    engine = data.get("engine")
    kind = engine if isinstance(engine, str) else _at(engine, "type")
    if engine is None and data.get("anthropic") is None:
        yield Problem("engine", "is required when there is no anthropic block")
    if kind == "anthropic_managed" and data.get("anthropic") is None:
        yield Problem("anthropic", "is required by the engine anthropic_managed")
    managed = kind == "anthropic_managed" or (engine is None and data.get("anthropic") is not None)
    if managed and data.get("kickoff_template") is None:
        yield Problem("kickoff_template", "is required by the engine anthropic_managed")
    skill = _at(engine, "skill")
    if kind == "skill" and isinstance(skill, str) and skills is not None and skill not in skills:
        close = get_close_matches(skill, sorted(skills), n=1)
        hint = (
            f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(sorted(skills)) or 'none'}"
        )
        yield Problem("engine.skill", f"there is no skill {skill!r}{hint}")


def _payload_checks(data: dict[str, object]) -> Iterator[Problem]:
    kind = _at(data, "payload_source.type")
    if kind == "clickup_task" and _at(data, "payload_source.clickup") is None:
        yield Problem("payload_source.clickup", "is required by the type clickup_task")
    if kind == "slack_command":
        yield Problem("payload_source.type", "slack_command is not served by this version; use manual")
    for block in ("clickup", "manual"):
        required = _names(_at(data, f"payload_source.{block}.required_fields"))
        optional = _names(_at(data, f"payload_source.{block}.optional_fields"))
        for field in sorted(set(required) & set(optional)):
            yield Problem(
                f"payload_source.{block}.optional_fields", f"{field!r} is also required; name it once"
            )


def _trigger_checks(data: dict[str, object]) -> Iterator[Problem]:
    for path in _NOT_YET:
        if _on(data, path):
            yield Problem(f"{path}.enabled", "this trigger is not served by this version; set it to false")
    webhook = "triggers.clickup_webhook"
    if not _on(data, webhook):
        return
    for key in ("list_id", "trigger_status"):
        if _at(data, f"{webhook}.{key}") is None:
            yield Problem(f"{webhook}.{key}", "is required while the trigger is enabled")
    if _at(data, "payload_source.type") in (None, "manual"):
        yield Problem(
            "payload_source.type", "should be clickup_task while triggers.clickup_webhook is enabled"
        )


def _limit_checks(data: dict[str, object]) -> Iterator[Problem]:
    ceiling = _micro(_at(data, "limits.max_session_cost_usd"))
    alert = _micro(_at(data, "limits.alert_if_cost_exceeds_usd"))
    if ceiling is not None and alert is not None and alert > ceiling:
        yield Problem(
            "limits.alert_if_cost_exceeds_usd",
            "is more than max_session_cost_usd: the run ends before it is told",
        )


def _delivery_checks(data: dict[str, object]) -> Iterator[Problem]:
    needs = {"slack": ("channel",), "google_drive": ("folder_template",)}
    for channel, keys in needs.items():
        for key in keys:
            if _on(data, f"delivery.{channel}") and _at(data, f"delivery.{channel}.{key}") is None:
                yield Problem(f"delivery.{channel}.{key}", "is required while the channel is enabled")
    name = _at(data, "delivery.google_drive.file_name_template")
    if isinstance(name, str) and ("/" in name or "\\" in name):
        yield Problem(
            "delivery.google_drive.file_name_template", "is a name, not a path; use folder_template"
        )
    for path in ("delivery.google_drive.folder_template", "delivery.folder.path_template"):
        template = _at(data, path)
        if isinstance(template, str) and {".", ".."} & {part.strip() for part in template.split("/")}:
            yield Problem(path, "holds a step to another folder (. or ..)")
    folder = _at(data, "delivery.folder.path_template")
    if isinstance(folder, str) and (folder.startswith(("/", "~")) or "\\" in folder or folder[1:2] == ":"):
        yield Problem("delivery.folder.path_template", "should be relative; it starts at the delivery folder")


def _loop_checks(data: dict[str, object]) -> Iterator[Problem]:
    """A status we set ourselves must not be the one that starts the agent."""
    trigger = _at(data, "triggers.clickup_webhook.trigger_status")
    if not isinstance(trigger, str) or not _on(data, "triggers.clickup_webhook"):
        return
    for path in ("delivery.clickup.update_task_status", "alerts.blocked_status"):
        status = _at(data, path)
        if isinstance(status, str) and status.strip().casefold() == trigger.strip().casefold():
            yield Problem(path, f"{status!r} is also the trigger_status: each run would start the next one")


def _template_checks(data: dict[str, object]) -> Iterator[Problem]:
    fields = _known_fields(data)
    for path, own in _TEMPLATES.items():
        template = _at(data, path)
        if isinstance(template, str):
            yield from template_problems(template, path, own=own, fields=fields)


def _known_fields(data: dict[str, object]) -> frozenset[str] | None:
    block = "clickup" if _at(data, "payload_source.type") == "clickup_task" else "manual"
    declared = _at(data, f"payload_source.{block}")
    if not isinstance(declared, dict):
        return None
    return frozenset(_names(declared.get("required_fields")) + _names(declared.get("optional_fields")))


def _names(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _micro(value: object) -> int | None:
    if value is None:
        return None
    try:
        amount = micro_usd_of(value)
    except PydanticCustomError:
        return None  # told where the shape is checked
    return amount if isinstance(amount, int) else None
