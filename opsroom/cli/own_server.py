"""A server started for the time of one command, when none is running."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from opsroom.cli.place import OWN_VARIABLES, Place
from opsroom.kernel.errors import Fault, OpsroomError, Refusal

_START_S = 60.0
_STOP_S = 15.0
_LOG_NAME = "own-server.log"
_TOLD_LINES = 8


def app_command(*arguments: str) -> list[str]:
    """The command line of a process of the product itself."""
    return [sys.executable, "-m", "opsroom.app", *arguments]


def app_environment() -> dict[str, str]:
    """The environment for it: everything but what is the command line's own."""
    return {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES}


class OwnServer:
    """A child that serves; `start` returns when it is ready, `stop` when it is gone."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process, self._log = process, log
        self.url = ""

    @classmethod
    def start(cls, place: Place) -> OwnServer:
        """Raises Refusal or Fault with what the server said when it does not come up."""
        log = place.data_dir / _LOG_NAME
        folder = Path(tempfile.mkdtemp(prefix="opsroom-"))
        try:
            own = cls(_launch(place, log, folder / "ready.json"), log)
            try:
                own.url = own._until_ready(folder / "ready.json")
            except BaseException:
                own.stop()
                raise
            return own
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """End it in good order; its unfinished work is taken up by the next server."""
        if self.is_alive:
            self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_S)
            return
        self._process.kill()
        self._process.wait()

    def last_words(self) -> str:
        """The end of its log, for a message."""
        try:
            lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        told = [line.strip()[:300] for line in lines if line.strip()]
        return "\n".join(f"  {line}" for line in told[-_TOLD_LINES:])

    def _until_ready(self, ready: Path) -> str:
        give_up = time.monotonic() + _START_S
        while time.monotonic() < give_up:
            if not self.is_alive:
                raise self._did_not_start()
            with suppress(FileNotFoundError):
                return str(json.loads(ready.read_text(encoding="utf-8"))["url"])
            time.sleep(0.03)
        raise Fault(
            f"The server did not come up within {_START_S:.0f} s. Its log: {self._log}\n{self.last_words()}"
        )

    def _did_not_start(self) -> OpsroomError:
        message = f"A server for this command could not be started. It said:\n{self.last_words()}"
        if self._process.returncode == 2:
            return Refusal(message)
        return Fault(f"{message}\nThe whole log: {self._log}. `opsroom doctor` looks for causes.")


def _launch(place: Place, log: Path, ready: Path) -> subprocess.Popen[bytes]:
    command = app_command("serve", "--host", "127.0.0.1", "--port", "0", "--ready-file", str(ready))
    command += ["--workspace", str(place.workspace), "--data", str(place.data_dir)]
    command += ["--parent-pid", str(os.getpid())]
    try:
        place.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        number = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Refusal(
            f"{place.data_dir} cannot be written: {error.strerror}. Name another with --data."
        ) from error
    with os.fdopen(number, "wb") as file:
        # A session of its own: Ctrl-C is for us, not for it.
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env=app_environment(),
            start_new_session=True,
        )


@contextmanager
def one_starter(data_dir: Path) -> Iterator[None]:
    """Only one command at a time starts a server on a data folder; the next one finds it running."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data_dir / "cli-start.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
