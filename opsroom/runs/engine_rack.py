"""The engines this house has, each built when it is first used."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from opsroom.kernel.errors import AdapterError
from opsroom.kernel.plugins import PluginSet, load_plugins
from opsroom.kernel.room import House
from opsroom.runs.ports import Engine

GROUP = "opsroom.engines"


class EngineRack:
    """Engines by kind. One that cannot be imported is reported when it is asked for, not at start."""

    def __init__(self, house: House, plugins: PluginSet | None = None) -> None:
        self._house = house
        self._plugins = plugins or load_plugins(GROUP)
        self._built: dict[str, Engine] = {}

    def put(self, engine: Engine) -> None:
        """Use this engine for its kind: for tests and for embedding."""
        self._built[engine.kind] = engine

    def get(self, kind: str) -> Engine:
        """The engine of `kind`. Raises AdapterError (permanent) saying what is missing."""
        if kind not in self._built:
            self._built[kind] = self._build(kind)
        return self._built[kind]

    def _build(self, kind: str) -> Engine:
        if kind not in self._plugins:
            raise AdapterError(
                f"There is no engine {kind!r}; installed are: {', '.join(self._plugins.names) or 'none'}.",
                adapter=kind,
                permanent=True,
            )
        factory = cast("Callable[[House], Engine]", self._plugins.get(kind))
        return factory(self._house)

    def kinds(self) -> tuple[str, ...]:
        """Names of all engines that are installed."""
        return tuple(sorted({*self._plugins.names, *self._built}))
