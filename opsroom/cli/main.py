"""The `opsroom` command: its groups, its global options, and how its errors are told."""

from __future__ import annotations

import io
import os
import sys
import tempfile
import traceback
from pathlib import Path
from types import TracebackType
from typing import Annotated, Final

import typer

from opsroom.cli.commands import agents, approvals, keys, operate, run, runs, tasks, webhooks
from opsroom.cli.place import Options
from opsroom.cli.screen import clean, err
from opsroom.kernel.errors import OpsroomError, exit_code

_HELP: Final = """
Run AI agents for client work, watch them, and see that their files arrive.

An **agent** is one JSON file in the workspace's `agents/` folder. A **run** is one piece of its work: it is
watched live, kept within a budget, and its files are **delivered** to the channels the file names.
A **server** (`opsroom up`) holds all of it; this command talks to it.

First steps:

- `opsroom demo` shows everything at once, on this machine
- `opsroom agents list` says what can be run, `opsroom run AGENT --client ID` runs it
- `opsroom runs list` and `opsroom runs tail last` show what runs
- `opsroom doctor` says what is wrong, and what to do
"""

_EPILOG: Final = (
    "The options above may stand anywhere on the line.\n\n"
    "Exit codes: 0 done (of a run: delivered) · 1 a fault · 2 refused · 3 an outside service failed · "
    "4 the run ended without a delivered success · 130 left with Ctrl-C."
)

app = typer.Typer(
    name="opsroom",
    help=_HELP,
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _global_options(
    ctx: typer.Context,
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The server. Else OPSROOM_URL, else the one on this workspace."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="API key. Better: OPSROOM_API_KEY. Else the data folder's own."),
    ] = None,
    workspace: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="The workspace. Else OPSROOM_WORKSPACE, else the nearest above this folder."
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The data folder. Else OPSROOM_DATA_DIR, else WORKSPACE/var."),
    ] = None,
) -> None:
    ctx.obj = Options(url=url, key=key, workspace=workspace, data=data)


run.add_to(app)
app.add_typer(runs.app, name="runs", rich_help_panel="Work")
app.add_typer(tasks.app, name="tasks", rich_help_panel="Work")
app.add_typer(agents.app, name="agents", rich_help_panel="Work")
app.add_typer(approvals.app, name="approvals", rich_help_panel="Work")
app.add_typer(webhooks.app, name="webhooks", rich_help_panel="Work")
operate.add_to(app)
app.add_typer(keys.app, name="keys", rich_help_panel="Operate")

_GLOBALS: Final = ("--url", "--key", "--workspace", "--data")


def hoisted(arguments: list[str]) -> list[str]:
    """The arguments with the global options first, wherever they stood; what follows `--` is left alone."""
    ours: list[str] = []
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            rest += [word, *waiting]
            break
        if word in _GLOBALS and waiting:
            ours += [word, waiting.pop(0)]
        elif word.partition("=")[0] in _GLOBALS and "=" in word:
            ours.append(word)
        else:
            rest.append(word)
    return ours + rest


def tell(error: OpsroomError) -> None:
    """What is wrong, every problem with its path; the message says what to do."""
    from rich.text import Text

    console = err()
    console.print(Text.assemble(("error: ", "bold red"), clean(error.message)), soft_wrap=True)
    for problem in error.problems:
        where = f"{clean(problem.path)}: " if problem.path else ""
        console.print(Text.assemble("  ", (where, "bold"), clean(problem.message)), soft_wrap=True)


def _tell_of_a_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Last resort: a sentence for the person, the details in a file for whoever repairs it."""
    number, path = tempfile.mkstemp(prefix="opsroom-fault-", suffix=".txt")
    with os.fdopen(number, "w", encoding="utf-8", errors="replace") as file:
        traceback.print_exception(kind, error, trace, file=file)
    reason = clean(f"{kind.__name__}: {error}")
    sys.stderr.write(f"error: A mistake in the opsroom command itself ({reason[:300]}).\n")
    sys.stderr.write(f"  Please report it with {path}; it holds no keys.\n")


def main() -> None:
    """The entry point."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app(args=hoisted(sys.argv[1:]), prog_name="opsroom")
    except OpsroomError as error:
        tell(error)
        sys.exit(exit_code(error))
    finally:
        sys.excepthook = _tell_of_a_bug  # not earlier: typer puts its own in place when it is called


if __name__ == "__main__":
    main()
