"""Parts whose rules are best seen by themselves."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from opsroom.cli.main import hoisted
from opsroom.cli.place import Options, announced_server, find_place, local_key
from opsroom.cli.screen import clean, duration, one_line, size
from opsroom.cli.sse import Message, read_messages
from opsroom.kernel.errors import NotFound

_PROBE = """
import contextlib, io, sys
sys.argv = ["opsroom", *sys.argv[1:]]
from opsroom.cli.main import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
print("\\n".join(sorted(sys.modules)))
"""


def loaded_by(*arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, *arguments], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_help_loads_nothing_heavy() -> None:
    heavy = {"aiohttp", "asyncio", "pydantic", "sqlalchemy", "litestar", "http.client", "rich.live", "ssl"}
    assert not heavy & loaded_by("--help")


def test_no_room_is_imported(tmp_path: Path) -> None:
    modules = loaded_by("runs", "list", "--url", "http://127.0.0.1:9", "--workspace", str(tmp_path))
    ours = {m for m in modules if m.startswith("opsroom.") and not m.startswith("opsroom.cli")}
    assert ours <= {"opsroom.kernel", *(f"opsroom.kernel.{m}" for m in ("errors", "shape", "strict_json"))}


def test_a_mistake_of_ours_is_told_in_a_sentence(tmp_path: Path) -> None:
    """No traceback on the screen, and all of it in a file for whoever repairs it."""
    broken = "import opsroom.cli.main as m, opsroom.cli.connection as c; c.find_place = None; m.main()"
    done = subprocess.run(
        [sys.executable, "-c", broken, "version"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    (report,) = tmp_path.glob("opsroom-fault-*.txt")
    assert str(report) in done.stderr
    assert "Traceback" in report.read_text()


def messages(text: str) -> list[Message]:
    return list(read_messages(io.BytesIO(text.encode())))


def test_event_streams_are_read_as_the_standard_says() -> None:
    assert messages("\ufeff: hb\n\nid: 1\nevent: run_event\ndata: {\ndata:}\n\n") == [
        Message("run_event", "{\n}", "1")
    ]
    assert messages("event:x\r\ndata\r\n\r\ndata: y\r\n\r\n") == [Message("x", ""), Message("message", "y")]
    assert messages("id: 1\nevent: x\n\ndata: a\n\n") == [Message("message", "a")]
    assert messages("id: 1\x00\nretry: 5\nodd\ndata: a\n\n") == [Message("message", "a", None)]
    assert messages("data: whole\n\ndata: cut off") == [Message("message", "whole")]
    assert messages("data: whole\n\nid: 7\ndata: cut off\n") == [Message("message", "whole")]


def test_global_options_may_stand_anywhere() -> None:
    assert hoisted(["run", "a", "--url", "u", "--key=k", "--json"]) == [
        "--url",
        "u",
        "--key=k",
        "run",
        "a",
        "--json",
    ]
    assert hoisted(["run", "--", "--url", "u"]) == ["run", "--", "--url", "u"]
    assert hoisted(["run", "a", "--url"]) == ["run", "a", "--url"]


def test_the_workspace_is_the_nearest_above(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "opsroom.toml").write_text("")
    found = find_place(Options(), inner, {})
    assert found is not None
    assert (found.workspace, found.data_dir) == (tmp_path.resolve(), tmp_path.resolve() / "var")
    found = find_place(Options(workspace=inner), tmp_path, {"OPSROOM_DATA_DIR": str(tmp_path / "d")})
    assert found is not None
    assert (found.workspace, found.data_dir) == (inner.resolve(), (tmp_path / "d").resolve())
    demo = tmp_path / "checkout" / "var" / "demo"
    (demo / "workspace" / "agents").mkdir(parents=True)
    (demo / "workspace" / "agents" / "a.json").write_text("{}")
    (demo / "cli.key").write_text("owf_x")
    for start in (tmp_path / "checkout", demo / "workspace"):
        found = find_place(Options(), start, {})
        assert found is not None
        assert (found.workspace, found.data_dir) == ((demo / "workspace").resolve(), demo.resolve())
    with pytest.raises(NotFound, match="not a folder"):
        find_place(Options(workspace=tmp_path / "gone"), tmp_path, {})


@pytest.mark.parametrize("text", ["", "[]", '{"url": "http://x"}', '{"url": "http://x", "pid": -1}', "\xff"])
def test_a_server_file_that_says_nothing_is_no_server(tmp_path: Path, text: str) -> None:
    (tmp_path / "server.json").write_text(text)
    assert announced_server(tmp_path) is None


def test_a_dead_server_is_no_server(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / "server.json").write_text(json.dumps({"url": "http://127.0.0.1:1", "pid": dead.pid}))
    assert announced_server(tmp_path) is None
    (tmp_path / "server.json").write_text(json.dumps({"url": "http://127.0.0.1:1", "pid": os.getpid()}))
    assert announced_server(tmp_path) is not None


def test_this_machines_key_never_leaves_it(tmp_path: Path) -> None:
    (tmp_path / "cli.key").write_text("owf_x_1\n")
    assert local_key(tmp_path, "http://127.0.0.1:8700") == "owf_x_1"
    assert local_key(tmp_path, "http://[::1]:8700") == "owf_x_1"
    assert local_key(tmp_path, "https://ops.example.com") is None
    assert local_key(tmp_path, "http://127.0.0.1.example.com") is None
    assert local_key(tmp_path / "none", "http://localhost") is None


def test_texts_and_figures() -> None:
    assert clean("a\x1b[31mb\x1b]8;;http://x\x1b\\c\x07\u202ed\r\ne\tf") == "abcd\ne\tf"
    assert one_line("a\n b" + "c" * 300, 10) == "a bcccccc…"
    assert [duration(s) for s in (None, 0.85, 9.94, 12.2, 59.9, 184, 7500)] == [
        "–",
        "850 ms",
        "9.9 s",
        "12 s",
        "60 s",
        "3 min 04 s",
        "2 h 05 min",
    ]
    assert [size(n) for n in (0, 999, 12_345, 2_000_000_000)] == ["0 B", "999 B", "12.3 kB", "2.0 GB"]
