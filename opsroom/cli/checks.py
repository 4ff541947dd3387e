"""What `opsroom doctor` finds: the server from outside, the installation from inside."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from opsroom.cli.client import Client
from opsroom.cli.own_server import app_command, app_environment
from opsroom.cli.place import Options, Place, announced_server, find_place, given_key, local_key
from opsroom.cli.records import Record
from opsroom.cli.screen import clean
from opsroom.kernel.errors import OpsroomError

_EXAMINATION_S = 90.0


class Check(Record):
    """One thing looked at. `todo` says what to do when it is not ok."""

    name: str
    status: Literal["ok", "warn", "fail"]
    detail: str
    todo: str = ""


def checks_of_server(options: Options) -> list[Check]:
    """Is there a server, is it well, and does it take our key?"""
    place = find_place(options, Path.cwd(), os.environ)
    named = options.url or os.environ.get("OPSROOM_URL")
    announced = announced_server(place.data_dir) if place and not named else None
    url = named or (announced.url if announced else None)
    if url is None:
        return [
            Check(name="Server", status="warn", detail="none is running on this workspace", todo="opsroom up")
        ]
    key = given_key(options, os.environ) or (local_key(place.data_dir, url) if place else None)
    client = Client(url, key)
    health = client.health(5.0)
    if health is None:
        todo = "restart it with `opsroom up`, or correct --url / OPSROOM_URL"
        return [Check(name="Server", status="fail", detail=f"{url} does not answer as Opsroom", todo=todo)]
    is_well = health.get("status") == "ok"
    found = [
        Check(
            name="Server",
            status="ok" if is_well else "fail",
            detail=f"{url} says {health.get('status')}, version {health.get('version', 'unknown')}",
            todo="" if is_well else "look at its log; the checks below may say more",
        )
    ]
    return [*found, _check_of_key(client, key)]


def _check_of_key(client: Client, key: str | None) -> Check:
    if key is None:
        return Check(name="API key", status="warn", detail="none given", todo="set OPSROOM_API_KEY")
    try:
        me = client.get("/api/me").data
    except OpsroomError as error:
        return Check(name="API key", status="fail", detail=clean(error.message), todo="issue a new key")
    actor = me.get("actor") if isinstance(me, dict) else None
    name, role = (actor.get("name"), actor.get("role")) if isinstance(actor, dict) else ("?", "?")
    return Check(name="API key", status="ok", detail=clean(f"acts as {name} ({role})"))


def checks_of_installation(place: Place) -> list[Check]:
    """What a process of the product finds when it examines the installation on this machine."""
    command = app_command(
        "doctor", "--json", "--workspace", str(place.workspace), "--data", str(place.data_dir)
    )
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            command, env=app_environment(), capture_output=True, check=False, timeout=_EXAMINATION_S
        )
    except subprocess.TimeoutExpired:
        detail = f"the examination took longer than {_EXAMINATION_S:.0f} s"
        return [
            Check(name="examination", status="fail", detail=detail, todo="is a network share or DNS hanging?")
        ]
    try:
        found = [Check.model_validate(entry) for entry in json.loads(done.stdout)]
    except (ValueError, ValidationError, TypeError):
        said = clean(done.stderr.decode("utf-8", "replace")).strip()[-800:]
        return [Check(name="installation", status="fail", detail=said or "the examination said nothing")]
    # Whether a server runs has been found out from outside, by asking it.
    return [check for check in found if check.name.lower() != "server"]
