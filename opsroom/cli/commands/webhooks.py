"""`opsroom webhooks`: what came in, what was made of it, and once more."""

from __future__ import annotations

from typing import Annotated

import typer

from opsroom.cli.commands.wiring import AsJson, Limit, connect

app = typer.Typer(help="See the webhooks that arrived, and replay them.", no_args_is_help=True)

DeliveryId = Annotated[str, typer.Argument(metavar="DELIVERY", help="Its id, from `opsroom webhooks list`.")]


@app.command("list")
def list_webhooks(
    ctx: typer.Context,
    agent: Annotated[str | None, typer.Option(metavar="NAME", help="Only for this agent.")] = None,
    verdict: Annotated[
        str | None,
        typer.Option(help="Only: accepted, duplicate, ignored, refused, missing_fields, failed or stale."),
    ] = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """List webhook deliveries, newest first, with the verdict on each and the run it started."""
    from rich.text import Text

    from opsroom.cli.records import WebhookDelivery, read_all
    from opsroom.cli.screen import ago, err, one_line, out, print_json, table_of, word_style

    with connect(ctx) as connection:
        query = {"agent": agent, "verdict": verdict, "limit": limit}
        data = connection.client.get("/api/webhook-deliveries", query).data
    if as_json:
        print_json(data)
        return
    found = read_all(WebhookDelivery, data)
    if not found:
        err().print("No webhooks fit. POST /webhook/AGENT is where ClickUp sends them.", style="dim")
        return
    table = table_of(
        "DELIVERY", "AGENT", "ARRIVED", "ANSWER", "VERDICT", "RUN OR REASON", wide=("RUN OR REASON",)
    )
    for each in found:
        table.add_row(
            each.id,
            one_line(each.agent, 40),
            ago(each.received_at),
            str(each.status_code),
            Text(each.verdict, word_style(each.verdict)),
            each.run_id or one_line(each.reason),
        )
    out().print(table)


@app.command("show")
def show_webhook(ctx: typer.Context, delivery_id: DeliveryId, as_json: AsJson = False) -> None:
    """Show one delivery as it arrived: headers, body, verdict."""
    from rich.table import Table
    from rich.text import Text

    from opsroom.cli.client import segment
    from opsroom.cli.records import WebhookDelivery, read
    from opsroom.cli.screen import clean, day_and_time, one_line, out, print_json, word_style

    with connect(ctx) as connection:
        data = connection.client.get(f"/api/webhook-deliveries/{segment(delivery_id)}").data
    if as_json:
        print_json(data)
        return
    found = read(WebhookDelivery, data)
    rows = {
        "delivery": found.id,
        "agent": found.agent,
        "arrived": f"{day_and_time(found.received_at)} from {found.remote or 'unknown'}",
        "answer": str(found.status_code),
        "reason": found.reason,
        "run": found.run_id or "",
        "replays": str(found.replays) if found.replays else "",
    }
    console = out()
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_row(Text("verdict", "dim"), Text(found.verdict, word_style(found.verdict)))
    for label, value in rows.items():
        if value:
            grid.add_row(Text(label, "dim"), Text(one_line(value, 400)))
    console.print(grid)
    console.print(Text("\nHeaders", "bold"))
    for name, value in found.headers.items():
        console.print(Text(f"  {one_line(name, 80)}: {one_line(str(value), 400)}"), soft_wrap=True)
    console.print(Text("\nBody", "bold"))
    console.print(Text(clean(found.body)), soft_wrap=True)


@app.command("replay")
def replay(ctx: typer.Context, delivery_id: DeliveryId, as_json: AsJson = False) -> None:
    """Judge a delivery again as if it had just arrived. Work already done is not done twice."""
    from opsroom.cli.client import segment
    from opsroom.cli.records import WebhookDelivery, read
    from opsroom.cli.screen import out, print_json

    with connect(ctx) as connection:
        data = connection.client.post(f"/api/webhook-deliveries/{segment(delivery_id)}/replay").data
    if as_json:
        print_json(data)
        return
    found = read(WebhookDelivery, data)
    out().print(f"Replayed as {found.id}: {found.verdict}. {found.reason}", soft_wrap=True)
