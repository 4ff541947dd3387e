"""`opsroom run` on a real pseudo-terminal: the live status line, and what Ctrl-C asks."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.cli.command_line import on_terminal
from tests.cli.scripted_server import RUN_ID, ScriptedServer

CTRL_C = b"\x03"


def cancels(server: ScriptedServer) -> None:
    """POST …/cancel ends the run as the product does."""

    def cancel() -> object:
        server.end("CANCELLED", "cancelled")
        return server.run

    server.answers["POST", f"/api/runs/{RUN_ID}/cancel"] = cancel


async def test_progress_and_cost_are_live(server: ScriptedServer, workspace: Path) -> None:
    server.tell("agent.message", text="hello")
    async with on_terminal("run", "sentinel", cwd=workspace) as terminal:
        await terminal.shows("hello")
        server.tell("progress", done=12, total=50, note="crawling /about")
        server.tell("cost", cost_usd="1.82")
        await terminal.shows("12/50")
        await terminal.shows("$1.82 of $5.00")
        await terminal.shows("crawling /about")
        server.end()
        await terminal.shows("✓ Delivered")
        assert await terminal.ended() == 0
        assert b"\x1b[?25h" in terminal.raw.rpartition(b"\x1b[?25l")[2]  # the cursor is shown again


async def test_ctrl_c_continue_then_interrupt(server: ScriptedServer, workspace: Path) -> None:
    cancels(server)
    server.tell("agent.message", text="hello")
    async with on_terminal("run", "sentinel", cwd=workspace) as terminal:
        await terminal.shows("hello")
        terminal.press(CTRL_C)
        await terminal.shows("What now?")
        terminal.press(b"xc")
        await terminal.shows("continue")
        server.tell("agent.message", text="still watched")
        await terminal.shows("still watched")
        terminal.press(CTRL_C)
        await terminal.shows("What now?")
        terminal.press(b"i")
        await terminal.shows("✗ The run was cancelled")
        assert await terminal.ended() == 4
    (asked,) = server.requests("POST", f"/api/runs/{RUN_ID}/cancel")
    assert asked.body == {"reason": "interrupted at the command line"}


async def test_ctrl_c_detach(server: ScriptedServer, workspace: Path) -> None:
    server.tell("agent.message", text="hello")
    async with on_terminal("run", "sentinel", cwd=workspace) as terminal:
        await terminal.shows("hello")
        terminal.press(CTRL_C)
        await terminal.shows("What now?")
        terminal.press(b"d")
        await terminal.shows(f"opsroom runs tail {RUN_ID}")
        assert await terminal.ended() == 130
    assert not server.requests("POST", f"/api/runs/{RUN_ID}/cancel")


async def test_a_second_ctrl_c_detaches(server: ScriptedServer, workspace: Path) -> None:
    server.tell("agent.message", text="hello")
    async with on_terminal("run", "sentinel", cwd=workspace) as terminal:
        await terminal.shows("hello")
        terminal.press(CTRL_C)
        await terminal.shows("What now?")
        terminal.press(CTRL_C)
        await terminal.shows("it goes on")
        assert await terminal.ended() == 130
    assert not server.requests("POST", f"/api/runs/{RUN_ID}/cancel")


async def test_a_refused_interrupt_is_told_and_watching_goes_on(
    server: ScriptedServer, workspace: Path
) -> None:
    from tests.cli.scripted_server import problem

    path = f"/api/runs/{RUN_ID}/cancel"
    server.answers["POST", path] = lambda: problem(409, "Delivery has begun; it cannot be stopped.")
    server.tell("agent.message", text="hello")
    async with on_terminal("run", "sentinel", cwd=workspace) as terminal:
        await terminal.shows("hello")
        terminal.press(CTRL_C)
        await terminal.shows("What now?")
        terminal.press(b"i")
        await terminal.shows("not stopped: Delivery has begun")
        server.end()
        assert await terminal.ended() == 0


async def test_a_narrow_terminal_keeps_its_status_on_one_line(
    server: ScriptedServer, workspace: Path
) -> None:
    server.tell("agent.message", text="hello")
    async with on_terminal("run", "sentinel", cwd=workspace, columns=40) as terminal:
        await terminal.shows("hello")
        server.tell("progress", done=12, total=50, note="a very long note " * 10)
        await terminal.shows("12/50")
        await asyncio.sleep(0.3)
        server.end()
        assert await terminal.ended() == 0
    assert "a very long note " * 3 not in terminal.text
