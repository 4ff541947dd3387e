"""From the keeper's verdict to the stop of a session, in words for the person who reads it."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass

from opsroom.kernel.shape import Json
from opsroom.runs.engines.programs.program import Program, SkillSettings
from opsroom.runs.ports import Stop


@dataclass(frozen=True, slots=True)
class Ending:
    """Everything known about how a program ended."""

    verdict: Json
    walled_by_bwrap: bool
    last_errors: Sequence[str]
    over_budget: str | None
    interrupted_for: str | None


def stop_of(ending: Ending, program: Program, settings: SkillSettings) -> Stop:
    """Why the program's session ended."""
    if ending.over_budget:
        return Stop(kind="budget_reached", detail=ending.over_budget)
    reason = ending.verdict.get("reason")
    code = ending.verdict.get("code")
    if reason == "exited" and code == 0:
        return Stop(kind="finished")
    if reason == "interrupted":
        return Stop(kind="terminated", detail=ending.interrupted_for or "stopped on request")
    words = _words(ending, program, settings)
    if ending.last_errors:
        words += "; the last it wrote to standard error:\n" + "\n".join(ending.last_errors)
    return Stop(kind="failed", detail=words)


def _words(  # noqa: PLR0911 - one line for each limit
    ending: Ending, program: Program, settings: SkillSettings
) -> str:
    name, reason = program.name, ending.verdict.get("reason")
    code = ending.verdict.get("code")
    match reason:
        case "exited" if isinstance(code, int):
            return _exit_words(name, code, ending.walled_by_bwrap, settings)
        case "wall_clock":
            return f"{name} was stopped after {program.timeout_s} s, its time limit (timeout_s)"
        case "memory":
            return f"{name} was stopped: it used more than {program.memory_mb} MB of memory (memory_mb)"
        case "processes":
            most = settings.max_processes
            return f"{name} was stopped: more than {most} processes at once (skills.max_processes)"
        case "disk":
            return f"{name} was stopped: its scratch folder grew over {settings.disk_mb} MB (skills.disk_mb)"
        case "files":
            return f"{name} was stopped: it made more than {settings.max_files} files (skills.max_files)"
        case "not_started":
            return f"{name} could not be started: {ending.verdict.get('message')}"
        case _:
            return f"{name} is gone and nobody saw it end; its keeper was killed from outside"


def _exit_words(name: str, code: int, walled: bool, settings: SkillSettings) -> str:
    number = -code if code < 0 else code - 128 if walled and 128 < code < 160 else 0
    if number == signal.SIGXCPU:
        return f"{name} was stopped: it used {settings.cpu_s} s of processor time, its limit (skills.cpu_s)"
    if number == signal.SIGXFSZ:
        return f"{name} was stopped: it wrote a file over {settings.file_mb} MB (skills.file_mb)"
    if number:
        try:
            told = signal.Signals(number).name
        except ValueError:
            told = f"signal {number}"
        return f"{name} was killed by {told}"
    return f"{name} ended with exit code {code}"
