"""Where things are: the workspace, its data folder, the server that serves it, and the key to it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from opsroom.kernel.errors import Invalid, NotFound, Problem, Refusal

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

# Ours alone: a server started by us gets them as arguments, or has no business with them.
OWN_VARIABLES = ("OPSROOM_URL", "OPSROOM_API_KEY", "OPSROOM_WORKSPACE", "OPSROOM_DATA_DIR")


DEMO_DATA = Path("var", "demo")
"""Where `make demo` and `opsroom demo` keep their data, below the folder they are started in."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was said on the command line, for every command."""

    url: str | None = None
    key: str | None = None
    workspace: Path | None = None
    data: Path | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace on this machine and the data folder that belongs to it."""

    workspace: Path
    data_dir: Path


@dataclass(frozen=True, slots=True)
class Announced:
    """What a running server wrote down about itself."""

    url: str
    pid: int


def find_place(options: Options, cwd: Path, environ: Mapping[str, str]) -> Place | None:
    """The workspace and data folder in force; None when there is no workspace here. Raises NotFound."""
    named = options.workspace or _path(environ.get("OPSROOM_WORKSPACE"))
    workspace = _existing(named) if named else _nearest_workspace(cwd)
    data = options.data or _path(environ.get("OPSROOM_DATA_DIR"))
    if workspace is None:
        # A data folder is enough to find the server that runs on it.
        return Place(cwd, data.resolve()) if data else None
    return Place(workspace, data.resolve() if data else _data_of(workspace))


def need_place(options: Options, cwd: Path, environ: Mapping[str, str]) -> Place:
    """As `find_place`, for commands that cannot do without. Raises NotFound saying what to do."""
    place = find_place(options, cwd, environ)
    if place is None:
        raise NotFound(
            "There is no workspace here: neither this folder nor one above it has an opsroom.toml or "
            "agents/*.json. Go to your workspace or name it with --workspace DIR."
        )
    return place


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        raise NotFound(f"The workspace {folder} is not a folder. Check --workspace and OPSROOM_WORKSPACE.")
    return folder.resolve()


def _nearest_workspace(start: Path) -> Path | None:
    for folder in (start, *start.parents):
        for candidate in (folder, folder / DEMO_DATA / "workspace"):
            if (candidate / "opsroom.toml").is_file() or any((candidate / "agents").glob("*.json")):
                return candidate.resolve()
    return None


def _data_of(workspace: Path) -> Path:
    """The demo keeps its workspace inside its data folder; everybody else's data is in the workspace."""
    is_demos = workspace.name == "workspace" and (workspace.parent / "cli.key").is_file()
    return workspace.parent if is_demos else workspace / "var"


def announced_server(data_dir: Path) -> Announced | None:
    """The server that says it works on this data folder, if its process is alive. Not yet asked."""
    try:
        told = json.loads((data_dir / "server.json").read_text(encoding="utf-8"))
        found = Announced(str(told["url"]), int(told["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if _is_alive(found.pid) else None


def _is_alive(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # alive, and somebody else's
    return True


def given_key(options: Options, environ: Mapping[str, str]) -> str | None:
    """The key named by option or variable. Raises Invalid when it cannot be one."""
    key = (options.key or environ.get("OPSROOM_API_KEY") or "").strip()
    if key and (not key.isascii() or not key.isprintable() or " " in key):
        raise Invalid(
            "The API key is not usable.",
            problems=(Problem("--key / OPSROOM_API_KEY", "must be one word of plain characters, owf_…"),),
        )
    return key or None


def local_key(data_dir: Path, url: str) -> str | None:
    """The key of this machine's command line, for a server on this machine only: it is never sent away."""
    if urlsplit(url).hostname not in _LOOPBACK:
        return None
    path = data_dir / "cli.key"
    try:
        return path.read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise Refusal(
            f"{path} belongs to another user. Work as that user, or give a key of your own with "
            "OPSROOM_API_KEY."
        ) from error
    except (OSError, ValueError) as error:
        raise Refusal(
            f"{path} cannot be read: {error}. Restart the server; it writes the file anew."
        ) from error
