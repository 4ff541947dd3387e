"""A process that has imported the product once and forks a fresh one per order.

Importing takes seconds on a busy machine and these tests start the product a hundred times. A child
is a process like any other: nothing runs in the nursery, so nothing is shared but read-only code.

stdin takes one JSON order a line, {"argv", "env", "log"}; stdout tells {"born": pid} and, for each
that ended, {"died": pid, "status": n} with the number as waitpid gives it.
"""

from __future__ import annotations

import json
import os
import select
import sys
import threading
import traceback

import opsroom.app.rehearsal
import opsroom.app.serve
import opsroom.delivery.channels.clickup.channel
import opsroom.delivery.channels.google_drive.channel
import opsroom.delivery.channels.slack.channel
import opsroom.runs.engines.anthropic_managed.managed  # noqa: F401
from opsroom.app.__main__ import main
from opsroom.kernel import failpoint


def _tell(**news: int) -> None:
    sys.stdout.write(json.dumps(news) + "\n")
    sys.stdout.flush()


def _live(order: dict[str, object]) -> None:
    """Be the product; never returns."""
    log = os.open(str(order["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    code = 70
    try:
        env = order["env"]
        assert isinstance(env, dict)
        failpoint.arm(env.pop(failpoint.VARIABLE, None))
        os.environ.update(env)
        code = main([*map(str, order["argv"]), "--parent-pid", str(os.getppid())])  # type: ignore[call-overload]
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _reap() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _tell(died=pid, status=status)


def tend() -> None:
    """Take orders until stdin closes."""
    assert threading.active_count() == 1, "a thread in the nursery would be missing in its children"
    _tell(ready=os.getpid())
    orders = b""
    while True:
        readable, _, _ = select.select([0], [], [], 0.02)
        _reap()
        if not readable:
            continue
        data = os.read(0, 65536)
        if not data:
            return
        orders += data
        while b"\n" in orders:
            line, _, orders = orders.partition(b"\n")
            pid = os.fork()
            if pid == 0:
                _live(json.loads(line))
            _tell(born=pid)


if __name__ == "__main__":
    tend()
