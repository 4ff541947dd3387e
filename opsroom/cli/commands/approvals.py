"""`opsroom approvals`: the questions agents wait on, and their answers."""

from __future__ import annotations

from typing import Annotated

import typer

from opsroom.cli.commands.wiring import AsJson, Limit, connect

app = typer.Typer(help="See what agents ask, and allow or deny it.", no_args_is_help=True)

ApprovalId = Annotated[str, typer.Argument(metavar="APPROVAL", help="Its id, from `opsroom approvals list`.")]


@app.command("list")
def list_approvals(
    ctx: typer.Context,
    show_all: Annotated[
        bool, typer.Option("--all", metavar="", help="Also those that have been answered or have expired.")
    ] = False,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List what waits for a person, with the exact arguments the agent wants to use."""
    from rich.text import Text

    from opsroom.cli.records import Approval, read_all
    from opsroom.cli.screen import ago, day_and_time, err, out, print_json, word_style
    from opsroom.cli.watching.telling import arguments

    with connect(ctx) as connection:
        query = {"status": None if show_all else "pending", "limit": limit}
        data = connection.client.get("/api/approvals", query).data
    if as_json:
        print_json(data)
        return
    found = read_all(Approval, data)
    if not found:
        err().print("Nothing waits for a person.", style="dim")
        return
    console = out()
    for approval in found:
        when = f"asked {ago(approval.created_at)}"
        if approval.status == "pending":
            when += f", expires {day_and_time(approval.expires_at)}"
        head = Text.assemble(
            approval.id, "  ", (approval.status, word_style(approval.status)), "  ", (when, "dim")
        )
        console.print(head, soft_wrap=True)
        console.print(
            f"  {approval.agent_name} in {approval.run_id} wants to use {approval.tool_name}", soft_wrap=True
        )
        if approval.input:
            console.print(Text(f"  {arguments(approval.input)}"), soft_wrap=True)


@app.command("allow")
def allow(
    ctx: typer.Context,
    approval_id: ApprovalId,
    message: Annotated[str | None, typer.Option(metavar="TEXT", help="A word to the agent.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let the agent go on with exactly these arguments."""
    _decide(ctx, approval_id, "allow", message, as_json)


@app.command("deny")
def deny(
    ctx: typer.Context,
    approval_id: ApprovalId,
    message: Annotated[
        str, typer.Option(metavar="TEXT", help="Why; the agent reads it and goes on without.")
    ],
    as_json: AsJson = False,
) -> None:
    """Refuse it, with a reason the agent reads."""
    _decide(ctx, approval_id, "deny", message, as_json)


def _decide(ctx: typer.Context, approval_id: str, verb: str, message: str | None, as_json: bool) -> None:
    from opsroom.cli.client import segment
    from opsroom.cli.records import Approval, read
    from opsroom.cli.screen import out, print_json

    with connect(ctx) as connection:
        body: dict[str, object] = {"message": message} if message else {}
        data = connection.client.post(f"/api/approvals/{segment(approval_id)}/{verb}", body).data
    if as_json:
        print_json(data)
        return
    approval = read(Approval, data)
    text = f"{approval.tool_name} {approval.status}. Watch the run: opsroom runs tail {approval.run_id}"
    out().print(text, soft_wrap=True)
