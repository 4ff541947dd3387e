"""A program as a session: its events, its end, its outputs, and following it more than once."""

from __future__ import annotations

import asyncio
import itertools
import time
from pathlib import Path

import pytest

from opsroom.kernel.errors import AdapterError
from opsroom.runs.ports import EngineEvent, RemoteOutput

from .programs_kit import command_engine, ids, order, python, read_all, run


async def test_a_session_from_start_to_stop(tmp_path: Path) -> None:
    code = """
        payload = json.load(open('payload.json'))
        prompt = open(os.environ['OPSROOM_PROMPT_FILE']).read()
        say(type='message', text=f"payload {payload['n']}, prompt {prompt}")
        say(type='cost', micro_usd=1500)
        say(type='cost', micro_usd=500)
        open(os.environ['OPSROOM_OUTPUT_DIR'] + '/a.json', 'w').write('{}')
        say(type='output', path='a.json', media_type='application/json', title='A')
        print('to the log', file=sys.stderr)
    """
    told = await run(tmp_path, code)
    assert told.events[0].body["status"] == "running"
    assert told.texts() == ["payload 1, prompt Do it."]
    assert [e.cost_micro_usd for e in told.events if e.kind == "cost"] == [1500, 2000]
    assert told.lines("stderr") == ["to the log"]
    assert told.stop.kind == "finished"
    assert told.outputs == [
        RemoteOutput(
            output_id="a.json", name="a.json", media_type="application/json", title="A", size_bytes=2
        )
    ]
    assert ids(told.events) == [f"a1:{n}" for n in range(1, len(told.events) + 1)]


async def test_a_failure_ends_with_the_last_words(tmp_path: Path) -> None:
    told = await run(tmp_path, "print('half done'); raise ValueError('no such client')")
    assert told.texts() == ["half done"]
    assert told.stop.kind == "failed"
    assert "exit code 1" in told.stop.detail
    assert "ValueError: no such client" in told.stop.detail


async def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    given = order({"type": "command", "argv": ["no-such-program"]})
    async with command_engine(tmp_path) as engine:
        session = await engine.open(given)
        events = [event async for batch in engine.follow(given, session) for event in batch]
    assert events[-1].stop is not None
    assert events[-1].stop.kind == "failed"
    assert "no-such-program" in events[-1].stop.detail


async def test_progress_is_thinned_and_the_last_is_kept(tmp_path: Path) -> None:
    code = """
        for n in range(500):
            say(type='progress', done=n, total=500)
        say(type='message', text='between')
        say(type='progress', done=500, total=500)
        time.sleep(0.4)
        say(type='message', text='after')
    """
    told = await run(tmp_path, code)
    kinds = [(e.kind, e.body.get("done")) for e in told.events if e.kind in ("progress", "agent.message")]
    assert kinds[0] == ("progress", 0)
    before, after = kinds.index(("agent.message", None)), kinds.index(("progress", 500))
    assert kinds[before - 1] == ("progress", 499)
    assert before < after < len(kinds) - 1
    assert len(kinds) < 20


async def test_a_flood_is_kept_to_its_limit_and_what_counts_still_counts(tmp_path: Path) -> None:
    code = """
        for n in range(30_000):
            print('line', n)
        say(type='cost', micro_usd=7)
        say(type='summary', headline='done')
    """
    told = await run(tmp_path, code, settings={"max_events": 1000})
    assert len(told.texts()) == 999
    assert told.bodies("summary")[0]["headline"] == "done"
    assert told.bodies("cost")[0]["cost_usd"] == "0.000007"
    assert "29001 more lines are not kept" in str(told.lines("engine"))
    assert told.stop.kind == "finished"


async def test_lines_without_end_and_noise_on_standard_error(tmp_path: Path) -> None:
    code = """
        sys.stdout.write('x' * 5_000_000)
        sys.stdout.write('\\nnext\\n')
        sys.stderr.write('e' * 100_000 + '\\n')
        for n in range(5000):
            print('noise', n, file=sys.stderr)
    """
    told = await run(tmp_path, code)
    long, short = told.texts()
    assert str(long).startswith("xxx")
    assert len(str(long)) < 300_000
    assert short == "next"
    errors = told.lines("stderr")
    assert len(errors) == 2000
    assert len(str(errors[0])) <= 8 * 1024
    assert told.stop.kind == "finished"


async def test_over_its_cost_limit_it_is_killed(tmp_path: Path) -> None:
    given = order(python("say(type='cost', micro_usd=2_000)\ntime.sleep(30)"), max_cost_micro_usd=1_000)
    async with command_engine(tmp_path) as engine:
        session = await engine.open(given)
        events = [event async for batch in engine.follow(given, session) for event in batch]
        usage = await engine.usage(session)
    assert events[-1].stop is not None
    assert events[-1].stop.kind == "budget_reached"
    assert "$0.002" in events[-1].stop.detail
    assert usage is not None
    assert usage.cost_micro_usd == 2_000


async def test_a_second_follower_attaches_and_misses_nothing(tmp_path: Path) -> None:
    given = order(python("for n in range(200):\n    print(n)\n    time.sleep(0.001)"))
    seen: dict[str, EngineEvent] = {}
    async with command_engine(tmp_path) as engine:
        session = await engine.open(given)
        for _ in range(100):
            follower = engine.follow(given, session)
            ended = False
            # The batch that is in hand when we leave counts as lost.
            for _ in range(3):
                batch = await anext(follower)
                ended = any(event.stop for event in batch)
                if not ended:
                    seen |= {event.source_id: event for event in batch}
            await follower.aclose()
            if ended:
                break
        last = [event async for batch in engine.follow(given, session) for event in batch]
    seen |= {event.source_id: event for event in last}
    assert [e.body["text"] for e in seen.values() if e.kind == "agent.message"] == [
        str(n) for n in range(200)
    ]
    assert last[-1].stop is not None
    starts = [e for e in seen.values() if e.source_type == "program.started"]
    assert len(starts) == 1


async def test_a_follower_that_was_replaced_is_told(tmp_path: Path) -> None:
    given = order(python("print('up'); time.sleep(30)"))
    async with command_engine(tmp_path) as engine:
        session = await engine.open(given)
        first = engine.follow(given, session)
        await anext(first)
        waiting = asyncio.ensure_future(_drain(first))
        await asyncio.sleep(0.05)
        second = engine.follow(given, session)
        await anext(second)
        with pytest.raises(AdapterError, match="somebody else"):
            await waiting
        await second.aclose()


async def _drain(follower: object) -> None:
    async for _ in follower:  # type: ignore[attr-defined]
        pass


async def test_a_new_process_starts_afresh_and_keeps_ids_apart(tmp_path: Path) -> None:
    code = python("print(os.getcwd()); open('outputs/x', 'w').write('1')")
    seen: list[str] = []
    for attempt in (1, 1, 2):  # each engine stands for one life of the product
        given = order(code, attempt=attempt)
        async with command_engine(tmp_path) as engine:
            session = await engine.open(given)
            seen += ids([event async for batch in engine.follow(given, session) for event in batch])
    assert len(set(seen)) == len(seen)
    assert {source_id.split(":")[0] for source_id in seen} == {"a1", "a1.1", "a2"}


async def test_outputs_outlive_the_process_until_closed(tmp_path: Path) -> None:
    given = order(python("open('outputs/x.txt', 'w').write('kept'); say(type='cost', micro_usd=9)"))
    async with command_engine(tmp_path) as engine:
        session = await engine.open(given)
        async for _ in engine.follow(given, session):
            pass
    async with command_engine(tmp_path) as engine:
        (output,) = await engine.outputs(given, session)
        assert await read_all(engine, session, output) == b"kept"
        usage = await engine.usage(session)
        assert usage is not None
        assert usage.cost_micro_usd == 9
        await engine.close(session)
        await engine.close(session)
        assert not (tmp_path / "scratch/run_1").exists()
        with pytest.raises(AdapterError, match="has left no outputs"):
            await engine.outputs(given, session)


async def test_hostile_outputs(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    code = f"""
        os.chdir('outputs')
        os.symlink({str(secret)!r}, 'link.txt')
        os.symlink('/etc', 'etc')
        os.mkfifo('pipe')
        os.mkdir('charts')
        open('charts/a.svg', 'w').write('<svg/>')
        open('n' * 255, 'w').write('long name')
        open(b'bad-\\xff.txt', 'w').write('bad name')
        open('.. dots', 'w').write('dots')
        open('../outside.txt', 'w').write('outside')
        wrong = '../outside.txt', '/etc/passwd', 'link.txt', 'etc/hostname', 'm' * 300, 'nul\\0', '', 'pipe'
        for path in wrong:
            say(type='output', path=path)
        say(type='output', path='./charts/../charts/a.svg', title='Chart')
    """
    given = order(python(code))
    async with command_engine(tmp_path) as engine:
        session = await engine.open(given)
        events = [event async for batch in engine.follow(given, session) for event in batch]
        outputs = await engine.outputs(given, session)
        assert [output.name for output in outputs] == ["charts/a.svg", ".. dots", "bad-\ufffd.txt", "n" * 255]
        assert outputs[0].title == "Chart"
        assert outputs[0].media_type == "image/svg+xml"
        assert [await read_all(engine, session, o) for o in outputs] == [
            b"<svg/>",
            b"dots",
            b"bad name",
            b"long name",
        ]
        for wrong in (
            "../outside.txt",
            "link.txt",
            "etc/hostname",
            "pipe",
            "charts/../../payload.json",
            "/etc/passwd",
            "",
            "charts",
            "a%00b",
        ):
            with pytest.raises(AdapterError):
                await read_all(engine, session, RemoteOutput(output_id=wrong, name="x"))
    notes = " ".join(str(e.body["line"]) for e in events if e.source_type == "engine.warning")
    for named in ("../outside.txt", "/etc/passwd", "link.txt", "etc/hostname", "mmm", "pipe"):
        assert named in notes


async def test_an_outputs_folder_that_became_a_link_gives_nothing(tmp_path: Path) -> None:
    code = "os.rmdir('outputs'); os.symlink('/etc', 'outputs')"
    told = await run(tmp_path, code, settings={"isolation": "none"})
    assert told.outputs == []


async def test_too_many_and_too_large_outputs_are_named(tmp_path: Path) -> None:
    code = """
        for n in range(12):
            open(f'outputs/{n:02}.txt', 'w').write('x')
        with open('outputs/huge.bin', 'wb') as file:
            file.truncate(2_000_000)
        say(type='output', path='huge.bin')
    """
    told = await run(tmp_path, code, settings={"max_outputs": 10, "outputs_mb": 1})
    assert [output.name for output in told.outputs] == [f"{n:02}.txt" for n in range(10)]
    notes = " ".join(map(str, told.lines("engine")))
    assert "huge.bin" in notes
    assert "only the first 10 of 13" in notes


async def test_an_interrupt_is_quick_and_harmless_afterwards(tmp_path: Path) -> None:
    given = order(
        python("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up')\ntime.sleep(60)")
    )
    async with command_engine(tmp_path) as engine:
        session = await engine.open(given)
        await engine.interrupt(session, "before it began")
        began = time.monotonic()
        events: list[EngineEvent] = []
        async for batch in engine.follow(given, session):
            events += batch
            if any(event.kind == "agent.message" for event in batch):
                await engine.interrupt(session, "over its time")
        assert time.monotonic() - began < 5
        assert events[-1].stop is not None
        assert (events[-1].stop.kind, events[-1].stop.detail) == ("terminated", "over its time")
        await engine.interrupt(session, "again")


async def test_a_slow_reader_slows_the_program_not_us(tmp_path: Path) -> None:
    given = order(python("for n in range(200_000): print('x' * 200)"))
    async with command_engine(tmp_path) as engine:
        session = await engine.open(given)
        follower = engine.follow(given, session)
        await anext(follower)
        await asyncio.sleep(0.3)
        running = engine._running[session]
        assert len(running._buffer) <= 500
        await follower.aclose()
        await engine.close(session)


async def test_closing_while_it_runs_kills_it_and_cleans_up(tmp_path: Path) -> None:
    given = order(python("os.mkdir('shut'); os.chmod('shut', 0)\nprint('up')\ntime.sleep(60)"))
    async with command_engine(tmp_path) as engine:
        session = await engine.open(given)
        follower = engine.follow(given, session)
        for _ in itertools.count():
            if any(event.kind == "agent.message" for event in await anext(follower)):
                break
        await engine.close(session)
        assert not (tmp_path / "scratch/run_1").exists()


@pytest.mark.parametrize("session", ["skill_run_1", "command_../x", "command_", "x"])
async def test_sessions_of_nobody_are_refused(tmp_path: Path, session: str) -> None:
    async with command_engine(tmp_path) as engine:
        with pytest.raises(AdapterError):
            await engine.close(session)
