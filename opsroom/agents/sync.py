"""Keeping the agents in step with the workspace folder, without a restart."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import structlog

from opsroom.agents import api, store
from opsroom.agents.ports import WorkspaceScope
from opsroom.agents.reading import Read, agent_paths, read_agent_files, stamp
from opsroom.agents.rules import Verdict, judge
from opsroom.agents.settings import AgentsSettings
from opsroom.agents.shapes import SyncReport
from opsroom.agents.skills import skill_folders, skills_of
from opsroom.agents.strict_json import text_sha256
from opsroom.kernel.actor import Scope
from opsroom.kernel.room import House

log = structlog.get_logger("opsroom.agents")

# A file is read once its directory entry has been still for this long: editors write in several steps.
_SETTLE_S = 0.15


@dataclass(frozen=True)
class _Judged:
    read: Read
    verdict: Verdict


def agents_folder(house: House) -> Path:
    """Where the agent files are."""
    return house.workspace / "agents"


async def sync_folder(house: House, scope: Scope) -> SyncReport:
    """Read every agent file and record what changed. Idempotent; cheap when nothing did."""
    judged = await asyncio.to_thread(_judge_all, house)
    if judged is None:
        # A workspace that is not mounted is no order to forget every agent.
        log.warning("agents.folder_missing", folder=str(agents_folder(house)))
        return SyncReport()
    actor = house.system_actor(scope)
    async with house.unit_of_work.reading(actor) as tx:
        known = {row.name: row for row in await store.agents_present(tx)}
    news = [j for j in judged if api.changes(known.get(j.read.name), j.verdict)]
    gone = sorted(set(known) - {j.read.name for j in judged})
    if not news and not gone:
        return SyncReport()
    changed: list[str] = []
    rejected: list[str] = []
    async with house.unit_of_work(actor) as tx:
        for j in news:
            name, source = j.read.name, f"agents/{j.read.name}.json"
            if await api.record_file(tx, name, j.read.text, j.verdict, source=source):
                (changed if j.verdict.file else rejected).append(name)
        removed = [name for name in gone if await api.record_missing(tx, name)]
    for j in news:
        if j.verdict.problems:
            told = [f"{p.path}: {p.message}".removeprefix(": ") for p in j.verdict.problems]
            log.warning("agents.file_rejected", agent=j.read.name, problems=told)
    log.info("agents.synced", changed=changed, rejected=rejected, removed=removed)
    return SyncReport(changed=tuple(changed), rejected=tuple(rejected), removed=tuple(removed))


async def watch_folder(house: House) -> None:
    """For the life of the process: look at the directory entries each `poll_s`, read when they changed."""
    scope = house.need(WorkspaceScope).scope
    poll_s = house.settings.section(AgentsSettings).poll_s
    seen: object = None
    while True:
        now = await asyncio.to_thread(_stamp, house)
        while now != seen:
            seen = now
            await asyncio.sleep(_SETTLE_S)
            now = await asyncio.to_thread(_stamp, house)
            if now == seen:
                await sync_folder(house, scope)
        await asyncio.sleep(poll_s)


def _stamp(house: House) -> object:
    agents = stamp(agent_paths(agents_folder(house)) or [])
    heads = [head for folder in skill_folders(house) for head in sorted(folder.glob("*/SKILL.md"))]
    return agents, stamp(heads)


def _judge_all(house: House) -> list[_Judged] | None:
    reads = read_agent_files(agents_folder(house))
    if reads is None:
        return None
    skills = {skill.name for skill in skills_of(skill_folders(house))}
    return [_Judged(read, _verdict(read, skills)) for read in reads]


def _verdict(read: Read, skills: set[str]) -> Verdict:
    if read.problems:
        return Verdict(None, text_sha256(read.text), read.problems)
    return judge(read.text, read.name, skills=skills)
