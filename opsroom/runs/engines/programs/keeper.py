"""The keeper: a small process that stands between the product and one program.

Run by file name with `python -I -S keeper.py <json>`: it imports nothing of the product, and its own
environment is empty. It starts the program under limits, watches memory, processes, disk and the
clock, and when anything ends (the program, a limit, an order, or the product itself) it kills
everything the program left behind. Its standard input is the wire to the product: a byte is the
order to kill, end of file means that the product has died. It tells the end as JSON on `verdict_fd`.
"""
# Without pathlib, which alone would double the time this takes to start.
# ruff: noqa: PTH100, PTH112, PTH116, PTH120, PTH123, PTH208

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time

_PR_SET_PDEATHSIG = 1
_PR_CAPBSET_DROP = 24
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_MIB = 1024 * 1024
_PAGE = os.sysconf("SC_PAGE_SIZE")
_LINUX = sys.platform == "linux"


class Orders:
    """What to run and how far it may go; written by confinement.py and runner.py."""

    def __init__(self, raw: dict) -> None:
        self.argv: list[str] = raw["argv"]
        self.env: dict[str, str] = raw["env"]
        self.cwd: str = raw["cwd"]
        self.verdict_fd: int = raw["verdict_fd"]
        self.sandboxed: bool = raw["sandboxed"]
        self.landlock: dict | None = raw["landlock"]
        self.disk_folder: str = raw["disk_folder"]
        self.wall_s: float = raw["wall_s"]
        self.cpu_s: int = raw["cpu_s"]
        self.memory_bytes: int = raw["memory_bytes"]
        self.file_bytes: int = raw["file_bytes"]
        self.disk_bytes: int = raw["disk_bytes"]
        self.max_files: int = raw["max_files"]
        self.max_processes: int = raw["max_processes"]
        self.open_files: int = raw["open_files"]


def limit(kind: int, value: int, hard: int | None = None) -> None:
    """Lower one resource limit; never above what we have ourselves."""
    _, ours = resource.getrlimit(kind)
    hard = value if hard is None else hard
    if ours != resource.RLIM_INFINITY:
        value, hard = min(value, ours), min(hard, ours)
    resource.setrlimit(kind, (value, hard))


def before_exec(orders: Orders) -> None:
    """In the child, just before it becomes the program."""
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_CPU, orders.cpu_s, orders.cpu_s + 5)
    limit(resource.RLIMIT_FSIZE, orders.file_bytes)
    limit(resource.RLIMIT_NOFILE, orders.open_files)
    if _LINUX:
        # Address space is not memory: Python with an event loop maps far more than it uses. This only
        # stops a jump too quick for the watch below, which holds the real limit.
        limit(resource.RLIMIT_AS, orders.memory_bytes + 1024 * _MIB)
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if not orders.sandboxed:
        drop_privileges()
        # Counted per user over the whole machine here, so what already runs is added.
        limit(resource.RLIMIT_NPROC, orders.max_processes + len(tasks_of_user()))
    if orders.landlock is not None:
        sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
        import landlock  # pyright: ignore[reportImplicitRelativeImport]

        landlock.restrict(orders.landlock)


def drop_privileges() -> None:
    """Root without its powers: reading the environment of any process is one of them."""
    if not _LINUX:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for capability in range(64):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def tasks_of_user() -> list[str]:
    """Every thread on the machine that belongs to our user."""
    found: list[str] = []
    if not os.path.isdir("/proc/self/task"):
        return [""] * 200
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{pid}").st_uid == os.getuid():
                found += os.listdir(f"/proc/{pid}/task")
    return found


def parents() -> dict[int, list[int]]:
    """Every process of the machine under its parent."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as stat:
                fields = stat.read().rpartition(b") ")[2].split(b" ", 2)
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(name))
    return children


def descendants(root: int) -> list[int]:
    """All processes below `root`, daemonised ones included: we adopt what loses its parent."""
    if not _LINUX:
        return []
    tree, found, wait = parents(), [], [root]
    while wait:
        below = tree.get(wait.pop(), [])
        found += below
        wait += below
    return found


def memory_of(pids: list[int]) -> int:
    """Resident bytes, shared file pages not counted."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            with open(f"/proc/{pid}/statm", "rb") as statm:
                fields = statm.read().split()
            total += (int(fields[1]) - int(fields[2])) * _PAGE
    return total


def disk_of(folder: str, max_files: int) -> tuple[int, int]:
    """Bytes and number of files below `folder`; stops counting soon after `max_files`."""
    total = count = 0
    wait = [folder]
    while wait and count <= max_files:
        with contextlib.suppress(OSError), os.scandir(wait.pop()) as entries:
            for entry in entries:
                count += 1
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        wait.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
    return total, count


class Keeper:
    """One program, from start to the last of its processes."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.started = time.monotonic()
        self.namespace_init: int | None = None
        self.next_disk_look = 2.0

    def start(self) -> subprocess.Popen:
        """Start it. In a sandbox it waits inside until its process limit is set (see `release`)."""
        orders = self.orders
        if _LINUX:
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        argv, passed = orders.argv, ()
        info_r, info_w = os.pipe()
        block_r, block_w = os.pipe()
        if orders.sandboxed:
            argv = [argv[0], "--info-fd", str(info_w), "--block-fd", str(block_r), *argv[1:]]
            passed = (info_w, block_r)
        child = subprocess.Popen(  # noqa: S603 - running it is what we are for
            argv,
            env=orders.env,
            cwd=orders.cwd,
            stdin=subprocess.DEVNULL,
            pass_fds=passed,
            start_new_session=True,
            preexec_fn=lambda: before_exec(orders),  # noqa: PLW1509 - one thread here
        )
        os.close(info_w)
        os.close(block_r)
        if orders.sandboxed:
            self.release(info_r, block_w)
        return child

    def release(self, info_r: int, block_w: int) -> None:
        """Limit the number of processes inside the sandbox's own user namespace, then let it go.

        Set any earlier, the limit would count every process this user has on the machine.
        """
        with os.fdopen(info_r, "rb") as info, os.fdopen(block_w, "wb") as gate:
            with contextlib.suppress(ValueError, KeyError, OSError):
                self.namespace_init = int(json.loads(info.read())["child-pid"])
                # The two of the sandbox itself count too.
                most = self.orders.max_processes + 2
                resource.prlimit(self.namespace_init, resource.RLIMIT_NPROC, (most, most))
            with contextlib.suppress(OSError):
                gate.write(b"1")

    def watch(self, child: subprocess.Popen) -> dict:
        """Wait for the first end of any kind."""
        wake_r, wake_w = os.pipe()
        os.set_blocking(wake_w, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_w, warn_on_full_buffer=False)
        listen = [0, wake_r]
        while True:
            code = child.poll()
            if code is not None:
                return {"reason": "exited", "code": code}
            ready, _, _ = select.select(listen, [], [], self.pause())
            if wake_r in ready:
                os.read(wake_r, 4096)
            if 0 in ready:
                order = os.read(0, 1)
                return {"reason": "interrupted" if order else "abandoned"}
            broken = self.broken_limit()
            if broken:
                return {"reason": broken}

    def pause(self) -> float:
        # Root is not held by RLIMIT_NPROC, so there the count has to be looked at often.
        return 0.2 if _LINUX and os.getuid() == 0 else 0.5

    def broken_limit(self) -> str | None:
        orders, age = self.orders, time.monotonic() - self.started
        if age >= orders.wall_s:
            return "wall_clock"
        if _LINUX:
            below = descendants(os.getpid())
            if len(below) > orders.max_processes + 3:
                return "processes"
            if memory_of(below) > orders.memory_bytes:
                return "memory"
        if age >= self.next_disk_look:
            self.next_disk_look = age + 3
            used, files = disk_of(orders.disk_folder, orders.max_files)
            if used > orders.disk_bytes:
                return "disk"
            if files > orders.max_files:
                return "files"
        return None

    def sweep(self, child: subprocess.Popen) -> None:
        """Kill all that is left, again and again until nothing is: a fork bomb runs against us here."""
        if self.namespace_init is not None:
            with contextlib.suppress(OSError):
                os.kill(self.namespace_init, signal.SIGKILL)  # the kernel takes the whole namespace
        with contextlib.suppress(OSError):
            os.killpg(child.pid, signal.SIGKILL)
        for _ in range(200):
            left = descendants(os.getpid())
            for pid in left:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGSTOP)
            for pid in left:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            if not left:
                return
            time.sleep(0.01)


def main() -> None:
    verdict: dict[str, object]
    # A stray Ctrl-C or hang-up in our terminal is the product's to handle, which then tells us.
    for name in ("SIGINT", "SIGHUP", "SIGTERM"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    orders = Orders(json.loads(sys.argv[1]))
    keeper = Keeper(orders)
    try:
        child = keeper.start()
    except (OSError, subprocess.SubprocessError) as error:
        verdict = {"reason": "not_started", "message": str(error)}
    else:
        verdict = keeper.watch(child)
        keeper.sweep(child)
    verdict["seconds"] = round(time.monotonic() - keeper.started, 3)
    with contextlib.suppress(OSError):
        os.write(orders.verdict_fd, json.dumps(verdict).encode())


if __name__ == "__main__":
    main()
