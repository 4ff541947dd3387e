"""What is to be run, and how far any program may go on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from opsroom.kernel.shape import Shape

Isolation = Literal["auto", "bwrap", "landlock", "none"]


class SkillSettings(Shape):
    """Limits and isolation of the programs that the engines `skill` and `command` run."""

    allow_private: bool = False
    """Let skills reach private and loopback addresses; for rehearsals against servers of your own."""
    isolation: Isolation = "auto"
    """`auto` takes bubblewrap, else Landlock, else runs without and warns; a name insists on it."""
    cpu_s: int = Field(default=3600, ge=1)
    """Processor seconds one process of a program may use."""
    max_processes: int = Field(default=128, ge=1)
    """Processes and threads of one program at once."""
    open_files: int = Field(default=1024, ge=32)
    """Files and connections one process of a program may hold open."""
    file_mb: int = Field(default=512, ge=1)
    """Largest file a program may write."""
    disk_mb: int = Field(default=4096, ge=1)
    """What the scratch folder of one run may hold."""
    max_files: int = Field(default=200_000, ge=1)
    """Files and folders in the scratch folder of one run."""
    max_outputs: int = Field(default=1000, ge=1)
    """Outputs taken from one run; what is over is named in the log."""
    outputs_mb: int = Field(default=1024, ge=1)
    """Size of all outputs of one run together."""
    max_events: int = Field(default=50_000, ge=100)
    """Lines of one run that are kept; cost, output and summary lines count even beyond it."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program. `folder` is the skill it belongs to: visible to it, read-only."""

    name: str
    argv: tuple[str, ...]
    folder: Path | None
    network: bool
    timeout_s: int
    memory_mb: int
