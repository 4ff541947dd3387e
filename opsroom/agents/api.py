"""The verbs of the agents room: which agents there are, what each version says, and going back to one."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache

from opsroom.agents import store
from opsroom.agents.events import AgentChanged, AgentRejected, AgentRemoved
from opsroom.agents.files import AgentFile
from opsroom.agents.rules import Verdict, is_client_id, judge, missing_fields, payload_problems
from opsroom.agents.shapes import AgentDetail, AgentLimits, AgentSummary, AgentVersion, SkillInfo, VersionInfo
from opsroom.agents.skills import read_skill, skill_folders, skills_in, skills_of
from opsroom.agents.store import AgentRow, VersionRow
from opsroom.agents.templates import placeholders, render
from opsroom.kernel.errors import Fault, NotFound, Problem
from opsroom.kernel.uow import Tx

__all__ = [
    "AgentFile",
    "AgentVersion",
    "SkillInfo",
    "agent_file_schema",
    "check_text",
    "current",
    "detail",
    "history",
    "is_client_id",
    "list_agents",
    "missing_fields",
    "payload_problems",
    "placeholders",
    "read_skill",
    "record_file",
    "record_missing",
    "render",
    "rollback",
    "skill_folders",
    "skills_in",
    "skills_of",
    "version",
]


def check_text(text: str, name: str) -> tuple[Problem, ...]:
    """Everything wrong with the text of `<name>.json`. Touches no database."""
    return judge(text, name).problems


def agent_file_schema() -> dict[str, object]:
    """The JSON Schema of agent files, for editors (`"$schema": "…"` in the file)."""
    schema = AgentFile.model_json_schema(by_alias=True)
    own = {
        "$schema": {"type": "string", "description": "Where this schema is; ignored when the file is read."}
    }
    return schema | {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Opsroom agent file",
        "properties": own | schema["properties"],
    }


async def list_agents(tx: Tx) -> list[AgentSummary]:
    """Every agent whose file is there, the broken ones with their problems."""
    versions = await store.current_versions(tx)
    return [_summary(row, versions.get(row.name)) for row in await store.agents_present(tx)]


async def current(tx: Tx, name: str) -> AgentVersion:
    """The version that serves. Raises NotFound for an unknown, removed or never valid agent."""
    row = await store.agent_named(tx, name)
    if row is None or row.removed_at is not None:
        raise NotFound(f"There is no agent {name[:80]!r}{await _hint(tx, name)}")
    if row.current_version is None:
        raise NotFound(f"The file of agent {name!r} was never valid; nothing can run.", problems=row.problems)
    return await version(tx, name, row.current_version)


async def version(tx: Tx, name: str, number: int) -> AgentVersion:
    """One version, current or not, also of an agent whose file is gone. Raises NotFound."""
    return _opened(await _version_row(tx, name, number))


async def history(tx: Tx, name: str, *, limit: int = 200) -> list[VersionInfo]:
    """Versions of an agent, newest first. Raises NotFound for an unknown agent."""
    row = await store.agent_named(tx, name)
    if row is None:
        raise NotFound(f"There is no agent {name[:80]!r}{await _hint(tx, name)}")
    return [
        VersionInfo(
            version=v.version,
            sha256=v.sha256,
            created_at=v.created_at,
            created_by=v.created_by,
            source=v.source,
            current=v.version == row.current_version,
        )
        for v in await store.versions_of(tx, name, limit)
    ]


async def detail(tx: Tx, name: str) -> AgentDetail:
    """One agent with its text and history. Raises NotFound."""
    row = await store.agent_named(tx, name)
    if row is None or row.removed_at is not None:
        raise NotFound(f"There is no agent {name[:80]!r}{await _hint(tx, name)}")
    found = await _version_row(tx, name, row.current_version) if row.current_version else None
    versions = await history(tx, name)
    summary = _summary(row, found)
    return AgentDetail(**dict(summary), file=found.text if found else "", versions=tuple(versions))


async def rollback(tx: Tx, name: str, number: int) -> AgentVersion:
    """Let version `number` serve again. It stays until the file says something else.

    Raises NotFound for an unknown agent or version. Asking for the version that serves changes nothing.
    """
    row = await store.agent_named(tx, name, lock=True)
    if row is None or row.removed_at is not None:
        raise NotFound(f"There is no agent {name[:80]!r}{await _hint(tx, name)}")
    wanted = _opened(await _version_row(tx, name, number))
    if row.current_version != number:
        await store.set_current(tx, name, number)
        _record_change(tx, wanted.name, wanted.version, wanted.sha256, "rollback")
    return wanted


async def record_file(tx: Tx, name: str, text: str, verdict: Verdict, *, source: str) -> bool:
    """Take note of what the file of `name` says now. True when that changed anything.

    A valid file that says something new becomes a new version and serves; an invalid one leaves the
    version before it serving and its problems to be seen.
    """
    await store.add_agent(tx, name)
    row = await store.agent_named(tx, name, lock=True)
    if row is None:
        raise Fault(f"agent {name!r} has no row right after it was added")
    if not changes(row, verdict):
        return False
    await store.note_seen(tx, name, verdict.sha256, verdict.problems)
    if verdict.file is None:
        if row.problems != verdict.problems:
            tx.record(AgentRejected(agent_name=name, problems=verdict.problems), subject=f"agent:{name}")
        return True
    serving = await store.version_numbered(tx, name, row.current_version) if row.current_version else None
    if serving is None or serving.sha256 != verdict.sha256:
        number = await store.add_version(tx, name, verdict.sha256, text, source)
        await store.set_current(tx, name, number)
        _record_change(tx, name, number, verdict.sha256, source)
    elif row.removed_at is not None:
        _record_change(tx, name, serving.version, serving.sha256, source)
    else:
        tx.wake(f"agent:{name}")
    return True


def changes(row: AgentRow | None, verdict: Verdict) -> bool:
    """True when the verdict says something the row does not know."""
    if row is None or row.removed_at is not None:
        return True
    return row.seen_sha256 != verdict.sha256 or row.problems != verdict.problems


async def record_missing(tx: Tx, name: str) -> bool:
    """The file of `name` is gone. True when that is news."""
    row = await store.agent_named(tx, name, lock=True)
    if row is None or row.removed_at is not None:
        return False
    await store.mark_removed(tx, name)
    tx.record(AgentRemoved(agent_name=name), subject=f"agent:{name}")
    return True


def _record_change(tx: Tx, name: str, number: int, sha256: str, source: str) -> None:
    tx.record(
        AgentChanged(agent_name=name, version=number, sha256=sha256, source=source), subject=f"agent:{name}"
    )


async def _version_row(tx: Tx, name: str, number: int) -> VersionRow:
    found = await store.version_numbered(tx, name, number)
    if found is None:
        raise NotFound(f"Agent {name[:80]!r} has no version {number}.")
    return found


async def _hint(tx: Tx, name: str) -> str:
    names = [row.name for row in await store.agents_present(tx)]
    close = get_close_matches(name[:80], names, n=1)
    return f"; did you mean {close[0]!r}?" if close else "."


def _opened(row: VersionRow) -> AgentVersion:
    return AgentVersion(
        name=row.agent_name, version=row.version, sha256=row.sha256, file=_file(row.agent_name, row.text)
    )


@lru_cache(maxsize=512)
def _file(name: str, text: str) -> AgentFile:
    verdict = judge(text, name)
    if verdict.file is None:
        told = "; ".join(f"{p.path}: {p.message}" for p in verdict.problems)
        raise Fault(f"A stored version of agent {name!r} can no longer be read ({told}). Edit its file.")
    return verdict.file


def _summary(row: AgentRow, found: VersionRow | None) -> AgentSummary:
    if found is None:
        return AgentSummary(
            name=row.name,
            display_name=row.name,
            description="",
            version=0,
            file_version=None,
            engine="",
            enabled_triggers=(),
            limits=None,
            channels=(),
            problems=row.problems,
            updated_at=row.updated_at,
        )
    file = _file(row.name, found.text)
    return AgentSummary(
        name=row.name,
        display_name=file.display_name,
        description=file.description,
        version=found.version,
        file_version=file.version,
        engine=file.engine.type,
        enabled_triggers=file.enabled_triggers,
        limits=AgentLimits(
            max_cost_usd=file.limits.max_cost_micro_usd,
            max_minutes=file.limits.max_session_duration_minutes,
            alert_usd=file.limits.alert_micro_usd,
        ),
        channels=file.channels,
        problems=row.problems,
        updated_at=row.updated_at,
    )
