"""`opsroom doctor`: looks at what the product needs, and says of each thing what to do about it."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from opsroom.app.place import SERVER_FILE
from opsroom.app.settings import AppSettings, load_settings
from opsroom.delivery.settings import DeliverySettings
from opsroom.kernel.db import Database, open_database
from opsroom.kernel.durable import DurableSettings
from opsroom.kernel.errors import OpsroomError
from opsroom.kernel.settings import SettingInForce, Settings

Status = Literal["ok", "warn", "fail"]
Check = dict[str, str]

# Which settings a service cannot do without, and what stays silent when they are missing.
_CREDENTIALS: dict[str, tuple[tuple[str, ...], str]] = {
    "Anthropic": (("anthropic.api_key",), "runs of the engine anthropic_managed cannot start"),
    "ClickUp": (("clickup.api_token",), "tasks cannot be read, commented or moved"),
    "ClickUp webhooks": (("triggers.clickup_webhook_secret",), "webhooks of ClickUp are refused"),
    "Slack": (("slack.bot_token",), "nothing is posted to Slack; alerts stand in the product only"),
    "Google Drive": (("google.service_account_json_path",), "nothing is uploaded to Drive"),
}
_ADDRESSES = ("anthropic.base_url", "clickup.url", "slack.url", "google.url")
_CONNECT_S = 3.0


def _check(name: str, status: Status, detail: str, todo: str = "") -> Check:
    return {"name": name, "status": status, "detail": detail, "todo": todo}


async def examine(workspace: Path, data_dir: Path) -> list[Check]:
    """Every check, in the order a person would mend them."""
    try:
        settings = load_settings(workspace)
    except OpsroomError as error:
        return [_check("Settings", "fail", str(error), "Correct opsroom.toml, .env or the environment.")]
    found = [_check("Settings", "ok", f"read from {workspace}")]
    found += [_workspace(workspace), _disk(settings, data_dir)]
    found += await _database(settings, data_dir)
    found.append(_isolation())
    in_force = {s.setting.path: s for s in settings.describe()}
    found += [_credential(name, in_force) for name in _CREDENTIALS]
    found += await asyncio.gather(*(_reachable(path, in_force) for path in _ADDRESSES if path in in_force))
    found.append(_server(data_dir))
    return found


def _workspace(workspace: Path) -> Check:
    files = sorted((workspace / "agents").glob("*.json"))
    if not files:
        todo = "Copy examples/workspace, or use --workspace with the folder that holds agents/."
        return _check("Workspace", "warn", f"{workspace} has no agent files", todo)
    return _check("Workspace", "ok", f"{len(files)} agent files in {workspace / 'agents'}")


def _disk(settings: Settings, data_dir: Path) -> Check:
    place = data_dir
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK):
        return _check("Disk", "fail", f"{place} cannot be written", f"Give this user the folder {data_dir}.")
    usage = shutil.disk_usage(place)
    full = 100 * (usage.total - usage.free) / usage.total
    detail = f"{full:.0f} % full, {usage.free / 2**30:.1f} GiB free"
    if full > settings.section(DeliverySettings).disk_alert_percent:
        return _check("Disk", "warn", detail, "Free some space: with a full disk nothing new is accepted.")
    return _check("Disk", "ok", detail)


async def _database(settings: Settings, data_dir: Path) -> list[Check]:
    address = settings.section(AppSettings).url_of_database(data_dir)
    if _not_there_yet(address):
        return [_check("Database", "warn", "not created yet", "Run `opsroom init` or `opsroom up`.")]
    try:
        database = open_database(address)
    except OpsroomError as error:
        return [_check("Database", "fail", str(error), "Check OPSROOM_DATABASE_URL.")]
    try:
        return await _questions(database, settings)
    finally:
        await database.close()


def _not_there_yet(address: str) -> bool:
    return address.startswith("sqlite") and not Path(address.removeprefix("sqlite:///")).exists()


async def _questions(database: Database, settings: Settings) -> list[Check]:
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    try:
        problem = await database.trouble()
    except OSError as error:
        problem = str(error)
    if problem is not None:
        return [
            _check("Database", "fail", f"{kind}: {problem}", "Start it, or correct OPSROOM_DATABASE_URL.")
        ]
    offset = abs(await database.measure_clock())
    tolerance = settings.section(DurableSettings).clock_tolerance_s
    clock = _check("Clock", "ok", f"{offset:.2f} s off the database's")
    if offset > tolerance:
        clock = _check(
            "Clock", "fail", f"{offset:.1f} s off the database's", "Switch on time synchronisation."
        )
    return [_check("Database", "ok", f"{kind} answers, its integrity is good"), clock]


def _isolation() -> Check:
    if shutil.which("bwrap"):
        return _check("Isolation", "ok", "bubblewrap confines skills and commands")
    todo = "Install bubblewrap: apt-get install bubblewrap"
    return _check("Isolation", "warn", "no bubblewrap: skills run behind Landlock or limits only", todo)


def _credential(name: str, in_force: dict[str, SettingInForce]) -> Check:
    paths, consequence = _CREDENTIALS[name]
    missing = [p for p in paths if (s := in_force.get(p)) is None or not s.value]
    if not missing:
        return _check(name, "ok", "credentials are set")
    variables = [in_force[p].setting.env[-1] for p in missing if p in in_force]
    return _check(name, "warn", f"not set: {consequence}", f"Set {' and '.join(variables) or missing[0]}.")


async def _reachable(path: str, in_force: dict[str, SettingInForce]) -> Check:
    name = f"Reach {path.partition('.')[0]}"
    url = urlsplit(in_force[path].value or "")
    host, port = url.hostname, url.port or (443 if url.scheme == "https" else 80)
    if host is None:
        return _check(name, "warn", f"{path} is no address", f"Correct {path}.")
    try:
        async with asyncio.timeout(_CONNECT_S):
            _, writer = await asyncio.open_connection(host, port)
        writer.close()
    except (OSError, TimeoutError, socket.gaierror) as error:
        why = str(error) or f"no answer within {_CONNECT_S:.0f} s"
        todo = "Check the network, the proxy, and the address."
        return _check(name, "warn", f"{host}:{port} cannot be reached ({why})", todo)
    return _check(name, "ok", f"{host}:{port} answers")


def _server(data_dir: Path) -> Check:
    if (data_dir / SERVER_FILE).is_file():
        return _check("Server", "ok", (data_dir / SERVER_FILE).read_text().strip())
    return _check("Server", "warn", "not running", "Start it with `opsroom up`.")
