"""What every command begins with: the global options, and a connection made from them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opsroom.cli.place import Options, Place, need_place

if TYPE_CHECKING:
    from opsroom.cli.connection import Connection

AsJson = Annotated[bool, typer.Option("--json", metavar="", help="Print data as JSON, and nothing else.")]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or `last` for the newest.")]
Limit = Annotated[int, typer.Option(min=1, max=200, help="How many at most.")]


def options_of(ctx: typer.Context) -> Options:
    """The global options."""
    return ctx.obj if isinstance(ctx.obj, Options) else Options()


def connect(ctx: typer.Context, *, may_start: bool = False) -> Connection:
    """A connection to the server in force, not yet entered."""
    from opsroom.cli.connection import Connection
    from opsroom.cli.screen import say

    return Connection(options_of(ctx), say=say, may_start=may_start)


def place_of(ctx: typer.Context) -> Place:
    """The workspace in force. Raises NotFound saying what to do."""
    return need_place(options_of(ctx), Path.cwd(), os.environ)


def need_id(connection: Connection, run_id: str) -> str:
    """The id of a run; `last` is looked up. Raises NotFound when there is none yet."""
    from opsroom.cli.records import Run, read_all
    from opsroom.kernel.errors import NotFound

    if run_id != "last":
        return run_id
    found = read_all(Run, connection.client.get("/api/runs", {"limit": 1}).data)
    if not found:
        raise NotFound("There is no run yet. `opsroom run AGENT` starts one.")
    return found[0].id
