"""Outputs: a listing that lags, downloads that break."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from opsroom.kernel.errors import AdapterError
from opsroom.runs.ports import RemoteOutput
from opsroom.sandbox.api import Sandbox, SandboxConfig, start_sandbox

from .managed_kit import Bench, bench, order, play

LIST = "GET /anthropic/v1/files"
CONTENT = "GET /anthropic/v1/files/*/content"


async def outputs_of(one: Bench) -> tuple[str, list[RemoteOutput]]:
    given = order()
    session = await one.engine.open(given)
    await one.follow(given, session)
    return session, await one.engine.outputs(given, session)


async def content(one: Bench, session: str, output: RemoteOutput) -> bytes:
    return b"".join([chunk async for chunk in one.engine.read_output(session, output)])


@pytest.fixture
async def lagging() -> AsyncIterator[Sandbox]:
    one = await start_sandbox(SandboxConfig(files_lag_s=0.12, files_lag_step_s=0.04))
    yield one
    await one.stop()


async def test_a_lagging_listing_is_waited_for(lagging: Sandbox) -> None:
    name = play(
        lagging,
        "three",
        *({"output": {"name": f"{n}.md", "content": "x" * n}} for n in (1, 2, 3)),
        {"idle": "end_turn"},
    )
    async with bench(lagging, name) as one:
        session, outputs = await outputs_of(one)
        assert [(o.name, o.size_bytes) for o in outputs] == [("1.md", 1), ("2.md", 2), ("3.md", 3)]
        assert await content(one, session, outputs[2]) == b"xxx"


async def test_a_session_without_outputs(sandbox: Sandbox) -> None:
    async with bench(sandbox, "empty") as one:
        assert (await outputs_of(one))[1] == []


@pytest.mark.parametrize(
    "fault",
    [{"status": 500}, {"html": True}, {"half_json": True}, {"error_body_200": True}, {"drop_request": True}],
    ids=",".join,
)
async def test_a_listing_is_repeated(sandbox: Sandbox, fault: dict[str, object]) -> None:
    async with bench(sandbox) as one:
        one.arm(LIST, times=2, **fault)
        assert len((await outputs_of(one))[1]) == 2


async def test_many_outputs_over_several_pages(sandbox: Sandbox) -> None:
    steps = [{"output": {"name": f"{n:03}.md", "content": "x"}} for n in range(130)]
    async with bench(sandbox, play(sandbox, "many", *steps, {"idle": "end_turn"})) as one:
        assert len((await outputs_of(one))[1]) == 130


async def test_names_are_passed_on_as_they_are(sandbox: Sandbox) -> None:
    async with bench(sandbox, "bad-names") as one:
        session, outputs = await outputs_of(one)
        assert any(".." in output.name for output in outputs)
        for output in outputs:
            await content(one, session, output)


async def test_a_large_output_is_streamed(sandbox: Sandbox) -> None:
    steps = [{"output": {"name": "big.bin", "generate_bytes": 30_000_000}}, {"idle": "end_turn"}]
    async with bench(sandbox, play(sandbox, "big", *steps)) as one:
        session, (output,) = await outputs_of(one)
        sizes = [len(chunk) async for chunk in one.engine.read_output(session, output)]
        assert sum(sizes) == 30_000_000
        assert max(sizes) <= 1024 * 1024


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"drop_request": True},
        {"lost_reply": True},
        {"wrong_content_length": True},
        {"html": True},
    ],
    ids=",".join,
)
async def test_a_broken_download_is_told_and_can_be_tried_again(
    sandbox: Sandbox, fault: dict[str, object]
) -> None:
    async with bench(sandbox) as one:
        session, (output, *_) = await outputs_of(one)
        one.arm(CONTENT, **fault)
        with pytest.raises(AdapterError) as caught:
            await content(one, session, output)
        assert not caught.value.permanent
        assert len(await content(one, session, output)) == output.size_bytes


async def test_a_slow_file_arrives_whole(sandbox: Sandbox) -> None:
    async with bench(sandbox) as one:
        session, (output, *_) = await outputs_of(one)
        one.arm(CONTENT, slow_bytes_per_s=8_000)
        assert len(await content(one, session, output)) == output.size_bytes


async def test_a_file_that_is_gone_is_permanent(sandbox: Sandbox) -> None:
    async with bench(sandbox) as one:
        session, (output, *_) = await outputs_of(one)
        sandbox.anthropic.files.clear()
        with pytest.raises(AdapterError) as caught:
            await content(one, session, output)
        assert caught.value.permanent
