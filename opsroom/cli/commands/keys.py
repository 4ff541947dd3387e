"""`opsroom keys`: API keys for programs and for command lines elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from opsroom.cli.commands.wiring import AsJson, connect

app = typer.Typer(help="Issue, list and revoke API keys.", no_args_is_help=True)


@app.command("create")
def create_key(
    ctx: typer.Context,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="What it is for; shown in the list.")],
    verb: Annotated[
        list[str] | None,
        typer.Option(metavar="VERB", help="What it may do, e.g. runs:read; repeat for more. Else all."),
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="Expires after so many days; else 365.")
    ] = None,
    actor: Annotated[
        str | None, typer.Option(metavar="ID", help="For this agent or app instead of yourself.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Issue a key. Its secret is printed this once and kept nowhere."""
    import sys

    from opsroom.cli.records import IssuedKey, read
    from opsroom.cli.screen import clean, day_and_time, err, print_json

    body: dict[str, object] = {"label": label}
    if verb:
        body["verbs"] = verb
    if days is not None:
        body["expires_in_days"] = days
    if actor is not None:
        body["actor_id"] = actor
    with connect(ctx) as connection:
        data = connection.client.post("/api/keys", body).data
    if as_json:
        print_json(data)
        return
    issued = read(IssuedKey, data)
    # The secret alone on standard output, so that it can be piped into a vault.
    sys.stdout.write(clean(issued.secret) + "\n")
    until = f", expires {day_and_time(issued.key.expires_at)}" if issued.key.expires_at else ""
    err().print(
        f"Key {issued.key.id} for {issued.key.actor.name}{until}. Keep it now; it is not shown again.",
        style="dim",
    )


@app.command("list")
def list_keys(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List keys with their last use; never the secret itself."""
    from rich.text import Text

    from opsroom.cli.records import Key, read_all
    from opsroom.cli.screen import ago, day_and_time, one_line, out, print_json, table_of

    with connect(ctx) as connection:
        data = connection.client.get("/api/keys", {"limit": 200}).data
    if as_json:
        print_json(data)
        return
    table = table_of(
        "KEY", "LABEL", "BEGINS", "ACTS AS", "MAY", "LAST USED", "EXPIRES", wide=("LABEL", "MAY")
    )
    for key in read_all(Key, data):
        ends = Text("revoked", "red") if key.revoked_at else Text(day_and_time(key.expires_at)[:10])
        may = "everything" if key.verbs == ("*",) else ", ".join(key.verbs)
        label = one_line(key.label, 60)
        table.add_row(key.id, label, key.hint, one_line(key.actor.name, 40), may, ago(key.last_used_at), ends)
    out().print(table)


@app.command("revoke")
def revoke_key(
    ctx: typer.Context,
    key_id: Annotated[str, typer.Argument(metavar="KEY", help="Its id, from `opsroom keys list`.")],
    as_json: AsJson = False,
) -> None:
    """Revoke a key, at once and for good."""
    from opsroom.cli.client import segment
    from opsroom.cli.records import Key, read
    from opsroom.cli.screen import out, print_json

    with connect(ctx) as connection:
        data = connection.client.delete(f"/api/keys/{segment(key_id)}").data
    if as_json:
        print_json(data)
    else:
        out().print(f"Key {read(Key, data).id} is revoked.")
