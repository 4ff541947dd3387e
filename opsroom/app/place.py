"""The data folder: who may work in it, and where its server can be found."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opsroom.app.founding import write_private
from opsroom.kernel.errors import Fault

SERVER_FILE = "server.json"


@contextmanager
def sole_owner(data_dir: Path) -> Iterator[None]:
    """Hold the data folder for this process: two on one SQLite file would both take up its work.

    Raises Fault naming the process that has it.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data_dir / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            owner = file.read().strip() or "another process"
            raise Fault(
                f"{data_dir} is in use by process {owner}. Stop it, or use another --data folder, "
                "or PostgreSQL (OPSROOM_DATABASE_URL) for several processes."
            ) from error
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def announced(data_dir: Path, url: str, ready_file: Path | None) -> Iterator[None]:
    """Say where the server is for as long as it serves."""
    content = json.dumps({"url": url, "pid": os.getpid()})
    server_file = data_dir / SERVER_FILE
    write_private(server_file, content)
    if ready_file is not None:
        write_private(ready_file, content)
    try:
        yield
    finally:
        server_file.unlink(missing_ok=True)
