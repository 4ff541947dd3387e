"""From a command's options to a server that answers, and back to one when it is lost."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from opsroom.cli.client import Client, Reply, Unreachable
from opsroom.cli.own_server import OwnServer, one_starter
from opsroom.cli.place import Options, Place, announced_server, find_place, given_key, local_key
from opsroom.kernel.errors import Fault, NotFound, OpsroomError, Unavailable

# A server that restarts is back within this time; only then do we start one in its stead.
_TAKE_OVER_AFTER_S = 4.0
_PATIENCE_S = 30.0


class Connection:
    """A client for the server in force, as a context manager.

    With `may_start`, a server is started for the time of the block when none runs on this workspace.
    `say` gets what the person should know on the way.
    """

    def __init__(self, options: Options, *, say: Callable[[str], None], may_start: bool = False) -> None:
        self._options, self._say, self._may_start = options, say, may_start
        self._url = options.url or os.environ.get("OPSROOM_URL") or None
        self._place = find_place(options, Path.cwd(), os.environ)
        self._own: OwnServer | None = None
        self._client: Client | None = None

    def __enter__(self) -> Connection:
        self._client = self._located() or self._started()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._own is not None:
            self._own.stop()

    @property
    def client(self) -> Client:
        assert self._client is not None, "used before entering"  # noqa: S101 - a mistake of ours
        return self._client

    @property
    def is_own(self) -> bool:
        """True when the server ends with this command."""
        return self._own is not None

    def again(self, lost_s: float) -> Client:
        """The server after it was lost `lost_s` seconds ago, maybe at another address. Raises Unreachable."""
        if self._own is not None and not self._own.is_alive:
            raise Fault(
                "The server that was started for this command has died. The run is kept and goes on with the "
                f"next server: `opsroom up`. It said last:\n{self._own.last_words()}"
            )
        client = self._located()
        if client is None and self._may_start and lost_s >= _TAKE_OVER_AFTER_S:
            client = self._started()
        if client is None:
            raise Unreachable("The server is gone.")
        self._client = client
        return client

    def get_patiently(self, path: str) -> Reply:
        """As the client's `get`, also while the server is being restarted. Raises Unreachable in the end."""
        lost_at: float | None = None
        while True:
            try:
                if lost_at is not None:
                    return self.again(time.monotonic() - lost_at).get(path)
                return self.client.get(path)
            except Unavailable:
                lost_at = lost_at or time.monotonic()
                if time.monotonic() - lost_at > _PATIENCE_S:
                    raise
                time.sleep(0.5)

    def _located(self) -> Client | None:
        if self._url:
            return Client(self._url, self._key_for(self._url))
        if self._own is not None:
            return self._client
        found = announced_server(self._place.data_dir) if self._place else None
        if found is None:
            return None
        client = Client(found.url, self._key_for(found.url))
        return client if client.health() is not None else None

    def _key_for(self, url: str) -> str | None:
        given = given_key(self._options, os.environ)
        if given or self._place is None:
            return given
        return local_key(self._place.data_dir, url)

    def _started(self) -> Client:
        place = self._place
        if place is None:
            raise NotFound(
                "There is no workspace here: neither this folder nor one above it has an opsroom.toml or "
                "agents/*.json. Go to your workspace, name it with --workspace DIR, or name a server with "
                "--url."
            )
        if not self._may_start:
            raise _no_server(place)
        with one_starter(place.data_dir):
            # Somebody else may have started one while we waited for our turn.
            if (client := self._located()) is not None:
                return client
            self._say("No server is running on this workspace; starting one for the time of this command.")
            is_new = not (place.data_dir / "cli.key").exists()
            self._own = OwnServer.start(place)
        if is_new:
            self._say(
                "This is a new installation. The login for the browser is in "
                f"{place.data_dir / 'first-login.json'}."
            )
        return Client(self._own.url, self._key_for(self._own.url))


def _no_server(place: Place) -> OpsroomError:
    return Unreachable(
        f"No server is running on {place.data_dir}. Start one with `opsroom up`, "
        "or name another with --url or OPSROOM_URL."
    )
