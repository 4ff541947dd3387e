"""`opsroom runs`: look at runs, and act on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from opsroom.cli.commands.run import left, watch_to_end
from opsroom.cli.commands.wiring import AsJson, Limit, RunId, connect, need_id

if TYPE_CHECKING:
    from opsroom.cli.connection import Connection
    from opsroom.cli.records import Run, RunDetail
    from opsroom.cli.watching.views import View

app = typer.Typer(help="See runs, watch them, stop them, deliver or run them again.", no_args_is_help=True)

Follow = Annotated[
    bool, typer.Option("--detach", metavar="", help="Return at once instead of watching it to its end.")
]


@app.command("list")
def list_runs(
    ctx: typer.Context,
    agent: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only of this agent; a,b for several.")
    ] = None,
    status: Annotated[
        str | None,
        typer.Option(metavar="STATES", help="Only in these states, e.g. STREAMING,AWAITING_HUMAN."),
    ] = None,
    client: Annotated[str | None, typer.Option(metavar="ID", help="Only for this client.")] = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """List runs, newest first."""
    from opsroom.cli.records import Run, read_all
    from opsroom.cli.screen import err, out, plural, print_json

    with connect(ctx) as connection:
        query = {"agent": agent, "status": status, "client": client, "limit": limit}
        reply = connection.client.get("/api/runs", query)
    if as_json:
        print_json(reply.data)
        return
    found = read_all(Run, reply.data)
    if not found:
        err().print("No runs fit. `opsroom run AGENT` starts one.", style="dim")
        return
    out().print(_table(found))
    total = reply.meta.get("total")
    if isinstance(total, int) and total > len(found):
        err().print(f"{len(found)} of {plural(total, 'run')}; --limit shows more.", style="dim")


def _table(found: list[Run]) -> object:
    from rich.text import Text

    from opsroom.cli.screen import ago, duration, money, one_line, state_style, table_of

    table = table_of("RUN", "AGENT", "CLIENT", "STATE", "BEGAN", "TOOK", "COST", wide=("CLIENT",))
    for run in found:
        table.add_row(
            run.id,
            one_line(run.agent_name, 40),
            one_line(run.client_id or "", 60),
            Text(run.status, state_style(run.status)),
            ago(run.started_at or run.created_at),
            duration(run.duration_s),
            money(run.cost_usd),
        )
    return table


@app.command("show")
def show_run(ctx: typer.Context, run_id: RunId, as_json: AsJson = False) -> None:
    """Show one run: its state, cost, trigger, files, deliveries and approvals."""
    from opsroom.cli.client import segment
    from opsroom.cli.records import RunDetail, read
    from opsroom.cli.screen import print_json

    with connect(ctx) as connection:
        reply = connection.client.get(f"/api/runs/{segment(need_id(connection, run_id))}")
    if as_json:
        print_json(reply.data)
    else:
        _tell(read(RunDetail, reply.data))


def _tell(run: RunDetail) -> None:
    from rich.table import Table
    from rich.text import Text

    from opsroom.cli.screen import day_and_time, duration, money, one_line, out, state_style
    from opsroom.cli.watching.ending import advice, tell_deliveries, tell_files, why

    console = out()
    trigger = run.trigger_detail
    rows = {
        "run": run.id + ("  (dry run)" if run.dry_run else ""),
        "agent": f"{run.agent_name} v{run.agent_version}  ({run.engine})",
        "client": run.whom,
        "began": f"{day_and_time(run.started_at or run.created_at)}, took {duration(run.duration_s)}",
        "cost": f"{money(run.cost_usd)} of {money(run.budget_usd)}",
        "session": run.session_id or "",
        "task": run.task_id or "",
        "trigger": f"{trigger.source} by {trigger.actor_name}" if trigger else run.trigger_source,
        "events": str(run.event_count),
    }
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_row(Text("state", "dim"), Text(run.status, state_style(run.status)))
    for name, value in rows.items():
        if value:
            grid.add_row(Text(name, "dim"), Text(one_line(value, 300)))
    console.print(grid)
    if run.summary and run.summary.headline:
        console.print(Text(f"\n{one_line(run.summary.headline, 300)}"), soft_wrap=True)
    tell_files(console, run)
    tell_deliveries(console, run.deliveries)
    waiting = [a for a in run.approvals if a.status == "pending"]
    for approval in waiting:
        text = (
            f"\nWaits for a person: {one_line(approval.tool_name, 60)}  opsroom approvals allow {approval.id}"
        )
        console.print(Text(text, "magenta"), soft_wrap=True)
    if run.ended_at is not None and run.status != "DONE":
        console.print(Text.assemble(("\nWhy: ", "bold"), why(run)), soft_wrap=True)
        console.print(Text.assemble(("Next: ", "bold"), advice(run)), soft_wrap=True)


@app.command("tail")
def tail_run(
    ctx: typer.Context,
    run_id: RunId,
    no_follow: Annotated[
        bool, typer.Option("--no-follow", metavar="", help="Print what there is and return.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", metavar="", help="Print each event as one line of JSON.")
    ] = False,
) -> None:
    """Print a run's log from its beginning and follow it to its end.

    Exits as `opsroom run` does: 0 for a delivered run, 4 for one that ended otherwise.
    """
    from opsroom.cli.client import segment
    from opsroom.cli.records import RunDetail, read
    from opsroom.cli.screen import out
    from opsroom.cli.watching.ending import exit_code_of, tell_end
    from opsroom.cli.watching.views import JsonView, PlainView
    from opsroom.cli.watching.watch import Watcher, view_for

    console = out()
    with connect(ctx) as connection:
        wanted = need_id(connection, run_id)
        if no_follow:
            _print_log(connection, wanted, JsonView() if as_json else PlainView(console))
            return
        run = read(RunDetail, connection.client.get(f"/api/runs/{segment(wanted)}").data)
        view = JsonView() if as_json else view_for(console)
        watched = Watcher(connection, run, view, console).watch()
        if watched.detail is None:
            raise typer.Exit(left(connection, watched))
        if not as_json:
            tell_end(console, watched.detail)
        raise typer.Exit(exit_code_of(watched.detail))


def _print_log(connection: Connection, run_id: str, view: View) -> None:
    from opsroom.cli.client import segment
    from opsroom.cli.records import RunEvent, read_all

    page = 500
    after = 0
    while True:
        query = {"after": after, "limit": page}
        events = read_all(RunEvent, connection.client.get(f"/api/runs/{segment(run_id)}/log", query).data)
        for event in events:
            view.event(event)
            after = event.seq
        if len(events) < page:
            return


@app.command("cancel")
def cancel_run(
    ctx: typer.Context,
    run_id: RunId,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why; kept with the run.")] = None,
    as_json: AsJson = False,
) -> None:
    """Stop a run. What it has written so far is kept; nothing is delivered."""
    from opsroom.cli.client import segment
    from opsroom.cli.records import Run, read
    from opsroom.cli.screen import out, print_json

    with connect(ctx) as connection:
        wanted = need_id(connection, run_id)
        body = {"reason": reason} if reason else {}
        reply = connection.client.post(f"/api/runs/{segment(wanted)}/cancel", body)
    if as_json:
        print_json(reply.data)
    else:
        run = read(Run, reply.data)
        out().print(f"Run {run.id} is {run.status}. Watch it end: opsroom runs tail {run.id}", soft_wrap=True)


@app.command("redeliver")
def redeliver_run(
    ctx: typer.Context,
    run_id: RunId,
    channel: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this channel; else all that failed.")
    ] = None,
    detach: Follow = False,
    as_json: AsJson = False,
) -> None:
    """Deliver a finished run's files again; what has arrived already is not sent twice."""
    with connect(ctx, may_start=not detach) as connection:
        wanted = need_id(connection, run_id)
        code = _act(connection, wanted, "redeliver", {"channel": channel} if channel else {}, detach, as_json)
    raise typer.Exit(code)


@app.command("rerun")
def rerun(ctx: typer.Context, run_id: RunId, detach: Follow = False, as_json: AsJson = False) -> None:
    """Start a new run with the payload of an earlier one and the agent as it is now."""
    with connect(ctx, may_start=not detach) as connection:
        code = _act(connection, need_id(connection, run_id), "rerun", None, detach, as_json)
    raise typer.Exit(code)


def _act(
    connection: Connection,
    run_id: str,
    verb: str,
    body: dict[str, object] | None,
    detach: bool,
    as_json: bool,
) -> int:
    """Do something that sets a run going, then watch it unless told otherwise; the exit code."""
    from opsroom.cli.client import segment
    from opsroom.cli.records import Run, read
    from opsroom.cli.screen import out, print_json

    data = connection.client.post(f"/api/runs/{segment(run_id)}/{verb}", body).data
    run = read(Run, data)
    if not detach:
        # Delivering again goes on in the same log: what was there before is not news.
        return watch_to_end(
            connection, run, as_json=as_json, after=run.event_count if run.id == run_id else 0
        )
    if as_json:
        print_json(data)
    else:
        out().print(f"Run {run.id} is {run.status}. Watch it: opsroom runs tail {run.id}", soft_wrap=True)
    return 0
