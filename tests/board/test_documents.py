"""Documents in a real git repository: saved at once, written in order, merged or refused, never lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from opsroom.board.documents import api, rules, store
from opsroom.board.documents.errors import BadDocument, DocumentChanged, NoSuchDocument, NoSuchRevision
from opsroom.board.documents.library import Library
from opsroom.board.documents.queue.writer import Writer
from opsroom.board.documents.shapes import SaveDocument
from opsroom.board.errors import NoSuchTask
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import NotFound
from tests.board import documents_kit as kit

BUILT_IN = len(rules.TEMPLATES)


async def test_a_save_is_shown_at_once_and_becomes_a_commit_of_its_author(
    build_house: Any, alice: Actor
) -> None:
    house = await kit.open_documents(build_house, alice, work=False)
    saved = await kit.save(house, alice, "# Spec\r\nfirst\r\n", message="Begin")
    assert (saved.created, saved.document.status, saved.document.commit) == (True, "pending", None)
    assert (await kit.read(house, alice)).text == "# Spec\nfirst\n"
    async with house.unit_of_work.reading(alice) as tx:
        assert (await kit.task_row(tx))["github_doc_path"] == "tasks/task_one/spec.md"
        drain = (await kit.queue_store.repository(tx))["drain_id"]  # type: ignore[index]
    assert [r.status for r in await kit.history(house, alice)] == ["pending"]
    writer = house.need(Writer)
    while await writer.write_next(alice.scope.model_dump(), drain) == "written":
        pass
    folder = kit.folder_of(house, alice)
    shown = kit.git(folder, "log", "-1", "--format=%an|%ae|%s|%cn", "main", "--", "tasks/task_one/spec.md")
    assert shown.strip() == "Alice|per_alice@opsroom.invalid|Begin|Opsroom"
    assert kit.git(folder, "show", "main:tasks/task_one/spec.md") == "# Spec\nfirst\n"
    assert "Opsroom-Write: dw_" in kit.git(folder, "log", "-1", "--format=%B", "main")
    now = await kit.read(house, alice)
    assert (now.status, now.commit) == ("saved", kit.git(folder, "rev-parse", "main").strip())
    assert kit.git(folder, "fsck", "--strict") == ""


async def test_a_workflow_writes_what_waits_in_order(build_house: Any, alice: Actor) -> None:
    house = await kit.open_documents(build_house, alice)
    base = None
    for n in range(30):  # more than one workflow writes
        base = (await kit.save(house, alice, f"text {n}\n", base=base, message=f"save {n}")).document.revision
    await kit.settled(house, alice)
    folder = kit.folder_of(house, alice)
    assert kit.subjects(folder, "--", "tasks") == [f"save {n}" for n in range(30)]
    assert sorted(kit.git(folder, "ls-tree", "-r", "--name-only", "main").split()) == [
        "tasks/task_one/spec.md",
        "templates/sprint-goals.md",
        "templates/task-spec.md",
    ]


async def test_a_hundred_people_save_their_own_line_at_once(build_house: Any, alice: Actor) -> None:
    house = await kit.open_documents(build_house, alice)
    lines = [f"line {n}" for n in range(100)]
    base = (await kit.save(house, alice, "\n".join(lines))).document.revision

    async def change(n: int) -> bool:
        mine = [*lines[:n], f"line {n}, by {n}", *lines[n + 1 :]]
        return (await kit.save(house, alice, "\n".join(mine), base=base, message=f"by {n}")).merged

    merged = await asyncio.gather(*(change(n) for n in range(100)))
    assert merged.count(False) == 1
    text = (await kit.read(house, alice)).text
    assert text.split("\n") == [f"line {n}, by {n}" for n in range(100)]
    await kit.settled(house, alice, 60)
    folder = kit.folder_of(house, alice)
    assert kit.git(folder, "show", "main:tasks/task_one/spec.md") == text
    assert len(kit.subjects(folder, "--", "tasks")) == 101


async def test_the_same_lines_are_refused_with_both_texts(build_house: Any, alice: Actor) -> None:
    house = await kit.open_documents(build_house, alice)
    base = (await kit.save(house, alice, "a\nb\nc\n")).document.revision
    theirs = (await kit.save(house, alice, "a\nB by one\nc\n", base=base)).document
    with pytest.raises(DocumentChanged) as refused:
        await kit.save(house, alice, "a\nB by two\nc\n", base=base)
    assert refused.value.theirs == {"text": theirs.text, "revision": theirs.revision}
    assert refused.value.yours == {"text": "a\nB by two\nc\n"}
    with pytest.raises(DocumentChanged, match="exists already"):
        await kit.save(house, alice, "blind\n")
    assert (
        await kit.save(house, alice, theirs.text)
    ).document.revision == theirs.revision  # the same: no quarrel
    with pytest.raises(NoSuchRevision):
        await kit.save(house, alice, "x", base="f" * 40)
    await kit.settled(house, alice)
    assert len(kit.subjects(kit.folder_of(house, alice), "--", "tasks")) == 2


async def test_old_revisions_are_read_compared_and_restored(build_house: Any, alice: Actor) -> None:
    house = await kit.open_documents(build_house, alice)
    library = house.need(Library)
    first = (await kit.save(house, alice, "one\ntwo\n", message="first")).document.revision
    await kit.save(house, alice, "one\n2\nthree\n", base=first, message="second")
    await kit.settled(house, alice)
    told = await kit.history(house, alice)
    assert [(r.message, r.author, r.status) for r in told] == [
        ("second", "Alice", "committed"),
        ("first", "Alice", "committed"),
    ]
    await _forget_texts(house, alice)
    assert first is not None
    for old in (told[1].revision, first):  # by commit and by hash, when only the repository has the text
        assert await library.text_at(alice, kit.SPEC, "spec.md", old) == "one\ntwo\n"
    diff = await library.diff(alice, kit.SPEC, "spec.md", older=told[1].revision, newer=told[0].revision)
    assert (diff.added, diff.removed) == (2, 1)
    assert [(line.kind, line.old, line.new, line.text) for line in diff.hunks[0].lines] == [
        ("context", 1, 1, "one"),
        ("removed", 2, None, "two"),
        ("added", None, 2, "2"),
        ("added", None, 3, "three"),
        ("context", 3, 4, ""),
    ]
    back = await library.restore(alice, kit.SPEC, "spec.md", told[1].revision)
    assert back.document.text == "one\ntwo\n"
    async with house.unit_of_work(alice) as tx:
        await api.delete(tx, kit.SPEC, "spec.md")
    with pytest.raises(NoSuchDocument):
        await kit.read(house, alice)
    await kit.settled(house, alice)
    told = await kit.history(house, alice)
    assert [r.deleted for r in told] == [True, False, False, False]
    with pytest.raises(NoSuchRevision, match="was deleted"):
        await library.restore(alice, kit.SPEC, "spec.md", told[0].revision)
    assert (await library.restore(alice, kit.SPEC, "spec.md", told[1].revision)).created
    await kit.settled(house, alice)
    assert len(kit.subjects(kit.folder_of(house, alice), "--", "tasks")) == 5


async def _forget_texts(house: Any, actor: Actor) -> None:
    async with house.unit_of_work(actor) as tx:
        assert await store.forget_texts(tx, tx.now.replace(year=tx.now.year + 1)) > 0


async def test_what_others_push_is_taken_in_and_never_overwritten(build_house: Any, alice: Actor) -> None:
    house = await kit.open_documents(build_house, alice)
    base = (await kit.save(house, alice, "a\nb\nc\nd\n")).document.revision
    await kit.settled(house, alice)
    folder, path = kit.folder_of(house, alice), "tasks/task_one/spec.md"
    kit.commit_outside(folder, path, "a\nb\nc\nd, pushed\n")
    # The push is not known here yet; the save finds out when it is written.
    await kit.save(house, alice, "a, saved\nb\nc\nd\n", base=base)
    await kit.settled(house, alice)
    assert kit.git(folder, "show", f"main:{path}") == "a, saved\nb\nc\nd, pushed\n"
    now = await kit.read(house, alice)
    assert (now.text, now.status, now.conflicts) == ("a, saved\nb\nc\nd, pushed\n", "saved", 0)
    # The same line: the repository's text counts, ours is kept and told of.
    kit.commit_outside(folder, path, "a, pushed too\nb\nc\nd, pushed\n")
    await kit.save(house, alice, "a, saved again\nb\nc\nd, pushed\n", base=now.revision)
    await kit.settled(house, alice)
    now = await kit.read(house, alice)
    assert (now.text, now.conflicts) == ("a, pushed too\nb\nc\nd, pushed\n", 1)
    lost = (await kit.history(house, alice))[0]
    assert lost.status == "conflict"
    text = await house.need(Library).text_at(alice, kit.SPEC, "spec.md", lost.revision)
    assert text == "a, saved again\nb\nc\nd, pushed\n"
    # New files, strange files and deletions from outside, seen by looking around.
    kit.commit_outside(folder, "tasks/task_one/notes.md", "# Notes\n")
    kit.commit_outside(folder, "tasks/task_one/binary.md", "x\0y")
    kit.commit_outside(folder, "somewhere/else.md", "not ours")
    kit.commit_outside(folder, path, None)
    await house.need(Writer).look_around()
    async with house.unit_of_work.reading(alice) as tx:
        assert [d.name for d in await api.list_documents(tx, kit.SPEC)] == ["notes.md"]


async def test_what_never_arrived_can_be_deleted(build_house: Any, alice: Actor) -> None:
    house = await kit.open_documents(build_house, alice)
    await kit.save(house, alice, "x")
    await kit.settled(house, alice)
    async with house.unit_of_work(alice) as tx:  # as after a write that was given up
        await store.change_file(tx, "tasks/task_one/spec.md", repo_blob=None)
    kit.commit_outside(kit.folder_of(house, alice), "tasks/task_one/spec.md", None)
    async with house.unit_of_work(alice) as tx:
        await api.delete(tx, kit.SPEC, "spec.md")
    await kit.settled(house, alice)
    assert (await kit.history(house, alice))[0].status == "committed"


async def test_templates_begin_documents_and_can_be_changed(
    build_house: Any, alice: Actor, bob: Actor
) -> None:
    house = await kit.open_documents(build_house, alice, bob)
    async with house.unit_of_work.reading(bob) as tx:
        listed = await api.list_documents(tx, api.TEMPLATES)
    assert [(d.name, d.status) for d in listed] == [
        ("task-spec.md", "built_in"),
        ("sprint-goals.md", "built_in"),
    ]
    library = house.need(Library)
    made = await library.save(alice, kit.SPEC, "spec.md", SaveDocument(template="task-spec.md"))
    assert made.document.text.startswith("# Fix sitemap\n\nTask task_one, written by Alice on 2")
    sprint = api.Owner("sprint", kit.SPRINT)
    goals = await library.save(alice, sprint, "goals.md", SaveDocument(template="sprint-goals.md"))
    assert (goals.document.path, goals.document.text.splitlines()[0]) == (
        "sprints/sprint-2026-q1/goals.md",
        "# Q1",
    )
    own = await kit.save(house, alice, "# {{title}} {{unknown}}\n", name="bug.md", owner=api.TEMPLATES)
    assert own.document.path == "templates/bug.md"
    bug = await library.save(alice, kit.SPEC, "bug.md", SaveDocument(template="bug.md"))
    assert bug.document.text == "# Fix sitemap {{unknown}}\n"
    async with house.unit_of_work(alice) as tx:
        await api.delete(tx, api.TEMPLATES, "task-spec.md")
        assert [d.name for d in await api.list_documents(tx, api.TEMPLATES)] == ["bug.md", "sprint-goals.md"]
    for wish in (SaveDocument(template="task-spec.md"), SaveDocument(), SaveDocument(text="a", template="b")):
        with pytest.raises(BadDocument):
            await library.save(alice, kit.SPEC, "new.md", wish)
    async with house.unit_of_work.reading(bob) as tx:
        assert len(await api.list_documents(tx, api.TEMPLATES)) == BUILT_IN


async def test_another_tenants_task_is_no_task(build_house: Any, alice: Actor, bob: Actor) -> None:
    house = await kit.open_documents(build_house, alice, bob)
    library = house.need(Library)
    saved = await kit.save(house, alice, "secret\n")
    await kit.settled(house, alice)
    assert saved.document.revision
    for act in (
        kit.read(house, bob),
        kit.save(house, bob, "mine\n"),
        kit.history(house, bob),
        library.text_at(bob, kit.SPEC, "spec.md", saved.document.revision),
        library.restore(bob, kit.SPEC, "spec.md", saved.document.revision),
    ):
        with pytest.raises(NoSuchTask):
            await act
    own = api.Owner("task", "task_two")
    await kit.save(house, bob, "mine\n", owner=own)
    with pytest.raises(NoSuchRevision):
        await library.text_at(bob, own, "spec.md", saved.document.revision)
    await kit.settled(house, bob)
    assert "secret" not in kit.git(kit.folder_of(house, bob), "log", "-p", "main")
    with pytest.raises(NotFound):
        await kit.save(house, bob, "x", owner=api.Owner("sprint", "no-sprint"))


HOSTILE = (
    "../spec.md", "a/b.md", "..\\x.md", "spec.txt", ".md", ".git.md\0", "con.md", "a\x00b.md",
    "x" * 300 + ".md",
    "a\u202eb.md", "spec.md ", "a\nb.md", "spec.MD", '"quoted".md', "", ".hidden.md", "sp:ec.md", "\ud800.md",
)  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_names_are_refused_by_name(build_house: Any, alice: Actor, name: str) -> None:
    house = await kit.open_documents(build_house, alice, work=False)
    with pytest.raises(BadDocument) as refused:
        await kit.save(house, alice, "x", name=name)
    assert [p.path for p in refused.value.problems] == ["name"]
    with pytest.raises(NoSuchDocument):
        await kit.read(house, alice, name)


async def test_unusual_names_and_texts_are_kept_as_they_are(build_house: Any, alice: Actor) -> None:
    house = await kit.open_documents(build_house, alice)
    texts = {
        "Größe & 'Maß' 100%.md": "ü\n" * 3,
        "日本語 メモ.md": "no newline at the end",
        "- leading.md": "<script>alert(1)</script>\n",
        "empty.md": "",
    }
    for name, text in texts.items():
        await kit.save(house, alice, text, name=name, message="x\n\nOpsroom-Write: dw_forged\n<a@b>")
    await kit.settled(house, alice)
    folder = kit.folder_of(house, alice)
    for name, text in texts.items():
        assert kit.git(folder, "show", f"main:tasks/task_one/{name}") == text
        assert (await kit.read(house, alice, name)).status == "saved"
        assert [r.status for r in await kit.history(house, alice, name)] == ["committed"]
    with pytest.raises(BadDocument, match="cannot be kept"):
        await kit.save(house, alice, "", name="EMPTY.md".replace("MD", "md"))
    with pytest.raises(BadDocument) as refused:
        await kit.save(house, alice, "x" * 600_000, name="no")
    assert [p.path for p in refused.value.problems] == ["name", "text"]
    for bad in ("a\0b", "half \ud800"):
        with pytest.raises(BadDocument):
            await kit.save(house, alice, bad, name="fine.md")
