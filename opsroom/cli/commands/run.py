"""`opsroom run`: start a run and watch it to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from opsroom.cli.commands.wiring import AsJson, connect

if TYPE_CHECKING:
    from rich.console import Console

    from opsroom.cli.connection import Connection
    from opsroom.cli.records import Run
    from opsroom.cli.watching.watch import Watched

_EPILOG = (
    "Examples:\n\n"
    "- `opsroom run sentinel --client shamrock-detailing-columbus`\n"
    "- `opsroom run sentinel --clickup-task tk_abc123`\n"
    "- `opsroom run echo --payload-file - < payload.json`"
)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("run", rich_help_panel="Work", epilog=_EPILOG)(run_agent)


def run_agent(
    ctx: typer.Context,
    agent: Annotated[
        str, typer.Argument(metavar="AGENT", help="Its name; `opsroom agents list` shows them.")
    ],
    client: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="Whom the work is for. Its payload is clients/ID.json, or its last run's."
        ),
    ] = None,
    clickup_task: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Read the payload from this ClickUp task, and report to it."),
    ] = None,
    payload_file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Read the payload from a JSON file of at most 1 MiB; - is standard input."
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", metavar="", help="Do the work, show what would be sent, send nothing."),
    ] = False,
    detach: Annotated[
        bool, typer.Option("--detach", metavar="", help="Start it and return; needs a running server.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run an agent, watch it, and see its files delivered.

    Shows the run and session, what the agent says and does, its progress, its cost against the budget, and
    at the end where the files are. Ctrl-C asks whether to detach, interrupt or continue.

    Works with the server that is running on this workspace; without one it starts one for the time
    of the run.

    Exits with 0 only when the files were delivered (with --detach: when the run was accepted), with 4
    when the run ended otherwise. With --json prints the run as it ended.
    """
    from opsroom.cli.records import Run, read
    from opsroom.cli.screen import out, print_json

    order = _order(agent, client, clickup_task, payload_file)
    order["dry_run"] = dry_run
    with connect(ctx, may_start=not detach) as connection:
        data = _ordered(connection, agent, order)
        run = read(Run, data)
        if detach:
            if as_json:
                print_json(data)
            else:
                _tell_started(out(), connection, run)
                out().print(f"It runs on the server. Watch it: opsroom runs tail {run.id}", style="dim")
            return
        code = watch_to_end(connection, run, as_json=as_json)
    raise typer.Exit(code)


def _order(
    agent: str, client: str | None, clickup_task: str | None, payload_file: str | None
) -> dict[str, object]:
    from opsroom.cli.payload import read_payload

    order: dict[str, object] = {"agent": agent, "source": "cli"}
    if client is not None:
        order["client_id"] = client
    if clickup_task is not None:
        order["clickup_task_id"] = clickup_task
    if payload_file is not None:
        order["payload"] = read_payload(payload_file)
    return order


_LOADING_S = 5.0


def _ordered(connection: Connection, agent: str, order: dict[str, object]) -> object:
    """Order the run. Raises what the server refuses, with the next step."""
    import time

    from opsroom.kernel.errors import NotFound

    # A server that came up a moment ago may still be reading its agent files.
    give_up = time.monotonic() + (_LOADING_S if connection.is_own else 0)
    while True:
        try:
            return connection.client.post("/api/runs", order).data
        except NotFound as error:
            if f"'{agent}'" not in error.message:
                raise
            if time.monotonic() >= give_up:
                hint = "`opsroom agents list` shows those there are; `opsroom agents check` finds mistakes."
                raise NotFound(f"{error.message} {hint}", problems=error.problems) from error
            time.sleep(0.1)


def watch_to_end(connection: Connection, run: Run, *, as_json: bool, after: int = 0) -> int:
    """Show a run to its end; the exit code."""
    from opsroom.cli.screen import out, print_json
    from opsroom.cli.watching.ending import exit_code_of, tell_end
    from opsroom.cli.watching.views import SilentView
    from opsroom.cli.watching.watch import Watcher, view_for

    console = out()
    if not as_json:
        _tell_started(console, connection, run)
    view = SilentView() if as_json else view_for(console)
    watched = Watcher(connection, run, view, console).watch(after)
    if watched.detail is None:
        return left(connection, watched)
    if as_json:
        print_json(watched.data)
    else:
        tell_end(console, watched.detail)
    return exit_code_of(watched.detail)


def left(connection: Connection, watched: Watched) -> int:
    """Say how to come back to a run the person has left."""
    from opsroom.cli.screen import err

    if connection.is_own:
        text = (
            f"Left run {watched.run_id}. The server of this command stops now; the run goes on with the next "
            f"one: opsroom up. Watch it then: opsroom runs tail {watched.run_id}"
        )
    else:
        text = f"Left run {watched.run_id}; it goes on. Watch it: opsroom runs tail {watched.run_id}"
    err().print(text, soft_wrap=True)
    return 130


def _tell_started(console: Console, connection: Connection, run: Run) -> None:
    from rich.text import Text

    from opsroom.cli.screen import clean, one_line

    whom = f" for {one_line(run.whom, 80)}" if run.whom else ""
    dry = "  (dry run: nothing will be sent)" if run.dry_run else ""
    name = one_line(run.display_name, 80)
    console.print(
        Text.assemble((name, "bold"), f" v{run.agent_version}{whom}", (dry, "yellow")), soft_wrap=True
    )
    link = f"{connection.client.url}/runs/{run.id}"
    console.print(Text.assemble(("run ", "dim"), run.id, "  ", (clean(link), "dim")), soft_wrap=True)
