"""From the workspace folder into versions: what changes, what stays, and what a bad file cannot do."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from opsroom.agents import api
from opsroom.agents.ports import WorkspaceScope
from opsroom.agents.room import ROOM
from opsroom.agents.settings import AgentsSettings
from opsroom.agents.sync import sync_folder
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import NotFound
from opsroom.kernel.room import House
from opsroom.kernel.uow import events_after

Build = Callable[..., Awaitable[House]]


def write(house: House, data: dict[str, Any], name: str | None = None) -> Path:
    path = house.workspace / "agents" / f"{name or data['agent_name']}.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


async def serving(house: House, actor: Actor, name: str) -> api.AgentVersion:
    async with house.unit_of_work.reading(actor) as tx:
        return await api.current(tx, name)


async def kinds(house: House, actor: Actor) -> list[str]:
    async with house.unit_of_work.reading(actor) as tx:
        return [e.kind.split(".")[1] for e in await events_after(tx, 0)]


async def test_each_change_is_a_version(build_house: Build, alice: Actor, small: dict[str, Any]) -> None:
    house = await build_house([ROOM])
    path = write(house, small)
    report = await sync_folder(house, alice.scope)
    assert report.changed == ("small",)
    assert (await sync_folder(house, alice.scope)) == type(report)()
    path.write_text(json.dumps(small, indent=4))  # spacing is no change
    assert (await sync_folder(house, alice.scope)) == type(report)()
    first = await serving(house, alice, "small")
    assert first.version == 1
    write(house, small | {"display_name": "Smaller"})
    await sync_folder(house, alice.scope)
    second = await serving(house, alice, "small")
    assert (second.version, second.file.display_name) == (2, "Smaller")
    async with house.unit_of_work.reading(alice) as tx:
        kept = await api.version(tx, "small", 1)
        assert kept.file.display_name == "Small"
        assert [(v.version, v.current, v.source) for v in await api.history(tx, "small")] == [
            (2, True, "agents/small.json"),
            (1, False, "agents/small.json"),
        ]
    assert await kinds(house, alice) == ["agent_changed", "agent_changed"]


async def test_a_bad_file_keeps_the_old_version_serving(
    build_house: Build, alice: Actor, small: dict[str, Any]
) -> None:
    house = await build_house([ROOM])
    write(house, small)
    await sync_folder(house, alice.scope)
    write(house, small | {"extra": 1, "version": "x", "agent_name": "other"}, "small")
    assert (await sync_folder(house, alice.scope)).rejected == ("small",)
    assert (await sync_folder(house, alice.scope)).rejected == ()
    assert (await serving(house, alice, "small")).version == 1
    async with house.unit_of_work.reading(alice) as tx:
        (listed,) = await api.list_agents(tx)
    assert listed.version == 1
    assert {p.path for p in listed.problems} == {"extra", "version", "agent_name"}
    write(house, small)
    await sync_folder(house, alice.scope)
    async with house.unit_of_work.reading(alice) as tx:
        (listed,) = await api.list_agents(tx)
    assert (listed.version, listed.problems) == (1, ())
    assert await kinds(house, alice) == ["agent_changed", "agent_rejected"]


async def test_a_file_that_was_never_valid_is_listed_and_does_not_run(
    build_house: Build, alice: Actor
) -> None:
    house = await build_house([ROOM])
    write(house, {}, "broken")
    await sync_folder(house, alice.scope)
    async with house.unit_of_work.reading(alice) as tx:
        (listed,) = await api.list_agents(tx)
        assert (listed.name, listed.version) == ("broken", 0)
        assert listed.problems
        with pytest.raises(NotFound, match="never valid"):
            await api.current(tx, "broken")
        assert (await api.detail(tx, "broken")).versions == ()


async def test_rollback_holds_until_the_file_says_something_else(
    build_house: Build, alice: Actor, small: dict[str, Any]
) -> None:
    house = await build_house([ROOM])
    for name in ("One", "Two"):
        write(house, small | {"display_name": name})
        await sync_folder(house, alice.scope)
    async with house.unit_of_work(alice) as tx:
        assert (await api.rollback(tx, "small", 1)).file.display_name == "One"
    async with house.unit_of_work(alice) as tx:
        await api.rollback(tx, "small", 1)
        assert tx.events == []  # asking again is no news
    path = write(house, small | {"display_name": "Two"})
    os.utime(path)
    await sync_folder(house, alice.scope)
    assert (await serving(house, alice, "small")).version == 1
    write(house, small | {"display_name": "Three"})
    await sync_folder(house, alice.scope)
    assert (await serving(house, alice, "small")).version == 3
    async with house.unit_of_work(alice) as tx:
        with pytest.raises(NotFound, match="no version 9"):
            await api.rollback(tx, "small", 9)
        with pytest.raises(NotFound, match="did you mean 'small'"):
            await api.rollback(tx, "smal", 1)


async def test_a_removed_file_starts_nothing_new(
    build_house: Build, alice: Actor, small: dict[str, Any]
) -> None:
    house = await build_house([ROOM])
    path = write(house, small)
    await sync_folder(house, alice.scope)
    path.unlink()
    assert (await sync_folder(house, alice.scope)).removed == ("small",)
    async with house.unit_of_work.reading(alice) as tx:
        assert await api.list_agents(tx) == []
        with pytest.raises(NotFound):
            await api.current(tx, "small")
        assert (await api.version(tx, "small", 1)).file.agent_name == "small"  # a run under way
    write(house, small)
    await sync_folder(house, alice.scope)
    assert (await serving(house, alice, "small")).version == 1
    assert await kinds(house, alice) == ["agent_changed", "agent_removed", "agent_changed"]


async def test_a_missing_folder_removes_nothing(
    build_house: Build, alice: Actor, small: dict[str, Any]
) -> None:
    house = await build_house([ROOM])
    write(house, small)
    await sync_folder(house, alice.scope)
    (house.workspace / "agents").rename(house.workspace / "unmounted")
    await sync_folder(house, alice.scope)
    assert (await serving(house, alice, "small")).version == 1


async def test_only_regular_files_of_a_sane_size_are_read(
    build_house: Build, alice: Actor, small: dict[str, Any], tmp_path: Path
) -> None:
    house = await build_house([ROOM])
    folder = house.workspace / "agents"
    (tmp_path / "secret.json").write_text(json.dumps(small))
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    os.mkfifo(folder / "pipe.json")
    (folder / "folder.json").mkdir()
    (folder / "large.json").write_bytes(b" " * (1024 * 1024 + 1))
    (folder / "latin.json").write_bytes('{"a": "é"}'.encode("latin-1"))
    (folder / ".hidden.json").write_text("{}")
    (folder / "agent.schema.json").write_text("{}")
    async with asyncio.timeout(5):
        await sync_folder(house, alice.scope)
    async with house.unit_of_work.reading(alice) as tx:
        told = {a.name: a.problems[0].message for a in await api.list_agents(tx)}
    assert told == {
        "link": "cannot be read: it is a symbolic link; put the file itself here",
        "pipe": "cannot be read: it is not a regular file",
        "folder": "cannot be read: it is not a regular file",
        "large": "cannot be read: it is larger than 1024 KiB",
        "latin": "cannot be read: it is not UTF-8 text",
    }


async def test_tenants_do_not_see_each_others_agents(
    build_house: Build, alice: Actor, bob: Actor, small: dict[str, Any]
) -> None:
    house = await build_house([ROOM])
    write(house, small)
    await sync_folder(house, alice.scope)
    async with house.unit_of_work.reading(bob) as tx:
        assert await api.list_agents(tx) == []
        for call in (
            api.current(tx, "small"),
            api.version(tx, "small", 1),
            api.history(tx, "small"),
            api.detail(tx, "small"),
        ):
            with pytest.raises(NotFound):
                await call
    async with house.unit_of_work(bob) as tx:
        with pytest.raises(NotFound):
            await api.rollback(tx, "small", 1)
    write(house, small | {"display_name": "Bob's"})
    await sync_folder(house, bob.scope)
    assert (await serving(house, alice, "small")).file.display_name == "Small"
    assert (await serving(house, bob, "small")).version == 1


async def test_two_processes_reading_one_folder_make_one_version(
    build_house: Build, alice: Actor, small: dict[str, Any]
) -> None:
    house = await build_house([ROOM])
    write(house, small)
    await asyncio.gather(*(sync_folder(house, alice.scope) for _ in range(6)))
    async with house.unit_of_work.reading(alice) as tx:
        assert len(await api.history(tx, "small")) == 1


async def test_the_watcher_sees_changes_without_a_restart(
    build_house: Build, alice: Actor, small: dict[str, Any]
) -> None:
    house = await build_house(
        [ROOM],
        settings=[AgentsSettings(poll_s=0.05)],
        background=True,
        work=False,
        provide=lambda h: h.provide(WorkspaceScope, WorkspaceScope(alice.scope)),
    )
    for number, name in enumerate(("One", "Two"), start=1):
        write(house, small | {"display_name": name})
        with house.wakes.listen("agent:small") as news:
            async with asyncio.timeout(5):
                while True:
                    try:
                        found = await serving(house, alice, "small")
                    except NotFound:
                        found = None
                    if found and found.version == number:
                        break
                    await news.wait(0.2)
        assert found.file.display_name == name


async def test_a_skill_that_appears_later_mends_the_agent(
    build_house: Build, alice: Actor, small: dict[str, Any]
) -> None:
    house = await build_house([ROOM])
    write(house, small | {"engine": {"type": "skill", "skill": "greet"}})
    assert (await sync_folder(house, alice.scope)).rejected == ("small",)
    folder = house.workspace / "skills" / "greet"
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text('---\nname: greet\ndescription: Hello.\nprogram: ["true"]\n---\n')
    assert (await sync_folder(house, alice.scope)).changed == ("small",)
