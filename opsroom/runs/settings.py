"""Settings of the runs room."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from opsroom.kernel.shape import Shape


class RunsSettings(Shape):
    """How runs are followed and kept."""

    ENV: ClassVar[dict[str, str]] = {"SESSION_LOG_DIR": "session_log_dir"}

    cost_sample_s: float = 30.0
    """Seconds between two looks at what a running session has spent."""
    output_tries: int = 3
    """How often the download of one output is tried."""
    max_output_mb: int = 100
    """Largest single output kept, in MiB; a larger one is recorded as lost, the others go on."""
    max_outputs: int = 1000
    """Most outputs kept of one run."""
    log_days: int = 90
    """Run events and their JSONL copies are kept this many days after the run ended."""
    task_url: str = "https://app.clickup.com/t/{task_id}"
    """Address of a task, for links in messages."""
    session_log_dir: Path | None = None
    """Folder of the JSONL copies; data_dir/logs/sessions when not set."""
