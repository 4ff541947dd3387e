"""The walls around a program: bubblewrap where it works, else Landlock, else none and a warning.

Inside bubblewrap a program sees the system's programs and libraries, Python, its skill folder and the
product's own package, all read-only, and one folder of its own. No other file, no other process, no
network unless the skill asks for it, no variable of ours.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import opsroom
from opsroom.kernel.errors import AdapterError
from opsroom.runs.engines.programs import landlock
from opsroom.runs.engines.programs.program import Isolation, Program

Wall = Literal["bwrap", "landlock", "none"]

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SYSTEM_FILES = ("/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime")
_NETWORK_FILES = (
    "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services",
    "/etc/ssl", "/etc/pki", "/etc/ca-certificates",
)  # fmt: skip
# Where nothing else of a machine lives: a mount over /work would hide a product installed there.
_WORK, _SKILL = "/run/opsroom/work", "/run/opsroom/skill"
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


@dataclass(frozen=True, slots=True)
class Scratch:
    """The folders of one attempt. Only `work`, `tmp` and `shm` are the program's."""

    root: Path

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def outputs(self) -> Path:
        return self.root / "work" / "outputs"

    @property
    def tmp(self) -> Path:
        return self.root / "tmp"

    @property
    def shm(self) -> Path:
        return self.root / "shm"

    @property
    def finished(self) -> Path:
        """Our note that the program has ended, and how. Out of the program's reach."""
        return self.root / "finished.json"


@dataclass(frozen=True, slots=True)
class Confined:
    """A program ready for the keeper: the whole command line, environment and folder."""

    wall: Wall
    argv: list[str]
    env: dict[str, str]
    cwd: str
    landlock: dict[str, object] | None

    @property
    def gap(self) -> str:
        """What this wall does not hold, for the log of the run; empty when it holds all."""
        if self.wall == "none":
            return "This program runs without isolation: it can read and write what the server can."
        if self.landlock and not self.landlock["network"] and landlock.version() < 4:
            return "This kernel's Landlock keeps the program from files only: it can use the network."
        return ""


@functools.cache
def bwrap_problem() -> str | None:
    """Why bubblewrap cannot be used here; None if it can. Tried once, since many containers forbid it."""
    path = shutil.which("bwrap")
    if path is None:
        return "bubblewrap (bwrap) is not installed"
    trial = [path, *_namespaces(network=False), *_system_binds(), "--proc", "/proc", "--dev", "/dev", "true"]
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            trial, capture_output=True, timeout=10, env={}, check=False, text=True
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not start: {error}"
    return None if done.returncode == 0 else f"bubblewrap is not allowed here: {done.stderr.strip()[:300]}"


def choose_wall(isolation: Isolation) -> Wall:
    """The best wall this machine has. Raises AdapterError when the one insisted on is not there."""
    if isolation == "none":
        return "none"
    if isolation in ("auto", "bwrap"):
        problem = bwrap_problem()
        if problem is None:
            return "bwrap"
        if isolation == "bwrap":
            raise _missing(problem)
    if landlock.version() > 0:
        return "landlock"
    if isolation == "landlock":
        raise _missing("this kernel has no Landlock")
    return "none"


def _missing(problem: str) -> AdapterError:
    message = f"Programs must run isolated here (setting skills.isolation), and {problem}."
    return AdapterError(message, adapter="skill", permanent=True)


def confine(program: Program, scratch: Scratch, env: dict[str, str], isolation: Isolation) -> Confined:
    """`program` behind the best wall. `env` is completed with paths as the program will see them."""
    wall = choose_wall(isolation)
    inside = wall == "bwrap"
    work = _WORK if inside else str(scratch.work)
    skill = None if program.folder is None else _SKILL if inside else str(program.folder)
    env = {
        **env,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "LANG": "C.UTF-8",
        "HOME": work,
        "TMPDIR": "/tmp" if inside else str(scratch.tmp),  # noqa: S108 - a private folder is mounted there
        "PYTHONPATH": str(_package().parent),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPSROOM_OUTPUT_DIR": f"{work}/outputs",
        "OPSROOM_PROMPT_FILE": f"{work}/prompt.txt",
    }
    argv = _resolved(program, skill)
    if inside:
        argv = [*_bwrap(program, scratch, env), "--", *argv]
        return Confined(wall, argv, {}, "/", None)
    rules = _landlock_rules(program, scratch) if wall == "landlock" else None
    return Confined(wall, argv, env, str(scratch.work), rules)


def _resolved(program: Program, skill: str | None) -> list[str]:
    """`python3` is ours, and names of files in the skill folder are those files: it starts elsewhere."""
    argv = list(program.argv)
    if argv[0] in ("python", "python3"):
        argv[0] = sys.executable
    if program.folder is None or skill is None:
        return argv
    top = program.folder.resolve()
    for place, word in enumerate(argv):
        if word.startswith(("-", "/")):
            continue
        file = (top / word).resolve()
        if file.is_file() and file.is_relative_to(top):
            argv[place] = f"{skill}/{file.relative_to(top)}"
    return argv


def _bwrap(program: Program, scratch: Scratch, env: dict[str, str]) -> list[str]:
    argv = [shutil.which("bwrap") or "bwrap", *_namespaces(network=program.network), *_system_binds()]
    for name, value in env.items():
        argv += ["--setenv", name, value]
    if program.network:
        for path in _NETWORK_FILES:
            argv += ["--ro-bind-try", os.path.realpath(path), path]
    # Before our own folders: an installation below /tmp stands on top of the private one.
    # Real folders instead of memory file systems: what a program leaves there counts as its disk.
    argv += ["--bind", str(scratch.tmp), "/tmp"]  # noqa: S108
    for path in python_folders():
        argv += ["--ro-bind", path, path]
    package = str(_package())
    argv += ["--ro-bind", package, package, "--proc", "/proc", "--dev", "/dev"]
    argv += ["--bind", str(scratch.shm), "/dev/shm"]  # noqa: S108
    if program.folder is not None:
        argv += ["--ro-bind", str(program.folder.resolve()), _SKILL]
    argv += ["--bind", str(scratch.work), _WORK, "--remount-ro", "/dev", "--remount-ro", "/"]
    return [*argv, "--chdir", _WORK]


def _namespaces(*, network: bool) -> list[str]:
    argv = ["--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"]
    if not network:
        argv.append("--unshare-net")
    if _knows_disable_userns():
        argv.append("--disable-userns")
    argv += ["--uid", "65534", "--gid", "65534", "--hostname", "skill", "--cap-drop", "ALL"]
    return [*argv, "--clearenv", "--die-with-parent", "--new-session"]


@functools.cache
def _knows_disable_userns() -> bool:
    path = shutil.which("bwrap") or "bwrap"
    told = subprocess.run(  # noqa: S603 - our own words
        [path, "--help"], capture_output=True, timeout=10, check=False, text=True
    )
    return "--disable-userns" in told.stdout + told.stderr


def _system_binds() -> list[str]:
    argv: list[str] = []
    for path in _SYSTEM:
        if os.path.islink(path):  # noqa: PTH114
            argv += ["--symlink", os.readlink(path), path]  # noqa: PTH115
        elif os.path.isdir(path):  # noqa: PTH112
            argv += ["--ro-bind", path, path]
    for path in _SYSTEM_FILES:
        argv += ["--ro-bind-try", path, path]
    return argv


def _landlock_rules(program: Program, scratch: Scratch) -> dict[str, object]:
    read = [*_SYSTEM, *_SYSTEM_FILES, *python_folders(), str(_package()), "/proc"]
    read += [os.path.realpath(path) for path in _NETWORK_FILES] if program.network else []
    read += [str(program.folder.resolve())] if program.folder is not None else []
    write = [str(scratch.work), str(scratch.tmp), *_DEVICES]
    return {"read": read, "write": write, "network": program.network}


@functools.cache
def python_folders() -> tuple[str, ...]:
    """What Python needs to start: its prefixes and every place a link on the way to it stands in."""
    wanted = [sys.prefix, sys.base_prefix, sys.exec_prefix]
    wanted += [os.path.realpath(path) for path in wanted]
    link = Path(sys.executable)
    for _ in range(8):
        # Only the folder of the link: what is above it may well be somebody's home.
        wanted.append(str(link.parent))
        if not link.is_symlink():
            break
        link = Path(os.path.normpath(link.parent / link.readlink()))
    return _outermost(path for path in wanted if path not in ("/", "") and not _under(path, _SYSTEM))


def _outermost(paths: Iterable[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not _under(path, kept):
            kept.append(path)
    return tuple(kept)


def _under(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def _package() -> Path:
    """The product's own package, so that skills can use what it is made of."""
    return Path(opsroom.__file__ or "").resolve().parent
