"""`opsroom agents`: what can be run, and what is wrong with what cannot."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opsroom.cli.commands.wiring import AsJson, connect, place_of

if TYPE_CHECKING:
    from opsroom.cli.records import Agent, AgentDetail

app = typer.Typer(help="See agents, check their files, go back to an earlier version.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="AGENT", help="The agent's name.")]


@app.command("list")
def list_agents(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the agents the server has loaded, broken ones with their problems."""
    from opsroom.cli.records import Agent, read_all
    from opsroom.cli.screen import err, out, print_json

    with connect(ctx) as connection:
        data = connection.client.get("/api/agent-files").data
    if as_json:
        print_json(data)
        return
    found = read_all(Agent, data)
    if not found:
        err().print("No agents yet. Put a JSON file into the workspace's agents/ folder.", style="dim")
        return
    out().print(_table(found))
    for agent in found:
        _tell_problems(agent)


def _table(found: list[Agent]) -> object:
    from rich.text import Text

    from opsroom.cli.screen import money, one_line, table_of

    table = table_of(
        "AGENT",
        "VERSION",
        "ENGINE",
        "STARTED BY",
        "DELIVERS TO",
        "BUDGET",
        "STATE",
        wide=("STARTED BY", "DELIVERS TO"),
    )
    for agent in found:
        state = Text("broken", "red") if agent.problems else Text("ok", "green")
        table.add_row(
            one_line(agent.name, 40),
            str(agent.version),
            agent.engine,
            ", ".join(agent.enabled_triggers),
            ", ".join(agent.channels),
            money(agent.limits.max_cost_usd) if agent.limits else "–",
            state,
        )
    return table


def _tell_problems(agent: Agent) -> None:
    from rich.text import Text

    from opsroom.cli.screen import clean, out, plural

    if not agent.problems:
        return
    serving = f"; version {agent.version} keeps serving" if agent.version else ""
    out().print(
        f"\nagents/{agent.name}.json has {plural(len(agent.problems), 'problem')}{serving}:", soft_wrap=True
    )
    for problem in agent.problems:
        where = f"{clean(problem.path)}: " if problem.path else ""
        out().print(Text.assemble("  ", (where, "bold"), clean(problem.message)), soft_wrap=True)


@app.command("show")
def show_agent(
    ctx: typer.Context,
    name: Name,
    file: Annotated[
        bool, typer.Option("--file", metavar="", help="Print the text of its file only.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show one agent: what it does, its limits and channels, and its versions."""
    import sys

    from opsroom.cli.client import segment
    from opsroom.cli.records import AgentDetail, read
    from opsroom.cli.screen import clean, print_json

    with connect(ctx) as connection:
        data = connection.client.get(f"/api/agent-files/{segment(name)}").data
    detail = read(AgentDetail, data)
    if as_json:
        print_json(data)
    elif file:
        sys.stdout.write(clean(detail.file).rstrip("\n") + "\n")
    else:
        _tell(detail)


def _tell(agent: AgentDetail) -> None:
    from rich.table import Table
    from rich.text import Text

    from opsroom.cli.screen import day_and_time, money, one_line, out

    console = out()
    console.print(
        Text.assemble((one_line(agent.display_name, 80), "bold"), "  ", one_line(agent.description, 300))
    )
    limits = agent.limits
    rows = {
        "engine": agent.engine,
        "started by": ", ".join(agent.enabled_triggers) or "nothing",
        "delivers to": ", ".join(agent.channels) or "nowhere",
        "budget": f"{money(limits.max_cost_usd)}, warns at {money(limits.alert_usd)}" if limits else "",
        "time limit": f"{limits.max_minutes:g} min" if limits else "",
    }
    grid = Table.grid(padding=(0, 2, 0, 0))
    for label, value in rows.items():
        if value:
            grid.add_row(Text(label, "dim"), Text(one_line(value, 300)))
    console.print(grid)
    console.print(Text("\nVersions", "bold"))
    for version in agent.versions:
        told = f"  {version.version:>4}  {day_and_time(version.created_at)}  {version.sha256[:12]}"
        mark = "  ← serving" if version.current else ""
        console.print(Text(f"{told}  {one_line(version.created_by, 60)}{mark}"), soft_wrap=True)
    _tell_problems(agent)


@app.command("check")
def check_files(
    ctx: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILES]", help="Agent files; else all of the workspace.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check agent files and name every mistake with its path. Needs no server; exits with 2 on mistakes."""
    from opsroom.cli.own_server import app_command, app_environment
    from opsroom.kernel.errors import Fault, NotFound

    chosen = files or sorted((place_of(ctx).workspace / "agents").glob("*.json"))
    if not chosen:
        raise NotFound("There are no agent files to check: the workspace's agents/ folder has no *.json.")
    command = app_command("agents-check", "--json", "--", *map(str, chosen))
    done = subprocess.run(command, env=app_environment(), capture_output=True, check=False)  # noqa: S603 - ours
    try:
        report = json.loads(done.stdout)
    except ValueError as error:
        said = done.stderr.decode("utf-8", "replace").strip()[-600:]
        raise Fault(f"The files could not be checked: {said or 'the check said nothing'}") from error
    if not _tell_report(report, as_json=as_json):
        raise typer.Exit(2)


def _tell_report(report: list[dict[str, object]], *, as_json: bool) -> bool:
    """Print what was found; True when all is well."""
    from rich.text import Text

    from opsroom.cli.screen import clean, out, print_json

    if as_json:
        print_json(report)
        return all(entry["ok"] for entry in report)
    console = out()
    for entry in report:
        verdict = Text("ok    ", "green") if entry["ok"] else Text("broken", "red")
        console.print(Text.assemble(verdict, "  ", clean(str(entry["file"]))), soft_wrap=True)
        problems = entry["problems"]
        for problem in problems if isinstance(problems, list) else ():
            where = f"{clean(str(problem['path']))}: " if problem["path"] else ""
            console.print(
                Text.assemble("          ", (where, "bold"), clean(str(problem["message"]))), soft_wrap=True
            )
    return all(entry["ok"] for entry in report)


@app.command("rollback")
def roll_back(
    ctx: typer.Context,
    name: Name,
    version: Annotated[
        int, typer.Argument(min=1, help="The version that shall serve again; see `agents show`.")
    ],
    as_json: AsJson = False,
) -> None:
    """Let an earlier version serve again, until the file is changed. Runs under way keep theirs."""
    from opsroom.cli.client import segment
    from opsroom.cli.records import AgentDetail, read
    from opsroom.cli.screen import out, print_json

    with connect(ctx) as connection:
        data = connection.client.post(f"/api/agent-files/{segment(name)}/rollback", {"version": version}).data
    if as_json:
        print_json(data)
    else:
        out().print(f"{read(AgentDetail, data).name}: version {version} serves from now on.")
