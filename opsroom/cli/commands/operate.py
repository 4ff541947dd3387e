"""The commands that run the product on this machine, and say whether it is well."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from opsroom.cli.commands.wiring import AsJson, connect, options_of, place_of

if TYPE_CHECKING:
    from opsroom.cli.checks import Check

_PANEL = "Operate"

Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port to listen on; else the setting, 8700.")
]
Host = Annotated[str | None, typer.Option(metavar="ADDRESS", help="Address to listen on; else 127.0.0.1.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for name, command in (
        ("up", up),
        ("demo", demo),
        ("init", init),
        ("doctor", doctor),
        ("worker", worker),
        ("sandbox", sandbox),
        ("version", version),
    ):
        app.command(name, rich_help_panel=_PANEL)(command)


def _become(arguments: list[str]) -> NoReturn:
    """Go on as this process of the product: its signals and its exit code are ours."""
    from opsroom.cli.own_server import app_environment

    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, *arguments], app_environment())  # noqa: S606 - our own interpreter


def _where(ctx: typer.Context) -> list[str]:
    place = place_of(ctx)
    return ["--workspace", str(place.workspace), "--data", str(place.data_dir)]


def up(
    ctx: typer.Context,
    port: Port = None,
    host: Host = None,
    sandbox: Annotated[
        bool,
        typer.Option("--sandbox", metavar="", help="Use built-in stand-ins instead of the outside services."),
    ] = False,
) -> None:
    """Serve this workspace in the foreground until Ctrl-C: web pages, API, webhooks and the work itself.

    Work in flight survives a stop: the next start takes it up where it was.
    """
    from opsroom.cli.place import announced_server
    from opsroom.cli.screen import err
    from opsroom.kernel.errors import Conflict

    place = place_of(ctx)
    running = announced_server(place.data_dir)
    if running is not None:
        raise Conflict(
            f"A server is already running on this workspace: {running.url} (process {running.pid}). "
            "Use it, or stop it first."
        )
    shown = f"http://{host or '127.0.0.1'}:{port}" if port else "the address below"
    err().print(
        f"Opsroom serves {place.workspace} at {shown}. Ctrl-C stops it; work in flight is kept.",
        soft_wrap=True,
    )
    login = place.data_dir / "first-login.json"
    if login.exists() or not place.data_dir.exists():
        err().print(f"The first login for the browser is in {login}.", style="dim", soft_wrap=True)
    arguments = ["-m", "opsroom.app", "serve", *_where(ctx)]
    arguments += ["--host", host] if host else []
    arguments += ["--port", str(port)] if port is not None else []
    _become(arguments + (["--sandbox"] if sandbox else []))


def worker(ctx: typer.Context) -> None:
    """Work without serving: more hands on a shared PostgreSQL (OPSROOM_DATABASE_URL)."""
    _become(["-m", "opsroom.app", "worker", *_where(ctx)])


def demo(
    ctx: typer.Context,
    port: Port = None,
    once: Annotated[
        bool, typer.Option("--once", metavar="", help="Leave when the audit is done instead of serving on.")
    ] = False,
) -> None:
    """Show everything at once on this machine: a real audit of a sample site, delivered to stand-ins.

    No account, no key, no network. It keeps its data in ./var/demo, or in --data.
    """
    from opsroom.cli.place import DEMO_DATA

    options = options_of(ctx)
    arguments = ["-m", "opsroom.app", "demo", "--data", str(options.data or DEMO_DATA)]
    arguments += ["--port", str(port)] if port is not None else []
    _become(arguments + (["--once"] if once else []))


def sandbox(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 4010,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    state_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep sessions, messages and files here across restarts."),
    ] = None,
    scenarios: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A folder with more scenarios.")
    ] = None,
    with_demo: Annotated[
        bool, typer.Option("--demo", metavar="", help="Begin with the demo's list, task and channels.")
    ] = False,
) -> None:
    """Stand-ins for Claude Managed Agents, ClickUp, Slack and Google Drive, on loopback.

    They keep to the vendors' protocols, break on demand, and show on a page what they received. The
    variables to set for a server that shall use them are printed at the start.
    """
    arguments = ["-m", "opsroom.sandbox", "--host", host, "--port", str(port)]
    arguments += ["--state-file", str(state_file)] if state_file else []
    arguments += ["--scenarios", str(scenarios)] if scenarios else []
    _become(arguments + (["--demo"] if with_demo else []))


def init(
    ctx: typer.Context,
    email: Annotated[str | None, typer.Option(metavar="EMAIL", help="The first admin's address.")] = None,
    organization: Annotated[
        str | None, typer.Option(metavar="NAME", help="Your organization's name.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Set up a new installation: the first admin, whose password is printed this once, and a local API key.

    Only needed to choose the address and name yourself: a server founds its installation at its first start.
    """
    import subprocess

    from opsroom.cli.own_server import app_command, app_environment
    from opsroom.cli.place import Place, find_place
    from opsroom.cli.screen import err, out

    place = find_place(options_of(ctx), Path.cwd(), os.environ) or Place(Path.cwd(), Path.cwd() / "var")
    command = app_command("init", "--workspace", str(place.workspace), "--data", str(place.data_dir))
    command += ["--email", email] if email else []
    command += ["--organization", organization] if organization else []
    done = subprocess.run(command, env=app_environment(), capture_output=True, check=False, text=True)  # noqa: S603
    if done.returncode != 0:
        raise _as_error(done.returncode, done.stderr)
    if as_json:
        sys.stdout.write(done.stdout)
        return
    founded = json.loads(done.stdout)
    console = out()
    console.print(f"Set up in {place.data_dir}. Sign in with:", soft_wrap=True)
    console.print(f"  {founded['email']}   {founded['password']}", style="bold", soft_wrap=True)
    err().print("The password is not shown again. Next: opsroom up", style="dim")


def _as_error(code: int, said: str) -> Exception:
    from opsroom.cli.screen import clean
    from opsroom.kernel.errors import Fault, Refusal

    lines = [line for line in clean(said).strip().splitlines() if line.strip()]
    if code == 2 and lines:
        return Refusal("\n".join(lines))
    return Fault("It could not be done: " + ("\n".join(lines[-8:]) or f"the process ended with code {code}."))


def doctor(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Check database, disk, credentials, reachability, clock, webhooks and isolation, and say what to do.

    Exits with 1 when a check fails; warnings do not count.
    """
    from opsroom.cli.checks import checks_of_installation, checks_of_server
    from opsroom.cli.screen import err, print_json

    with err().status("examining …"):
        found: list[Check] = checks_of_server(options_of(ctx))
        if options_of(ctx).url is None and not os.environ.get("OPSROOM_URL"):
            found += checks_of_installation(place_of(ctx))
    if as_json:
        print_json([check.model_dump() for check in found])
    else:
        _tell_checks(found)
    if any(check.status == "fail" for check in found):
        raise typer.Exit(1)


def _tell_checks(found: list[Check]) -> None:
    from rich.table import Table
    from rich.text import Text

    from opsroom.cli.screen import clean, out, plural, word_style

    console = out()
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in found:
        table.add_row(
            Text(check.status, f"bold {word_style(check.status)}"), check.name, Text(clean(check.detail))
        )
        if check.todo and check.status != "ok":
            table.add_row("", "", Text(f"→ {clean(check.todo)}", "italic"))
    console.print(table)
    failed = sum(check.status == "fail" for check in found)
    warned = sum(check.status == "warn" for check in found)
    verdict = (
        "All is well."
        if not failed and not warned
        else f"{plural(failed, 'failure')}, {plural(warned, 'warning')}."
    )
    console.print(Text(f"\n{verdict}", "green" if not failed else "red"))


def version(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Print the version of this command and of the server it would talk to."""
    from opsroom import __version__
    from opsroom.cli.screen import out, print_json
    from opsroom.kernel.errors import OpsroomError

    server: dict[str, object] | None = None
    try:
        with connect(ctx) as connection:
            server = connection.client.health()
            url = connection.client.url
    except OpsroomError:
        url = None  # no server is no error here
    told = {"opsroom": __version__, "server": (server or {}).get("version"), "url": url}
    if as_json:
        print_json(told)
        return
    console = out()
    console.print(f"opsroom {__version__}")
    if server is not None:
        console.print(f"server  {server.get('version', 'unknown')} at {url}")
