"""Documents at GitHub, over real HTTP: once each and in order, whatever happens on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from opsroom.board.documents import api, store
from opsroom.board.documents.library import Library
from opsroom.board.documents.ports import Place
from opsroom.board.documents.queue import store as queue_store
from opsroom.board.documents.queue.writer import Writer
from opsroom.board.documents.registry import Repositories
from opsroom.board.documents.settings import DocumentsSettings, GitHubSettings
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import AdapterError
from opsroom.kernel.room import House
from opsroom.sandbox.api import Fault, Sandbox, SandboxConfig, start_sandbox
from opsroom.sandbox.github.state import Repo
from tests.board import documents_kit as kit

PATH = "tasks/task_one/spec.md"
QUICK = DocumentsSettings(
    projects={"proj_a": "github:acme/docs"}, first_wait_s=0.05, longest_wait_s=0.1, look_every_s=60
)
EVERYTHING = "* /github/*"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    box = await start_sandbox(SandboxConfig())
    yield box
    await box.stop()


@pytest.fixture
def repo(sandbox: Sandbox) -> Repo:
    return sandbox.github.add_repo("acme", "docs")


@pytest.fixture
async def house(build_house: Any, sandbox: Sandbox, repo: Repo, alice: Actor) -> House:
    account = GitHubSettings(url=sandbox.urls.github, token=SecretStr("t"))
    return await kit.open_documents(build_house, alice, settings=[QUICK, account])


def ours(repo: Repo) -> list[str]:
    """First lines of the commits to tasks, the oldest first."""
    lines = [c.message.split("\n")[0] for c in reversed(repo.log())]
    return [line for line in lines if line not in ("Begin", "Templates to begin with")]


async def begun(house: House, alice: Actor) -> str | None:
    """A first document, in the repository."""
    base = (await kit.save(house, alice, "a\nb\nc\nd\n", message="first")).document.revision
    await kit.settled(house, alice)
    return base


async def test_a_save_is_one_call_and_a_commit_of_its_author(
    house: House, sandbox: Sandbox, repo: Repo, alice: Actor
) -> None:
    base = await begun(house, alice)
    sandbox.ledger.clear()
    await kit.save(house, alice, "a\nb\nc\nD\n", base=base, message="second")
    await kit.settled(house, alice)
    assert [(r.method, r.path) for r in sandbox.ledger.requests] == [
        ("PUT", f"/github/repos/acme/docs/contents/{PATH}")
    ]
    assert ours(repo) == ["first", "second"]
    last = repo.log()[0]
    assert (last.author.name, last.committer.name) == ("Alice", "Opsroom")
    assert repo.text("templates/task-spec.md") is not None
    now = await kit.read(house, alice)
    assert (now.commit, now.status) == (last.sha, "saved")
    told = await kit.history(house, alice)
    assert [(r.message, r.author, r.commit) for r in told] == [
        ("second", "Alice", last.sha),
        ("first", "Alice", told[1].commit),
    ]
    library = house.need(Library)
    async with house.unit_of_work(alice) as tx:
        await store.forget_texts(tx, tx.now.replace(year=tx.now.year + 1))
        await api.delete(tx, kit.SPEC, "spec.md")
    assert await library.text_at(alice, kit.SPEC, "spec.md", told[1].revision) == "a\nb\nc\nd\n"
    await kit.settled(house, alice)
    assert repo.text(PATH) is None
    await library.restore(alice, kit.SPEC, "spec.md", told[1].revision)
    await kit.settled(house, alice)
    assert repo.text(PATH) == "a\nb\nc\nd\n"


ONCE = {
    "500 before": Fault("PUT */contents/*", status=500, times=2),
    "502 after the commit": Fault("PUT */contents/*", status=502, after_effect=True),
    "lost reply": Fault("PUT */contents/*", lost_reply=True),
    "connection refused": Fault("PUT */contents/*", drop_request=True, times=4),
    "half an answer": Fault("PUT */contents/*", half_json=True),
    "a proxy's page": Fault("PUT */contents/*", html=True, status=503, times=2),
    "a page instead of the answer": Fault("PUT */contents/*", html=True, after_effect=True),
    "used-up hour": Fault("PUT */contents/*", status=403, error="rate_limit"),
    "too fast": Fault("PUT */contents/*", status=429, retry_after="1"),
    "secondary limit": Fault("PUT */contents/*", status=403, retry_after="1"),
    "bad gateway while looking back": Fault("GET */commits", status=502, times=3),
}


@pytest.mark.parametrize("what", ONCE)
async def test_each_save_arrives_once_whatever_fails(
    house: House, sandbox: Sandbox, repo: Repo, alice: Actor, what: str
) -> None:
    base = await begun(house, alice)
    fault = ONCE[what]
    if "looking back" in what:
        sandbox.faults.arm(Fault("PUT */contents/*", status=502, after_effect=True))
    sandbox.faults.arm(Fault(**{f: getattr(fault, f) for f in fault.__dataclass_fields__} | {"id": ""}))
    await kit.save(house, alice, "a\nb\nc\nD\n", base=base, message="second")
    await kit.save(house, alice, "n\n", name="notes.md", message="third")
    assert (await kit.read(house, alice)).text == "a\nb\nc\nD\n"
    await kit.settled(house, alice)
    assert ours(repo) == ["first", "second", "third"]
    assert len(sandbox.ledger.find_effects("github", "commit.pushed")) == len(repo.log())
    assert (await kit.read(house, alice)).status == "saved"


@pytest.mark.parametrize("route", ["PATCH */git/refs/*", "POST */git/*", "GET */git/*"])
@pytest.mark.parametrize("how", ["lost_reply", "drop_request", "after_effect"])
async def test_several_files_are_one_commit_once(
    house: House, sandbox: Sandbox, repo: Repo, alice: Actor, route: str, how: str
) -> None:
    sandbox.faults.arm(Fault(route, **{how: True}, **({"status": 500} if how == "after_effect" else {})))
    await begun(house, alice)  # the templates are two files in one commit
    messages = [c.message.split("\n")[0] for c in reversed(repo.log())]
    assert messages == ["Begin", "Templates to begin with", "first"]
    assert len(sandbox.ledger.find_effects("github", "commit.pushed")) == 3


async def test_an_hour_away_loses_nothing_and_all_arrives_in_order(
    house: House, sandbox: Sandbox, repo: Repo, alice: Actor
) -> None:
    base = await begun(house, alice)
    away = sandbox.faults.arm(Fault(EVERYTHING, times=None, status=503))
    before = datetime.now(UTC).replace(microsecond=0)
    for n in range(10):
        base = (
            await kit.save(house, alice, f"a{n}\nb\nc\nd\n", base=base, message=f"save {n}")
        ).document.revision
        await kit.save(house, alice, f"{n}", name=f"n{n}.md", message=f"note {n}")
    async with house.unit_of_work(alice) as tx:
        await api.delete(tx, kit.SPEC, "n3.md")
    shown = await kit.read(house, alice)
    assert (shown.text, shown.status) == ("a9\nb\nc\nd\n", "pending")

    async def tried_some_times() -> bool:
        async with house.unit_of_work.reading(alice) as tx:
            row = await queue_store.repository(tx)
            return row is not None and row["failures"] >= 4

    await kit.until(tried_some_times)
    assert ours(repo) == ["first"]
    told = await kit.history(house, alice)  # without the repository: what waits, and what we wrote
    assert [r.message for r in told] == [*(f"save {n}" for n in range(9, -1, -1)), "first"]
    writer = house.need(Writer)
    with pytest.raises(AdapterError, match="nothing is lost"):
        await writer.check()
    after = datetime.now(UTC)
    await asyncio.sleep(0.3)
    sandbox.faults.disarm(away)
    await kit.settled(house, alice)
    wanted = [m for n in range(10) for m in (f"save {n}", f"note {n}")]
    assert ours(repo) == ["first", *wanted, "Delete n3.md of task_one"]
    assert repo.text(PATH) == "a9\nb\nc\nd\n"
    assert repo.text("tasks/task_one/n3.md") is None
    # Each commit is of the time it was saved at, not of the time GitHub was back.
    saved_at = [c.author.at for c in repo.log() if c.message.startswith("save")]
    assert all(before.timestamp() <= at <= after.timestamp() for at in saved_at)
    assert "kept at GitHub in acme/docs" in await writer.check()


async def test_a_stale_file_is_read_again_and_merged_or_told(
    house: House, sandbox: Sandbox, repo: Repo, alice: Actor
) -> None:
    base = await begun(house, alice)
    sandbox.github.push(repo, PATH, "a\nb\nc\nd, pushed\n")
    saved = await kit.save(house, alice, "a, saved\nb\nc\nd\n", base=base, message="second")
    await kit.settled(house, alice)
    assert repo.text(PATH) == "a, saved\nb\nc\nd, pushed\n"
    now = await kit.read(house, alice)
    assert (now.text, now.conflicts) == (repo.text(PATH), 0)
    # Whoever saw the save before it was merged still has a base to merge on.
    third = await kit.save(house, alice, "a, saved\nb, third\nc\nd\n", base=saved.document.revision)
    assert (third.merged, third.document.text) == (True, "a, saved\nb, third\nc\nd, pushed\n")
    await kit.settled(house, alice)
    sandbox.github.push(repo, PATH, "A\nb, third\nc\nd, pushed\n")
    await kit.save(house, alice, "B\nb, third\nc\nd, pushed\n", base=third.document.revision, message="lost")
    await kit.settled(house, alice)
    assert repo.text(PATH) == "A\nb, third\nc\nd, pushed\n"
    now = await kit.read(house, alice)
    assert (now.text, now.conflicts, now.status) == (repo.text(PATH), 1, "saved")
    assert "lost" not in ours(repo)
    # Others' deletions: of what we delete too, and of what we change.
    sandbox.github.push(repo, PATH, None)
    again = await kit.save(house, alice, "A\nb, third\nc\nd, kept\n", base=now.revision)
    await kit.settled(house, alice)
    assert repo.text(PATH) == again.document.text
    sandbox.github.push(repo, PATH, None)
    async with house.unit_of_work(alice) as tx:
        await api.delete(tx, kit.SPEC, "spec.md")
    await kit.settled(house, alice)
    assert repo.text(PATH) is None
    async with house.unit_of_work.reading(alice) as tx:
        assert await queue_store.waiting(tx) == (0, None)


async def test_what_others_push_shows_after_a_look_also_in_long_trees(
    house: House, sandbox: Sandbox, repo: Repo, alice: Actor
) -> None:
    await begun(house, alice)
    sandbox.github.tree_limit = 3
    for n in range(4):
        sandbox.github.push(repo, f"tasks/task_one/pushed-{n}.md", f"# {n}\n")
    writer = house.need(Writer)
    sandbox.github.push(repo, "tasks/task_one/attachments/photo.png", "not a picture")
    sandbox.github.push(repo, "tasks/task_one/attachments/../evil.md", "x")
    await writer.look_around()
    async with house.unit_of_work.reading(alice) as tx:
        names = [d.name for d in await api.list_documents(tx, kit.SPEC)]
        assert (await kit.task_row(tx))["attachment_count"] == 1
    assert names == ["pushed-0.md", "pushed-1.md", "pushed-2.md", "pushed-3.md", "spec.md"]
    assert (await kit.read(house, alice, "pushed-2.md")).text == "# 2\n"
    sandbox.ledger.clear()
    await writer.look_around()
    assert len(sandbox.ledger.requests) == 1  # nothing new: one question


async def test_what_github_will_never_take_is_put_aside_and_the_rest_goes_on(
    house: House, sandbox: Sandbox, repo: Repo, alice: Actor
) -> None:
    base = await begun(house, alice)
    sandbox.faults.arm(Fault("PUT */contents/*", status=422, message="path is too long"))
    await kit.save(house, alice, "refused\n", base=base, message="refused")
    await kit.save(house, alice, "n\n", name="notes.md", message="third")
    await kit.settled(house, alice)
    assert ours(repo) == ["first", "third"]
    now = await kit.read(house, alice)
    assert (now.text, now.conflicts) == ("refused\n", 1)
    assert (await kit.history(house, alice))[0].status == "failed"
    await kit.save(house, alice, "refused\nno more\n", base=now.revision, message="fourth")
    await kit.settled(house, alice)
    assert repo.text(PATH) == "refused\nno more\n"


async def test_an_app_signs_in_and_renews_its_token(
    build_house: Any, sandbox: Sandbox, repo: Repo, alice: Actor
) -> None:
    key = sandbox.github.new_app("77")
    account = GitHubSettings(
        url=sandbox.urls.github, app_id="77", app_private_key=SecretStr(key), installation_id="1"
    )
    house = await kit.open_documents(build_house, alice, settings=[QUICK, account])
    base = await begun(house, alice)
    assert len(sandbox.github.tokens) == 1
    for token in sandbox.github.tokens:
        sandbox.github.tokens[token] = 0.0  # revoked before its time
    await kit.save(house, alice, "a\nb\nc\nD\n", base=base, message="second")
    await kit.settled(house, alice)
    assert ours(repo) == ["first", "second"]
    assert len(sandbox.github.tokens) == 2


@pytest.mark.parametrize(
    ("location", "account", "told"),
    [
        ("github:acme/none", {"token": "t"}, "no repository acme/none"),
        ("github:acme/docs@side", {"token": "t"}, "has no branch side"),
        ("github:acme/docs", {"token": "invalid"}, "Bad credentials"),
        ("github:acme/docs", {}, "set GITHUB_TOKEN"),
        ("github:acme/docs", {"app_id": "1", "app_private_key": "x", "installation_id": "1"}, "not a PEM"),
        ("github:what is this", {"token": "t"}, "not a GitHub repository"),
        ("gitlab:acme/docs", {}, "There is no 'gitlab'"),
    ],
)
async def test_what_is_set_wrongly_says_so_and_keeps_what_waits(
    build_house: Any, sandbox: Sandbox, repo: Repo, alice: Actor, location: str, account: Any, told: str
) -> None:
    sandbox.github.push(repo, "README.md", "# Docs\n")
    settings = [
        QUICK.model_copy(update={"projects": {"proj_a": location}}),
        GitHubSettings(url=sandbox.urls.github, **account),
    ]
    house = await kit.open_documents(build_house, alice, settings=settings)
    await kit.save(house, alice, "a\n")

    async def failing() -> bool:
        async with house.unit_of_work.reading(alice) as tx:
            row = await queue_store.repository(tx)
            return row is not None and row["last_error"] is not None

    await kit.until(failing)
    with pytest.raises(AdapterError) as error:
        await house.need(Writer).check()
    assert told in error.value.message
    assert (await kit.read(house, alice)).status == "pending"


async def test_two_projects_cannot_share_a_repository() -> None:
    for wrong in (
        {"repository": "github:acme/docs"},
        {"projects": {"proj_a": "github:acme/docs", "proj_b": "github:Acme/Docs"}},
    ):
        with pytest.raises(ValueError, match=r"shared by every project|named for two projects"):
            DocumentsSettings(**wrong)
    each = DocumentsSettings(repository="github:acme/docs-{project}")
    repositories = Repositories(each, kit.parts_of())
    assert repositories.of("proj_a")[1] == Place("proj_a", "acme/docs-proj-a")
