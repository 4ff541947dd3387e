"""How a watched run looks: a live status line on a terminal, plain lines everywhere else."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime
from typing import Protocol

from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from opsroom.cli.records import Progress, Run, RunEvent
from opsroom.cli.screen import clock_time, duration, money, one_line, print_json_line, state_style
from opsroom.cli.watching.telling import Line, line_of

_LABEL_WIDTH = 8
_PLAIN_EVERY_S = 5.0
_BAR_WIDTH = 18
_WIDE = 72


class View(Protocol):
    """Shows what the watcher learns."""

    def run(self, run: Run) -> None: ...
    def event(self, event: RunEvent) -> None: ...
    def note(self, label: str, text: str, style: str = "") -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...


class SilentView:
    """Shows nothing: only the end is wanted."""

    def run(self, run: Run) -> None: ...
    def event(self, event: RunEvent) -> None: ...
    def note(self, label: str, text: str, style: str = "") -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...


class JsonView(SilentView):
    """Every event as one line of JSON, for programs."""

    def event(self, event: RunEvent) -> None:
        print_json_line(event.model_dump(mode="json"))


class PlainView:
    """One line per event, fit for a pipe or a log file; progress and cost now and then."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told_at = -_PLAIN_EVERY_S
        self._session: str | None = None
        self._cost = "0.00"
        self._run: Run | None = None

    def run(self, run: Run) -> None:
        self._run = run
        if run.session_id and run.session_id != self._session:
            self._session = run.session_id
            self.note("session", run.session_id)

    def event(self, event: RunEvent) -> None:
        line = line_of(event)
        if line is not None:
            self._print(clock_time(event.at), line)
        elif event.kind in ("progress", "cost"):
            self._now_and_then(event)

    def note(self, label: str, text: str, style: str = "") -> None:
        self._print(clock_time(datetime.now(UTC)), Line(label, text, text_style=style))

    def pause(self) -> None:
        pass

    def resume(self) -> None:
        pass

    def _now_and_then(self, event: RunEvent) -> None:
        if event.kind == "cost" and isinstance(event.body.get("cost_usd"), str):
            self._cost = str(event.body["cost_usd"])
        progress = progress_of(event) or (self._run.progress if self._run else None)
        is_last = progress is not None and progress.total is not None and progress.done >= progress.total
        if time.monotonic() - self._told_at < _PLAIN_EVERY_S and not is_last:
            return
        self._told_at = time.monotonic()
        budget = f" of {money(self._run.budget_usd)}" if self._run else ""
        parts = [
            counted(progress),
            one_line(progress.note or "") if progress else "",
            f"{money(self._cost)}{budget}",
        ]
        self._print(
            clock_time(event.at), Line("progress", "  ".join(p for p in parts if p), text_style="dim")
        )

    def _print(self, at: str, line: Line) -> None:
        first, *rest = line.text.split("\n")
        self._console.print(Text(f"{at}  {line.label:<{_LABEL_WIDTH}}  {first}".rstrip()))
        for more in rest:
            self._console.print(Text(f"{'':<8}  {'':<{_LABEL_WIDTH}}  {more}".rstrip()))


class LiveView:
    """Lines that scroll above a status line: state, time, progress, cost against budget."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._run: Run | None = None
        self._session: str | None = None
        self._progress: Progress | None = None
        self._cost: str | None = None
        self._status: str | None = None
        self._began = time.monotonic()
        self._frames = itertools.cycle("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
        self._live: Live | None = None

    def run(self, run: Run) -> None:
        self._run, self._status, self._cost = run, run.status, run.cost_usd
        self._progress = run.progress or self._progress
        if run.session_id and run.session_id != self._session:
            self._session = run.session_id
            self.note("session", run.session_id)

    def event(self, event: RunEvent) -> None:
        self._progress = progress_of(event) or self._progress
        if event.kind == "cost" and isinstance(event.body.get("cost_usd"), str):
            self._cost = str(event.body["cost_usd"])
        if event.kind == "run.state" and isinstance(event.body.get("to"), str):
            self._status = str(event.body["to"])
        line = line_of(event)
        if line is not None:
            self._print(clock_time(event.at), line)

    def note(self, label: str, text: str, style: str = "") -> None:
        self._print(clock_time(datetime.now(UTC)), Line(label, text, text_style=style))

    def pause(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def resume(self) -> None:
        self._live = Live(
            get_renderable=self._status_line,
            console=self._console,
            transient=True,
            refresh_per_second=8,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()

    def _print(self, at: str, line: Line) -> None:
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(width=8)
        grid.add_column(width=_LABEL_WIDTH)
        grid.add_column(overflow="fold")
        grid.add_row(Text(at, "dim"), Text(line.label, line.label_style), Text(line.text, line.text_style))
        self._console.print(grid)

    def _status_line(self) -> RenderableType:
        """One line, the most telling first: what does not fit is cut at its end."""
        run, progress = self._run, self._progress
        if run is None:
            return Text("")
        status = self._status or run.status
        line = Text(next(self._frames), state_style(status), no_wrap=True, overflow="ellipsis")
        line.append(f" {status}", state_style(status))
        is_wide = self._console.width >= _WIDE
        if is_wide:
            line.append(f"  {duration(self._elapsed_s(run))}", "dim")
        if progress is not None:
            if is_wide and progress.total:
                line.append("  ").append_text(_bar(progress.done / progress.total))
            line.append(f"  {counted(progress)}")
        line.append("  ").append_text(_spent(self._cost or run.cost_usd, run))
        if progress is not None and progress.note:
            line.append(f"  {one_line(progress.note)}", "dim")
        return line

    def _elapsed_s(self, run: Run) -> float:
        if run.started_at is None:
            return time.monotonic() - self._began
        return max(0.0, (datetime.now(UTC) - run.started_at).total_seconds())


def _bar(share: float) -> Text:
    full = round(_BAR_WIDTH * min(1.0, max(0.0, share)))
    return Text.assemble(("━" * full, "cyan"), ("━" * (_BAR_WIDTH - full), "bright_black"))


def _spent(cost: str, run: Run) -> Text:
    text = Text(money(cost), "yellow" if _reaches(cost, run.alert_usd) else "")
    if float(run.budget_usd) > 0:
        text.append(f" of {money(run.budget_usd)}", "dim")
    return text


def _reaches(cost: str, limit: str | None) -> bool:
    return limit is not None and float(limit) > 0 and float(cost) >= float(limit)


def progress_of(event: RunEvent) -> Progress | None:
    """The progress an event tells, None for every other event."""
    done, total = event.body.get("done"), event.body.get("total")
    if event.kind != "progress" or not isinstance(done, int | float):
        return None
    note = event.body.get("note")
    return Progress(
        done=done,
        total=total if isinstance(total, int | float) else None,
        note=note if isinstance(note, str) else None,
    )


def counted(progress: Progress | None) -> str:
    """ "12/50", or "12" where the end is not known."""
    if progress is None:
        return ""
    return f"{progress.done:g}/{progress.total:g}" if progress.total else f"{progress.done:g}"
