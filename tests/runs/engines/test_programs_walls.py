"""What a program cannot do: see, reach, take, or stay."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from opsroom.runs.engines.programs import landlock
from opsroom.runs.engines.programs.confinement import bwrap_problem

from .programs_kit import SAY, command_engine, order, python, run

needs_bwrap = pytest.mark.skipif(bwrap_problem() is not None, reason=str(bwrap_problem()))
needs_landlock = pytest.mark.skipif(landlock.version() < 4, reason="Landlock is missing or too old")
WALLS = [
    pytest.param("bwrap", marks=needs_bwrap),
    pytest.param("landlock", marks=needs_landlock),
    "none",
]
REAL_WALLS = WALLS[:2]
CANARY = "canary-4242-never-to-be-seen"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux")


@pytest.mark.parametrize("wall", WALLS)
async def test_a_program_sees_no_variable_of_ours(
    tmp_path: Path, wall: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    told = await run(
        tmp_path, "say(type='message', text=repr(dict(os.environ)))", settings={"isolation": wall}
    )
    (text,) = told.texts()
    assert CANARY not in str(text)
    assert "OPSROOM_RUN_ID" in str(text)
    assert told.stop.kind == "finished"


@pytest.mark.parametrize("wall", REAL_WALLS)
async def test_no_environment_of_another_process_can_be_read(tmp_path: Path, wall: str) -> None:
    other = subprocess.Popen(["sleep", "60"], env={"SECRET": CANARY})
    code = """
        found = []
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                found.append(open(f'/proc/{pid}/environ', 'rb').read().decode())
            except OSError:
                pass
        say(type='message', text=' '.join(found))
    """
    try:
        told = await run(tmp_path, code, settings={"isolation": wall})
    finally:
        other.kill()
        other.wait()
    assert CANARY not in str(told.texts())
    assert told.stop.kind == "finished"


@pytest.mark.parametrize("wall", REAL_WALLS)
async def test_files_outside_cannot_be_read_or_written(tmp_path: Path, wall: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(CANARY)
    code = f"""
        reads = (({str(secret)!r}, 'r'), ('/etc/shadow', 'r'))
        writes = (({str(tmp_path / "new")!r}, 'w'), ('/usr/x', 'w'))
        for path, mode in (*reads, *writes):
            try:
                say(type='message', text='done ' + open(path, mode).name)
            except OSError as error:
                say(type='message', text='no')
        open('mine', 'w').write('x')
        open(os.environ['TMPDIR'] + '/mine', 'w').write('x')
    """
    told = await run(tmp_path, code, settings={"isolation": wall})
    assert told.texts() == ["no"] * 4
    assert told.stop.kind == "finished"


@pytest.mark.parametrize("wall", REAL_WALLS)
@pytest.mark.parametrize("network", [False, True])
async def test_network_only_for_those_who_ask(tmp_path: Path, wall: str, network: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = f"""
            import socket
            try:
                socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), timeout=2)
                say(type='message', text='connected')
            except OSError:
                say(type='message', text='refused')
        """
        told = await run(tmp_path, code, settings={"isolation": wall}, network=network)
    assert told.texts() == ["connected" if network else "refused"]


@needs_bwrap
async def test_no_new_user_namespaces_and_no_other_processes(tmp_path: Path) -> None:
    code = """
        import subprocess
        done = subprocess.run(['unshare', '-Ur', 'true'], capture_output=True)
        say(type='message', text=str(done.returncode))
        say(type='message', text=str(len([p for p in os.listdir('/proc') if p.isdigit()])))
    """
    told = await run(tmp_path, code, settings={"isolation": "bwrap"})
    assert told.texts()[0] != "0"
    assert int(str(told.texts()[1])) <= 3


async def test_running_without_walls_is_told(tmp_path: Path) -> None:
    told = await run(tmp_path, "pass", settings={"isolation": "none"})
    assert "without isolation" in str(told.lines("engine"))


@pytest.mark.parametrize("wall", WALLS)
async def test_file_size_limit(tmp_path: Path, wall: str) -> None:
    code = "open('big', 'wb').write(b'x' * 3_000_000)"
    told = await run(tmp_path, code, settings={"isolation": wall, "file_mb": 1})
    assert told.stop.kind == "failed"
    assert "File too large" in told.stop.detail
    assert (tmp_path / "scratch/run_1/1/work/big").stat().st_size <= 1024 * 1024


async def test_disk_limit_over_many_files(tmp_path: Path) -> None:
    code = """
        for n in range(1000):
            open(f'f{n}', 'wb').write(b'x' * 900_000)
            time.sleep(0.01)
        time.sleep(30)
    """
    told = await run(tmp_path, code, settings={"file_mb": 1, "disk_mb": 8})
    assert told.stop.kind == "failed"
    assert "8 MB (skills.disk_mb)" in told.stop.detail


@pytest.mark.parametrize("wall", WALLS)
async def test_memory_limit_of_one_process(tmp_path: Path, wall: str) -> None:
    told = await run(tmp_path, "x = b'x' * 3_000_000_000", settings={"isolation": wall}, memory_mb=64)
    assert told.stop.kind == "failed"
    assert "MemoryError" in told.stop.detail


@pytest.mark.parametrize("wall", WALLS)
async def test_memory_limit_over_all_processes(tmp_path: Path, wall: str) -> None:
    code = """
        import subprocess
        hog = "x = bytearray(60_000_000); import time; time.sleep(30)"
        children = [subprocess.Popen([sys.executable, '-c', hog]) for _ in range(3)]
        time.sleep(30)
    """
    began = time.monotonic()
    told = await run(tmp_path, code, settings={"isolation": wall}, memory_mb=100)
    assert "more than 100 MB of memory" in told.stop.detail
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("wall", WALLS)
async def test_processor_time_limit(tmp_path: Path, wall: str) -> None:
    told = await run(tmp_path, "while True: pass", settings={"isolation": wall, "cpu_s": 1})
    assert told.stop.kind == "failed"
    assert "1 s of processor time" in told.stop.detail


async def test_wall_clock_limit(tmp_path: Path) -> None:
    told = await run(tmp_path, "time.sleep(30)", timeout_s=1)
    assert told.stop.kind == "failed"
    assert "after 1 s, its time limit" in told.stop.detail


@pytest.mark.parametrize("wall", WALLS)
async def test_a_fork_bomb_is_contained(tmp_path: Path, wall: str) -> None:
    # Bounded, so that a broken wall does not take the machine that runs this test.
    code = """
        for n in range(400):
            try:
                if os.fork() == 0:
                    time.sleep(60)
                    os._exit(0)
            except OSError:
                say(type='message', text='held')
                break
        time.sleep(30)
    """
    began = time.monotonic()
    told = await run(tmp_path, code, settings={"isolation": wall, "max_processes": 40}, timeout_s=3)
    assert told.stop.kind == "failed"
    assert "40 processes" in told.stop.detail or told.texts() == ["held"]
    assert time.monotonic() - began < 10
    assert not _alive(tmp_path)


@pytest.mark.parametrize("wall", WALLS)
@pytest.mark.parametrize("end", ["exit", "interrupt"])
async def test_a_daemonised_grandchild_dies_too(tmp_path: Path, wall: str, end: str) -> None:
    code = f"""
        beat = os.getcwd() + '/beat'
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.close(1); os.close(2)
                while True:
                    open(beat, 'w').write(str(time.time()))
                    time.sleep(0.02)
            os._exit(0)
        while not os.path.exists(beat):
            time.sleep(0.01)
        say(type='message', text='up')
        time.sleep({0 if end == "exit" else 30})
    """
    given = order(python(code))
    async with command_engine(tmp_path, isolation=wall) as engine:
        session = await engine.open(given)
        kinds: list[str] = []
        async for batch in engine.follow(given, session):
            kinds += [event.stop.kind for event in batch if event.stop]
            if end == "interrupt" and any(event.kind == "agent.message" for event in batch):
                await engine.interrupt(session, "enough")
                await engine.interrupt(session, "twice is harmless")
        assert kinds == ["finished" if end == "exit" else "terminated"]
        beat = tmp_path / "scratch/run_1/1/work/beat"
        before = beat.read_text()
        await asyncio.sleep(0.15)
        assert beat.read_text() == before
    assert not _alive(tmp_path)


@pytest.mark.parametrize("wall", WALLS)
async def test_the_program_dies_when_the_product_is_killed(tmp_path: Path, wall: str) -> None:
    script = tmp_path / "product.py"
    code = SAY + "\nwhile True: open('beat', 'w').write(str(time.time())); time.sleep(0.02)"
    script.write_text(f"""
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from programs_kit import command_engine, order, python
async def main():
    given = order(python({code!r}))
    async with command_engine(Path({str(tmp_path)!r}), isolation={wall!r}) as engine:
        session = await engine.open(given)
        async for batch in engine.follow(given, session):
            pass
asyncio.run(main())
""")
    product = subprocess.Popen([sys.executable, str(script)])
    beat = tmp_path / "scratch/run_1/1/work/beat"
    try:
        for _ in range(500):
            if beat.exists():
                break
            await asyncio.sleep(0.02)
        assert beat.exists()
    finally:
        product.send_signal(signal.SIGKILL)
        product.wait()
    for _ in range(100):
        if not _alive(tmp_path):
            break
        await asyncio.sleep(0.02)
    assert not _alive(tmp_path)


def _alive(folder: Path) -> list[str]:
    """Processes that have this test's folder in their command line or as their working folder."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace")
            cwd = str((process / "cwd").readlink())
            if str(folder) in words + cwd and int(process.name) != os.getpid():
                found.append(words)
        except OSError:
            continue
    return found
